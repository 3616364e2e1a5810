"""Suggestions in a project whose pictures have one coloured square a part: what is suggested, kept and judged."""

import numpy as np
import pytest
import toy

from sxai.annotation.verbs import suggest
from sxai.annotation.verbs.proposals import proposals
from sxai.annotation.verbs.suggest import suggestion
from sxai.errors import TooFewMasks
from sxai.images.verbs.stored import find_image, read_canvas
from sxai.masks.superpixels import SlicParameters, overlapping, superpixels
from sxai.masks.verbs.save import add_concept, canvas_for, mask_queue
from sxai.spaces.verbs.stored import list_spaces

CONCEPT, COUNT = "cat.eyes", 16


def truth(project, image_id, part="eyes", count=COUNT):
    image = find_image(project, image_id)
    _, regions = toy.draw(image.class_name, toy.seed_of(image))
    return overlapping(superpixels(read_canvas(project, image), SlicParameters(count=count)), regions[part])


def visible(project, image_id):
    return bool(truth(project, image_id))


def test_suggestions_find_the_square(proposed_ws):
    found = proposals(proposed_ws, CONCEPT)
    assert len(found) >= 8
    order = [(one.strength <= 0.5, -one.sureness) for one in found]
    assert order == sorted(order), "the surest first, best guesses last"
    shown = [one for one in found if visible(proposed_ws, one.image_id)]
    hit = [set(one.ranked[:2]) & set(truth(proposed_ws, one.image_id)) for one in shown]
    assert sum(map(bool, hit)) >= 0.9 * len(hit)


def test_the_drop_is_what_filling_takes_from_the_activation(spaced_project):
    """Against numpy: fill each superpixel with its ring's mean colour and read the stored space."""
    image = mask_queue(spaced_project, CONCEPT)[0]
    found = suggestion(spaced_project, CONCEPT, image, COUNT)
    [space] = [space for space in list_spaces(spaced_project) if space.name == CONCEPT]
    canvas = canvas_for(spaced_project, image, CONCEPT, COUNT)
    pixels = read_canvas(spaced_project, find_image(spaced_project, image))
    for label, drop in enumerate(found.drops):
        filled = pixels.copy()
        ring = np.isin(canvas.labels, canvas.pieces.neighbours[label])
        filled[canvas.labels == label] = np.rint(pixels[ring].mean(axis=0))
        before, after = toy.features(pixels), toy.features(filled)
        assert drop == pytest.approx(float(((before - after)[list(space.channels)] * space.delta).mean()), abs=1e-4)


def test_a_handful_of_masks_is_enough_without_any_space(toy_project):
    image = mask_queue(toy_project, CONCEPT)[0]
    found = suggestion(toy_project, CONCEPT, image, COUNT)
    assert found.taught_by == 5
    assert sorted(found.ranked) == list(range(len(found.probabilities)))
    assert found.strength == max(found.probabilities)


def test_two_masks_are_too_few(toy_project):
    add_concept(toy_project, "cat.tail")
    images = toy_project.catalogue.images(class_name="cat", limit=3)
    for image in images[:2]:
        toy.mask_part(toy_project, "cat.tail", image)
    with pytest.raises(TooFewMasks, match="has 2 masks"):
        suggestion(toy_project, "cat.tail", images[2].id)


def test_one_more_mask_changes_no_suggestion_but_half_as_many_do(toy_project):
    queue = mask_queue(toy_project, CONCEPT)
    image = queue[-1]
    first = suggestion(toy_project, CONCEPT, image, COUNT)
    shown = [one for one in queue if visible(toy_project, one) and one != image]
    toy.mask_part(toy_project, CONCEPT, find_image(toy_project, shown[0]))
    assert suggestion(toy_project, CONCEPT, image, COUNT).rule_model == first.rule_model
    toy.mask_part(toy_project, CONCEPT, find_image(toy_project, shown[1]))
    assert suggestion(toy_project, CONCEPT, image, COUNT).taught_by == 8


def test_asking_again_does_not_look_again(spaced_project, monkeypatch):
    image = mask_queue(spaced_project, CONCEPT)[0]
    first = suggestion(spaced_project, CONCEPT, image, COUNT)
    monkeypatch.setattr(suggest, "_see", lambda *_: pytest.fail("looked again"))
    spaced_project.cache.clear()
    again = suggestion(spaced_project, CONCEPT, image, COUNT)
    assert (again.probabilities, again.labels, again.created) == (first.probabilities, first.labels, first.created)
