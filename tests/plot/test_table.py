"""The numbers behind a figure."""

from io import BytesIO

import pandas as pd
import plotly.graph_objects as go

from sxai.plot.table import figure_csv, figure_data, plain
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
