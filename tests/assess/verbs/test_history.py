"""What was assessed before, read back."""

from dataclasses import asdict

import pytest

from sxai.assess.verbs.assess import assess_bytes, assess_image
from sxai.assess.verbs.history import past_assessments
from sxai.errors import UnknownName


def test_what_was_said_comes_back_newest_first(spaced_project, transactions):
    assert past_assessments(spaced_project) == []
    image = spaced_project.catalogue.images()[0]
    first = assess_image(spaced_project, image.id)
    data = spaced_project.artefacts.path(image.artefact).read_bytes()
    second = assess_bytes(spaced_project, "mine.png", data)
    transactions.clear()
    newest, oldest = past_assessments(spaced_project)
    assert len(transactions) == 1
    assert (newest.file, newest.image_id, newest.verdict) == ("mine.png", None, second.verdict)
    assert (oldest.file, oldest.image_id, oldest.level) == (image.name, image.id, first.level)
    assert oldest.model == first.model
    assert newest.created >= oldest.created
    assert past_assessments(spaced_project, limit=1) == [newest]
    assert past_assessments(spaced_project, image_id=image.id) == [oldest]


def test_one_level_can_be_asked_for(spaced_project):
    for image in spaced_project.catalogue.images()[:12]:
        assess_image(spaced_project, image.id)
    every = past_assessments(spaced_project)
    level = every[0].level
    assert past_assessments(spaced_project, level=level) == [one for one in every if one.level == level]
    with pytest.raises(UnknownName, match="no level 'certain'; choose one of sure"):
        past_assessments(spaced_project, level="certain")


def test_what_is_not_to_be_kept_is_not_listed(spaced_project):
    assess_image(spaced_project, spaced_project.catalogue.images()[0].id, keep=False)
    assert past_assessments(spaced_project) == []


def test_what_an_earlier_version_said_has_the_papers_level(spaced_project):
    said = asdict(assess_image(spaced_project, spaced_project.catalogue.images()[0].id, keep=False))
    earlier = {name: value for name, value in said.items() if name not in ("level", "verdict", "gates", "advice")}
    record = spaced_project.catalogue.models()[0]
    spaced_project.catalogue.add_assessments(record.id, [(None, "old.png", earlier)])
    [past] = past_assessments(spaced_project, level=said["assessment"])
    assert (past.file, past.level, past.verdict) == ("old.png", said["assessment"], said["sentence"])
