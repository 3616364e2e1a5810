import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import roc_auc_score

from sxai.errors import SpaceError, TooFewMasks
from sxai.spaces.direction import ConceptDirection
from sxai.spaces.spatial import SpatialDirection, coverage, fit_spatial, strongest_mean

GRID, D = 6, 8
heats = arrays(np.float64, (3, 4, 4), elements=st.floats(-50, 50))


def pictures(n, seed=0, shown=None):
    """Features by position of n pictures; where ``shown``, one position has the part: channels 2 (up) and 5 (down)."""
    random = np.random.default_rng(seed)
    table = random.normal(0, 1, (n, GRID, GRID, D))
    cover = np.zeros((n, GRID, GRID))
    for row in range(n) if shown is None else np.flatnonzero(shown):
        at = tuple(random.integers(0, GRID, 2))
        table[row][at] += 4 * (np.arange(D) == 2) - 4 * (np.arange(D) == 5)
        cover[row][at] = 1.0
    return table, cover


def test_a_part_of_one_position_is_found_where_it_is_and_told_from_its_absence():
    direction = fit_spatial("cat.eyes", *pictures(60))
    shown = np.arange(200) % 2 == 0
    table, cover = pictures(200, seed=1, shown=shown)
    assert roc_auc_score(shown, direction.activation(table)) > 0.97
    heat = direction.heat(table[shown]).reshape(shown.sum(), -1)
    right = heat.argmax(axis=1) == cover[shown].reshape(shown.sum(), -1).argmax(axis=1)
    assert right.mean() > 0.95
    # The average over positions, which is all that pooled features hold, hardly tells.
    assert roc_auc_score(shown, direction.heat(table).mean(axis=(1, 2))) < 0.75


def test_weights_point_along_what_changed():
    weights = fit_spatial("cat.eyes", *pictures(60)).weights
    assert set(np.argsort(-np.abs(weights))[:2]) == {2, 5}
    assert weights[2] > 0 > weights[5]


def test_the_units_of_a_feature_do_not_matter():
    table, cover = pictures(40)
    scale = 10.0 ** np.arange(D)
    one, other = fit_spatial("cat.eyes", table, cover), fit_spatial("cat.eyes", table * scale, cover)
    np.testing.assert_allclose(one.activation(table), other.activation(table * scale), atol=0.02)


def test_positions_known_to_be_without_it_push_the_direction_away():
    table, cover = pictures(40)
    decoy = np.random.default_rng(2).normal(0, 1, (400, D)) + 4 * (np.arange(D) == 2)
    plain, pushed = fit_spatial("cat.eyes", table, cover), fit_spatial("cat.eyes", table, cover, [decoy])
    assert pushed.weights[2] < plain.weights[2]


def test_of_a_mask_smaller_than_any_position_the_most_covered_one_counts():
    table, cover = pictures(60)
    direction = fit_spatial("cat.eyes", table, cover * 0.2)
    np.testing.assert_allclose(direction.weights, fit_spatial("cat.eyes", table, cover).weights)


def test_it_is_a_direction_like_any_other_with_a_reference_distribution():
    table, cover = pictures(60)
    direction = fit_spatial("cat.eyes", table, cover)
    with pytest.raises(SpaceError, match="no reference distribution"):
        direction.probability(table)
    placed = direction.with_reference(direction.activation(table))
    assert isinstance(placed, ConceptDirection)
    probabilities = placed.probability(table)
    assert probabilities.min() == pytest.approx(0.0)
    assert probabilities.max() == pytest.approx(1.0)
    np.testing.assert_array_equal(np.argsort(probabilities), np.argsort(direction.activation(table)))


def test_the_same_seed_draws_the_same_background(monkeypatch):
    monkeypatch.setattr("sxai.spaces.spatial.MAX_BACKGROUND", 100)
    first, second, third = (fit_spatial("cat.eyes", *pictures(30), seed=seed).weights for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, third)


@given(heats, st.floats(0.01, 1))
def test_the_strongest_positions_lie_between_mean_and_maximum(heat, share):
    found = strongest_mean(heat, share)
    flat = heat.reshape(3, -1)
    assert (found >= flat.mean(axis=1) - 1e-9).all()
    assert (found <= flat.max(axis=1) + 1e-9).all()


@given(heats)
def test_the_share_leads_from_the_maximum_to_the_mean(heat):
    flat = heat.reshape(3, -1)
    np.testing.assert_allclose(strongest_mean(heat, 1e-7), flat.max(axis=1))
    np.testing.assert_allclose(strongest_mean(heat, 1.0), flat.mean(axis=1), atol=1e-9)


@settings(max_examples=50)
@given(arrays(bool, st.tuples(st.integers(1, 30), st.integers(1, 30))), st.integers(1, 9))
def test_coverage_keeps_the_area(region, grid):
    found = coverage(region, grid)
    assert found.shape == (grid, grid)
    assert found.min() >= 0.0
    assert found.max() <= 1.0 + 1e-12
    assert found.mean() == pytest.approx(region.mean())


def test_coverage_by_counting_pixels():
    region = np.random.default_rng(0).random((12, 18)) < 0.4
    expected = region.reshape(3, 4, 3, 6).mean(axis=(1, 3))
    np.testing.assert_allclose(coverage(region, 3), expected)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda t, c: fit_spatial("cat.eyes", t[:2], c[:2]), TooFewMasks, "at least 3"),
        (lambda t, c: fit_spatial("cat.eyes", t, c[:, :3]), SpaceError, "do not match"),
        (lambda t, c: fit_spatial("cat.eyes", t, c * 0), SpaceError, "show it"),
        (lambda t, c: fit_spatial("cat.eyes", t, c * 0 + 1), SpaceError, "without it"),
        (lambda t, c: fit_spatial("cat.eyes", t, c).heat(t[..., :3]), SpaceError, "expected"),
        (lambda t, c: strongest_mean(t[..., 0], 0.0), SpaceError, "above 0"),
        (lambda t, c: coverage(np.zeros((0, 3), bool), 2), SpaceError, "needs a mask"),
    ],
)
def test_bad_input_says_what_to_do(make, error, message):
    with pytest.raises(error, match=message):
        make(*pictures(5))


def test_frozen():
    with pytest.raises(AttributeError):
        SpatialDirection("cat.eyes", np.ones(2), 0.0).bias = 1.0
