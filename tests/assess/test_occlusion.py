"""Evidence by superpixel against the same numbers worked out by numpy alone."""

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn

from sxai.assess.occlusion import evidence, filled_views, per_superpixel, rank_agreement
from sxai.errors import MaskError, ModelError
from sxai.networks.network import Network, Preprocessing
from sxai.spaces.distribution import ReferenceDistribution
from sxai.spaces.space import SemanticSpace

SIDE = 12
LABELS = np.repeat(np.repeat(np.array([[0, 1, 2], [3, 3, 4]], dtype=np.int32), 6, axis=0), 4, axis=1)
RING = {0: (1, 3), 1: (0, 2, 3), 2: (1, 4), 3: (0, 1, 4), 4: (2, 3)}
REFERENCE = ReferenceDistribution(n=9, mean=0.1, std=0.2, minimum=-0.4, maximum=0.5, r2=1.0, ks=0.0)
SPACES = [
    SemanticSpace("cat.eyes", (0, 2), (0.7, -0.3), reference=REFERENCE),
    SemanticSpace("cat.nose", (1,), (0.5,), reference=REFERENCE),
    SemanticSpace("dog.eyes", (2, 1), (0.4, 0.2), reference=REFERENCE),
]


@pytest.fixture
def network():
    """Features are the mean colour in [0, 1]; a head of known weights."""
    layer = nn.Conv2d(3, 3, 1, bias=False)
    layer.weight.data = torch.eye(3)[:, :, None, None]
    head = nn.Linear(3, 2)
    head.weight.data, head.bias.data = torch.tensor([[3.0, -1.0, 0.5], [-1.0, 2.0, 1.0]]), torch.tensor([0.6, -0.2])
    plain = Preprocessing(SIDE, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    return Network("test", layer, plain, channels=3, head=head, classes=("cat", "dog"))


@pytest.fixture
def pixels(rng):
    return rng.integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8)


def views_by_hand(pixels):
    """The picture, each superpixel filled, and all of them, pixel by pixel."""
    everything, views = pixels.copy(), [pixels]
    for label, ring in RING.items():
        colour = np.rint(pixels[np.isin(LABELS, ring)].mean(axis=0))
        view = pixels.copy()
        for row, column in np.argwhere(label == LABELS):
            view[row, column] = everything[row, column] = colour
        views.append(view)
    return [*views, everything]


def numbers_by_hand(pixels):
    """P (m, K + 2), A (m, K + 2) and softmax (K + 2, 2), without the library."""
    features = np.stack([view.reshape(-1, 3).mean(axis=0) / 255 for view in views_by_hand(pixels)])
    activations = np.stack([(features[:, s.channels] * np.array(s.delta)).mean(axis=1) for s in SPACES])
    fit = stats.norm(0.1, 0.2)
    probabilities = (fit.cdf(activations) - fit.cdf(-0.4)) / (fit.cdf(0.5) - fit.cdf(-0.4))
    scores = features @ np.array([[3.0, -1.0, 0.5], [-1.0, 2.0, 1.0]]).T + [0.6, -0.2]
    return probabilities, activations, np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)


def test_views_fill_one_superpixel_after_the_other(pixels):
    for made, expected in zip(filled_views(pixels, LABELS), views_by_hand(pixels), strict=True):
        np.testing.assert_array_equal(made, expected)


def test_drops_are_those_found_by_hand(network, pixels):
    found = evidence(network, pixels, LABELS, SPACES, "cpu")
    probabilities, activations, outputs = numbers_by_hand(pixels)
    best = int(outputs[0].argmax())
    assert (found.predicted, found.names) == (("cat", "dog")[best], ("cat.eyes", "cat.nose", "dog.eyes"))
    close = {"rtol": 1e-4, "atol": 1e-6}
    np.testing.assert_allclose(found.probabilities, probabilities[:, 0], **close)
    np.testing.assert_allclose(found.activations, activations[:, 0], **close)
    np.testing.assert_allclose(found.probability_drops, probabilities[:, :1] - probabilities[:, 1:-1], **close)
    np.testing.assert_allclose(found.activation_drops, activations[:, :1] - activations[:, 1:-1], **close)
    np.testing.assert_allclose(found.confidence_drops, outputs[0, best] - outputs[1:-1, best], **close)
    np.testing.assert_allclose(found.probability_together, probabilities[:, 0] - probabilities[:, -1], **close)
    assert found.confidence_together == pytest.approx(outputs[0, best] - outputs[-1, best], rel=1e-4, abs=1e-6)
    assert found.confidence == pytest.approx(outputs[0, best], rel=1e-5)


def test_the_superpixel_that_holds_a_concept_stands_out(network):
    pixels = np.full((SIDE, SIDE, 3), 90, dtype=np.uint8)
    pixels[LABELS == 2] = (255, 20, 20)
    drops = evidence(network, pixels, LABELS, SPACES, "cpu").activation_drops[0]
    assert drops.argmax() == 2


def test_each_view_is_one_forward_pass(network, pixels):
    seen = []
    evidence(network, pixels, LABELS, SPACES, "cpu", lambda stage, done, total, detail=None: seen.append((done, total)))
    assert (seen[0], seen[-1]) == ((0, 7), (7, 7))


def test_without_spaces_the_prediction_alone_is_explained(network, pixels):
    found = evidence(network, pixels, LABELS, [], "cpu")
    assert found.probability_drops.shape == (0, 5)
    assert found.confidence_drops.shape == (5,)


def test_what_cannot_be_filled_or_predicted_is_told(network, pixels):
    with pytest.raises(MaskError, match="one superpixel covers the whole picture"):
        evidence(network, pixels, np.zeros_like(LABELS), SPACES)
    network.head = None
    with pytest.raises(ModelError, match="train it first"):
        evidence(network, pixels, LABELS, SPACES, "cpu")


def test_means_over_superpixels(rng):
    heat = rng.random(LABELS.shape)
    expected = [heat[label == LABELS].mean() for label in range(5)]
    np.testing.assert_allclose(per_superpixel(heat, LABELS), expected)


@pytest.mark.parametrize("ties", [False, True])
def test_agreement_is_spearmans(rng, ties):
    first, second = rng.normal(size=(2, 30))
    if ties:
        first, second = first.round(), second.round()
    assert rank_agreement(first, second) == pytest.approx(stats.spearmanr(first, second).statistic)


def test_a_list_that_does_not_vary_agrees_with_nothing():
    assert rank_agreement(np.zeros(4), np.arange(4.0)) is None
