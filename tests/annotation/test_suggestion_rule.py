"""Learning which superpixels show a concept: against constructed pictures whose answer is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sxai.annotation.suggestion_rule import (
    SuggestionRule,
    fit_rule,
    is_sure,
    likely_superpixels,
    superpixel_features,
    superpixel_places,
)
from sxai.errors import MaskError, TooFewMasks

DEPTH, PIECES = 12, 9


def lessons(rng, n, told_by="features"):
    """n pictures of nine superpixels, two of which show the concept; only one witness knows which."""
    features, drops, places, chosen = [], [], [], []
    for _ in range(n):
        shown = np.zeros(PIECES, dtype=bool)
        shown[rng.choice(PIECES, 2, replace=False)] = True
        table, fall, place = rng.normal(size=(PIECES, DEPTH)), rng.normal(size=PIECES), rng.normal(size=(PIECES, 2))
        if told_by == "features":
            table[shown, :3] += 4
        elif told_by == "drops":
            fall[shown] += 12
        else:
            place[shown, 1] += 8
        features.append(table), drops.append(fall), places.append(place), chosen.append(shown)
    return features, drops, places, chosen


@pytest.mark.parametrize("witness", ["features", "drops", "places"])
def test_the_witness_that_knows_is_found(rng, witness):
    rule = fit_rule(*lessons(rng, 12, witness))
    for table, fall, place, shown in zip(*lessons(rng, 20, witness), strict=True):
        probabilities = rule.probabilities(table, fall, place)
        assert set(np.argsort(-probabilities)[:2]) == set(np.flatnonzero(shown))


def test_a_witness_that_knows_nothing_is_not_trusted(rng):
    by_drops = fit_rule(*lessons(rng, 30, "drops")).trust
    assert abs(by_drops[0]) > 5 * abs(by_drops[1])


def test_hits_on_held_out_masks_tell_a_rule_that_knows_from_one_that_guesses(rng):
    features, drops, places, chosen = lessons(rng, 16)
    able = fit_rule(features, drops, places, chosen)
    guessing = fit_rule(features, drops, places, [rng.permutation(shown) for shown in chosen])
    assert (able.hits, able.pictures) == (16, 16)
    assert guessing.hits < 8
    sure = np.array([0.1, 0.95])
    assert is_sure(sure, able.hits, able.pictures)
    assert not is_sure(sure, 3, 8), "a rule that is mostly wrong is not shown, whatever it claims"
    assert not is_sure(sure, 0, 0)
    assert not is_sure(np.array([0.55, 0.1]), able.hits, able.pictures)


def test_the_scale_of_drops_does_not_matter(rng):
    features, drops, places, chosen = lessons(rng, 8)
    plain = fit_rule(features, drops, places, chosen)
    scaled = fit_rule(features, [1e4 * fall for fall in drops], places, chosen)
    np.testing.assert_allclose(
        plain.probabilities(features[0], drops[0], places[0]),
        scaled.probabilities(features[0], 1e4 * drops[0], places[0]),
    )


def test_the_same_masks_give_the_same_rule(rng):
    made = lessons(rng, 7)
    first, second = (fit_rule(*made, seed=3) for _ in range(2))
    np.testing.assert_array_equal(first.weights, second.weights)
    np.testing.assert_array_equal(first.trust, second.trust)


def test_three_masks_are_enough_and_two_are_not(rng):
    features, drops, places, chosen = lessons(rng, 3)
    assert fit_rule(features, drops, places, chosen).weights.shape == (DEPTH,)
    with pytest.raises(TooFewMasks, match="3 masked pictures, not 2"):
        fit_rule(features[:2], drops[:2], places[:2], chosen[:2])


def test_masks_of_everything_are_refused(rng):
    features, drops, places, _ = lessons(rng, 3)
    with pytest.raises(MaskError, match="all of them"):
        fit_rule(features, drops, places, [np.ones(PIECES, dtype=bool)] * 3)


def test_features_of_another_network_are_refused(rng):
    rule = SuggestionRule(np.zeros(4), 0.0, np.ones(3), 0.0)
    with pytest.raises(MaskError, match="over 4 features"):
        rule.probabilities(np.zeros((9, 5)), np.zeros(9), np.zeros((9, 0)))


@given(arrays.arrays(np.float64, st.integers(2, 30), elements=st.floats(0, 1)))
def test_never_all_are_picked_and_only_likely_ones_or_the_best_guess(probabilities):
    labels = likely_superpixels(probabilities)
    visible = 1 - np.prod(1 - probabilities) > 0.5
    assert len(labels) < len(probabilities)
    assert bool(labels) == visible
    if any(probabilities[label] <= 0.5 for label in labels):
        assert [probabilities[label] for label in labels] == [probabilities.max()]
    left = [chance for label, chance in enumerate(probabilities) if label not in labels]
    assert sum(chance > 0.5 for chance in left) <= 1


def test_features_of_superpixels_are_the_means_under_them(rng):
    """Superpixels that follow the grid: the mean over their cells, exactly."""
    positions = rng.normal(size=(4, 4, 5))
    cells = np.arange(16).reshape(4, 4) // 4
    labels = cells.repeat(6, axis=0).repeat(6, axis=1)
    np.testing.assert_allclose(superpixel_features(positions, labels), positions.mean(axis=1))


def test_a_superpixel_smaller_than_a_cell_has_the_cells_features(rng):
    positions = rng.normal(size=(2, 2, 3))
    labels = np.zeros((8, 8), dtype=int)
    labels[6, 6] = 1
    np.testing.assert_allclose(superpixel_features(positions, labels)[1], positions[1, 1])


def test_places_by_hand():
    labels = np.zeros((4, 8), dtype=int)
    labels[1:3, 6:] = 1
    labels[2, 2] = 2
    found = superpixel_places(labels)
    np.testing.assert_allclose(found[1], [0, 0.375, 0, 0.375**2, np.log(4 / 32), 1])
    np.testing.assert_allclose(found[2], [0.125, 0.1875, 0.125**2, 0.1875**2, np.log(1 / 32), 0])
    np.testing.assert_allclose(superpixel_places(labels[:, ::-1]), found)
