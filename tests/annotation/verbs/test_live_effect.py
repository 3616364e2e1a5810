"""What a mask does in the network, told while it is drawn."""

import pytest
import toy

from sxai.annotation.verbs.live_effect import live_effect
from sxai.assess.verbs.assess import assess_image
from sxai.images.verbs.stored import find_image, read_canvas
from sxai.masks.superpixels import SlicParameters, overlapping, superpixels
from sxai.masks.verbs.save import mask_queue, save_labels

CONCEPT, COUNT = "cat.eyes", 16


def truth(project, image_id, part="eyes", count=COUNT):
    image = find_image(project, image_id)
    _, regions = toy.draw(image.class_name, toy.seed_of(image))
    return overlapping(superpixels(read_canvas(project, image), SlicParameters(count=count)), regions[part])


def test_the_live_effect_is_the_one_that_is_stored(spaced_project):
    image = mask_queue(spaced_project, CONCEPT)[0]
    labels = truth(spaced_project, image) or [0]
    before = live_effect(spaced_project, image, CONCEPT, labels, COUNT)
    save_labels(spaced_project, image, CONCEPT, labels, slic=SlicParameters(count=COUNT))
    stored = live_effect(spaced_project, image, CONCEPT)
    assert stored == before
    assessed = assess_image(spaced_project, image)
    assert stored.concept_probability[0] == pytest.approx(assessed.probabilities[CONCEPT], abs=1e-6)
    assert stored.class_probability[0] == pytest.approx(assessed.outputs["cat"], abs=1e-6)


def test_without_a_space_only_the_class_is_told(toy_project):
    image = mask_queue(toy_project, CONCEPT)[0]
    found = live_effect(toy_project, image, CONCEPT, [0], COUNT)
    assert found.concept_probability is None
    assert 0 <= found.class_probability[1] <= 1
