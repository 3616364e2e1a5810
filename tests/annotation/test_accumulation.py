"""How many masks are enough: against data whose answer is known."""

import numpy as np
import pytest

from sxai.annotation.accumulation import Growth, accumulate, reliability
from sxai.errors import TooFewMasks
from sxai.spaces.space import extract_space

CHANNELS = 24


def pairs(n, noise, seed=0):
    """Features of n images whose concept adds the same five channels; ``noise`` is what each mask does besides."""
    rng = np.random.default_rng(seed)
    signal = np.zeros(CHANNELS)
    signal[:5] = [5, 4, 3, 2.5, 2]
    unmasked = 1 + rng.random((n, CHANNELS)) * 0.1 + signal
    return unmasked, unmasked - signal - noise * rng.normal(size=(n, CHANNELS))


def test_clean_masks_are_enough_at_once_and_their_ssns_never_change():
    found = accumulate(*pairs(30, 0.0))
    assert set(found.ssns) == set(range(5))
    assert (found.settled, found.enough) == (3, True)
    assert all(one.to_all > 0.97 and one.kept == 1 for one in found.growth)
    assert [one.n for one in found.growth if one.between is not None] == [3, 5, 10, 15]


def test_noisy_masks_agree_more_the_more_there_are():
    found = accumulate(*pairs(60, 12.0))
    between = [one.between for one in found.growth if one.between is not None]
    spread = [one.spread for one in found.growth]
    assert between[-1] > between[0]
    assert spread[-1] < spread[0]
    assert not found.enough
    assert found.needed > 60
    assert found.settled <= 60


def test_the_agreement_foreseen_from_few_masks_holds_against_thousands():
    truth = extract_space("x", *pairs(3000, 1.0, seed=9)).difference
    unmasked, masked = pairs(300, 1.0, seed=3)
    cosines = []
    for begin in range(0, 300, 60):
        delta = extract_space("x", unmasked[begin : begin + 60], masked[begin : begin + 60]).difference
        cosines.append(delta @ truth / np.linalg.norm(delta) / np.linalg.norm(truth))
    assert accumulate(unmasked[:60], masked[:60]).expected == pytest.approx(np.mean(cosines), abs=0.02)


def test_reliability_is_spearman_s_and_brown_s():
    growth = [Growth(5, 0.5, 0.2, 1.0, 1.0), Growth(10, 0.9, 0.5, 1.0, 1.0)]
    expected, needed = reliability(growth, 40)
    assert expected == pytest.approx(np.sqrt(4 * 0.5 / (1 + 3 * 0.5)))
    alone = 0.5 / (10 - 9 * 0.5)
    enough = [n for n in range(1, 500) if n * alone / (1 + (n - 1) * alone) >= 0.95**2]
    assert needed == enough[0]


@pytest.mark.parametrize("between", [None, 0.0, -0.3, 1.0])
def test_directions_that_do_not_agree_foresee_nothing(between):
    assert reliability([Growth(10, 0.9, between, 1.0, 1.0)], 20) == (None, None)


def test_the_order_in_which_masks_were_made_counts():
    """Three masks of another concept: made first they lead Δ astray, made last they are outvoted."""
    unmasked, masked = pairs(60, 0.3)
    masked[:3] = unmasked[:3]
    masked[:3, 10:15] -= 1.0
    assert 3 < accumulate(unmasked, masked).settled < 20
    assert accumulate(unmasked[::-1], masked[::-1]).settled == 3


def test_too_few_masks_are_refused():
    with pytest.raises(TooFewMasks):
        accumulate(*pairs(2, 0.0))


def test_progress_is_told():
    seen = []
    accumulate(*pairs(12, 0.1), report=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 4), (1, 4), (2, 4), (3, 4)]
