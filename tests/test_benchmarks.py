"""How benchmarks are written down: tables, number formats, and a template for every page."""

import re
from pathlib import Path

import pytest

from benchmarks.pages import TEMPLATES, four_digits, hundredths, render, span, table, write_json, write_page

FOLDER = Path(__file__).resolve().parent.parent / "benchmarks"
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py"))


@pytest.mark.parametrize(
    "name", sorted(path.name.removesuffix(".md.jinja") for path in (FOLDER / "templates").iterdir())
)
def test_every_template_can_be_read_and_belongs_to_a_benchmark(name: str) -> None:
    assert TEMPLATES.get_template(f"{name}.md.jinja")
    assert re.search(rf'render\(\s*"{name}"', SOURCES)


def test_tables_show_three_digits_dashes_and_no_stray_bars() -> None:
    rows = [{"a": 0.12345, "b|c": None}, {"a": 3, "b|c": "x|y"}]
    assert table(rows).splitlines()[2:] == ["| 0.123 | – |", "| 3 | x\\|y |"]
    assert table([]) == "(none)"


def test_numbers_are_shortened_and_words_stay() -> None:
    assert hundredths({"p": -0.001, "n": 3, "word": "cat"}) == {"p": "0.00", "n": 3, "word": "cat"}
    assert four_digits({"loss": 12345.6, "share": 0.0034591}) == {"loss": "12,346", "share": "0.003459"}
    assert span([0.5, 0.25, 1.0]) == "0.250 to 1.000"


def test_a_page_says_what_its_result_says_and_is_kept_with_it(tmp_path, capsys) -> None:
    row = {"way": "s-xai", "group": "frontal", "certain": 5, "sure": 0.4}
    page = render("overconfidence", results={"vgg": [row]})
    assert (
        "## vgg\n\n| way | group | certain | sure |\n| --- | --- | --- | --- |\n| s-xai | frontal | 5 | 0.400 |" in page
    )
    write_json(tmp_path / "new" / "numbers.json", {"ε": 0.5})
    write_page(tmp_path / "new" / "page.md", page)
    assert (tmp_path / "new" / "numbers.json").read_text(encoding="utf-8") == '{\n "ε": 0.5\n}\n'
    assert (tmp_path / "new" / "page.md").read_text(encoding="utf-8") == page
    assert page in capsys.readouterr().out
