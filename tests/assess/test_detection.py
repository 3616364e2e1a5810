"""Rules that tell attacked pictures: boundaries, calibration that keeps its promise, curves against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import metrics

from sxai.assess.detection import (
    ACTIVATION_RULE,
    PAPER_RULE,
    SCRIPT_RULE,
    DetectionRule,
    calibrated,
    detected,
    ragged,
    roc,
    scores,
    z_scores,
)
from sxai.errors import SpaceError
from sxai.spaces.distribution import fit_reference
from sxai.spaces.empirical import fit_empirical
from sxai.spaces.space import SemanticSpace

RULES = [PAPER_RULE, SCRIPT_RULE, ACTIVATION_RULE]
tables = arrays(np.float64, st.tuples(st.integers(19, 60), st.integers(1, 4)), elements=st.floats(-1, 4, width=16))


@pytest.mark.parametrize(
    ("values", "paper", "script"),
    [
        ([0.99, 0.9, 0.9], False, False),
        ([0.991, 0.5, 0.5], True, False),
        ([0.91, 0.92, 0.1], True, False),
        ([0.991, 0.91, 0.1], True, True),
        ([0.991, 0.9, 0.1], True, False),
        ([0.91, 0.9, 0.9], False, False),
        ([1.004, 1.002, 1.001], True, True),
        ([0.5, -0.1, 0.0], False, False),
        ([np.nan, 0.995, np.nan], True, False),
        ([np.nan, np.nan, np.nan], False, False),
    ],
)
def test_the_paper_s_rule_and_the_script_s(values, paper, script):
    assert detected(PAPER_RULE, [values]).tolist() == [paper]
    assert detected(SCRIPT_RULE, [values]).tolist() == [script]


def test_order_and_row_do_not_matter(rng):
    table = rng.uniform(0.5, 1.01, (40, 3))
    shuffled = rng.permuted(table, axis=1)
    for rule in RULES:
        assert (detected(rule, table) == detected(rule, shuffled)).all()
        alone = [bool(detected(rule, row[None])[0]) for row in table]
        assert detected(rule, table).tolist() == alone


def test_a_class_with_fewer_concepts_than_the_count():
    assert detected(PAPER_RULE, [[0.95]]).tolist() == [False]
    assert detected(PAPER_RULE, [[0.995]]).tolist() == [True]
    assert detected(SCRIPT_RULE, [[0.995]]).tolist() == [False]
    assert detected(PAPER_RULE, np.empty((2, 0))).tolist() == [False, False]


def test_a_score_by_hand():
    found = scores(PAPER_RULE, [[0.98, 0.95, 0.1], [1.002, 0.5, 0.4]])
    assert found == pytest.approx([max(-0.02 / 0.01, -0.05 / 0.1), max(0.002 / 0.01, -0.5 / 0.1)])
    assert scores(SCRIPT_RULE, [[0.98, 0.95, 0.1]]) == pytest.approx([-2.0])
    z = scores(ACTIVATION_RULE, [[3.0, 2.0, -1.0]])
    assert z == pytest.approx([max(3 / 2.3263, 2 / 1.2816)])


@given(tables)
def test_the_rule_stands_in_its_own_family(table):
    for rule, edge in zip(RULES, (-1.0, -1.0, 1.0), strict=True):
        found = scores(rule, table)
        clear = np.abs(found - edge) > 1e-9
        assert (detected(rule, table)[clear] == (found > edge)[clear]).all()


@given(tables, st.floats(0.05, 0.9), st.sampled_from(RULES))
def test_calibration_keeps_its_promise_and_wastes_nothing(table, rate, rule):
    found = calibrated(rule, table, rate)
    assert detected(found, table).mean() <= rate
    assert (found.combine, found.count, found.scale) == (rule.combine, rule.count, rule.scale)
    known = np.sort(scores(rule, table))
    allowed = len(table) - int(np.ceil((1 - rate) * (len(table) + 1) - 1e-9))
    if len(np.unique(np.round(known, 6))) == len(known):  # no ties: exactly as many as are allowed
        assert detected(found, table).sum() == allowed


def test_calibration_holds_on_new_pictures_on_average(rng):
    rates = []
    for _ in range(200):
        found = calibrated(PAPER_RULE, rng.uniform(0, 1, (39, 3)), 0.1)
        rates.append(detected(found, rng.uniform(0, 1, (200, 3))).mean())
    assert np.mean(rates) == pytest.approx(0.1, abs=0.012)


def test_uniform_probabilities_alarm_the_paper_s_rule_as_often_as_can_be_worked_out(rng):
    alarms = detected(PAPER_RULE, rng.uniform(0, 1, (200_000, 3))).mean()
    none_above = 0.9**3 + 3 * 0.09 * 0.9**2  # all at most 0.9, or one between 0.9 and 0.99
    assert alarms == pytest.approx(1 - none_above, abs=0.003)


def test_thresholds_may_exceed_one():
    clean = np.tile(np.linspace(0.99, 1.02, 40)[:, None], (1, 2))
    found = calibrated(PAPER_RULE, clean, 0.05)
    assert found.one > 1
    assert detected(found, clean).sum() == 1


@pytest.mark.parametrize("rate", [0.0, 1.0, -0.1, float("nan")])
def test_a_rate_that_is_none_is_refused(rate):
    with pytest.raises(SpaceError, match="false-alarm rate"):
        calibrated(PAPER_RULE, np.zeros((50, 3)), rate)


@pytest.mark.parametrize(("rate", "least"), [(0.05, 19), (0.1, 9), (0.2, 4)])
def test_too_few_clean_pictures_cannot_promise_a_rate(rate, least, rng):
    calibrated(PAPER_RULE, rng.uniform(size=(least, 3)), rate)
    with pytest.raises(SpaceError, match=f"at least {least}"):
        calibrated(PAPER_RULE, rng.uniform(size=(least - 1, 3)), rate)


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=30), st.lists(st.integers(-3, 3), min_size=1, max_size=30))
def test_the_curve_is_scikit_learn_s(clean, attacked):
    found = roc(clean, attacked, draws=0)
    truth, known = [0] * len(clean) + [1] * len(attacked), [*clean, *attacked]
    false_alarms, detections, thresholds = metrics.roc_curve(truth, known, drop_intermediate=False)
    np.testing.assert_allclose(found.false_alarms, false_alarms, atol=1e-12)
    np.testing.assert_allclose(found.detections, detections, atol=1e-12)
    np.testing.assert_array_equal(found.thresholds, thresholds)
    assert found.auc == pytest.approx(metrics.roc_auc_score(truth, known))


def test_the_bootstrap_interval_covers_what_is_known(rng):
    clean, attacked = rng.normal(size=80), rng.normal(1.0, 1.0, 60)
    found = roc(clean, attacked, draws=400, seed=1)
    assert found.low < found.auc < found.high
    # Hanley and McNeil's standard error of an area
    auc, n, m = found.auc, len(attacked), len(clean)
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    error = np.sqrt((auc * (1 - auc) + (n - 1) * (q1 - auc**2) + (m - 1) * (q2 - auc**2)) / (n * m))
    assert found.high - found.low == pytest.approx(2 * 1.96 * error, rel=0.25)
    assert roc(clean, attacked, draws=400, seed=1).low == found.low


def test_pictures_without_concepts_have_the_lowest_score_and_a_curve_all_the_same():
    found = roc(scores(PAPER_RULE, np.full((3, 2), np.nan)), [0.5, 1.0], draws=10)
    assert found.auc == 1.0


@pytest.mark.parametrize(("clean", "attacked"), [([], [1.0]), ([1.0], []), ([np.nan], [1.0])])
def test_a_curve_needs_numbers(clean, attacked):
    with pytest.raises(SpaceError, match="ROC"):
        roc(clean, attacked)


def test_z_of_a_normal_and_of_an_empirical_reference(rng):
    values = rng.normal(3.0, 2.0, 200)
    normal = SemanticSpace("cat.eyes", (0,), (1.0,), reference=fit_reference(values))
    assert z_scores(normal, [values.mean(), values.mean() + 2 * values.std()]) == pytest.approx([0.0, 2.0])
    empirical = SemanticSpace("cat.eyes", (0,), (1.0,), reference=fit_empirical(values))
    found = z_scores(empirical, [np.median(values), np.median(values) + values.std()])
    assert found == pytest.approx([0.0, 1.0])
    with pytest.raises(SpaceError, match="no reference distribution"):
        z_scores(SemanticSpace("cat.eyes", (0,), (1.0,)), [1.0])


@pytest.mark.parametrize(
    "wrong", [{"combine": "xor"}, {"scale": "log"}, {"count": 0}, {"one": float("nan")}, {"many": float("inf")}]
)
def test_a_rule_that_means_nothing_is_refused(wrong):
    with pytest.raises(SpaceError, match="rule"):
        DetectionRule(**wrong)


def test_a_threshold_at_the_anchor_cannot_be_scaled():
    with pytest.raises(SpaceError, match="exactly 1 cannot be scaled"):
        scores(DetectionRule(one=1.0), [[0.5, 0.5]])


def test_ragged_rows_are_filled_with_what_is_not_known():
    np.testing.assert_array_equal(ragged([[1.0], [], [2.0, 3.0]]), [[1, np.nan], [np.nan, np.nan], [2, 3]])
    assert ragged([]).shape == (0, 0)
