"""``sxai mask``: history, undo, people, conflicts, agreement, quality and formats, on one small demo."""

import pytest

from sxai.errors import EditConflict
from sxai.masks.verbs.save import canvas_for, save_labels
from sxai.project.project import Project


@pytest.fixture
def edited(demo_home):
    """Ada and Bob change the same mask of the demo; one of Bob's edits is refused. The image's number."""
    with Project.open(demo_home, device="cpu") as project:
        image = project.catalogue.masks("cat", "eyes")[0].image_id
        first = canvas_for(project, image, "cat.eyes").version
        save_labels(project, image, "cat.eyes", [1, 2], author="Ada", expected_version=first)
        with pytest.raises(EditConflict):
            save_labels(project, image, "cat.eyes", [3], author="Bob", expected_version=first)
        save_labels(project, image, "cat.eyes", [2, 3], author="Bob", expected_version=first + 1)
    return image


def test_what_happened_is_told_and_taken_back(on_demo, edited):
    told = on_demo("mask", "history", "cat.eyes", "--image", edited)["edits"]
    assert [edit["author"] for edit in told[-2:]] == ["Ada", "Bob"]
    assert on_demo("mask", "history", "--limit", "1")["edits"][0]["full_name"] == "cat.eyes"
    (met,) = on_demo("mask", "conflicts", "--author", "Ada")["conflicts"]
    assert (met["author"], met["other"], met["settled"]) == ("Bob", "Ada", told[-1]["version"])
    people = {one["author"]: one for one in on_demo("mask", "annotators", "cat.eyes")["annotators"]}
    assert (people["Ada"]["edits"], people["Bob"]["masks"], people["Bob"]["conflicts"]) == (1, 1, 1)
    (pair, *_) = [one for one in on_demo("mask", "agreement", "cat.eyes")["pairs"] if one["first"] == "Ada"]
    assert (pair["second"], pair["images"], pair["edited"]) == ("Bob", 1, 1)
    back = on_demo("mask", "undo", "cat.eyes", edited, "--author", "Eve")
    assert (back["version"], back["labels"]) == (told[-1]["version"] + 1, [1, 2])
    assert on_demo("mask", "undo", "cat.eyes", edited, "--to", "0")["version"] == 0


def test_the_same_is_said_to_people(sxai, demo_home, edited):
    def said(*arguments):
        outcome = sxai("mask", *arguments, "--home", demo_home, "-q")
        assert outcome.status == 0, outcome.err
        return outcome.out

    assert "Bob: changed" in said("history", "cat.eyes", "--limit", "3")
    assert "pixels (+" in said("history", "cat.eyes", "--image", edited)
    assert "Ada had saved version" in said("conflicts")
    assert "No two edits met." in said("conflicts", "dog.eyes")
    assert "Ada: 1 edits on 1 images" in said("annotators")
    assert "kappa" in said("agreement", "cat.eyes")
    assert "now version" in said("undo", "cat.eyes", edited)


def test_quality_of_masks(on_demo, sxai, demo_home):
    (found,) = on_demo("mask", "quality", "cat.eyes")["concepts"]
    assert found["coverage"]["masks"] == found["effects"]["masks"] == 24
    assert {"effect", "turned", "finding"} <= set(found["effects"]["effects"][0])
    assert {"n", "to_all", "between", "spread", "kept"} == set(found["effects"]["growth"][0])
    said = sxai("mask", "quality", "cat.eyes", "--home", demo_home, "-q").out
    assert found["effects"]["advice"] in said
    assert said.startswith("cat.eyes: 24 of")


@pytest.mark.parametrize("format", ["coco", "png", "label-studio", "cvat"])
def test_masks_go_out_and_come_in(on_demo, tmp_path, format):
    file = tmp_path / {"png": "masks.zip", "cvat": "masks.xml"}.get(format, "masks.json")
    assert on_demo("mask", "export", file, "--concept", "cat.eyes", "--format", format)["masks"] == 24
    back = on_demo("mask", "import", file, "--replace")
    assert (back["concept"], back["masks"], back["added"], back["replaced"]) == ("cat.eyes", 24, 0, 0)


def test_what_cannot_be_is_refused_in_words(sxai, demo_home):
    for arguments, words in (
        (("undo", "cat.eyes", "nowhere.png"), "there is no image called 'nowhere.png'"),
        (("undo", "cat.eyes", "1", "--to", "99"), "no version 99"),
        (("agreement", "cat.eyes"), "no two people"),
        (("quality", "cat.wings"), "there is no concept 'cat.wings'"),
    ):
        outcome = sxai("mask", *arguments, "--home", demo_home, "-q")
        assert (outcome.status, outcome.out) == (1, "")
        assert words in outcome.err
    assert sxai("mask", "history", "--image", "1", "--home", demo_home).status == 2
