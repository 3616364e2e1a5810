"""Suggestions in a project whose pictures have one coloured square a part: what is suggested, kept and judged."""

import io
import shutil

import numpy as np
import pytest
import toy
from PIL import Image

from sxai.annotation.verbs import suggest
from sxai.annotation.verbs.live_effect import live_effect
from sxai.annotation.verbs.proposal_pictures import proposal_picture
from sxai.annotation.verbs.proposals import accept_proposal, propagate, proposal_states, proposals, reject_proposal
from sxai.annotation.verbs.record import suggestion_record, useful_queue
from sxai.annotation.verbs.suggest import suggestion
from sxai.assess.verbs.assess import assess_image
from sxai.errors import EditConflict, MaskError, TooFewMasks, UnknownName
from sxai.images.verbs.stored import find_image, read_canvas
from sxai.masks.superpixels import SlicParameters, mean_colours, overlapping, superpixels
from sxai.masks.verbs.save import add_concept, canvas_for, mask_queue, save_labels
from sxai.project.project import Project
from sxai.spaces.verbs.stored import list_spaces

CONCEPT, COUNT = "cat.eyes", 16


def truth(project, image_id, part="eyes", count=COUNT):
    image = find_image(project, image_id)
    _, regions = toy.draw(image.class_name, toy.seed_of(image))
    return overlapping(superpixels(read_canvas(project, image), SlicParameters(count=count)), regions[part])


def visible(project, image_id):
    return bool(truth(project, image_id))


@pytest.fixture(scope="module")
def proposed_template(spaces_template, tmp_path_factory):
    home = tmp_path_factory.mktemp("proposed") / "home"
    shutil.copytree(spaces_template, home)
    with Project.open(home, device="cpu") as project:
        propagate(project, CONCEPT, COUNT)
    return home


@pytest.fixture
def proposed_ws(proposed_template, tmp_path):
    """The toy project with proposals for cat.eyes on every cat without a mask."""
    with Project.open(shutil.copytree(proposed_template, tmp_path / "proposed"), device="cpu") as project:
        yield project


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
    assert sorted(found.ranked) == list(range(len(found.chances)))
    assert found.strength == max(found.chances)


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
    assert (again.chances, again.labels, again.created) == (first.chances, first.labels, first.created)


def test_an_interrupted_run_goes_on_where_it_was(spaced_project, monkeypatch):
    class Stop(Exception):
        pass

    def stop(stage, done, total, detail=None):
        if stage == "proposals" and done == 4:
            raise Stop

    with pytest.raises(Stop):
        propagate(spaced_project, CONCEPT, COUNT, progress=stop)
    looked, see = [], suggest._see
    monkeypatch.setattr(suggest, "_see", lambda *given: looked.append(1) or see(*given))
    spaced_project.cache.clear()
    result = propagate(spaced_project, CONCEPT, COUNT)
    assert len(looked) == result.looked_at - 4
    assert result.proposed + result.not_visible == result.looked_at == len(mask_queue(spaced_project, CONCEPT))


def test_accepting_masks_and_rejecting_puts_aside(proposed_ws):
    first, second, *rest = proposals(proposed_ws, CONCEPT)
    saved = accept_proposal(proposed_ws, CONCEPT, first.image_id, "Ada")
    reject_proposal(proposed_ws, CONCEPT, second.image_id, "Ada")
    mask = proposed_ws.catalogue.mask(first.image_id, "cat", "eyes")
    assert (mask.labels, mask.source, mask.author) == (first.labels, "auto", "Ada")
    assert saved.version == 1
    assert [one.image_id for one in proposals(proposed_ws, CONCEPT)] == [one.image_id for one in rest]
    reject_proposal(proposed_ws, CONCEPT, second.image_id, refused=False)
    assert second.image_id in {one.image_id for one in proposals(proposed_ws, CONCEPT)}


def test_a_mask_made_meanwhile_is_not_overwritten(proposed_ws):
    image = proposals(proposed_ws, CONCEPT)[0].image_id
    save_labels(proposed_ws, image, CONCEPT, [0])
    with pytest.raises(EditConflict):
        accept_proposal(proposed_ws, CONCEPT, image)
    assert proposed_ws.catalogue.mask(image, "cat", "eyes").labels == (0,)


def test_nothing_proposed_is_told(spaced_project):
    image = mask_queue(spaced_project, CONCEPT)[0]
    with pytest.raises(UnknownName, match="sxai mask propagate"):
        accept_proposal(spaced_project, CONCEPT, image)


def test_the_record_counts_what_was_kept(proposed_ws):
    assert suggestion_record(proposed_ws, CONCEPT).precision is None
    kept, changed, refused, *_ = proposals(proposed_ws, CONCEPT)
    slic = SlicParameters(count=COUNT)
    accept_proposal(proposed_ws, CONCEPT, kept.image_id)
    other = changed.ranked[-1]
    save_labels(proposed_ws, changed.image_id, CONCEPT, [*changed.labels, other], slic=slic)
    reject_proposal(proposed_ws, CONCEPT, refused.image_id)
    record = suggestion_record(proposed_ws, CONCEPT)
    right = len(kept.labels) + len(changed.labels)
    assert (record.pictures, record.unchanged, record.rejected) == (3, 1, 1)
    assert record.precision == pytest.approx(right / (right + len(refused.labels)))
    assert record.recall == pytest.approx(right / (right + 1))


def test_the_queue_leaves_out_what_seems_not_visible(proposed_ws):
    strong = useful_queue(proposed_ws, CONCEPT)
    usual = mask_queue(proposed_ws, CONCEPT)
    assert sorted(strong.images + strong.left_out) == sorted(usual)
    last = suggest.suggestions(proposed_ws, proposed_ws.catalogue.model("toy"), CONCEPT)
    strengths = [last[image].strength for image in strong.images]
    assert strengths == sorted(strengths, reverse=True)
    unsure = [last[image].sureness for image in useful_queue(proposed_ws, CONCEPT, "uncertain").images]
    assert unsure == sorted(unsure)
    assert useful_queue(proposed_ws, CONCEPT, "project").images == tuple(usual)
    with pytest.raises(MaskError, match="no order"):
        useful_queue(proposed_ws, CONCEPT, "size")


def test_the_picture_of_a_proposal_and_its_superpixels_lie_on_each_other(proposed_ws):
    found = proposals(proposed_ws, CONCEPT)[0]
    pixels = read_canvas(proposed_ws, find_image(proposed_ws, found.image_id))
    labels = canvas_for(proposed_ws, found.image_id, CONCEPT, COUNT).labels
    whole, small = (proposal_picture(proposed_ws, found, size) for size in (max(labels.shape), 24))
    assert np.array_equal(whole.labels, labels)
    shown = np.asarray(Image.open(io.BytesIO(whole.jpeg)))
    brightness = [mean_colours(picture, labels).mean(axis=1) for picture in (shown, pixels)]
    assert np.abs(brightness[0] - brightness[1]).max() < 4
    assert Image.open(io.BytesIO(small.jpeg)).size == small.labels.shape[::-1]
    rows, columns = (
        np.linspace(0, side - 1, small.labels.shape[axis]).round().astype(int) for axis, side in enumerate(labels.shape)
    )
    assert (small.labels == labels[np.ix_(rows, columns)]).mean() > 0.9


def test_a_mended_proposal_is_masked_as_it_was_mended(proposed_ws):
    found = proposals(proposed_ws, CONCEPT)[0]
    other = found.ranked[-1]
    accept_proposal(proposed_ws, CONCEPT, found.image_id, "Ada", labels=[other, *found.labels])
    mask = proposed_ws.catalogue.mask(found.image_id, "cat", "eyes")
    assert (set(mask.labels), mask.source, mask.author) == ({other, *found.labels}, "manual", "Ada")
    second = proposals(proposed_ws, CONCEPT)[0]
    with pytest.raises(MaskError):
        accept_proposal(proposed_ws, CONCEPT, second.image_id, labels=[])
    assert proposed_ws.catalogue.mask(second.image_id, "cat", "eyes") is None


def test_the_state_of_a_proposal_is_looked_up_by_image(proposed_ws, monkeypatch):
    first, second, third, *_ = (one.image_id for one in proposals(proposed_ws, CONCEPT))
    accept_proposal(proposed_ws, CONCEPT, first)
    reject_proposal(proposed_ws, CONCEPT, second)
    monkeypatch.setattr(suggest, "kept_all", lambda *_: pytest.fail("read every proposal"))
    found = proposal_states(proposed_ws, CONCEPT, [first, second, third])
    assert found == {first: "accept", second: "reject", third: "open"}
    accept_proposal(proposed_ws, CONCEPT, third)


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
