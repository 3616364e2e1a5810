"""Masks proposed for a whole class: accepted, rejected, mended."""

import io

import numpy as np
import pytest
from PIL import Image

from sxai.annotation.verbs import suggest
from sxai.annotation.verbs.proposals import (
    accept_proposal,
    propagate,
    proposal_picture,
    proposal_states,
    proposals,
    reject_proposal,
)
from sxai.errors import EditConflict, MaskError, UnknownName
from sxai.images.verbs.stored import find_image, read_canvas
from sxai.masks.superpixels import mean_colours
from sxai.masks.verbs.save import canvas_for, mask_queue, save_labels

CONCEPT, COUNT = "cat.eyes", 16


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
