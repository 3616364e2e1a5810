"""Examples made of a project's images, and of pictures from elsewhere."""

import numpy as np
import pytest
import toy

from sxai.assess.verdict import TRUSTED
from sxai.example import make
from sxai.example.make import example_of, example_of_bytes
from sxai.images.decode import decode, encode
from sxai.search.verbs.search import search


def test_a_project_without_spaces_has_no_example(empty_project, toy_project):
    assert example_of(empty_project) is None
    assert example_of(toy_project) is None


def test_the_example_is_a_picture_kept_aside_with_hits_of_its_own_search(spaced_project):
    found = example_of(spaced_project)
    image = spaced_project.catalogue.image(found.image_id)
    assert image.split == "val"
    assert found.verdict
    assert len(found.gates) == 3
    assert decode(found.picture).pixels.shape[0] == 480
    assert len(found.alike) == len(found.alike_ids)
    assert found.image_id not in found.alike_ids
    if found.query:
        hits = {hit.image_id for hit in search(spaced_project, found.query, limit=None).hits}
        assert set(found.alike_ids) <= hits
        assert found.image_id in hits
        assert found.total == len(hits)


def test_no_picture_looked_at_would_have_been_a_better_example(spaced_project):
    found = example_of(spaced_project)
    assessor = make.Assessor.of(spaced_project)
    images = make._candidates(spaced_project, assessor)
    features = assessor.reader.images(images)
    said = assessor.assess_all([image.name for image in images], features, [image.id for image in images])
    levels = {one.level for one in said}
    assert found.level == "sure" or "sure" not in levels
    assert found.level in TRUSTED or not levels & set(TRUSTED)


def test_it_is_made_once_until_something_changes(spaced_project, monkeypatch):
    first = example_of(spaced_project)
    monkeypatch.setattr(make, "_made", lambda _: pytest.fail("made twice"))
    assert example_of(spaced_project) is first


def test_a_picture_from_elsewhere_leaves_no_record(spaced_project):
    before = len(spaced_project.catalogue.assessments(limit=None))
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8)
    found = example_of_bytes(spaced_project, "noise.png", encode(noise))
    assert found.image_id is None
    assert found.picture
    assert len(spaced_project.catalogue.assessments(limit=None)) == before


def test_a_region_is_where_p_falls_most(spaced_project):
    image = next(image for image in spaced_project.catalogue.images() if toy.draw("cat", toy.seed_of(image))[1])
    evidence = make.evidence_image(spaced_project, image.id)
    name = evidence.found.names[0]
    region = make._region(evidence, name)
    drops = evidence.drops(name)
    inside = {int(label) for label in np.unique(evidence.found.labels[region])}
    bar = max(drops.max() / 2, make.LEAST_DROP)
    assert inside == {label for label in range(len(drops)) if drops[label] >= bar}
