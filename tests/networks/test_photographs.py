"""The path from photographs to a classifier, where photographs and weights are."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sxai.images.decode import canvas, decode
from sxai.images.sources import find_sources
from sxai.masks.mask import apply_mask, mask_from_labels
from sxai.masks.superpixels import superpixels
from sxai.networks.backbones import build
from sxai.networks.evaluation import evaluate
from sxai.networks.features import extract
from sxai.networks.training import Sample, TrainingParameters, train
from sxai.networks.weights import load_weights

pytestmark = pytest.mark.data
EACH = 40


@pytest.fixture(scope="module")
def network(real_data):
    network = build("squeezenet1_1")
    load_weights(network, real_data / "weights" / "squeezenet1_1_torchvision.safetensors")
    return network


@pytest.fixture(scope="module")
def pets(real_data):
    """Canvases and labels of the first photographs of each class, cats and dogs by turns."""
    found = find_sources(real_data / "pets")
    groups = [[source for source in found if source.class_name == name][:EACH] for name in ("cats", "dogs")]
    canvases = [canvas(decode(source.read()).pixels) for pair in zip(*groups, strict=True) for source in pair]
    return canvases, np.tile([0, 1], EACH)


@pytest.fixture(scope="module")
def features(network, pets):
    return extract(network, pets[0], device="cpu").features


def test_photographs_are_found_by_class(real_data):
    found = find_sources(real_data / "pets")
    counts = {name: sum(source.class_name == name for source in found) for name in ("cats", "dogs")}
    assert counts["cats"] == counts["dogs"] >= EACH


def test_a_trained_head_is_as_good_as_logistic_regression_on_photographs(network, pets, features):
    canvases, labels = pets
    learn, check, test = slice(0, 40), slice(40, 50), slice(50, None)
    samples = [Sample(lambda one=one: one, int(label)) for one, label in zip(canvases, labels, strict=True)]
    result = train(
        network,
        ("cat", "dog"),
        samples[learn],
        samples[check],
        TrainingParameters(),
        "cpu",
        features=(features[learn], features[check]),
    )
    scores = extract(result.network, canvases[test], device="cpu").logits
    ours = evaluate(scores, labels[test], ("cat", "dog")).accuracy
    reference = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=1000))
    assert ours >= reference.fit(features[learn], labels[learn]).score(features[test], labels[test]) - 0.1
    assert ours > 0.75


def test_photographs_are_cut_into_as_many_superpixels_as_the_method_expects(pets):
    counts = [int(superpixels(picture).max()) + 1 for picture in pets[0][:8]]
    assert all(9 <= count <= 24 for count in counts)


def test_masking_a_photograph_moves_its_features(network, pets, features):
    picture = pets[0][0]
    labels = superpixels(picture)
    middle = int(labels[labels.shape[0] // 2, labels.shape[1] // 2])
    masked = apply_mask(picture, mask_from_labels(picture, labels, [middle]))
    moved = extract(network, [masked], device="cpu").features[0]
    assert np.abs(moved - features[0]).max() > 0.1
    assert 0 < (masked != picture).any(axis=2).sum() <= (labels == middle).sum()
