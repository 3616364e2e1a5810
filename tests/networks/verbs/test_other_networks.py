"""Other networks, end to end: features, a head, spaces, an assessment and a search, with random weights on toys."""

from dataclasses import astuple

import numpy as np
import pytest
import toy

from sxai.assess.verbs.assess import assess_image
from sxai.networks.verbs.features import features_of
from sxai.networks.verbs.networks import add_model, load_network, model_detail, model_record
from sxai.networks.verbs.train import train_model
from sxai.project.project import Project
from sxai.search.verbs.search import search
from sxai.spaces.verbs.details import overlap_detail, space_detail
from sxai.spaces.verbs.extract import extract_spaces
from sxai.spaces.verbs.stored import list_spaces

CONCEPTS = ("cat.eyes", "cat.nose", "dog.eyes")
NETWORKS = {"alexnet": 256, "squeezenet1_1": 512, "resnet50": 2048, "timm:test_resnet": 96, "timm:test_vit": 64}


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """Nine cats and nine dogs, three masks for each of three concepts, and no network."""
    with Project.open(tmp_path_factory.mktemp("few"), device="cpu") as project:
        for class_name in ("cat", "dog"):
            toy.add_pictures(project, class_name, range(9))
        for concept in CONCEPTS:
            class_name, part = concept.split(".")
            project.catalogue.add_concept(class_name, part)
            for image in project.catalogue.images(class_name=class_name, limit=3):
                toy.mask_part(project, concept, image)
        yield project


def timm_or_skip():
    pytest.importorskip("sxai.torchvision_")  # timm needs torchvision mended first
    pytest.importorskip("timm")


@pytest.mark.parametrize("backbone", NETWORKS)
def test_a_network_goes_the_whole_way(few, backbone):
    if backbone.startswith("timm:"):
        timm_or_skip()
    name = backbone.replace(":", "-")
    add_model(few, name, backbone, weights="random")
    trained = train_model(few, name)
    assert (trained.channels, trained.classes) == (NETWORKS[backbone], ("cat", "dog"))
    found = extract_spaces(few, CONCEPTS, model=name).spaces
    assert all(np.isfinite([*astuple(space.reference), *space.delta]).all() for space in found)
    verdict = assess_image(few, 1, model=name, keep=False)
    assert set(verdict.probabilities) == set(CONCEPTS)
    assert np.isfinite(list(verdict.probabilities.values())).all()
    assert verdict.sentence
    assert np.isfinite(overlap_detail(few, name).crosstalk).all()
    hits = search(few, "cat.eyes > 0.5", model=name).hits
    assert {hit.image_id for hit in hits} == {
        image.id
        for image in few.catalogue.images()
        if assess_image(few, image.id, model=name, keep=False).probabilities["cat.eyes"] > 0.5
    }


def test_activations_keep_their_sign_where_features_are_negative(few):
    """Patch tokens may be below 0: A_s is the signed mean of feature times difference all the same."""
    timm_or_skip()
    add_model(few, "tokens", "timm:test_vit", weights="random")
    train_model(few, "tokens")
    extract_spaces(few, CONCEPTS, model="tokens")
    assert model_detail(few, "tokens").features_nonnegative is False
    record = model_record(few, "tokens")
    images = few.catalogue.images(class_name="cat")
    table = features_of(few, record, load_network(few, record), images).features
    assert (table < 0).any()
    for space in list_spaces(few, "tokens"):
        detail = space_detail(few, space.name, "tokens")
        rows = [[image.id for image in images].index(i) for i in detail.mask_image_ids if space.name[:3] == "cat"]
        expected = toy.activation(table[rows], list(space.channels), np.asarray(space.delta))
        np.testing.assert_allclose(detail.activations_unmasked[: len(rows)], expected, rtol=1e-4, atol=1e-6)
