"""What perturbations and the loss of colour do to a class."""

import numpy as np
import pytest
from PIL import Image

from sxai.errors import SpaceError
from sxai.networks.verbs.features import features_of
from sxai.networks.verbs.networks import load_network, model_record
from sxai.overview import predictions
from sxai.search.verbs.search import save_search
from sxai.vectors.verbs import tests
from sxai.vectors.verbs.tests import colour_role, grey, perturbation_table
from sxai.vectors.verbs.vectors import semantic_vectors


def test_colour_role_refuses_sets_of_no_class(demo_project):
    save_search(demo_project, "sure cats", "p(cat) > 0.9")
    with pytest.raises(SpaceError, match="sure cats is a class"):
        colour_role(demo_project, semantic_vectors(demo_project, "searches"))


def test_grey_keeps_the_brightness_of_pillow(rng):
    pixels = rng.integers(0, 256, (9, 7, 3)).astype(np.uint8)
    found = grey(pixels)
    expected = np.asarray(Image.fromarray(pixels).convert("L")).astype(int)
    assert (found[..., 0] == found[..., 2]).all()
    assert np.abs(found[..., 0].astype(int) - expected).max() <= 1


def own_probability(project, features, class_name):
    """P of a class (n,) from pooled features (n, C), worked out from the head's weights alone."""
    record = model_record(project)
    weights = {name: value.numpy() for name, value in load_network(project, record).head.state_dict().items()}
    scores = features @ weights["weight"].T + weights["bias"]
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    return (shares / shares.sum(axis=1, keepdims=True))[:, record.classes.index(class_name)]


def test_rises_follow_from_the_head_and_the_vectors(demo_project):
    vectors = semantic_vectors(demo_project)
    table = perturbation_table(demo_project, vectors, threshold=0.2)
    record = model_record(demo_project)
    before, rises = [], {"associated neuron": [], "SeVec": [], "step along SeVec": []}
    for at, name in enumerate(vectors.words):
        held = vectors.image_ids[(vectors.labels == at) & ~vectors.made].tolist()
        images = demo_project.catalogue.images(ids=held)
        rows = features_of(demo_project, record, load_network(demo_project, record), images).features
        concept = vectors.concept(name)
        neuron = rows.copy()
        neuron[:, concept.vector.argmax()] = 1.5 * rows.max(axis=1)
        length = np.linalg.norm(neuron - rows, axis=1)[:, None]
        changed = {
            "associated neuron": neuron,
            "SeVec": rows * (concept.rates > 0.2),
            "step along SeVec": rows + length * concept.vector,
        }
        plain = own_probability(demo_project, rows, name)
        before.append(plain)
        for way, features in changed.items():
            rise = own_probability(demo_project, features, name) - plain
            rises[way].append(rise)
            assert table.classes[name][way].value == pytest.approx(rise.mean(), abs=1e-5)
            assert table.classes[name][way].n == len(held)
    assert table.before == pytest.approx(np.concatenate(before).mean(), abs=1e-5)
    for way, parts in rises.items():
        assert table.total[way].value == pytest.approx(np.concatenate(parts).mean(), abs=1e-5)


def test_accuracy_in_colour_is_that_of_the_gallery(demo_project):
    role = colour_role(demo_project, semantic_vectors(demo_project))
    images = demo_project.catalogue.images(split="val")
    predicted = {image_id: label for image_id, (label, _) in predictions(demo_project, images).items()}
    right = [predicted[image.id] == image.class_name for image in images]
    assert (role.n, role.accuracy) == (len(images), pytest.approx(np.mean(right)))
    for row in role.classes:
        own = [hit for hit, image in zip(right, images, strict=True) if image.class_name == row.name]
        assert row.accuracy == pytest.approx(np.mean(own))


def test_pictures_that_have_no_colour_lose_nothing(demo_project, monkeypatch):
    monkeypatch.setattr(tests, "grey", np.copy)
    role = colour_role(demo_project, semantic_vectors(demo_project))
    assert role.grey_accuracy == role.accuracy
    for row in role.classes:
        assert (row.grey_accuracy, row.same) == (row.accuracy, pytest.approx(1, abs=1e-3))
        assert row.other < 1
