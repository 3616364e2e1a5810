"""The shipped network and the masks of known parts."""

import json

import numpy as np
import pytest

from sxai.demo.canvas import PARTS
from sxai.demo.network import CHECKPOINT, load_demo_network
from sxai.demo.parts import GROWTH, part_mask
from sxai.demo.pets import demo_pets, draw_pet
from sxai.demo.recipe import WEIGHTS, Recipe
from sxai.demo.species import PETS
from sxai.errors import MaskError
from sxai.masks.mask import apply_mask
from sxai.networks.features import extract
from sxai.networks.weights import read_metadata

FRESH = 40_404


@pytest.fixture(scope="module")
def network():
    return load_demo_network()


def test_the_shipped_network_tells_fresh_cats_from_dogs(network):
    pets = list(demo_pets(80, seed=FRESH))
    logits = extract(network, [pet.pixels for pet in pets]).logits
    right = [network.classes[row] == pet.species for row, pet in zip(logits.argmax(axis=1), pets, strict=True)]
    assert network.classes == PETS
    assert np.mean(right) >= 0.93


def test_its_file_is_small_and_says_how_it_was_made():
    assert WEIGHTS.stat().st_size <= 4 * 2**20
    assert str(WEIGHTS).endswith(CHECKPOINT)
    recipe = json.loads(read_metadata(WEIGHTS)["recipe"])
    assert Recipe(**recipe) == Recipe()


def test_its_features_are_never_negative_and_mostly_alive(network):
    features = extract(network, [pet.pixels for pet in demo_pets(40, seed=FRESH + 1)]).features
    assert features.min() >= 0
    assert (features.max(axis=0) > 0).mean() > 0.6


@pytest.mark.parametrize("part", PARTS)
def test_a_part_mask_covers_the_part_and_little_else(part):
    pet = draw_pet("dog", 2, view="front")
    assert pet.visible[part]
    mask = part_mask(pet.pixels, pet.parts[part])
    assert not (pet.parts[part] & ~mask.pixels).any()
    rows, columns = np.nonzero(mask.pixels)
    part_rows, part_columns = np.nonzero(pet.parts[part])
    distance = np.abs(rows[:, None] - part_rows).astype(int) + np.abs(columns[:, None] - part_columns)
    assert distance.min(axis=1).max() == GROWTH
    masked = apply_mask(pet.pixels, mask)
    np.testing.assert_array_equal(masked[~mask.pixels], pet.pixels[~mask.pixels])


def test_a_part_that_does_not_show_cannot_be_masked():
    pet = draw_pet("cat", 1, view="back")
    with pytest.raises(MaskError):
        part_mask(pet.pixels, pet.parts["eyes"])
