"""Ratio by layer: equal to the compression of full maps, kept layer by layer."""

import numpy as np
import pytest
import toy

from sxai.errors import Cancelled
from sxai.images.verbs.stored import read_canvases
from sxai.networks.features import feature_maps
from sxai.networks.verbs.networks import load_network, model_record
from sxai.traits.compression import compress
from sxai.traits.verbs import layers
from sxai.traits.verbs.layers import layer_ratios
from sxai.traits.verbs.traits import common_traits, drawn_images

FEW = {"n": 6, "positions": 16}
"""All 1,600 positions of the toy network are too many; every tenth row and column will do."""


def test_every_layer_is_compressed_at_every_chosen_position(toy_project):
    found = layer_ratios(toy_project, "cat", **FEW)
    assert [(one.name, one.kind) for one in found.layers] == [("0", "conv"), ("1", "relu"), ("GAP", "gap")]
    assert [one.of for one in found.layers] == [1600, 1600, 1]
    assert [one.positions + one.dead for one in found.layers] == [16, 16, 1]
    network = load_network(toy_project, model_record(toy_project))
    canvases = list(read_canvases(toy_project, drawn_images(toy_project, "cat", 6)))
    maps = feature_maps(network, canvases, "0", device="cpu").reshape(6, -1, 1600)
    full = np.mean([compress(maps[:, :, at], components=1).ratios[0] for at in range(1600)])
    assert abs(found.layers[0].ratio - full) < 5 * found.layers[0].error


def test_the_last_is_the_ratio_of_the_pooled_features(toy_project):
    found = layer_ratios(toy_project, "cat", n=12, positions=16)
    traits = common_traits(toy_project, "cat", 12, None)
    assert found.image_ids == traits.image_ids
    assert found.layers[-1].ratio == pytest.approx(traits.ratios[0])


def test_what_is_interrupted_goes_on_where_it_was(toy_project, monkeypatch):
    monkeypatch.setattr(layers, "BUDGET", 16 * 6 * toy.CHANNELS)
    made = []
    keep = layers.keep

    def once(*given):
        if made:
            raise Cancelled("enough")
        made.append(given)
        return keep(*given)

    monkeypatch.setattr(layers, "keep", once)
    with pytest.raises(Cancelled):
        layer_ratios(toy_project, "cat", **FEW)
    assert layer_ratios.known(toy_project, "cat", **FEW) is None
    gathered = []
    gather = layers.gather
    monkeypatch.setattr(layers, "keep", keep)
    monkeypatch.setattr(layers, "gather", lambda *given: gathered.append(list(given[3])) or gather(*given))
    found = layer_ratios(toy_project, "cat", **FEW)
    assert gathered == [["1"]]
    assert [one.name for one in found.layers] == ["0", "1", "GAP"]
    assert layer_ratios.known(toy_project, "cat", **FEW).summary() == found.summary()


def test_passes_are_reported_as_one_piece_of_work(toy_project, monkeypatch):
    monkeypatch.setattr(layers, "BUDGET", 16 * 6 * toy.CHANNELS)
    told = []
    layer_ratios(
        toy_project, "cat", **FEW, progress=lambda stage, done, total, detail=None: told.append((stage, done, total))
    )
    passed = [done for stage, done, total in told if stage == "layers"]
    assert passed == sorted(passed)
    assert {total for stage, _, total in told if stage == "layers"} == {12}


def test_layers_without_a_ratio_are_told_with_the_reason(toy_project, monkeypatch):
    monkeypatch.setattr(layers, "gather", lambda *given: {name: np.ones((4, 6, 8)) for name in given[3]})
    found = layer_ratios(toy_project, "cat", **FEW)
    assert [one.name for one in found.layers] == ["GAP"]
    assert [name for name, _ in found.skipped] == ["0", "1"]
    assert "no sample varies" in found.skipped[0][1]
