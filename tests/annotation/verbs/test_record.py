"""What was kept of suggestions, and which images to mask next."""

import pytest

from sxai.annotation.verbs import suggest
from sxai.annotation.verbs.proposals import accept_proposal, proposals, reject_proposal
from sxai.annotation.verbs.record import suggestion_record, useful_queue
from sxai.errors import MaskError
from sxai.masks.superpixels import SlicParameters
from sxai.masks.verbs.save import mask_queue, save_labels

CONCEPT, COUNT = "cat.eyes", 16


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
