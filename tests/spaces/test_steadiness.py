"""How far a direction depends on its masks: measured against directions whose scatter is known."""

import numpy as np
import pytest

from sxai.errors import SpaceError
from sxai.spaces.space import extract_space
from sxai.spaces.steadiness import masks_needed, needed_for, of_one, steadiness


def mean_difference(unmasked, masked):
    return (unmasked - masked).mean(axis=0)


def pairs(rng, n=100, channels=20, noise=1.0):
    """Features whose first channel loses 1 by masking, with noise in every channel."""
    unmasked = rng.normal(size=(n, channels))
    return unmasked, unmasked - np.eye(channels)[0] - rng.normal(0, noise, (n, channels))


def test_pairs_that_say_all_the_same_are_perfectly_steady(rng):
    unmasked, masked = pairs(rng, noise=0.0)
    assert steadiness(mean_difference, unmasked, masked) == pytest.approx(1.0)
    assert masks_needed(mean_difference, unmasked, masked) == 3


def test_noise_makes_a_direction_unsteady_by_as_much_as_it_should(rng):
    unmasked, masked = pairs(rng, n=400, channels=200, noise=1.0)
    # A mean over n of C channels of noise σ has the squared length 1 + Cσ²/n; drawn again it is off by Cσ²/n more.
    spread = 200 / 400
    expected = np.sqrt((1 + spread) / (1 + 2 * spread))
    assert steadiness(mean_difference, unmasked, masked) == pytest.approx(expected, abs=0.02)


def test_more_noise_is_less_steady_and_needs_more_masks(rng):
    found = [pairs(rng, noise=noise) for noise in (0.1, 0.5, 1.5)]
    steady = [steadiness(mean_difference, *pair) for pair in found]
    assert steady == sorted(steady, reverse=True)
    needed = [masks_needed(mean_difference, *pair) for pair in found]
    assert needed == sorted(needed)
    assert len(set(needed)) == 3


def test_too_few_pairs_or_halves_that_disagree_tell_nothing(rng):
    assert masks_needed(mean_difference, *pairs(rng, n=5)) is None
    unmasked = rng.normal(size=(12, 20))
    apart = np.repeat([[1.0], [-1.0]], 6, axis=0) * np.eye(20)[0]
    assert masks_needed(mean_difference, unmasked, unmasked - apart) is None


def test_the_number_needed_is_that_of_the_noise(rng):
    channels, noise = 200, 1.0
    # The mean of n pairs is the signal, of length 1, plus noise of the squared length Cσ²/n: a cosine of 0.9 to the
    # signal takes Cσ²/n = 1/0.81 − 1.
    expected = channels * noise**2 / (1 / 0.81 - 1)
    needed = [masks_needed(mean_difference, *pairs(rng, 400, channels, noise), bar=0.9) for _ in range(20)]
    assert np.mean(needed) == pytest.approx(expected, rel=0.1)


def test_masks_are_needed_in_the_proportion_of_spearman_and_brown():
    for number, cosine in ((10, 0.5), (40, 0.9), (3, 0.2)):
        alone = of_one(number, cosine)
        assert number * alone / (1 + (number - 1) * alone) == pytest.approx(cosine)
        needed = needed_for(0.95, number, cosine)
        assert np.sqrt(needed * alone / (1 + (needed - 1) * alone)) >= 0.95
        assert np.sqrt((needed - 1) * alone / (1 + (needed - 2) * alone)) < 0.95


def test_the_seed_repeats_both(rng):
    unmasked, masked = pairs(rng, noise=2.0)
    assert steadiness(mean_difference, unmasked, masked) == steadiness(mean_difference, unmasked, masked)
    assert steadiness(mean_difference, unmasked, masked) != steadiness(mean_difference, unmasked, masked, seed=1)


def test_a_draw_without_a_direction_counts_as_nought(rng):
    unmasked, masked = pairs(rng, n=10, noise=0.0)

    def only_all(before, after):
        if not np.array_equal(before, unmasked):
            raise SpaceError("nothing here; mask more images")
        return mean_difference(before, after)

    assert steadiness(only_all, unmasked, masked) == 0.0
    assert masks_needed(only_all, unmasked, masked) is None


def test_a_semantic_space_is_steadier_with_more_masks(rng):
    def make(unmasked, masked):
        return extract_space("cat.eyes", unmasked, masked).space.vector(unmasked.shape[1])

    weights = np.zeros(40)
    weights[:5] = [5, 4, 3, 2, 1]

    def drawn(n):
        unmasked = rng.gamma(2.0, size=(n, 40)) + weights
        return unmasked, unmasked - weights * rng.uniform(0.5, 1.5, (n, 1))

    few, many = (steadiness(make, *drawn(n)) for n in (6, 200))
    assert few < many
    assert many > 0.95
