"""Automatic concepts are named, merged, dropped, proposed names for, and turned into masks."""

import pytest

from sxai.errors import SpaceError, UnknownName
from sxai.masks.mask import decode_rle
from sxai.prototypes.verbs.names import masks_from_prototypes, name_concepts, propose_names
from sxai.spaces.verbs.extract import extract_spaces


def test_names_merge_drop_and_stay(trained_ws, found):
    cats = [one.id for one in found.concepts if one.class_name == "cat"]
    name_concepts(trained_ws, {cats[0]: "eyes"})
    named = name_concepts(trained_ws, {cats[1]: ""})
    assert named.concept(cats[0]).name == "eyes"
    assert cats[1] not in [one.id for one in named.of_class("cat")]
    with pytest.raises(UnknownName):
        name_concepts(trained_ws, {"cat:99": "eyes"})
    with pytest.raises(SpaceError, match="dot"):
        name_concepts(trained_ws, {cats[0]: "cat.eyes"})


def test_proposals_are_parts_that_were_masked_by_people(trained_ws, found):
    for one in propose_names(trained_ws):
        assert one.name in {"eyes", "nose"}
        assert one.share >= 0.4
        assert one.share >= 3 * one.chance
        assert found.concept(one.id)


def test_masks_feed_spaces_and_leave_those_of_people_alone(trained_ws, found):
    with pytest.raises(SpaceError, match="no automatic concept has a name"):
        masks_from_prototypes(trained_ws)
    cat = next(one for one in found.concepts if one.class_name == "cat")
    name_concepts(trained_ws, {cat.id: "eyes"})
    made = masks_from_prototypes(trained_ws, n=6)
    assert set(made.masks) == {"cat.auto-eyes"}
    masks = trained_ws.catalogue.masks(class_name="cat", concept="auto-eyes")
    assert len(masks) == made.masks["cat.auto-eyes"] >= 3
    assert {mask.source for mask in masks} == {"auto"}
    assert all(decode_rle(mask.rle).any() for mask in masks)
    assert masks_from_prototypes(trained_ws, n=6).masks == made.masks
    assert extract_spaces(trained_ws, ["cat.auto-eyes"]).spaces[0].n_masks == len(masks)
    [(name, why)] = masks_from_prototypes(trained_ws, prefix="").skipped
    assert name == "cat.eyes"
    assert "not found automatically" in why
