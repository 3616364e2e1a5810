"""Which concepts an occluder takes away."""

import pytest

from sxai.errors import SpaceError
from sxai.networks.verbs.networks import load_network, model_record
from sxai.occluders.verbs.learn import occluders_in_use
from sxai.occluders.verbs.rank_concepts import rank_concepts
from sxai.spaces.verbs.extract import extract_spaces
from sxai.spaces.verbs.reader import pair_arrays
from sxai.spaces.verbs.stored import space_record
from sxai.vectors.verbs.vectors import semantic_vectors


def test_concepts_are_ranked_by_what_is_taken_away(occluded_ws):
    semantic_vectors(occluded_ws, n=20)
    ranking = rank_concepts(occluded_ws, occluders_in_use(occluded_ws).of("cat"))
    spaces = ranking.of_kind("semantic space")
    assert {one.name for one in spaces} == {"cat.eyes", "cat.nose", "cat.ears", "cat.legs"}
    assert [one.name for one in ranking.of_kind("semantic vector")] == ["cat"]
    assert [one.share.share for one in spaces] == sorted((one.share.share for one in spaces), reverse=True)
    assert 0 < ranking.away < ranking.loss
    assert spaces[0].after < spaces[0].before
    assert -1 <= ranking.agreement <= 1
    for channel in ranking.channels:
        reading = {one.name for one in spaces if channel.channel in space_record(occluded_ws, one.name).channels}
        assert set(channel.spaces) == reading
    head = load_network(occluded_ws, model_record(occluded_ws)).head.weight.detach().double().numpy()
    pair = pair_arrays(occluded_ws, space_record(occluded_ws, spaces[0].name))
    expected = ((pair["unmasked"] - pair["masked"]).astype(float) @ (head[0] - head.mean(axis=0))).mean()
    assert spaces[0].when_masked == pytest.approx(expected, rel=1e-5)
    assert ranking.summary()["concepts"][0]["name"] == spaces[0].name


def test_spaces_that_read_positions_are_ranked_by_their_pooled_ones(occluded_ws):
    extract_spaces(occluded_ws, ["cat.eyes"], estimator="spatial")
    ranking = rank_concepts(occluded_ws, occluders_in_use(occluded_ws).of("cat"))
    [eyes] = [one for one in ranking.concepts if one.name == "cat.eyes"]
    assert eyes.made == "s-xai"


def test_without_concepts_the_next_step_is_told(occluded_ws):
    record = model_record(occluded_ws)
    for space in occluded_ws.catalogue.spaces(model_id=record.id):
        occluded_ws.catalogue.remove_space(space.id)
    with pytest.raises(SpaceError, match="sxai space extract --all"):
        rank_concepts(occluded_ws, occluders_in_use(occluded_ws).of("cat"))
