"""The browser half is joined without loss."""

import re

import pytest

from widgets.masks.picker import component

SCRIPTS = sorted((component.HERE / "js").glob("*.js"))


def test_every_module_is_joined_once():
    assert sorted(component.MODULES) == [path.stem for path in SCRIPTS]


def test_a_module_imports_only_what_stands_before_it():
    for place, name in enumerate(component.MODULES):
        source = (component.HERE / "js" / f"{name}.js").read_text("utf-8")
        used = re.findall(r'^import .* from "\./(\w+)\.js";$', source, re.MULTILINE)
        assert len(used) == source.count("\nimport ") + source.startswith("import ")
        assert set(used) <= set(component.MODULES[:place])


def test_the_joined_script_imports_nothing_and_exports_one_thing():
    script = component.script()
    assert not re.search(r"^import ", script, re.MULTILINE)
    assert re.findall(r"^export .*?\(", script, re.MULTILINE) == ["export default function superpixelPicker("]


def test_no_two_modules_use_one_name_at_top_level():
    names = re.findall(r"^(?:const|let|class|function) (\w+)", component.script(), re.MULTILINE)
    assert len(set(names)) == len(names)


def test_every_part_that_the_script_uses_is_in_the_html():
    html = (component.HERE / "picker.html").read_text("utf-8")
    listed = re.search(r"const PARTS = \[(.*?)\]", component.script(), re.DOTALL)[1]
    assert set(re.findall(r'"(\w+)"', listed)) == set(re.findall(r'data-part="(\w+)"', html))


def test_every_button_says_what_it_does():
    html = (component.HERE / "picker.html").read_text("utf-8")
    for button in re.findall(r"<button.*?</button>", html, re.DOTALL):
        words = re.sub(r"<i>.*?</i>|<[^>]+>", "", button).strip()
        assert "title=" in button
        assert words or "aria-label=" in button


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_stay_readable(path):
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) <= 400
    assert max(map(len, lines)) <= 120
