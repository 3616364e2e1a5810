"""Drawn pets: the same from the same seed, and known to the pixel."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sxai.demo.canvas import PARTS
from sxai.demo.pets import MIN_VISIBLE, demo_pets, draw_pet, seed_of
from sxai.demo.scene import VIEWS
from sxai.demo.species import ANATOMY, PETS, SPECIES
from sxai.errors import UnknownName

seeds = st.integers(0, 2**40)
kinds = st.sampled_from(sorted(ANATOMY))


@settings(max_examples=15, deadline=None)
@given(kinds, seeds)
def test_the_same_arguments_give_the_same_picture(species, seed):
    first, second = draw_pet(species, seed), draw_pet(species, seed)
    np.testing.assert_array_equal(first.pixels, second.pixels)
    assert first.scene == second.scene
    for part in PARTS:
        np.testing.assert_array_equal(first.parts[part], second.parts[part])
        np.testing.assert_array_equal(first.keypoints[part], second.keypoints[part])


def test_another_seed_gives_another_picture():
    pictures = [draw_pet("dog", seed).pixels for seed in range(5)]
    assert all(np.abs(pictures[0].astype(int) - other).mean() > 5 for other in pictures[1:])


@settings(max_examples=25, deadline=None)
@given(kinds, seeds, st.sampled_from(PARTS))
def test_a_part_lies_exactly_where_the_drawing_changes_without_it(species, seed, part):
    whole, without = draw_pet(species, seed), draw_pet(species, seed, leave_out=[part])
    changed = (whole.pixels != without.pixels).any(axis=2)
    assert not (changed & ~whole.parts[part]).any()
    # Where a part has the colour of what lies behind it nothing changes, but that is little of it.
    assert changed.sum() >= 0.5 * whole.parts[part].sum()
    assert not without.parts[part].any()
    assert not without.visible[part]


@settings(max_examples=15, deadline=None)
@given(kinds, seeds)
def test_parts_do_not_overlap_except_at_their_edges(species, seed):
    pet = draw_pet(species, seed)
    both = sum(mask.astype(int) for mask in pet.parts.values()) > 1
    assert both.sum() <= 0.02 * both.size


@settings(max_examples=40, deadline=None)
@given(kinds, seeds)
def test_visible_flags_agree_with_the_masks(species, seed):
    pet = draw_pet(species, seed)
    for part in PARTS:
        area = int(pet.parts[part].sum())
        assert pet.visible[part] == (area > 0)
        assert area == 0 or area >= MIN_VISIBLE
        seen = pet.keypoints[part][:, 2] == 2
        assert pet.visible[part] or not seen.any()


@settings(max_examples=30, deadline=None)
@given(kinds, seeds)
def test_keypoints_seen_lie_on_their_part(species, seed):
    pet = draw_pet(species, seed)
    for part in PARTS:
        for x, y, flag in pet.keypoints[part]:
            if flag == 2:
                assert pet.parts[part][int(y), int(x)]


@pytest.mark.parametrize("species", PETS)
def test_a_back_shows_neither_eyes_nor_nose(species):
    pets = [draw_pet(species, seed, view="back") for seed in range(12)]
    assert not any(pet.visible["eyes"] or pet.visible["nose"] for pet in pets)
    assert any(pet.visible["ears"] for pet in pets)
    assert any(pet.visible["legs"] for pet in pets)


def test_a_profile_shows_one_eye_and_a_face_shows_two():
    assert all(len(draw_pet("cat", seed, view="side").keypoints["eyes"]) <= 1 for seed in range(8))
    fronts = [draw_pet("cat", seed, view="front") for seed in range(20)]
    assert any(len(pet.keypoints["eyes"]) == 2 for pet in fronts)
    assert all(len(pet.keypoints["eyes"]) == 2 for pet in fronts if pet.scene.eyes == "open")


@pytest.mark.parametrize("species", PETS)
def test_each_part_is_mostly_but_not_always_visible(species):
    pets = [draw_pet(species, seed) for seed in range(240)]
    for part in PARTS:
        assert 0.75 <= np.mean([pet.visible[part] for pet in pets]) <= 0.96
    assert {pet.view for pet in pets} == set(VIEWS)


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_can_be_asked_for(view):
    pet = draw_pet("dog", 5, view=view)
    assert pet.view == view
    assert pet.pixels.dtype == np.uint8
    assert pet.pixels.std() > 10


def test_every_species_can_be_drawn_in_another_size():
    for species in (*PETS, *SPECIES):
        pet = draw_pet(species, 1, size=64)
        assert pet.pixels.shape == (64, 64, 3)
        assert {mask.shape for mask in pet.parts.values()} == {(64, 64)}
        assert {mask.dtype for mask in pet.parts.values()} == {np.dtype(bool)}


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        ({"species": "unicorn"}, "unicorn"),
        ({"species": "cat", "view": "below"}, "below"),
        ({"species": "cat", "leave_out": ["wings"]}, "wings"),
    ],
)
def test_unknown_names_are_refused_with_the_choice(arguments, wrong):
    with pytest.raises(UnknownName, match=wrong) as refusal:
        draw_pet(seed=0, **arguments)
    assert "choose one of" in str(refusal.value)


def test_demo_pets_take_turns_and_do_not_depend_on_how_many_are_asked_for():
    few, more = list(demo_pets(4, seed=3)), list(demo_pets(6, seed=3))
    assert [pet.species for pet in more] == ["cat", "dog"] * 3
    for first, second in zip(few, more, strict=False):
        np.testing.assert_array_equal(first.pixels, second.pixels)


def test_demo_pets_of_twenty_species_show_each():
    assert [pet.species for pet in demo_pets(20, seed=1, classes=SPECIES)] == list(SPECIES)


def test_series_with_different_seeds_share_no_picture():
    drawn = {seed_of(series, index) for series in range(40) for index in range(5000)}
    assert len(drawn) == 40 * 5000
