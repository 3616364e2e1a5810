"""Features of stored pictures: right, in order, computed once, and resumed where an interruption left them."""

import numpy as np
import pytest
import toy

from sxai.errors import Cancelled, ModelError
from sxai.networks.verbs import features
from sxai.networks.verbs.features import compute_features, features_of
from sxai.networks.verbs.networks import add_model, load_network, model_record


def read(project, images, progress=lambda *_: None):
    record = model_record(project)
    return features_of(project, record, load_network(project, record), images, progress).features


@pytest.fixture
def computed(monkeypatch):
    """How many pictures went through a network, one entry a call."""
    counts = []
    extract = features.extract

    def counting(network, canvases, **options):
        batch = extract(network, canvases, **options)
        counts.append(len(batch.features))
        return batch

    monkeypatch.setattr(features, "extract", counting)
    return counts


def test_features_are_averages_that_numpy_finds_too(toy_project):
    images = toy_project.catalogue.images()
    np.testing.assert_allclose(read(toy_project, images), toy.features_of(images), rtol=2e-5, atol=2e-6)


def test_rows_follow_the_images_that_were_asked_for(toy_project):
    images = toy_project.catalogue.images()
    shuffled = [images[index] for index in np.random.default_rng(3).permutation(len(images))]
    np.testing.assert_allclose(read(toy_project, shuffled), toy.features_of(shuffled), rtol=2e-5, atol=2e-6)


def test_nothing_is_computed_twice(toy_project, computed):
    first = read(toy_project, toy_project.catalogue.images())
    before = list(computed)
    np.testing.assert_array_equal(read(toy_project, toy_project.catalogue.images()), first)
    assert computed == before


def test_only_new_pictures_are_computed(toy_project, computed):
    read(toy_project, toy_project.catalogue.images())
    computed.clear()
    toy.add_pictures(toy_project, "cat", range(40, 43))
    assert compute_features(toy_project) == 51
    assert computed == [3]


def test_an_interrupted_run_goes_on_after_its_last_whole_block(toy_project, computed, monkeypatch):
    monkeypatch.setattr(features, "BLOCK", 8)
    record = add_model(toy_project, "fresh", "toy:body")
    assert record.active
    images = toy_project.catalogue.images()
    whole_blocks = 3

    def stop(stage, done, total, detail=None):
        if done > whole_blocks * 8 + 2:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        read(toy_project, images, stop)
    assert len(toy_project.catalogue.feature_rows(model_record(toy_project).id)) == whole_blocks * 8
    computed.clear()
    np.testing.assert_allclose(read(toy_project, images), toy.features_of(images), rtol=2e-5, atol=2e-6)
    assert sum(computed) == len(images) - whole_blocks * 8


def test_progress_counts_all_images_and_never_goes_back(toy_project, monkeypatch):
    monkeypatch.setattr(features, "BLOCK", 8)
    add_model(toy_project, "fresh", "toy:body")
    images = toy_project.catalogue.images()
    seen = []
    read(toy_project, images, lambda stage, done, total, detail=None: seen.append((stage, done, total)))
    assert {(stage, total) for stage, _, total in seen} == {("features", len(images))}
    counts = [done for _, done, _ in seen]
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (0, len(images))


def test_networks_keep_their_features_apart(toy_project, computed):
    trained = read(toy_project, toy_project.catalogue.images())
    computed.clear()
    add_model(toy_project, "other", "small", weights="random")
    assert read(toy_project, toy_project.catalogue.images()).shape == (48, 128)
    assert computed == [48]
    np.testing.assert_array_equal(
        features_of(toy_project, *_named(toy_project, "toy"), toy_project.catalogue.images()).features, trained
    )


def _named(project, name):
    record = model_record(project, name)
    return record, load_network(project, record)


def test_no_images_give_an_empty_table(toy_project):
    assert read(toy_project, []).shape == (0, toy.CHANNELS)


def test_rows_that_vanish_meanwhile_are_told_rather_than_made_up(toy_project, monkeypatch):
    record = model_record(toy_project)
    network = load_network(toy_project, record)
    images = toy_project.catalogue.images()
    keep = features._keep

    def vanishing(*given):
        keep(*given)
        toy_project.catalogue.drop_features(record.id)

    toy_project.catalogue.drop_features(record.id)
    monkeypatch.setattr(features, "_keep", vanishing)
    with pytest.raises(ModelError, match=r"toy.*48 of 48.*again"):
        features_of(toy_project, record, network, images)


def test_features_of_former_weights_are_never_stored_as_those_of_the_new(toy_project, monkeypatch):
    record, images = model_record(toy_project), toy_project.catalogue.images()
    network = load_network(toy_project, record)
    toy_project.catalogue.drop_features(record.id)
    extract = features.extract

    def changed_meanwhile(*arguments, **options):
        batch = extract(*arguments, **options)
        toy_project.catalogue.update_model(record.id, sha256="other weights")
        return batch

    monkeypatch.setattr(features, "extract", changed_meanwhile)
    with pytest.raises(ModelError, match="changed while its features were computed"):
        features_of(toy_project, record, network, images)
    assert toy_project.catalogue.feature_rows(record.id) == []


def test_an_image_asked_for_twice_comes_twice(toy_project):
    image = toy_project.catalogue.images()[0]
    twice = read(toy_project, [image, image])
    np.testing.assert_array_equal(twice[0], twice[1])
    np.testing.assert_allclose(twice, toy.features_of([image, image]), rtol=2e-5, atol=2e-6)
