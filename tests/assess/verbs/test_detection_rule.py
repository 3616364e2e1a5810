"""Which rule calls a picture adversarial: the paper's, or one that was stored with the network and spaces of now."""

from dataclasses import replace

import numpy as np
import pytest

from sxai.assess.detection import PAPER_RULE
from sxai.assess.verbs.assess import Assessor
from sxai.assess.verbs.detection_rule import RuleInUse, forget_rule, rule_in_use, rule_values, store_rule
from sxai.networks.verbs.networks import model_record
from sxai.spaces.space import readings
from sxai.spaces.verbs.extract import extract_spaces
from sxai.stats import share_of

OWN = replace(PAPER_RULE, scale="activation")


@pytest.fixture
def stored(spaced_project):
    """The network's record, with a rule of its own in use."""
    record = model_record(spaced_project)
    found = RuleInUse(record.name, OWN, 0.1, share_of(1, 20), False, "2026-01-01T00:00:00+00:00", share_of(2, 21))
    store_rule(spaced_project, record, found)
    return record


def test_at_first_the_rule_is_the_papers(spaced_project):
    found = rule_in_use(spaced_project, model_record(spaced_project))
    assert (found.rule, found.calibrated, found.outdated) == (PAPER_RULE, None, False)


def test_a_stored_rule_comes_back_with_its_counts(spaced_project, stored):
    found = rule_in_use(spaced_project, stored)
    assert (found.rule, found.calibrated) == (OWN, 0.1)
    assert (found.false_alarms, found.checked) == (share_of(1, 20), share_of(2, 21))


def test_a_stored_rule_is_laid_aside_once_a_space_is_another(spaced_project, stored):
    extract_spaces(spaced_project, ["cat.eyes"])
    found = rule_in_use(spaced_project, stored)
    assert (found.rule, found.outdated) == (PAPER_RULE, True)


def test_a_forgotten_rule_leaves_the_papers(spaced_project, stored):
    forget_rule(spaced_project, stored)
    assert not rule_in_use(spaced_project, stored).outdated


def test_a_rule_looks_at_the_concepts_of_the_predicted_class_alone(spaced_project):
    assessor = Assessor.of(spaced_project)
    images = spaced_project.catalogue.images(limit=4)
    read = readings(assessor.spaces, assessor.reader.images(images))
    said = ["dog", "cat", "dog", "cat"]
    values = rule_values(PAPER_RULE, assessor.spaces, assessor.owners, said, read)
    for row, class_name in enumerate(said):
        own = [name for name in read.paper if name.startswith(f"{class_name}.")]
        assert sorted(values[row]) == pytest.approx(sorted(float(read.paper[name][row]) for name in own))


def test_activations_are_looked_at_in_standard_deviations(spaced_project):
    assessor = Assessor.of(spaced_project)
    [image] = spaced_project.catalogue.images(class_name="cat", limit=1)
    read = readings(assessor.spaces, assessor.reader.images([image]))
    values = rule_values(OWN, assessor.spaces, assessor.owners, ["cat"], read)
    by_hand = [
        (float(read.activations[space.name][0]) - space.reference.mean) / space.reference.std
        for space, owner in zip(assessor.spaces, assessor.owners, strict=True)
        if owner == "cat"
    ]
    np.testing.assert_allclose(values[0], by_hand, rtol=1e-6)
