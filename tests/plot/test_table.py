"""The numbers behind a figure."""

import csv
import io
from io import BytesIO
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import pytest

from sxai.plot.table import csv_bytes, figure_csv, figure_data, harmless, plain
from sxai.search.figures import margin_plot


def test_an_empty_figure_gives_an_empty_table():
    assert figure_data(go.Figure()).empty


def test_csv_reads_back_to_the_same_table():
    fig = margin_plot([0.3, 0.2], ["a", "b"], "q", 2)
    read = pd.read_csv(BytesIO(figure_csv(fig)), encoding="utf-8-sig")
    pd.testing.assert_frame_equal(read, figure_data(fig))


def test_labels_lose_their_mark_up():
    assert plain("<b>P<sub>s</sub></b><br>x") == "P_s x"
    assert plain(None) == ""


def test_untitled_axes_are_called_by_their_letters():
    assert list(figure_data(go.Figure(go.Scatter(x=[1], y=[2], name="a"))).columns) == ["series", "x", "y"]


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A1", "+1+1", "@SUM(A1)", "\t=1", "-2+3", "  =1"])
def test_no_text_is_a_formula_in_a_spreadsheet(text):
    written = csv_bytes(pd.DataFrame({text: [text, "cat"]})).decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(written)) for cell in row]
    assert cells == [f"'{text}", f"'{text}", "cat"]


@pytest.mark.parametrize("text", ["-0.5", "+3", "-1e-7", "-", "--", "5 %", "a=b", ""])
def test_numbers_and_other_text_stay_as_they_are(text):
    assert harmless(pd.DataFrame({"x": [text]}))["x"].tolist() == [text]
    assert harmless(pd.DataFrame({"x": [-1.5]}))["x"].tolist() == [-1.5]


def test_tables_are_written_in_one_place():
    """Every CSV goes through the function that makes formulas harmless."""
    root = Path(__file__).resolve().parents[2]
    sources = [path for folder in ("sxai", "widgets", "pages", "data_store") for path in (root / folder).rglob("*.py")]
    texts = {path: path.read_text("utf-8") for path in sources}
    assert [path for path, text in texts.items() if ".to_csv(" in text and "harmless(" not in text] == []
    assert [path for path, text in texts.items() if "csv.writer" in text or "DictWriter" in text] == []
