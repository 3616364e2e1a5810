import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, confusion_matrix

from sxai.errors import ModelError
from sxai.networks.evaluation import evaluate, reliability


@given(n=st.integers(1, 60), k=st.integers(2, 5), seed=st.integers(0, 1000))
def test_accuracy_and_confusion_equal_scikit_learn(n, k, seed):
    rng = np.random.default_rng(seed)
    logits, labels = rng.normal(size=(n, k)), rng.integers(0, k, n)
    result = evaluate(logits, labels, [f"c{i}" for i in range(k)])
    predicted = logits.argmax(axis=1)
    np.testing.assert_array_equal(result.confusion, confusion_matrix(labels, predicted, labels=range(k)))
    assert result.accuracy == pytest.approx(accuracy_score(labels, predicted))


def slow_calibration_error(probabilities, labels, bins):
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    error = 0.0
    for low in np.arange(bins) / bins:
        inside = (confidence >= low) & ((confidence < low + 1 / bins) | (low + 1 / bins >= 1 - 1e-12))
        if inside.any():
            error += inside.mean() * abs(confidence[inside].mean() - right[inside].mean())
    return error


@given(n=st.integers(1, 80), k=st.integers(2, 4), seed=st.integers(0, 1000))
def test_the_calibration_error_equals_a_slow_count(n, k, seed):
    rng = np.random.default_rng(seed)
    logits, labels = 3 * rng.normal(size=(n, k)), rng.integers(0, k, n)
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    found = reliability(logits, labels)
    assert found.error == pytest.approx(slow_calibration_error(probabilities, labels, 10), abs=1e-9)
    assert sum(found.n) == n
    assert len(found.confidence) == len(found.share) == len(found.n) <= 10


def test_full_confidence_is_in_the_last_bin():
    found = reliability(np.array([[1000.0, 0.0], [1000.0, 0.0]]), np.array([0, 1]))
    assert found.n == (2,)
    assert found.share[-1] == 0.5
    assert found.error == 0.5


@pytest.mark.parametrize(
    ("logits", "labels", "words"),
    [
        (np.zeros((0, 2)), np.zeros(0, int), "no labelled images"),
        (np.zeros((2, 3)), np.zeros(2, int), "do not fit"),
        (np.zeros((3, 2)), np.zeros(2, int), "do not fit"),
        (np.zeros((2, 2)), np.array([0, 2]), "run from 0 to 2"),
        (np.zeros((2, 2)), np.array([-1, 0]), "run from -1"),
    ],
)
def test_scores_that_do_not_fit_the_labels_are_refused(logits, labels, words):
    with pytest.raises(ModelError, match=words):
        evaluate(logits, labels, ["a", "b"])
