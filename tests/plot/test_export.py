import os
import shutil

import plotly.graph_objects as go
import pytest

from sxai.plot.export import ADVICE, Drawing, draw, on_white, write_html
from sxai.plot.theme import finish

BROWSER = os.environ.get("SXAI_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture
def chart():
    return finish(go.Figure(go.Bar(x=[0, 1], y=[2, 3])), "Two bars", 'A "small" chart.', "The second is taller.")


@pytest.mark.skipif(not BROWSER, reason="no Chromium here")
def test_one_browser_writes_svg_and_png(chart, tmp_path):
    drawn = draw([Drawing(chart, tmp_path / "new" / f"bars.{kind}", 320) for kind in ("svg", "png")])
    assert drawn.left_out is None
    svg, png = drawn.files
    assert svg.read_text().startswith("<svg")
    assert "Two bars" in svg.read_text()
    assert png.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("browser", ["/nowhere/chromium", "/bin/false"])
def test_without_a_browser_it_says_how_to_get_one(chart, tmp_path, monkeypatch, browser):
    monkeypatch.setenv("SXAI_CHROMIUM", browser)
    (tmp_path / "bars.svg").write_text("from yesterday")
    drawn = draw([Drawing(chart, tmp_path / "bars.svg")])
    assert drawn.files == ()
    assert drawn.left_out == ADVICE
    assert not (tmp_path / "bars.svg").exists()


def test_nothing_to_draw_starts_no_browser(monkeypatch):
    monkeypatch.setattr("kaleido.write_fig_from_object_sync", None)
    assert draw([]).files == ()


def test_pages_share_one_script_and_need_no_internet(chart, tmp_path):
    first, second = (write_html(chart, tmp_path / f"{name}.html", f"<{name}>") for name in ("one", "two"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.html", "plotly.min.js", "two.html"]
    for page in (first, second):
        assert 'src="plotly.min.js"' in page.read_text()
        assert "https://cdn" not in page.read_text()
    assert "<title>&lt;one&gt;</title>" in first.read_text()


def test_white_ground_is_a_copy(chart):
    assert on_white(chart).layout.paper_bgcolor == "white"
    assert chart.layout.paper_bgcolor != "white"
