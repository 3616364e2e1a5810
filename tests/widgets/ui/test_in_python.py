"""The programs that the pages show: every name in them exists, and every call can be made."""

import ast
import importlib
import inspect

import pytest

import sxai
from sxai.project.project import Project
from widgets.ui.in_python import SNIPPETS, code
from widgets.ui.pages import GROUPS, HOME, listed_at


def test_every_page_has_its_program():
    assert set(SNIPPETS) == {page.file for group in GROUPS.values() for page in group}


@pytest.mark.parametrize("file", SNIPPETS)
def test_a_program_calls_what_there_is(file, tmp_path):
    tree = ast.parse(code(file, str(tmp_path)))
    topics = {
        name.name: importlib.import_module(f"sxai.{name.name}")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }
    roots = {"sxai": sxai, "project": Project, **topics}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    assert calls
    for call in calls:
        owner = call.func.value
        if not (isinstance(owner, ast.Name) and owner.id in roots):
            continue
        called = getattr(roots[owner.id], call.func.attr)
        given = [None] * len(call.args) if owner.id != "project" else [None] * (len(call.args) + 1)
        if inspect.isfunction(called):
            inspect.signature(called).bind(*given, **{word.arg: None for word in call.keywords})
        else:
            assert callable(called)


def test_a_page_is_known_by_its_address():
    assert listed_at("auto-concepts").file == "lab/auto_concepts"
    assert listed_at("").file == listed_at("nowhere").file == HOME
