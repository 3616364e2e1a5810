"""The perturbation table: each way by hand, and a head whose answer is known."""

import numpy as np
import pytest
from scipy.special import softmax

from sxai.errors import SpaceError
from sxai.vectors.perturbation import STEP_WAYS, WAYS, mean_shift, perturbed, probability_shifts
from sxai.vectors.vectors import semantic_vector

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
    assert (found.value, found.low, found.high, found.n) == (
        pytest.approx(rises.mean()),
        pytest.approx(rises.mean() - half),
        pytest.approx(rises.mean() + half),
        50,
    )
    assert np.isnan(mean_shift([]).value)


def test_a_step_is_as_long_as_the_neurons_change_along_the_vector_or_its_entries_mixed(rng):
    rows = rng.gamma(2.0, size=(5, 4)).astype(np.float32)
    found = perturbed(rows, VECTOR, 0.5, rng)
    length = np.linalg.norm(found["associated neuron"] - rows, axis=1)
    along, mixed = (found[way] - rows for way in STEP_WAYS)
    np.testing.assert_allclose(along, np.outer(length, VECTOR.vector), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(np.sort(mixed, axis=1), np.sort(along, axis=1), rtol=1e-4, atol=1e-6)
    assert not np.allclose(along, mixed)


def test_a_step_along_the_vector_raises_the_class_and_one_along_its_mixed_entries_does_not(rng):
    rows = rng.random((400, 4)).astype(np.float32)
    found = probability_shifts({"cat": rows}, {"cat": VECTOR}, ["cat", "dog"], outputs, 0.5)
    assert found["step along SeVec"].mean() > 0.05
    assert abs(found["step along permuted SeVec"].mean()) < 0.03


def test_without_images_nothing_is_changed(rng):
    assert all(changed.shape == (0, 4) for changed in perturbed(np.empty((0, 4)), VECTOR, 0.5, rng).values())
