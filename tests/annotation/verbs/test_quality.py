"""Coverage, masks that change nothing, and how many are enough, on a project whose numbers are known."""

import numpy as np
import pytest
import toy

from sxai.annotation.influence import influence
from sxai.annotation.verbs.quality import mask_coverage, mask_effects, mask_pairs, mask_quality
from sxai.errors import TooFewMasks, UnknownName
from sxai.masks.verbs.save import save_region
from sxai.networks.verbs.networks import load_network, model_record
from sxai.spaces.verbs.reader import Pairs


def test_coverage_counts_masks_their_size_and_their_place(toy_project):
    region = np.zeros((40, 40), dtype=bool)
    region[:10, :20] = True
    image = toy_project.catalogue.images(class_name="cat")[0]
    toy_project.catalogue.add_concept("cat", "tail")
    save_region(toy_project, image.id, "cat.tail", region, "ada")
    found = mask_coverage(toy_project, "cat.tail")
    assert (found.masks, found.images, found.superpixels) == (1, 24, None)
    assert found.area == pytest.approx([200 / 1600] * 5)
    assert (found.authors, found.sources) == ({"ada": 1}, {"manual": 1})
    where = np.array(found.where)
    assert where[:3, :6] == pytest.approx(1)
    assert where[3:].max() == where[:, 6:].max() == 0
    known = toy_project.catalogue.part_presence("tail", "cat")
    assert found.waiting == sum(known.values()) - known[image.id]


def test_masks_that_cover_hardly_anything_or_nearly_all_are_named(toy_project):
    toy_project.catalogue.add_concept("cat", "tail")
    small, large = (image.id for image in toy_project.catalogue.images(class_name="cat", limit=2))
    region = np.zeros((40, 40), dtype=bool)
    region[0, 0] = True
    save_region(toy_project, small, "cat.tail", region)
    save_region(toy_project, large, "cat.tail", ~region)
    found = mask_coverage(toy_project, "cat.tail")
    assert (found.small, found.large) == ((small,), (large,))


def test_a_concept_without_masks_covers_nothing(toy_project):
    toy_project.catalogue.add_concept("cat", "tail")
    found = mask_coverage(toy_project, "cat.tail")
    assert (found.masks, found.area) == (0, ())
    with pytest.raises(UnknownName, match=r"'cat\.wings'; this project has cat\.eyes"):
        mask_coverage(toy_project, "cat.wings")


def test_effects_are_those_of_the_features_worked_out_by_hand(toy_project):
    found = mask_effects(toy_project, "cat.eyes")
    images = toy_project.catalogue.images(ids=[one.image_id for one in found.effects])
    unmasked = toy.features_of(images)
    masked = toy.masked_features_of(toy_project, "cat.eyes", images)
    by_hand = dict(zip([image.id for image in images], influence(unmasked, masked).effect, strict=True))
    assert [one.effect for one in found.effects] == pytest.approx(
        [by_hand[one.image_id] for one in found.effects], abs=1e-3
    )
    assert [one.effect for one in found.effects] == sorted(one.effect for one in found.effects)
    assert (found.masks, found.model, len(found.ssns)) == (6, "toy", 5)
    assert str(found.masks) in found.advice


def test_a_mask_beside_the_concept_changes_nothing_and_is_found(toy_project):
    """The corner of the picture holds no part; the ground is filled with the ground's own colour."""
    image = toy_project.catalogue.images(class_name="cat")[0]
    version = toy_project.catalogue.mask(image.id, "cat", "eyes").version
    corner = np.zeros((40, 40), dtype=bool)
    corner[34:, 34:] = True
    save_region(toy_project, image.id, "cat.eyes", corner, "bob", version)
    found = mask_effects(toy_project, "cat.eyes")
    (odd,) = (one for one in found.effects if one.image_id == image.id)
    assert (odd.finding, odd.author, odd.version) == ("nothing", "bob", version + 1)


def test_what_was_found_is_kept_until_the_masks_change_and_only_changed_ones_are_read_again(toy_project, monkeypatch):
    assert mask_effects.known(toy_project, "cat.eyes") is None
    found = mask_effects(toy_project, "cat.eyes")
    assert mask_effects.known(toy_project, "cat.eyes") == found
    mask = toy_project.catalogue.masks("cat", "eyes")[2]
    region = np.zeros((40, 40), dtype=bool)
    region[:9, :9] = True
    save_region(toy_project, mask.image_id, "cat.eyes", region, "bob", mask.version)
    assert mask_effects.known(toy_project, "cat.eyes") is None
    record = model_record(toy_project)
    masks = sorted(toy_project.catalogue.masks("cat", "eyes"), key=lambda one: one.id)
    read = []
    filled = Pairs.filled
    monkeypatch.setattr(Pairs, "filled", lambda pairs: read.extend(pairs.masks) or filled(pairs))
    unmasked, masked = mask_pairs(toy_project, record, load_network(toy_project, record), "cat.eyes", masks)
    assert [one.image_id for one in read] == [mask.image_id]
    assert unmasked.shape == masked.shape == (6, toy.CHANNELS)


def test_too_few_masks_are_told(toy_project):
    toy_project.catalogue.add_concept("cat", "tail")
    with pytest.raises(TooFewMasks, match=r"cat\.tail has 0 masked images; at least 4"):
        mask_effects(toy_project, "cat.tail")


def test_all_of_it_at_once_says_what_is_missing(toy_project):
    found = mask_quality(toy_project, "cat.eyes")
    assert found.coverage.masks == found.effects.masks == 6
    assert found.agreement is None
    assert len(found.missing) == 1
    assert "no two people" in found.missing[0]
    toy_project.catalogue.add_concept("cat", "tail")
    assert len(mask_quality(toy_project, "cat.tail").missing) == 2
    with pytest.raises(UnknownName):
        mask_quality(toy_project, "cat.wings")
