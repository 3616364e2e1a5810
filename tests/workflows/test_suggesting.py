"""Suggestions in a project whose pictures have one coloured square a part: what is suggested, kept and judged."""

import io
import shutil

import numpy as np
import pytest
import toy
from PIL import Image

from sxai import workflows as verbs
from sxai.errors import EditConflict, MaskError, TooFewMasks, UnknownName
from sxai.images.superpixels import SlicParameters, mean_colours, overlapping, superpixels
from sxai.workflows import suggesting
from sxai.workflows.workspace import find_image, read_canvas

CONCEPT, COUNT = "cat.eyes", 16


def truth(ws, image_id, part="eyes", count=COUNT):
    image = find_image(ws, image_id)
    _, regions = toy.draw(image.class_name, toy.seed_of(image))
    return overlapping(superpixels(read_canvas(ws, image), SlicParameters(count=count)), regions[part])


def visible(ws, image_id):
    return bool(truth(ws, image_id))


@pytest.fixture(scope="module")
def proposed_template(spaces_template, tmp_path_factory):
    home = tmp_path_factory.mktemp("proposed") / "home"
    shutil.copytree(spaces_template, home)
    with verbs.Workspace.open(home, device="cpu") as ws:
        verbs.propagate(ws, CONCEPT, COUNT)
    return home


@pytest.fixture
def proposed_ws(proposed_template, tmp_path):
    """The toy project with proposals for cat.eyes on every cat without a mask."""
    with verbs.Workspace.open(shutil.copytree(proposed_template, tmp_path / "proposed"), device="cpu") as ws:
        yield ws


def test_suggestions_find_the_square(proposed_ws):
    found = verbs.proposals(proposed_ws, CONCEPT)
    assert len(found) >= 8
    order = [(one.strength <= 0.5, -one.sureness) for one in found]
    assert order == sorted(order), "the surest first, best guesses last"
    shown = [one for one in found if visible(proposed_ws, one.image_id)]
    hit = [set(one.ranked[:2]) & set(truth(proposed_ws, one.image_id)) for one in shown]
    assert sum(map(bool, hit)) >= 0.9 * len(hit)


def test_the_drop_is_what_filling_takes_from_the_activation(spaced_ws):
    """Against numpy: fill each superpixel with its ring's mean colour and read the stored space."""
    image = verbs.mask_queue(spaced_ws, CONCEPT)[0]
    found = verbs.suggestion(spaced_ws, CONCEPT, image, COUNT)
    [space] = [space for space in verbs.list_spaces(spaced_ws) if space.name == CONCEPT]
    canvas = verbs.canvas_for(spaced_ws, image, CONCEPT, COUNT)
    pixels = read_canvas(spaced_ws, find_image(spaced_ws, image))
    for label, drop in enumerate(found.drops):
        filled = pixels.copy()
        ring = np.isin(canvas.labels, canvas.neighbours[label])
        filled[canvas.labels == label] = np.rint(pixels[ring].mean(axis=0))
        before, after = toy.features(pixels), toy.features(filled)
        assert drop == pytest.approx(float(((before - after)[list(space.channels)] * space.delta).mean()), abs=1e-4)


def test_a_handful_of_masks_is_enough_without_any_space(toy_ws):
    image = verbs.mask_queue(toy_ws, CONCEPT)[0]
    found = verbs.suggestion(toy_ws, CONCEPT, image, COUNT)
    assert found.taught_by == 5
    assert sorted(found.ranked) == list(range(len(found.chances)))
    assert found.strength == max(found.chances)


def test_two_masks_are_too_few(toy_ws):
    verbs.add_concept(toy_ws, "cat.tail")
    images = toy_ws.catalogue.images(class_name="cat", limit=3)
    for image in images[:2]:
        toy.mask_part(toy_ws, "cat.tail", image)
    with pytest.raises(TooFewMasks, match="has 2 masks"):
        verbs.suggestion(toy_ws, "cat.tail", images[2].id)


def test_one_more_mask_changes_no_suggestion_but_half_as_many_do(toy_ws):
    queue = verbs.mask_queue(toy_ws, CONCEPT)
    image = queue[-1]
    first = verbs.suggestion(toy_ws, CONCEPT, image, COUNT)
    shown = [one for one in queue if visible(toy_ws, one) and one != image]
    toy.mask_part(toy_ws, CONCEPT, find_image(toy_ws, shown[0]))
    assert verbs.suggestion(toy_ws, CONCEPT, image, COUNT).teacher == first.teacher
    toy.mask_part(toy_ws, CONCEPT, find_image(toy_ws, shown[1]))
    assert verbs.suggestion(toy_ws, CONCEPT, image, COUNT).taught_by == 8


def test_asking_again_does_not_look_again(spaced_ws, monkeypatch):
    image = verbs.mask_queue(spaced_ws, CONCEPT)[0]
    first = verbs.suggestion(spaced_ws, CONCEPT, image, COUNT)
    monkeypatch.setattr(suggesting, "_see", lambda *_: pytest.fail("looked again"))
    spaced_ws.cache.clear()
    again = verbs.suggestion(spaced_ws, CONCEPT, image, COUNT)
    assert (again.chances, again.labels, again.created) == (first.chances, first.labels, first.created)


def test_an_interrupted_run_goes_on_where_it_was(spaced_ws, monkeypatch):
    class Stop(Exception):
        pass

    def stop(stage, done, total, detail=None):
        if stage == "proposals" and done == 4:
            raise Stop

    with pytest.raises(Stop):
        verbs.propagate(spaced_ws, CONCEPT, COUNT, progress=stop)
    looked, see = [], suggesting._see
    monkeypatch.setattr(suggesting, "_see", lambda *given: looked.append(1) or see(*given))
    spaced_ws.cache.clear()
    result = verbs.propagate(spaced_ws, CONCEPT, COUNT)
    assert len(looked) == result.looked_at - 4
    assert result.proposed + result.not_visible == result.looked_at == len(verbs.mask_queue(spaced_ws, CONCEPT))


def test_accepting_masks_and_rejecting_puts_aside(proposed_ws):
    first, second, *rest = verbs.proposals(proposed_ws, CONCEPT)
    saved = verbs.accept_proposal(proposed_ws, CONCEPT, first.image_id, "Ada")
    verbs.reject_proposal(proposed_ws, CONCEPT, second.image_id, "Ada")
    mask = proposed_ws.catalogue.mask(first.image_id, "cat", "eyes")
    assert (mask.labels, mask.source, mask.author) == (first.labels, "auto", "Ada")
    assert saved.version == 1
    assert [one.image_id for one in verbs.proposals(proposed_ws, CONCEPT)] == [one.image_id for one in rest]
    verbs.reject_proposal(proposed_ws, CONCEPT, second.image_id, refused=False)
    assert second.image_id in {one.image_id for one in verbs.proposals(proposed_ws, CONCEPT)}


def test_a_mask_made_meanwhile_is_not_overwritten(proposed_ws):
    image = verbs.proposals(proposed_ws, CONCEPT)[0].image_id
    verbs.save_labels(proposed_ws, image, CONCEPT, [0])
    with pytest.raises(EditConflict):
        verbs.accept_proposal(proposed_ws, CONCEPT, image)
    assert proposed_ws.catalogue.mask(image, "cat", "eyes").labels == (0,)


def test_nothing_proposed_is_told(spaced_ws):
    image = verbs.mask_queue(spaced_ws, CONCEPT)[0]
    with pytest.raises(UnknownName, match="sxai mask propagate"):
        verbs.accept_proposal(spaced_ws, CONCEPT, image)


def test_the_record_counts_what_was_kept(proposed_ws):
    assert verbs.suggestion_record(proposed_ws, CONCEPT).precision is None
    kept, changed, refused, *_ = verbs.proposals(proposed_ws, CONCEPT)
    slic = SlicParameters(count=COUNT)
    verbs.accept_proposal(proposed_ws, CONCEPT, kept.image_id)
    other = changed.ranked[-1]
    verbs.save_labels(proposed_ws, changed.image_id, CONCEPT, [*changed.labels, other], slic=slic)
    verbs.reject_proposal(proposed_ws, CONCEPT, refused.image_id)
    record = verbs.suggestion_record(proposed_ws, CONCEPT)
    right = len(kept.labels) + len(changed.labels)
    assert (record.pictures, record.unchanged, record.rejected) == (3, 1, 1)
    assert record.precision == pytest.approx(right / (right + len(refused.labels)))
    assert record.recall == pytest.approx(right / (right + 1))


def test_the_queue_leaves_out_what_seems_not_visible(proposed_ws):
    strong = verbs.useful_queue(proposed_ws, CONCEPT)
    usual = verbs.mask_queue(proposed_ws, CONCEPT)
    assert sorted(strong.images + strong.left_out) == sorted(usual)
    last = suggesting.suggestions(proposed_ws, proposed_ws.catalogue.model("toy"), CONCEPT)
    strengths = [last[image].strength for image in strong.images]
    assert strengths == sorted(strengths, reverse=True)
    unsure = [last[image].sureness for image in verbs.useful_queue(proposed_ws, CONCEPT, "uncertain").images]
    assert unsure == sorted(unsure)
    assert verbs.useful_queue(proposed_ws, CONCEPT, "project").images == tuple(usual)
    with pytest.raises(MaskError, match="no order"):
        verbs.useful_queue(proposed_ws, CONCEPT, "size")


def test_the_picture_of_a_proposal_and_its_superpixels_lie_on_each_other(proposed_ws):
    found = verbs.proposals(proposed_ws, CONCEPT)[0]
    pixels = read_canvas(proposed_ws, find_image(proposed_ws, found.image_id))
    labels = verbs.canvas_for(proposed_ws, found.image_id, CONCEPT, COUNT).labels
    whole, small = (verbs.proposal_picture(proposed_ws, found, size) for size in (max(labels.shape), 24))
    assert np.array_equal(whole.labels, labels)
    shown = np.asarray(Image.open(io.BytesIO(whole.jpeg)))
    brightness = [mean_colours(picture, labels).mean(axis=1) for picture in (shown, pixels)]
    assert np.abs(brightness[0] - brightness[1]).max() < 4
    assert Image.open(io.BytesIO(small.jpeg)).size == small.labels.shape[::-1]
    rows, columns = (np.linspace(0, side - 1, small.labels.shape[axis]).round().astype(int)
                     for axis, side in enumerate(labels.shape))  # fmt: skip
    assert (small.labels == labels[np.ix_(rows, columns)]).mean() > 0.9


def test_a_mended_proposal_is_masked_as_it_was_mended(proposed_ws):
    found = verbs.proposals(proposed_ws, CONCEPT)[0]
    other = found.ranked[-1]
    verbs.accept_proposal(proposed_ws, CONCEPT, found.image_id, "Ada", labels=[other, *found.labels])
    mask = proposed_ws.catalogue.mask(found.image_id, "cat", "eyes")
    assert (set(mask.labels), mask.source, mask.author) == ({other, *found.labels}, "manual", "Ada")
    second = verbs.proposals(proposed_ws, CONCEPT)[0]
    with pytest.raises(MaskError):
        verbs.accept_proposal(proposed_ws, CONCEPT, second.image_id, labels=[])
    assert proposed_ws.catalogue.mask(second.image_id, "cat", "eyes") is None


def test_the_state_of_a_proposal_is_looked_up_by_image(proposed_ws, monkeypatch):
    first, second, third, *_ = (one.image_id for one in verbs.proposals(proposed_ws, CONCEPT))
    verbs.accept_proposal(proposed_ws, CONCEPT, first)
    verbs.reject_proposal(proposed_ws, CONCEPT, second)
    monkeypatch.setattr(suggesting, "kept_all", lambda *_: pytest.fail("read every proposal"))
    found = verbs.proposal_states(proposed_ws, CONCEPT, [first, second, third])
    assert found == {first: "accept", second: "reject", third: "open"}
    verbs.accept_proposal(proposed_ws, CONCEPT, third)


def test_the_live_effect_is_the_one_that_is_stored(spaced_ws):
    image = verbs.mask_queue(spaced_ws, CONCEPT)[0]
    labels = truth(spaced_ws, image) or [0]
    before = verbs.live_effect(spaced_ws, image, CONCEPT, labels, COUNT)
    verbs.save_labels(spaced_ws, image, CONCEPT, labels, slic=SlicParameters(count=COUNT))
    stored = verbs.live_effect(spaced_ws, image, CONCEPT)
    assert stored == before
    assessed = verbs.assess_image(spaced_ws, image)
    assert stored.concept_probability[0] == pytest.approx(assessed.probabilities[CONCEPT], abs=1e-6)
    assert stored.class_probability[0] == pytest.approx(assessed.outputs["cat"], abs=1e-6)


def test_without_a_space_only_the_class_is_told(toy_ws):
    image = verbs.mask_queue(toy_ws, CONCEPT)[0]
    found = verbs.live_effect(toy_ws, image, CONCEPT, [0], COUNT)
    assert found.concept_probability is None
    assert 0 <= found.class_probability[1] <= 1
