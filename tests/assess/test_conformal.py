import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sxai.assess.conformal import discoveries, error_rate, least_kept_aside, p_values, threshold
from sxai.errors import SpaceError

SCORES = st.lists(st.floats(-100, 100, allow_nan=False), min_size=1, max_size=60)
RATES = st.floats(0.01, 0.5)


@given(SCORES, st.floats(-200, 200))
def test_a_p_value_counts_the_pictures_that_are_at_least_as_strange(kept, score):
    expected = (1 + sum(one >= score for one in kept)) / (len(kept) + 1)
    assert p_values(kept, [score])[0] == pytest.approx(expected)


@given(SCORES, RATES, st.floats(-200, 200))
def test_the_threshold_and_the_p_value_say_the_same(kept, rate, score):
    beyond = score > threshold(kept, rate)
    assert beyond == (p_values(kept, [score])[0] <= rate + 1e-9)


@pytest.mark.parametrize("n", [19, 40, 199])
def test_false_alarms_keep_to_the_rate_over_draws_of_the_pictures_kept_aside(n):
    rng = np.random.default_rng(n)
    alarms = [(p_values(rng.normal(size=n), rng.normal(size=200)) <= 0.05).mean() for _ in range(400)]
    expected = error_rate(n, 0.05)
    assert np.mean(alarms) == pytest.approx(expected.value, abs=0.01)
    assert np.mean([expected.low <= one <= expected.high for one in alarms]) > 0.85


def test_too_few_pictures_kept_aside_raise_no_alarm():
    assert least_kept_aside(0.05) == 19
    assert p_values(np.zeros(18), [9.0])[0] > 0.05
    assert p_values(np.zeros(19), [9.0])[0] <= 0.05
    assert threshold(np.zeros(18), 0.05) == np.inf
    assert error_rate(18, 0.05).value == 0.0


@given(st.lists(st.floats(0.001, 1.0), min_size=1, max_size=40), RATES)
def test_discoveries_are_those_of_benjamini_and_hochberg(values, rate):
    ordered = sorted(values)
    largest = max((i + 1 for i, one in enumerate(ordered) if one <= rate * (i + 1) / len(values) + 1e-9), default=0)
    found = discoveries(values, rate)
    assert found.sum() == largest
    assert all(not found[i] or values[i] <= (ordered[largest - 1]) for i in range(len(values)))


@pytest.mark.parametrize("strangers", [20, 100])
def test_over_a_folder_the_share_of_wrong_alarms_keeps_below_the_rate(strangers):
    rng = np.random.default_rng(strangers)
    wrong = []
    for _ in range(200):
        kept = rng.normal(size=300)
        folder = np.concatenate([rng.normal(size=200 - strangers), rng.normal(5, 1, size=strangers)])
        found = discoveries(p_values(kept, folder), 0.1)
        wrong.append(found[: 200 - strangers].sum() / max(found.sum(), 1))
    assert np.mean(wrong) <= 0.1 + 3 * np.std(wrong) / len(wrong) ** 0.5


@pytest.mark.parametrize("rate", [0.0, 1.0, -0.1, 5.0])
def test_a_rate_that_is_no_share_is_refused(rate):
    with pytest.raises(SpaceError, match=r"such as 0\.05"):
        threshold([1.0], rate)
