"""Charts of attacks: rates with their intervals, curves, scores, and magnified perturbations."""

import numpy as np
import pytest

from sxai.attacks.figures import Strength, epsilon_rates, magnified, roc_curves, score_histograms
from sxai.plot.table import figure_data
from sxai.plot.theme import alt_text, describe
from sxai.stats import Interval, RocCurve

NOTHING = Interval(float("nan"), float("nan"), float("nan"))


def strength(epsilon, detection=0.5, alarms=0.1):
    return Strength(
        epsilon,
        Interval(1.0, 0.9, 1.0),
        Interval(detection, detection - 0.1, detection + 0.1),
        Interval(alarms, 0, 0.2),
    )


def test_rates_are_drawn_from_the_weakest_attack_with_intervals():
    fig = epsilon_rates([strength(0.05, 1.0), strength(0.005, 0.25)], "or")
    detected = next(trace for trace in fig.data if trace.name == "attack detected")
    assert list(detected.y) == [0.25, 1.0]
    assert list(detected.error_y.array) == pytest.approx([0.1, 0.1])
    assert list(fig.layout.xaxis.ticktext) == ["0.005", "0.05"]
    assert "ε = 0.05, 100% of the successful attacks are noticed" in describe(fig)
    assert "rule “or”" in alt_text(fig)
    assert len(figure_data(fig)) >= 6


def test_the_paper_s_rates_stand_beside_ours_or_not_at_all():
    fig = epsilon_rates([strength(0.01), strength(0.2)], "or")
    printed = {trace.name: list(trace.y) for trace in fig.data if trace.name.startswith("paper")}
    assert printed["paper, attack"][0] == 1.0
    assert printed["paper, detected"][0] == 0.38
    assert np.isnan(printed["paper, detected"][1])
    plain = epsilon_rates([strength(0.01)], "or", paper=False)
    assert not [trace for trace in plain.data if trace.name.startswith("paper")]


def test_a_detection_worth_no_more_than_its_false_alarms_is_said_to_be():
    assert "no more often than clean images" in describe(epsilon_rates([strength(0.005, 0.1, 0.3)], "or"))
    assert "no more often" not in describe(epsilon_rates([strength(0.005, 0.4, 0.3)], "or"))


def test_attacks_that_never_succeed_leave_the_detection_unknown():
    none = Strength(0.001, Interval(0.0, 0.0, 0.1), NOTHING, Interval(0.1, 0.0, 0.2))
    assert "not known" in describe(epsilon_rates([none], "or"))
    assert "No attack" in describe(epsilon_rates([], "or"))


@pytest.mark.parametrize(
    ("auc", "low", "told"),
    [(0.97, 0.9, "nearly always"), (0.85, 0.7, "mostly"), (0.7, 0.6, "more often than not"), (0.6, 0.4, "than chance")],
)
def test_an_area_is_put_in_words(auc, low, told):
    curve = RocCurve([0, 0.5, 1], [0, 0.8, 1], auc, low, 1.0)
    fig = roc_curves({"P": curve}, {"paper, or": (0.2, 0.6)})
    assert told in describe(fig)
    assert fig.data[-1].name == "paper, or"
    assert (fig.data[-1].x[0], fig.data[-1].y[0]) == (0.2, 0.6)
    assert f"area {auc:.2f}" in fig.data[0].name


def test_no_curve_is_said_in_words():
    assert "nothing to tell apart" in describe(roc_curves({}, {}))


def test_score_histograms_hold_every_finite_score():
    fig = score_histograms([-np.inf, -3.0, -2.0, -1.5], {0.05: [0.5, 1.0], 0.01: []}, {"paper": -1.0}, "score")
    clean, weak, strong = fig.data
    assert (clean.name, weak.name, strong.name) == ("clean", "ε = 0.01", "ε = 0.05")
    assert sum(clean.y) == pytest.approx(1)
    assert sum(weak.y) == 0
    assert sum(strong.y) == pytest.approx(1)
    assert "Medians. Clean: −2" in describe(fig)


def test_scores_far_below_are_drawn_in_the_lowest_bin(rng):
    fig = score_histograms([-500.0, *rng.uniform(-1, 0, 99)], {0.05: rng.uniform(0, 1, 100)}, {}, "score")
    assert min(fig.data[0].x) > -5
    assert sum(fig.data[0].y) == pytest.approx(1)


def test_a_perturbation_is_magnified_about_grey():
    change = np.zeros((2, 2, 3))
    change[0, 0, 0], change[1, 1, 2] = 0.05, -0.025
    picture, times = magnified(change)
    assert times == pytest.approx(10)
    assert picture[0, 0, 0] == 255
    assert picture[1, 1, 2] == 64
    assert picture[0, 1, 1] == 128
    fixed, times = magnified(change, 2.0)
    assert (fixed[0, 0, 0], times) == (153, 2.0)
    assert magnified(np.zeros((2, 2, 3)))[1] == 1.0
