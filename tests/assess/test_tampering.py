import numpy as np
import pytest

from sxai.assess.tampering import Scale, TamperingTest, tampering_by_rule


def measures(n, seed, shift=0.0):
    rng = np.random.default_rng(seed)
    return {"margin": rng.normal(10 + shift, 2, size=n), "distance": rng.normal(0.7 + shift / 50, 0.05, size=n)}


@pytest.fixture
def test():
    return TamperingTest.of(measures(400, 0), measures(200, 1), 0.05)


def test_a_scale_puts_the_median_at_0_and_the_95_percent_quantile_at_1():
    scale = Scale.of(np.arange(101))
    assert scale([50, 95, 0]).tolist() == pytest.approx([0, 1, -50 / 45])
    assert Scale.of([3.0, 3.0])([3.0, 5.0]).tolist() == [0, 2]


def test_the_score_is_the_sum_of_the_scaled_measures(test):
    values = measures(3, 2)
    expected = sum(test.scales[name](column) for name, column in values.items())
    assert test.score(values) == pytest.approx(expected)


def test_false_alarms_keep_to_the_rate(test):
    alarms = [found.passed is False for found in test.judge(measures(4000, 3))]
    assert test.error.low <= np.mean(alarms) <= test.error.high


def test_certain_and_far_pictures_are_stopped_with_the_reason(test):
    [found] = test.judge(measures(1, 4, shift=60))
    assert found.passed is False
    assert found.p_value == pytest.approx(1 / 201)
    assert "class scores are farther apart" in found.reason
    assert "features lie farther" in found.reason
    assert "beyond all 200 kept aside" in found.reason
    assert found.why == f"{found.reason[0].upper()}{found.reason[1:]}."


def test_a_natural_stranger_is_far_but_not_so_certain(test):
    far = {"margin": np.array([2.0]), "distance": np.array([0.8])}
    assert test.judge(far)[0].passed is True


def test_with_too_few_pictures_nothing_is_told():
    [found] = TamperingTest.of(measures(50, 0), measures(18, 1), 0.05).judge(measures(1, 4, shift=60))
    assert found.passed is None
    assert "18" in found.why


def test_a_rule_over_concepts_says_what_it_saw():
    assert tampering_by_rule(False).passed is True
    alarm = tampering_by_rule(True)
    assert alarm.passed is False
    assert "more vivid" in alarm.reason
