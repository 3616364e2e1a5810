"""The rules of the house, checked from the source: which way imports point, how long code may be, what is banned."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("sxai", "data_store", "pages", "widgets")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

FLOORS = {
    "sxai.version": 0,
    "sxai.errors": 0,
    "sxai.progress": 0,
    "sxai.figures": 0,
    "data_store": 0,
    "sxai.images": 1,
    "sxai.models": 2,
    "sxai.demo": 3,
    "sxai.traits": 3,
    "sxai.spaces": 4,
    "sxai.explain": 5,
    "sxai.workflows": 6,
    "sxai.project": 7,
    "sxai.jobs": 8,
    "sxai.cli": 9,
    "widgets": 9,
    "pages": 10,
}
"""Each room's floor; a room imports only from its own room and from lower floors."""

MAY_KNOW_THE_CATALOGUE = ("sxai.workflows", "sxai.project", "sxai.jobs", "sxai.cli", "widgets", "pages")
MAY_KNOW_STREAMLIT = ("widgets", "pages")


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def room_of(module: str) -> str | None:
    """The room that a module belongs to; the package ``sxai`` itself is the face and belongs to ``sxai.project``."""
    if module == "sxai":
        return "sxai.project"
    fitting = [room for room in FLOORS if module == room or module.startswith(f"{room}.")]
    return max(fitting, key=len, default=None)


def imports_of(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found |= {node.module} | {
                f"{node.module}.{alias.name}" for alias in node.names if f"{node.module}.{alias.name}" in FLOORS
            }
            if node.module == "sxai" and any(f"sxai.{alias.name}" in FLOORS for alias in node.names):
                found.discard("sxai")
    return found


def test_every_source_file_has_a_room() -> None:
    assert SOURCES
    homeless = [module_of(path) for path in SOURCES if room_of(module_of(path)) is None]
    assert homeless == []


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_imports_point_down_only(path: Path) -> None:
    room = room_of(module_of(path))
    assert room is not None
    wrong = [
        name
        for name in imports_of(path)
        if (other := room_of(name)) is not None and other != room and FLOORS[other] >= FLOORS[room]
    ]
    assert wrong == [], f"{room} (floor {FLOORS[room]}) imports upwards"


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_only_workflows_and_what_stands_above_know_the_catalogue(path: Path) -> None:
    room = room_of(module_of(path))
    if room == "data_store" or room in MAY_KNOW_THE_CATALOGUE:
        return
    assert not [name for name in imports_of(path) if name.split(".")[0] in ("data_store", "sqlalchemy")]


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_only_pages_and_widgets_know_streamlit(path: Path) -> None:
    if room_of(module_of(path)) in MAY_KNOW_STREAMLIT:
        return
    assert not [name for name in imports_of(path) if name.startswith("streamlit")]


def test_the_catalogue_knows_nothing_of_the_library() -> None:
    for path in (ROOT / "data_store").rglob("*.py"):
        assert not {name.split(".")[0] for name in imports_of(path)} & {"sxai", "torch", "streamlit"}, path


def test_pages_and_widgets_hold_no_maths_and_no_sql() -> None:
    for package in ("pages", "widgets"):
        for path in (ROOT / package).rglob("*.py"):
            banned = {name.split(".")[0] for name in imports_of(path)} & {"torch", "scipy", "sklearn", "sqlalchemy"}
            assert not banned, f"{path.name} imports {banned}"


def test_figures_need_only_numbers() -> None:
    allowed = {"PIL", "kaleido", "numpy", "pandas", "plotly", "sxai"}
    for path in (ROOT / "sxai/figures").rglob("*.py"):
        outside = {name.split(".")[0] for name in imports_of(path)} - allowed
        assert outside <= set(_standard_library()), f"{path.name} imports {outside}"


def _standard_library() -> frozenset[str]:
    import sys

    return frozenset(sys.stdlib_module_names)


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_files_and_functions_stay_readable(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400, "split this file"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            size = body[-1].end_lineno - body[0].lineno + 1 if body else 0  # type: ignore[operator]
            assert size <= 50, f"{node.name} has {size} lines"


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if p.parts[len(ROOT.parts)] in ("sxai", "data_store")], ids=module_of
)
def test_public_functions_of_the_library_are_documented(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "say what this module is for"
    public = [
        node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    ]
    assert [node.name for node in public if not ast.get_docstring(node)] == []


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_no_assert_or_leftover(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Assert)]
    assert not re.search(r"\b(TODO|FIXME|XXX)\b|raise NotImplementedError", text)


def test_the_error_tree_is_the_one_that_its_docstring_draws() -> None:
    from sxai import errors

    drawn = set(re.findall(r"[├└]── (\w+)", errors.__doc__ or "")) | {"SxaiError"}
    defined = {name for name, item in vars(errors).items() if isinstance(item, type)}
    assert defined == drawn
    assert all(issubclass(getattr(errors, name), errors.SxaiError) for name in defined)


def test_the_public_names_are_sorted_and_exist() -> None:
    import sxai

    assert sorted(sxai.__all__) == sxai.__all__
    assert all(getattr(sxai, name) is not None for name in sxai.__all__)
