"""Outlines that concepts learn from their own regions."""

import numpy as np
import pytest

from sxai.images.verbs.stored import read_canvas
from sxai.networks.verbs import maps as mapping_module
from sxai.networks.verbs.networks import load_network, model_record
from sxai.prototypes.outlines import Outline
from sxai.prototypes.training import similarity_maps
from sxai.prototypes.verbs.regions import concept_map, concept_region, spread
from sxai.prototypes.verbs.train import prototypes_in_use, train_concepts
from tests.prototypes.verbs.conftest import QUICK


def test_outlines_are_kept_and_drawn(trained_ws, found, monkeypatch):
    def learned(maps, pictures, similarity, *others):
        assert len(pictures) == len(maps) == len(similarity[0])
        first = Outline(np.full(maps.shape[1], 0.1, np.float32), 0.5, 0.6, 0.2, 0.9)
        return [first, *[None] * (len(similarity) - 1)]

    monkeypatch.setattr("sxai.prototypes.verbs.outlines.learn_outlines", learned)
    train_concepts(trained_ws, **{**QUICK, "per_class": 2})
    again = prototypes_in_use(trained_ws)
    record = model_record(trained_ws, None)
    network = load_network(trained_ws, record)
    [image] = trained_ws.catalogue.images(ids=again.parameters["image_ids"]["cat"][:1])
    [maps] = mapping_module.maps_of(trained_ws, record, network, [image], again.reading)
    pixels = read_canvas(trained_ws, image)
    similarity = similarity_maps(again.proto, maps[None])
    for concept in again.concepts:
        outline = again.outline(concept)
        first = concept.id.endswith(":0")
        assert (outline is not None) == first
        shown = outline.map(maps) if first else again.maps(concept, similarity)[0]
        if first:
            assert (outline.offset, outline.cut, outline.threshold, outline.fit) == (0.5, 0.6, 0.2, 0.9)
            np.testing.assert_allclose(shown, maps.sum(axis=0, dtype=np.float32) / 10 + 0.5, rtol=1e-3)
        drawn = concept_map(again, concept, maps, pixels.shape[:2], "squash")
        np.testing.assert_array_equal(drawn, spread(shown, pixels.shape[:2], "squash"))
        assert concept_region(again, concept, maps, pixels, "squash").shape == pixels.shape[:2]


@pytest.mark.parametrize(
    ("asked", "cut"), [({}, "outline"), ({"resolution": "maps"}, "half"), ({"cut": "percentile"}, "percentile")]
)
def test_coarse_maps_have_no_outlines_and_a_person_may_say_otherwise(trained_ws, found, asked, cut):
    other = train_concepts(trained_ws, **{**QUICK, **asked})
    assert other.rule.cut == cut
    assert cut == "outline" or not any(one.outline for one in other.concepts)
