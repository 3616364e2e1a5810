"""Features of stored pictures: right, in order, computed once, and resumed where an interruption left them."""

import numpy as np
import pytest
import toy

from sxai.errors import Cancelled, ModelError
from sxai.workflows import add_model, compute_features, featuring
from sxai.workflows.featuring import features_of
from sxai.workflows.networks import load_network, model_record


def read(ws, images, progress=lambda *_: None):
    record = model_record(ws)
    return features_of(ws, record, load_network(ws, record), images, progress).features


@pytest.fixture
def computed(monkeypatch):
    """How many pictures went through a network, one entry a call."""
    counts = []
    extract = featuring.extract

    def counting(network, canvases, **options):
        batch = extract(network, canvases, **options)
        counts.append(len(batch.features))
        return batch

    monkeypatch.setattr(featuring, "extract", counting)
    return counts


def test_features_are_averages_that_numpy_finds_too(toy_ws):
    images = toy_ws.catalogue.images()
    np.testing.assert_allclose(read(toy_ws, images), toy.features_of(images), rtol=2e-5, atol=2e-6)


def test_rows_follow_the_images_that_were_asked_for(toy_ws):
    images = toy_ws.catalogue.images()
    shuffled = [images[index] for index in np.random.default_rng(3).permutation(len(images))]
    np.testing.assert_allclose(read(toy_ws, shuffled), toy.features_of(shuffled), rtol=2e-5, atol=2e-6)


def test_nothing_is_computed_twice(toy_ws, computed):
    first = read(toy_ws, toy_ws.catalogue.images())
    before = list(computed)
    np.testing.assert_array_equal(read(toy_ws, toy_ws.catalogue.images()), first)
    assert computed == before


def test_only_new_pictures_are_computed(toy_ws, computed):
    read(toy_ws, toy_ws.catalogue.images())
    computed.clear()
    toy.add_pictures(toy_ws, "cat", range(40, 43))
    assert compute_features(toy_ws) == 51
    assert computed == [3]


def test_an_interrupted_run_goes_on_after_its_last_whole_block(toy_ws, computed, monkeypatch):
    monkeypatch.setattr(featuring, "BLOCK", 8)
    record = add_model(toy_ws, "fresh", "toy:body")
    assert record.active
    images = toy_ws.catalogue.images()
    whole_blocks = 3

    def stop(stage, done, total, detail=None):
        if done > whole_blocks * 8 + 2:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        read(toy_ws, images, stop)
    assert toy_ws.catalogue.count_features(model_record(toy_ws).id) == whole_blocks * 8
    computed.clear()
    np.testing.assert_allclose(read(toy_ws, images), toy.features_of(images), rtol=2e-5, atol=2e-6)
    assert sum(computed) == len(images) - whole_blocks * 8


def test_progress_counts_all_images_and_never_goes_back(toy_ws, monkeypatch):
    monkeypatch.setattr(featuring, "BLOCK", 8)
    add_model(toy_ws, "fresh", "toy:body")
    images = toy_ws.catalogue.images()
    seen = []
    read(toy_ws, images, lambda stage, done, total, detail=None: seen.append((stage, done, total)))
    assert {(stage, total) for stage, _, total in seen} == {("features", len(images))}
    counts = [done for _, done, _ in seen]
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (0, len(images))


def test_networks_keep_their_features_apart(toy_ws, computed):
    trained = read(toy_ws, toy_ws.catalogue.images())
    computed.clear()
    add_model(toy_ws, "other", "small", weights="random")
    assert read(toy_ws, toy_ws.catalogue.images()).shape == (48, 128)
    assert computed == [48]
    np.testing.assert_array_equal(
        features_of(toy_ws, *_named(toy_ws, "toy"), toy_ws.catalogue.images()).features, trained
    )


def _named(ws, name):
    record = model_record(ws, name)
    return record, load_network(ws, record)


def test_no_images_give_an_empty_table(toy_ws):
    assert read(toy_ws, []).shape == (0, toy.CHANNELS)


def test_rows_that_vanish_meanwhile_are_told_rather_than_made_up(toy_ws, monkeypatch):
    record = model_record(toy_ws)
    network = load_network(toy_ws, record)
    images = toy_ws.catalogue.images()
    stored = featuring._stored

    def vanishing(*given):
        toy_ws.catalogue.drop_features(record.id)
        return stored(*given)

    monkeypatch.setattr(featuring, "_stored", vanishing)
    with pytest.raises(ModelError, match=r"toy.*48 of 48.*again"):
        features_of(toy_ws, record, network, images)


def test_features_of_former_weights_are_never_stored_as_those_of_the_new(toy_ws, monkeypatch):
    record, images = model_record(toy_ws), toy_ws.catalogue.images()
    network = load_network(toy_ws, record)
    toy_ws.catalogue.drop_features(record.id)
    extract = featuring.extract

    def changed_meanwhile(*arguments, **options):
        batch = extract(*arguments, **options)
        toy_ws.catalogue.update_model(record.id, sha256="other weights")
        return batch

    monkeypatch.setattr(featuring, "extract", changed_meanwhile)
    with pytest.raises(ModelError, match="changed while its features were computed"):
        features_of(toy_ws, record, network, images)
    assert toy_ws.catalogue.feature_rows(record.id) == []


def test_an_image_asked_for_twice_comes_twice(toy_ws):
    image = toy_ws.catalogue.images()[0]
    twice = read(toy_ws, [image, image])
    np.testing.assert_array_equal(twice[0], twice[1])
    np.testing.assert_allclose(twice, toy.features_of([image, image]), rtol=2e-5, atol=2e-6)
