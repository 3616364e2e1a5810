"""What spaces read of pictures: features and, for spatial ones, positions."""

import numpy as np
import pytest
import toy
from toy_spaces import NAMES

from sxai.assess.verbs.assess import Assessor, assess_bytes, assess_image
from sxai.images.decode import encode
from sxai.images.verbs.stored import read_canvas
from sxai.networks.reading import position_features
from sxai.networks.verbs.networks import load_network, model_record
from sxai.spaces.verbs import reader as probing
from sxai.spaces.verbs.details import overlap_detail, space_detail
from sxai.spaces.verbs.reader import Reader, pair_rows, probe_of
from sxai.spaces.verbs.stored import space_record, spaces_of, usable_spaces


def activation_by_hand(project, name, pixels):
    """What the stored direction says of one canvas, read without the project."""
    probe = probe_of(project, space_record(project, name))
    network = load_network(project, model_record(project))
    [positions] = position_features(network, [pixels], probe.reading, device="cpu")
    return probe.direction.activation(positions)[0]


def test_activations_are_the_direction_s_own_whatever_else_is_read(mixed_ws):
    image = mixed_ws.catalogue.images(class_name="cat")[9]
    pixels = read_canvas(mixed_ws, image)
    said = assess_image(mixed_ws, image.id)
    for name in ("cat.eyes", "dog.eyes"):
        assert said.activations[name] == pytest.approx(activation_by_hand(mixed_ws, name, pixels), abs=1e-4)
    detail = space_detail(mixed_ws, "cat.nose").summary
    by_hand = toy.activation(toy.features_of([image]), list(detail.channels), np.array(detail.delta))[0]
    assert said.activations["cat.nose"] == pytest.approx(by_hand, rel=1e-4)
    stranger = assess_bytes(mixed_ws, "same.png", encode(pixels, "png"))
    assert stranger.activations == pytest.approx(said.activations, abs=1e-4)


def test_what_was_read_of_an_image_is_looked_up_the_next_time(spatial_ws, monkeypatch):
    images = spatial_ws.catalogue.images()
    before = Assessor.of(spatial_ws).reader.images(images)

    def refuse(*_, **__):
        raise AssertionError("read again")

    monkeypatch.setattr(probing, "position_features", refuse)
    np.testing.assert_array_equal(Assessor.of(spatial_ws).reader.images(images), before)
    overlap_detail(spatial_ws)


def test_cross_talk_is_that_of_the_pairs_as_all_spaces_read_them(mixed_ws):
    related = overlap_detail(mixed_ws)
    records = usable_spaces(mixed_ws, model_record(mixed_ws))
    assert related.names == NAMES
    for row, record in enumerate(records):
        before, after = pair_rows(mixed_ws, record, records)
        changes = [
            (space.probability(after) - space.probability(before)).mean() for space in spaces_of(records, mixed_ws)
        ]
        np.testing.assert_allclose(related.crosstalk[row], changes)
    assert related.crosstalk[0, 0] < 0
    assert related.crosstalk[2, 2] < 0


def test_a_mask_that_was_taken_back_leaves_the_pairs(spatial_ws):
    record = space_record(spatial_ws, "cat.eyes")
    mask = spatial_ws.catalogue.masks(class_name="cat", concept="eyes")[0]
    spatial_ws.catalogue.delete_mask(mask.image_id, "cat", "eyes", "somebody", mask.version)
    before, after = pair_rows(spatial_ws, record, [record])
    assert before.shape == after.shape == (5, toy.CHANNELS + 1)


def test_an_attack_at_the_network_s_size_is_read_like_the_picture(spatial_ws):
    reader: Reader = Assessor.of(spatial_ws).reader
    pixels = read_canvas(spatial_ws, spatial_ws.catalogue.images()[0])
    prepared, directly = reader.prepared(reader.network.prepare([pixels])), reader.pictures([pixels])
    np.testing.assert_allclose(prepared[:, : toy.CHANNELS], directly[:, : toy.CHANNELS], rtol=1e-5)
    np.testing.assert_allclose(prepared[:, toy.CHANNELS :], directly[:, toy.CHANNELS :], atol=0.5)
