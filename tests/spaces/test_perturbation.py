"""The perturbation table: each way by hand, and a head whose answer is known."""

import numpy as np
import pytest
from scipy.special import softmax

from sxai.errors import SpaceError
from sxai.spaces.perturbation import KEPT_WAYS, WAYS, mean_shift, perturbed, probability_shifts
from sxai.spaces.vectors import semantic_vector

VECTOR = semantic_vector("cat", np.array([[1, 1, 0, 0], [1, 1, 0, 1], [1, 0, 0, 0]], dtype=bool))


def outputs(rows):
    """Two classes: cat reads the first two units, dog the others."""
    scores = np.stack([rows[:, :2].sum(axis=1), rows[:, 2:].sum(axis=1)], axis=1)
    return softmax(scores.astype(np.float64), axis=1)


def test_every_way_by_hand(rng):
    rows = np.array([[1, 2, 3, 0], [2, 0, 4, 1]], dtype=np.float32)
    found = perturbed(rows, VECTOR, 0.5, rng)
    assert tuple(found) == WAYS
    np.testing.assert_array_equal(found["associated neuron"], [[4.5, 2, 3, 0], [6, 0, 4, 1]])
    np.testing.assert_array_equal(found["SeVec"], [[1, 2, 0, 0], [2, 0, 0, 0]])
    changed = found["random neuron"] != rows
    assert changed.sum(axis=1).max() <= 1
    assert ((found["permuted SeVec"] == rows) | (found["permuted SeVec"] == 0)).all()
    np.testing.assert_array_equal(rows, [[1, 2, 3, 0], [2, 0, 4, 1]])


def test_the_gate_of_the_class_raises_its_probability_and_a_permutation_does_not(rng):
    rows = rng.random((400, 4)).astype(np.float32)
    found = probability_shifts({"cat": rows}, {"cat": VECTOR}, ["cat", "dog"], outputs, 0.5)
    assert found["SeVec"].min() >= 0
    assert found["SeVec"].mean() > 0.1
    assert abs(found["permuted SeVec"].mean()) < 0.03
    again = probability_shifts({"cat": rows}, {"cat": VECTOR}, ["cat", "dog"], outputs, 0.5)
    np.testing.assert_array_equal(found["random neuron"], again["random neuron"])


def test_a_concept_that_is_no_class_is_refused(rng):
    with pytest.raises(SpaceError, match="striped is no class"):
        probability_shifts({"striped": rng.random((2, 4))}, {"striped": VECTOR}, ["cat", "dog"], outputs, 0.5)


def test_the_interval_is_the_normal_one(rng):
    rises = rng.normal(0.2, 0.1, 50)
    found = mean_shift(rises)
    half = 1.96 * rises.std(ddof=1) / np.sqrt(50)
    assert (found.mean, found.low, found.high, found.n) == (
        pytest.approx(rises.mean()), pytest.approx(rises.mean() - half), pytest.approx(rises.mean() + half), 50,
    )  # fmt: skip
    assert np.isnan(mean_shift([]).mean)


def test_with_the_mean_kept_only_the_direction_changes(rng):
    rows = rng.gamma(2.0, size=(5, 4)).astype(np.float32)
    rows[4] = [0, 0, 1, 1]
    found = perturbed(rows, VECTOR, 0.5, rng)
    for gated, kept in zip(("SeVec", "permuted SeVec"), KEPT_WAYS, strict=True):
        silent = ~found[gated].any(axis=1)
        np.testing.assert_allclose(found[kept].mean(axis=1)[~silent], rows.mean(axis=1)[~silent], rtol=1e-6)
        np.testing.assert_array_equal(found[kept][silent], 0)
        np.testing.assert_array_equal(found[kept] > 0, found[gated] > 0)
    assert not found["SeVec"][4].any()
