import json

from benchmarks.reproduction import comparison, page, read_runs
from sxai.reproduction.pages import compared, images_of, made_with, write_index
from sxai.reproduction.writing import read_items


def test_the_page_shows_every_item_with_both_values(reproduced):
    result, out, _, _ = reproduced
    html, text = (out / "index.html").read_text(), (out / "README.md").read_text()
    assert text.startswith("# The paper reproduced")
    assert html.count("<h2") == text.count("\n## ") == len(result.items)
    for words in ("Supplementary Table 2", "detection rate, ε = 0.01", "0.380", "In short form"):
        assert words in html
        assert words in text
    assert "https://" not in html


def test_all_files_that_the_page_names_are_there(reproduced):
    import re

    _, out, _, _ = reproduced
    named = set(re.findall(r'(?:href|src)="([^"#]+)"', (out / "index.html").read_text()))
    assert named
    assert all((out / name).exists() for name in named)


def test_the_papers_quantities_come_first():
    item = {"paper": {"a": 0.5, "b": 1}, "ours": {"c": "x", "b": 2.0}}
    assert compared(item) == [("a", "0.500", "–"), ("b", "1", "2.000"), ("c", "–", "x")]


def test_charts_are_shown_as_svg_or_png_then_sheets():
    item = {"figures": {"f": "words", "g": "more"}, "files": ["f.svg", "f.png", "g.png", "f-sheet.png", "t.csv"]}
    assert images_of(item) == [("f.svg", "words"), ("g.png", "more"), ("f-sheet.png", "f sheet")]


def test_an_empty_folder_has_an_empty_page(tmp_path):
    write_index(tmp_path)
    assert read_items(tmp_path) == []
    assert "Nothing was reproduced yet" in (tmp_path / "README.md").read_text()
    assert made_with([]) == "Nothing was reproduced yet."


def test_networks_stand_side_by_side(tmp_path):
    for network, ratio in (("googlenet", 0.31), ("squeezenet", 0.4)):
        made = {"model": network, "backbone": network, "images": {"cat": 5}, "seed": 0, "version": "1", "short": False}
        document = {
            "name": "fig-2c",
            "paper": {},
            "ours": {"ratio of PC 1": ratio, "samples N_s": 5},
            "note": "n|b",
            "figures": {"fig-2c": "Bars."},
            "files": ["fig-2c.svg"],
            "made": made,
        }
        (tmp_path / network).mkdir()
        (tmp_path / network / "fig-2c.json").write_text(json.dumps(document))
    (tmp_path / "empty").mkdir()
    runs = read_runs(tmp_path)
    assert list(runs) == ["googlenet", "squeezenet"]
    assert ["ratio of PC 1", "0.500", "0.310", "0.400"] in comparison("fig-2c", {n: runs[n]["fig-2c"] for n in runs})
    whole = page(runs, {"fig-2c": "Measured: the backgrounds."})
    assert "|  | paper | googlenet | squeezenet |" in whole
    assert "| ratio of PC 1 | 0.500 | 0.310 | 0.400 |" in whole
    assert "*squeezenet*: n|b" in whole
    assert "Measured: the backgrounds." in whole
    assert "## Fig. 2d" not in whole
    assert "Not run for this page: Fig. 2a, Fig. 2b, Fig. 2d, Fig. 3a" in whole
