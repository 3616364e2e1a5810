"""Probabilities taken at their word: the error is what it says, and calibrating mends it without ever falling."""

import json

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.calibration import calibration_curve as reliability
from sklearn.isotonic import IsotonicRegression

from sxai.errors import SpaceError
from sxai.spaces.calibration import (
    METHODS,
    Calibration,
    calibration_curve,
    cross_validated,
    expected_calibration_error,
    fit_calibration,
)

PAIRS = st.lists(st.tuples(st.floats(-50, 50, width=32), st.booleans()), min_size=2, max_size=40)
PROBABILITIES = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)
BOTH = pytest.mark.parametrize("method", METHODS)


def split(pairs):
    values, visible = map(np.array, zip(*pairs, strict=True))
    return values, visible


@given(PROBABILITIES, st.integers(1, 12))
def test_bins_hold_every_image_once_and_none_is_empty(pairs, bins):
    values, visible = split(pairs)
    curve = calibration_curve(values, visible, bins)
    assert sum(curve.n) == len(values)
    assert min(curve.n) > 0
    assert np.dot(curve.n, curve.share) == pytest.approx(visible.sum())
    assert np.dot(curve.n, curve.confidence) == pytest.approx(values.sum())
    assert list(curve.confidence) == sorted(curve.confidence)


def test_the_curve_is_scikit_learns(rng):
    values = rng.random(500)
    visible = rng.random(500) < values**2
    curve = calibration_curve(values, visible)
    share, confidence = reliability(visible, values, n_bins=10)
    np.testing.assert_allclose(curve.share, share)
    np.testing.assert_allclose(curve.confidence, confidence)


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(1, 8)), min_size=1, max_size=8))
def test_probabilities_that_hold_have_no_error(groups):
    values, visible = [], []
    for shown, of in groups:
        share = min(shown, of) / of
        values += [share] * of
        visible += [True] * min(shown, of) + [False] * (of - min(shown, of))
    assert expected_calibration_error(values, visible) == pytest.approx(0, abs=1e-12)


def test_the_error_by_hand():
    curve = calibration_curve([0.05, 0.05, 0.9, 1.7, -3.0], [False, True, True, True, False])
    assert curve.n == (3, 2)
    np.testing.assert_allclose(curve.confidence, [0.1 / 3, 0.95])
    np.testing.assert_allclose(curve.share, [1 / 3, 1.0])
    error = expected_calibration_error([0.05, 0.05, 0.9, 1.7, -3.0], [False, True, True, True, False])
    assert error == pytest.approx((3 * 0.3 + 2 * 0.05) / 5)


@BOTH
@given(pairs=PAIRS, wide=st.floats(1, 1e6))
def test_a_calibration_never_falls_and_stays_a_probability(method, pairs, wide):
    values, visible = split(pairs)
    assume(visible.any() and not visible.all())
    probabilities = fit_calibration(values, visible, method).probability(np.linspace(-wide, wide, 101))
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    assert (np.diff(probabilities) >= -1e-12).all()


@BOTH
@given(pairs=PAIRS)
def test_a_restored_calibration_is_the_same(method, pairs):
    values, visible = split(pairs)
    assume(visible.any() and not visible.all())
    fitted = fit_calibration(values, visible, method)
    again = Calibration.restored(json.loads(json.dumps(fitted.recorded())))
    assert again == fitted
    np.testing.assert_array_equal(again.probability(values), fitted.probability(values))


def test_isotonic_is_scikit_learns(rng):
    values = rng.normal(size=80)
    visible = rng.random(80) < expit(2 * values)
    fitted = fit_calibration(values, visible, "isotonic")
    oracle = IsotonicRegression(out_of_bounds="clip").fit(values, visible)
    line = np.linspace(-4, 4, 99)
    np.testing.assert_allclose(fitted.probability(line), oracle.predict(line), atol=1e-9)


def test_platt_finds_the_logistic_that_data_were_drawn_from(rng):
    values = rng.normal(100, 20, 20_000)
    truth = expit((values - 90) / 10)
    fitted = fit_calibration(values, rng.random(20_000) < truth, "platt")
    assert np.abs(fitted.probability(values) - truth).max() < 0.03


def test_platt_promises_no_certainty_on_few_images():
    probabilities = fit_calibration([0.0, 1.0, 2.0, 3.0], [False, False, True, True]).probability([0.0, 3.0])
    assert 0.05 < probabilities[0] < 0.5 < probabilities[1] < 0.95


@BOTH
def test_activations_that_run_the_other_way_say_nothing(method):
    values, visible = np.arange(40.0), np.arange(40) < 30
    probabilities = fit_calibration(values, visible, method).probability(values)
    assert np.ptp(probabilities) < 1e-9
    assert probabilities[0] == pytest.approx(0.75, abs=0.03)


def test_calibrating_mends_the_error_on_images_it_has_not_seen(rng):
    values = rng.normal(size=600)
    visible = rng.random(600) < expit(3 + 2 * values)
    place = values.argsort().argsort() / 599
    mended = {
        method: expected_calibration_error(cross_validated(values, visible, method), visible) for method in METHODS
    }
    assert expected_calibration_error(place, visible) > 0.2
    assert max(mended.values()) < 0.06


def test_no_image_has_a_say_in_its_own_chance(rng):
    values = rng.normal(size=60)
    visible = rng.random(60) < expit(values)
    probabilities = cross_validated(values, visible)
    np.testing.assert_array_equal(probabilities, cross_validated(values, visible))
    assert len(np.unique(fit_calibration(values, visible).probability(values) == probabilities)) == 1
    assert not (probabilities == cross_validated(values, visible, seed=1)).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: calibration_curve([0.1, 0.2], [True]), "do not match"),
        (lambda: calibration_curve([], []), "do not match"),
        (lambda: expected_calibration_error([np.nan], [True]), "not finite"),
        (lambda: fit_calibration([1.0, 2.0], [True, True]), "of one kind"),
        (lambda: fit_calibration([1.0, np.inf], [True, False]), "not finite"),
        (lambda: fit_calibration([1.0, 2.0], [True, False], "beta"), "unknown calibration 'beta'"),
        (lambda: cross_validated([1.0, 2.0, 3.0], [True, False, False]), "too few for 5 folds"),
    ],
)
def test_what_cannot_be_calibrated_is_refused(call, message):
    with pytest.raises(SpaceError, match=message):
        call()
