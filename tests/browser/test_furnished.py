"""The demo as a newcomer gets it: what is packaged is what the demo itself would make, and no page is empty."""

import shutil

import pytest

from benchmarks.furniture import COMPONENTS
from benchmarks.showcase import examples
from sxai.demo.verbs.fill import CLASSES, MODEL, PARTS, SECOND_MODEL
from sxai.example.card import packaged_examples
from sxai.networks.verbs.networks import list_models
from sxai.occluders.verbs.learn import stored_occluders
from sxai.project.project import Project
from sxai.prototypes.verbs.train import stored_prototypes
from sxai.spaces.verbs.stored import list_spaces
from sxai.traits.verbs.traits import common_traits
from sxai.vectors.verbs.vectors import stored_vectors
from sxai.visualisation.verbs.visualise import stored_visuals


@pytest.fixture(scope="module")
def furnished(demo_template, tmp_path_factory):
    home = shutil.copytree(demo_template / "demo", tmp_path_factory.mktemp("furnished") / "demo")
    with Project.open(home, device="cpu") as project:
        yield project


def test_the_packaged_examples_are_those_that_the_demo_gives(furnished):
    for packaged, made in zip(packaged_examples(), examples(furnished), strict=True):
        assert (packaged.image_id, packaged.level, packaged.verdict) == (made.image_id, made.level, made.verdict)
        assert [gate.passed for gate in packaged.gates] == [gate.passed for gate in made.gates]
        assert [part.concept for part in packaged.parts] == [part.concept for part in made.parts]
        assert (packaged.query, packaged.total, packaged.alike_ids) == (made.query, made.total, made.alike_ids)


def test_every_page_of_the_lab_finds_its_outcome(furnished):
    assert all(common_traits.known(furnished, name, 300, None) for name in CLASSES)
    assert stored_vectors(furnished)
    assert {name for occluders in stored_occluders(furnished) for name in occluders.classes} == set(CLASSES)
    prototypes = stored_prototypes(furnished)
    assert {concept.name for concept in prototypes.concepts if concept.name} == set(PARTS)
    targets = [f"{name}:{component}" for name in CLASSES for component in COMPONENTS]
    spaces = [f"{name}.{part}" for name in CLASSES for part in PARTS]
    assert None not in stored_visuals(furnished, targets, n=300, search=None)
    assert None not in stored_visuals(furnished, spaces)


def test_the_second_network_has_the_same_spaces_and_is_not_in_use(furnished):
    assert [(network.model, network.active) for network in list_models(furnished)] == [
        (MODEL, True),
        (SECOND_MODEL, False),
    ]
    assert {space.name for space in list_spaces(furnished, SECOND_MODEL)} == {
        space.name for space in list_spaces(furnished, MODEL)
    }
