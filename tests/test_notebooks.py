"""The notebooks of the documents run from top to bottom, and show what they promise."""

import ast
import json
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FIRST_VERDICT = ROOT / "docs" / "notebooks" / "first_verdict.ipynb"


def run(code: str, names: dict) -> str | None:
    """Run a cell; what its last line shows as HTML, as a notebook would."""
    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) and not code.rstrip().endswith(";") else None
    exec(compile(tree, FIRST_VERDICT.name, "exec"), names)
    if last is None:
        return None
    value = eval(compile(ast.Expression(last.value), FIRST_VERDICT.name, "eval"), names)
    return value._repr_html_() if hasattr(value, "_repr_html_") else None


@pytest.fixture(scope="module")
def cells():
    return json.loads(FIRST_VERDICT.read_text(encoding="utf-8"))["cells"]


def test_a_folder_is_taken_to_a_verdict_and_each_result_shows_itself(cells, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    names: dict = {}
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    status, spaces, verdict, found = [shown for cell in code if (shown := run(cell, names))]
    assert "Next: " in status
    assert all(f">{name}<" in status for name in ("cat", "dog"))
    assert "2 semantic spaces" in spaces
    assert ">cat.eyes<" in spaces
    assert names["assessment"].predicted == "cat"
    assert all(f">{gate}<" in verdict for gate in ("familiar", "intact", "supported"))
    assert ">cat.eyes<" in verdict
    assert f"{names['found'].total} of 80 images" in found
    assert 0 < len(names["found"].hits) <= 5
    assert "cat.eyes &gt; 0.5" in found


def test_no_output_is_kept_in_the_notebook(cells):
    assert [cell for cell in cells if cell.get("outputs")] == []
