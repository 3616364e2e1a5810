import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logit, logsumexp, softmax

from sxai.errors import MaskError, ModelError
from sxai.masks.superpixels import neighbours
from sxai.networks.network import Preprocessing
from sxai.traits.search.landscape import Evaluator, Landscape, borders_of, compose, fitted_labels, log_odds


def by_hand(network, pixels, labels, target, genome):
    """Log-odds of one composed picture, by numpy alone."""
    kept = pixels / 255 * genome[labels][..., None]
    x = (kept - [0.4, 0.5, 0.6]) / 0.5
    features = np.concatenate([x, x * np.roll(x, 4, axis=1)], axis=-1).mean(axis=(0, 1))
    logits = network.head.weight.detach().double().numpy() @ features + network.head.bias.detach().double().numpy()
    return logits[target] - logsumexp(np.delete(logits, target)), features


@given(st.integers(0, 2**32 - 1))
def test_composing_blackens_what_is_removed_and_nothing_else(seed):
    rng = np.random.default_rng(seed)
    pixels = rng.integers(1, 256, (6, 7, 3), dtype=np.uint8)
    labels = rng.integers(0, 5, (6, 7))
    genome = rng.random(5) < 0.5
    composed = compose(pixels, labels, genome)
    assert composed.dtype == np.uint8
    np.testing.assert_array_equal(composed[genome[labels]], pixels[genome[labels]])
    assert not composed[~genome[labels]].any()
    np.testing.assert_array_equal(compose(composed, labels, genome), composed)
    np.testing.assert_array_equal(composed + compose(pixels, labels, ~genome), pixels)


def test_pictures_and_superpixels_must_belong_together():
    pixels = np.zeros((4, 4, 3), np.uint8)
    with pytest.raises(MaskError, match=r"the picture is \(4, 4\) but its superpixels are \(3, 4\)"):
        compose(pixels, np.zeros((3, 4), int), np.ones(1, bool))
    with pytest.raises(MaskError, match="from -1"):
        compose(pixels, np.full((4, 4), -1), np.ones(1, bool))
    with pytest.raises(MaskError, match="2 genes for 3 superpixels"):
        compose(pixels, np.full((4, 4), 2), np.ones(2, bool))


def test_fitness_is_the_log_odds_of_the_composed_picture(network, scene, rng):
    pixels, labels = scene(3, 1)
    cases = []
    for target in (0, 1, 2):
        landscape = Landscape.of(network, pixels, labels, target)
        cases += [(landscape, rng.random(9) < 0.5) for _ in range(2)]
    values, features = Evaluator(network, "float32").exactly(cases)
    expected = [by_hand(network, pixels, labels, case.target, genome) for case, genome in cases]
    np.testing.assert_allclose(values, [value for value, _ in expected], rtol=1e-4)
    np.testing.assert_allclose(features, [row for _, row in expected], rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(Evaluator(network, "float32").fitness(cases), values)
    coarse = Evaluator(network, "bfloat16")
    assert not coarse.ranks_exactly
    np.testing.assert_allclose(coarse.fitness(cases), values, rtol=0.1, atol=0.1)


def test_a_value_does_not_depend_on_the_rest_of_its_batch(network, scene, rng):
    cases = [(Landscape.of(network, *scene(2, seed), target=seed % 3), rng.random(6) < 0.5) for seed in range(5)]
    for ranking in ("float32", "bfloat16"):
        evaluator = Evaluator(network, ranking)
        alone = [evaluator.fitness([case])[0] for case in cases]
        np.testing.assert_array_equal(evaluator.fitness(cases), alone)


def test_log_odds_do_not_saturate():
    logits = torch.tensor([[200.0, 0.0], [-200.0, 0.0], [0.0, 0.0]])
    np.testing.assert_array_equal(log_odds(logits, torch.tensor([0, 0, 1])), [200, -200, 0])
    many = torch.randn(5, 4, dtype=torch.float64)
    targets = torch.tensor([0, 3, 2, 1, 0])
    expected = logit(softmax(many.numpy(), axis=1)[np.arange(5), targets])
    np.testing.assert_allclose(log_odds(many, targets), expected)


@pytest.mark.parametrize("fit", ["squash", "crop"])
@pytest.mark.parametrize("shape", [(12, 12), (30, 17), (9, 40)])
def test_labels_are_resized_as_the_picture_is(network, fit, shape):
    network.use_preprocessing(Preprocessing(12, fit=fit))
    labels = (np.arange(shape[0])[:, None] * 2 >= shape[0]) * 2 + (np.arange(shape[1]) * 2 >= shape[1]) * 1
    pixels = (labels[..., None] * 80).astype(np.uint8).repeat(3, axis=2)
    small = fitted_labels(labels, 12, fit)
    shown = network.prepare([pixels])[0, 0].numpy() * 255 / 80
    inner = np.r_[0:5, 7:12]  # at the edges between superpixels the picture is interpolated
    np.testing.assert_allclose(small[np.ix_(inner, inner)], shown[np.ix_(inner, inner)], atol=0.02)


def test_labels_of_the_network_size_stay(scene):
    _, labels = scene(4, 0)
    np.testing.assert_array_equal(fitted_labels(labels, 12, "squash"), labels)


@given(st.integers(0, 2**32 - 1))
def test_borders_are_where_superpixels_touch(seed):
    labels = np.random.default_rng(seed).integers(0, 4, (4, 5))
    found = {tuple(pair) for pair in borders_of(labels).tolist()}
    for first in range(4):
        assert {(min(first, other), max(first, other)) for other in neighbours(labels, [first])} == {
            pair for pair in found if first in pair
        }


def test_one_superpixel_has_no_borders():
    assert borders_of(np.zeros((3, 3), dtype=int)).shape == (0, 2)


def test_a_class_the_network_does_not_have_is_told(network, scene):
    with pytest.raises(ModelError, match="no class 3; it has 3"):
        Landscape.of(network, *scene(2, 0), target=3)
    network.head = None
    with pytest.raises(ModelError, match="Train it first"):
        Landscape.of(network, *scene(2, 0), target=0)


def test_scores_that_are_not_finite_are_told(network, scene):
    network.head.weight.data[:] = torch.nan
    case = (Landscape.of(network, *scene(2, 0), target=0), np.ones(6, bool))
    with pytest.raises(ModelError, match="no finite scores"):
        Evaluator(network).fitness([case])
