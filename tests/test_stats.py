"""Shares with their Wilson interval."""

import numpy as np
import pytest
from scipy import stats

from sxai.stats import share_of


@pytest.mark.parametrize(("count", "of"), [(0, 10), (10, 10), (3, 7), (84, 100)])
def test_the_interval_is_wilson_s(count, of):
    found = share_of(count, of)
    expected = stats.binomtest(count, of).proportion_ci(0.95, method="wilson")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_a_share_of_nothing_is_not_known():
    assert np.isnan(share_of(0, 0).share)
