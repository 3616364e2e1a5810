"""``sxai mask suggest``, ``propagate``, ``review`` and ``queue`` on the demo, whose eyes are masked on some cats."""

import pytest

from sxai.masks.verbs.save import mask_queue
from sxai.project.project import Project

EYES = "cat.eyes"


@pytest.fixture
def waiting(demo_home):
    """Images without a mask."""
    with Project.open(demo_home) as project:
        return mask_queue(project, EYES)


def test_suggest_propagate_and_review(on_demo, waiting):
    found = on_demo("mask", "suggest", EYES, waiting[0])
    assert found["taught_by"] >= 3
    assert sorted(found["ranked"]) == list(range(len(found["chances"])))
    assert len(found["drops"]) == len(found["chances"])
    result = on_demo("mask", "propagate", EYES, "--limit", "5")
    assert result["looked_at"] == result["proposed"] + result["not_visible"] == 5
    proposed = [one["image"] for one in on_demo("mask", "review", EYES)["proposals"]]
    assert len(proposed) == result["proposed"] >= 2
    after = on_demo("mask", "review", EYES, "--accept", proposed[0], "--reject", proposed[1])
    assert [one["image"] for one in after["proposals"]] == proposed[2:]
    assert (after["record"]["pictures"], after["record"]["rejected"]) == (2, 1)
    queue = on_demo("mask", "queue", EYES, "--order", "uncertain")
    assert proposed[1] in queue["left_out"]
    assert proposed[0] not in queue["images"]


def test_words_for_people(sxai, demo_home, waiting):
    outcome = sxai("mask", "suggest", EYES, waiting[0], "--home", demo_home, "-q")
    assert outcome.status == 0, outcome.err
    assert outcome.out.splitlines()[1].startswith("likeliest superpixels: ")
    outcome = sxai("mask", "suggest", "cat.wings", waiting[0], "--home", demo_home, "-q")
    assert outcome.status == 1
    assert "Mask some by hand first" in outcome.err
    assert sxai("mask", "review", EYES, "--accept", "one", "--home", demo_home, "-q").status == 2
