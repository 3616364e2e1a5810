"""Regions, groups, ranks and changed pictures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.extra.numpy import arrays

from sxai.errors import MaskError, SpaceError
from sxai.prototypes.grouping import GroupRule, groups, likeness
from sxai.prototypes.importance import effective_rank, importance, numerical_rank, pcs
from sxai.prototypes.perception import CHANGES, hsv_likeness
from sxai.prototypes.regions import RegionRule, cut_of, outlined, overlap_of, region, threshold_of, upsampled

masks = arrays(bool, (6, 7))


def test_the_largest_connected_regions_are_kept():
    grown = np.zeros((20, 20))
    grown[1:6, 1:6] = grown[10:13, 10:13] = grown[17:19, 2:4] = 1
    assert region(grown, 0.5).sum() == 25 + 9
    assert region(grown, 0.5, RegionRule(largest=3)).sum() == 25 + 9 + 4
    assert region(grown, 0.5, RegionRule(largest=3, least=0.02)).sum() == 25 + 9
    assert not region(grown, 2.0).any()


def test_corners_do_not_join():
    assert region(np.eye(4), 0.5, RegionRule(largest=1)).sum() == 1


@given(masks, masks)
def test_overlap_is_symmetric_and_a_share(first, second):
    value = overlap_of(first, second)
    assert value == overlap_of(second, first)
    assert 0 <= value <= 1
    assert overlap_of(first, first) == float(first.any())


def test_a_map_takes_the_outlines_of_the_picture():
    pixels = np.full((128, 128, 3), 200, np.uint8)
    pixels[32:96, 32:96] = (10, 20, 200)
    similarity = np.zeros((8, 8))
    similarity[3:5, 3:5] = 1
    grown = upsampled(similarity, (128, 128))
    truth = (pixels == (10, 20, 200)).all(axis=2)
    sharp = region(outlined(grown, pixels), 0.2)
    assert overlap_of(sharp, truth) > 0.7 > 0.6 > overlap_of(region(grown, 0.2), truth)


def test_where_maps_are_cut():
    maps = np.linspace(0, 1, 300).reshape(3, 10, 10)
    assert threshold_of(maps, RegionRule("percentile", 90)) == pytest.approx(0.9, abs=0.01)
    assert np.median(maps) < threshold_of(maps) < 1


def test_a_faint_part_and_a_vivid_one_are_cut_at_their_own_half():
    map_ = np.zeros((4, 6))
    map_[0, 0], map_[2, 2] = 0.6, 0.9
    assert cut_of(map_, 0.3) == 0.45
    assert cut_of(map_ / 2, 0.3) == 0.225
    assert cut_of(map_ / 4, 0.3) == np.inf, "its peak is too low to be there"
    assert cut_of(map_, 0.3, RegionRule(cut="percentile")) == 0.3
    aside = np.full((4, 4), -1.0)
    assert cut_of(np.hstack([aside, map_, aside]), 0.3) == 0.45, "what the network does not look at does not count"


@pytest.mark.parametrize("wrong", [{"cut": "nowhere"}, {"percentile": 100.0}, {"largest": 0}])
def test_rules_that_cannot_be(wrong):
    with pytest.raises(MaskError):
        RegionRule(**wrong)


def test_prototypes_that_are_alike_and_together_are_one_concept(rng):
    maps = rng.random((5, 3, 4, 4))
    maps[:, 1] = maps[:, 0]
    basis = np.eye(3, 8)
    basis[1] = basis[0] + 0.01
    alike = likeness(basis, maps)
    np.testing.assert_allclose(alike, alike.T)
    assert groups(alike) == [(0, 1), (2,)]
    assert groups(alike, GroupRule(alike=1.01)) == [(0,), (1,), (2,)]


@given(some.integers(1, 5), some.integers(0, 1000))
def test_ranks_of_sums_of_outer_products(rank, seed):
    rng = np.random.default_rng(seed)
    left, right = (np.linalg.qr(rng.normal(size=(7, 7)))[0][:, :rank] for _ in range(2))
    maps = (left @ right.T)[None]
    assert numerical_rank(maps)[0] == np.linalg.matrix_rank(maps[0]) == rank
    assert effective_rank(maps)[0] == rank


def test_importance_follows_filters_to_their_concepts(rng):
    eyes, nose = rng.random((6, 7, 7)), rng.random((6, 7, 7))
    filters = np.stack([eyes, 2 * eyes + 0.01, nose, np.zeros((6, 7, 7))], axis=1)
    found = importance(filters, {"eyes": eyes, "nose": nose})
    assert found.assigned.tolist() == [0, 0, 1, -1]
    assert found.redundant == (3,)
    assert found.shares.sum() == pytest.approx(1)
    assert found.scores[0] == pytest.approx(effective_rank(filters[:, :2]).mean())


def test_energy_is_a_share():
    with pytest.raises(SpaceError):
        effective_rank(np.eye(3)[None], 0.0)


def test_the_papers_pcs_needs_the_factor():
    assert pcs(1.0, 0.6276) == pytest.approx(1.2552)
    assert pcs(1.0, 0.6276, scale=1.0) < 1


@pytest.mark.parametrize("change", CHANGES)
def test_changes_keep_shape_and_change_something(change, rng):
    pixels = rng.integers(0, 256, (24, 20, 3), dtype=np.uint8)
    before = pixels.copy()
    changed = CHANGES[change](pixels)
    assert (changed.shape, changed.dtype) == (pixels.shape, np.uint8)
    assert (changed != pixels).any()
    np.testing.assert_array_equal(pixels, before)


def test_brightness_contrast_and_saturation_by_hand():
    pixels = np.full((4, 4, 3), (200, 100, 50), np.uint8)
    assert CHANGES["brightness"](pixels)[0, 0].tolist() == [40, 20, 10]
    grey = 0.299 * 200 + 0.587 * 100 + 0.114 * 50
    assert CHANGES["saturation"](pixels)[0, 0, 0] == round(0.3 * 200 + 0.7 * grey)
    assert CHANGES["contrast"](pixels)[0, 0, 2] == round(0.55 * 50 + 0.45 * grey)


def test_the_same_patch_is_alike_and_another_less(rng):
    first, second = rng.integers(0, 256, (2, 40, 40, 3), dtype=np.uint8)
    assert hsv_likeness(first, (2, 2), first, (2, 2), (7, 7)) == pytest.approx(1)
    assert hsv_likeness(first, (2, 2), second, (2, 2), (7, 7)) < 0.6
