"""The rules of the house, checked from the source: which way imports point, how long code may be, what is banned."""

import ast
import re
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("sxai", "data_store", "pages", "widgets")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

FLOORS = (
    *("sxai.version sxai.errors sxai.progress sxai.batches sxai.torchvision_ data_store", "sxai.names sxai.stats"),
    *("sxai.plot", "sxai.project", "sxai.images", "sxai.networks", "sxai.masks", "sxai.traits", "sxai.spaces"),
    *("sxai.visualisation", "sxai.demo", "sxai.assess", "sxai.search sxai.attacks", "sxai.prototypes"),
    *(
        "sxai.annotation sxai.comparison sxai.vectors sxai.overview sxai.example",
        "sxai.occluders",
        "sxai.reproduction",
        "sxai.jobs",
    ),
    *("sxai.cli widgets", "sxai.__main__ pages"),
)
"""The rooms from the ground up, those of one floor in one string; a room imports from its own and from lower floors."""

FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms.split()}

TOPICS = (
    *("images", "networks", "masks", "traits", "spaces", "visualisation", "demo", "assess", "search", "attacks"),
    *("prototypes", "annotation", "comparison", "vectors", "occluders"),
)
"""Folders with three shelves: maths beside ``figures.py`` (and ``*_figures.py``) and ``verbs/``."""

NOTEBOOK = "sxai.project.project"
"""The one module that may import upwards, inside its methods: what a first notebook needs."""


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def room_of(module: str) -> str | None:
    """The room that a module belongs to; the package ``sxai`` itself is the face of ``sxai.project``."""
    if module == "sxai":
        return "sxai.project"
    return max((room for room in FLOOR if f"{module}.".startswith(f"{room}.")), key=len, default=None)


def shelf_of(module: str) -> str | None:
    """ "maths", "figures", "verbs" or "formats" (files of other programs) of a module of a topic; None for others."""
    parts = module.split(".")
    if parts[0] != "sxai" or len(parts) < 2 or parts[1] not in TOPICS:
        return None
    if parts[2:3] in (["verbs"], ["formats"]):
        return parts[2]
    return "figures" if parts[-1] == "figures" or parts[-1].endswith("_figures") else "maths"


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports_of(path: Path, nested: bool = True) -> set[str]:
    """What a file imports, as dotted names; without ``nested`` only at the top of the file."""
    found: set[str] = set()
    tree = tree_of(path)
    for node in ast.walk(tree) if nested else tree.body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            deeper = {f"{node.module}.{alias.name}" for alias in node.names}
            known = {name for name in deeper if name in MODULES}
            found |= known or {node.module}
    return found


MODULES = {module_of(path): path for path in SOURCES}


def outside(path: Path, allowed: set[str]) -> set[str]:
    """Top-level packages that a file imports besides ``allowed`` and the standard library."""
    return {name.split(".")[0] for name in imports_of(path)} - allowed - sys.stdlib_module_names


def test_every_source_file_has_a_room() -> None:
    assert SOURCES
    assert [module for module in MODULES if room_of(module) is None] == []


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_imports_point_down_only(path: Path) -> None:
    module = module_of(path)
    room = room_of(module)
    assert room is not None
    wrong = [
        name
        for name in imports_of(path, nested=module not in (NOTEBOOK, "sxai"))
        if (other := room_of(name)) is not None and other != room and FLOOR[other] >= FLOOR[room]
    ]
    assert wrong == [], f"{room} (floor {FLOOR[room]}) imports upwards"


def test_no_module_imports_itself_in_a_circle() -> None:
    """Strongly connected modules: each import at the top of a file must lead to modules that do not lead back."""
    modules = MODULES | {module_of(path): path for path in (ROOT / "benchmarks").glob("*.py")}
    graph = {
        module: {name for name in imports_of(path, nested=False) if name in modules} for module, path in modules.items()
    }
    state: dict[str, int] = {}
    circles: list[list[str]] = []

    def visit(module: str, trail: list[str]) -> None:
        state[module] = 1
        for name in sorted(graph[module] - {module}):
            if state.get(name) == 1:
                circles.append([*trail[trail.index(name) :], name] if name in trail else [module, name])
            elif name not in state:
                visit(name, [*trail, name])
        state[module] = 2

    for module in sorted(graph):
        if module not in state:
            visit(module, [module])
    assert circles == []


@pytest.mark.parametrize("path", [path for path in SOURCES if shelf_of(module_of(path))], ids=module_of)
def test_each_shelf_holds_its_own(path: Path) -> None:
    shelf, names = shelf_of(module_of(path)), imports_of(path)
    tops = {name.split(".")[0] for name in names}
    if shelf == "maths":
        assert not tops & {"data_store", "sqlalchemy", "plotly"}, "mathematics knows no catalogue and no charts"
        assert not [name for name in names if ".verbs" in name or name.startswith("sxai.project")]
    if shelf == "figures":
        assert outside(path, {"PIL", "kaleido", "numpy", "pandas", "plotly", "sxai"}) == set()
        assert not [name for name in names if ".verbs" in name or name.startswith("sxai.project")]


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_only_pages_and_widgets_know_streamlit(path: Path) -> None:
    if room_of(module_of(path)) not in ("widgets", "pages"):
        assert not [name for name in imports_of(path) if name.startswith("streamlit")]


def test_the_catalogue_knows_nothing_of_the_library() -> None:
    for path in (ROOT / "data_store").rglob("*.py"):
        assert not {name.split(".")[0] for name in imports_of(path)} & {"sxai", "torch", "streamlit"}, path


def test_pages_and_widgets_hold_no_maths_and_no_sql() -> None:
    for package in ("pages", "widgets"):
        for path in (ROOT / package).rglob("*.py"):
            banned = {name.split(".")[0] for name in imports_of(path)} & {"torch", "scipy", "sklearn", "sqlalchemy"}
            assert not banned, f"{path.name} imports {banned}"


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_files_and_functions_stay_readable(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400, "split this file"
    assert "fmt: skip" not in text
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            size = body[-1].end_lineno - body[0].lineno + 1 if body else 0  # type: ignore[operator]
            assert size <= 50, f"{node.name} has {size} lines"


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if p.parts[len(ROOT.parts)] in ("sxai", "data_store")], ids=module_of
)
def test_public_functions_of_the_library_are_documented(path: Path) -> None:
    tree = tree_of(path)
    assert ast.get_docstring(tree), "say what this module is for"
    public = [
        node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    ]
    assert [node.name for node in public if not ast.get_docstring(node)] == []


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_docstrings_keep_to_one_grammar(path: Path) -> None:
    """Sections are numpydoc's; what is raised stands in one."""
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"^ +(Args|Attributes|Parameters|Raises|Returns|Yields):$", text, re.MULTILINE)
    assert not re.search(r"(^ +|[.] )Raises [A-Z]\w+", text, re.MULTILINE)


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_no_assert_or_leftover(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Assert)]
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


@pytest.mark.parametrize("path", [path for path in SOURCES if shelf_of(module_of(path)) == "verbs"], ids=module_of)
def test_every_module_of_verbs_has_a_test_of_its_own(path: Path) -> None:
    if path.name != "__init__.py":
        own = ROOT / "tests" / path.relative_to(ROOT / "sxai").parent / f"test_{path.name}"
        assert own.exists(), f"write {own.relative_to(ROOT)}"


@pytest.mark.parametrize("path", sorted((ROOT / "pages").glob("*.py")), ids=lambda path: path.stem)
def test_every_page_has_a_test_of_its_own(path: Path) -> None:
    assert (ROOT / "tests" / "pages" / f"test_{path.name}").exists()
