"""The documents: their links lead somewhere, their pictures are there, and no generated data lies among them."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?://|mailto:)([^)\s]+)\)")
MAX_CHART = 150_000


def linked(page: Path) -> set[Path]:
    """Files that a page links to or shows, without what stands in code."""
    text = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return {(page.parent / target.split("#")[0]).resolve() for target in LINK.findall(text) if target[0] != "#"}


@pytest.mark.parametrize("document", PAGES, ids=lambda document: str(document.relative_to(ROOT)))
def test_links_and_pictures_are_there(document: Path) -> None:
    assert [path for path in linked(document) if not path.exists()] == []


def test_the_documents_hold_pages_and_the_small_charts_that_they_show() -> None:
    shown = {path for page in PAGES for path in linked(page)}
    sources = (".md", ".py", ".pyc", ".ipynb")
    others = {path for path in (ROOT / "docs").rglob("*") if path.is_file() and path.suffix not in sources}
    assert others <= shown, "generated files belong into build/"
    assert all(path.stat().st_size <= MAX_CHART for path in others)
    assert len([path for path in others if "results" in path.parts]) <= 12
