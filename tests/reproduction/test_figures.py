import numpy as np

from sxai.plot.theme import alt_text, describe
from sxai.reproduction.figures import loss_lines, paper_marks, rates, ratio_decay, score_repeats


def test_the_papers_values_are_crosses():
    marks = paper_marks(["1st"], [0.5], "paper (dogs)")
    assert (marks.marker.symbol, marks.name, list(marks.y)) == ("x-thin", "paper (dogs)", [0.5])


def test_ratios_fall_on_a_logarithmic_axis():
    fig = ratio_decay({"whole": [0.5, 0.3, 0.002], "best": [0.6, 0.4]})
    assert fig.layout.yaxis.type == "log"
    assert "0.002 whole" in alt_text(fig)


def test_repeats_are_drawn_over_the_chosen_channels():
    scores = np.arange(12.0).reshape(2, 6)
    fig = score_repeats(scores, 5, [4, 0])
    assert [list(trace.y) for trace in fig.data] == [[4.0, 0.0], [10.0, 6.0]]


def test_rates_stand_beside_the_papers_and_say_their_numbers():
    fig = rates([0.05, 0.01], {"attack rate": [1.0, 0.9], "false alarms": [0.1, 0.1]}, {"attack rate": [1.0, 1.0]})
    bars = [trace for trace in fig.data if trace.type == "bar"]
    crosses = [trace for trace in fig.data if trace.type == "scatter"]
    assert [bar.text for bar in bars] == [("100", "90"), ("10", "10")]
    assert all(abs(crosses[0].x[at] - bars[0].x[at]) < bars[0].width / 2 for at in (0, 1))
    assert "false alarms: 10%, 10%" in alt_text(fig)


def test_an_unknown_rate_has_no_number():
    fig = rates([0.05], {"attack rate": [float("nan")]}, {})
    assert fig.data[0].text == ("",)
    assert "attack rate: unknown" in describe(fig)
    assert "nan" not in describe(fig) + alt_text(fig)


def test_losses_by_name():
    fig = loss_lines({"cat:1": ([1, 2], [9.0, 4.0])})
    assert [(trace.name, list(trace.y)) for trace in fig.data] == [("cat:1", [9.0, 4.0])]
