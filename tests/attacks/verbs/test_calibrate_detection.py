"""A detector of attacks calibrated to a rate of false alarms."""

import pytest
import toy

from sxai.assess.detection import PAPER_RULE, DetectionRule
from sxai.assess.verbs.assess import assess_image
from sxai.attacks.verbs.calibrate_detection import calibrate_detection, dealt, detection_rule, reset_detection
from sxai.attacks.verbs.table import attack_table
from sxai.errors import SpaceError
from sxai.project.project import Project
from sxai.spaces.verbs.extract import extract_spaces

EPSILONS = (0.3, 0.01)


@pytest.fixture
def project(spaced_project):
    """The toy project with enough validation images to deal into halves."""
    for class_name in ("cat", "dog"):
        toy.add_pictures(spaced_project, class_name, range(103, 160, 4), "more")
    return spaced_project


def table_of(project, **given):
    return attack_table(project, **({"epsilons": EPSILONS, "images": 8, "steps": 4, "rate": 0.2} | given))


def test_halves_are_of_the_validation_images_and_stay_when_more_come(project):
    attacked, others = dealt(project)
    ids = {image.id for image in project.catalogue.images(split="val")}
    assert {image.id for image in attacked} | {image.id for image in others} == ids
    assert not {image.id for image in attacked} & {image.id for image in others}
    toy.add_pictures(project, "cat", range(203, 230, 4), "later")
    assert {image.id for image in attacked} <= {image.id for image in dealt(project)[0]}
    other_seed = Project(project.home, project.catalogue, project.artefacts, "cpu", seed=1)
    assert [image.id for image in dealt(other_seed)[0]] != [image.id for image in attacked]


def test_too_few_clean_images_leave_the_calibrated_rules_out(project):
    assert set(table_of(project, rate=0.001, images=4).rules) == {"or", "and", "combined"}
    with pytest.raises(SpaceError, match="false-alarm rate"):
        table_of(project, rate=0.0, images=4)


def test_a_calibrated_rule_is_used_everywhere_until_it_is_reset(project):
    assert detection_rule(project).rule == PAPER_RULE
    found = calibrate_detection(project, 0.25)
    assert found.false_alarms.share <= 0.25
    assert found.false_alarms.of == len(dealt(project)[1])
    assert found.checked.of == len(dealt(project)[0])
    assert detection_rule(project) == found
    flagged = ["adversarial" in assess_image(project, image.id, keep=False).flags for image in dealt(project)[1]]
    assert sum(flagged) == found.false_alarms.count
    assert reset_detection(project).rule == PAPER_RULE
    assert detection_rule(project).calibrated is None


@pytest.mark.parametrize("combine", ["or", "and"])
def test_activations_can_be_what_the_rule_looks_at(project, combine):
    found = calibrate_detection(project, 0.2, scale="activation", combine=combine)
    assert (found.rule.scale, found.rule.combine) == ("activation", combine)
    flagged = ["adversarial" in assess_image(project, image.id, keep=False).flags for image in dealt(project)[0]]
    assert sum(flagged) == found.checked.count


def test_a_calibrated_rule_is_laid_aside_when_the_spaces_change(project):
    calibrate_detection(project, 0.25)
    extract_spaces(project, n_ssn=3)
    now = detection_rule(project)
    assert now.outdated
    assert now.rule == PAPER_RULE
    assert not calibrate_detection(project, 0.25).outdated
    assert not detection_rule(project).outdated


def test_a_calibration_that_cannot_be_is_refused_and_nothing_changes(project):
    with pytest.raises(SpaceError, match="too few"):
        calibrate_detection(project, 0.001)
    with pytest.raises(SpaceError, match="unknown scale"):
        calibrate_detection(project, 0.25, scale="log")
    with pytest.raises(SpaceError, match="'or' or 'and'"):
        calibrate_detection(project, 0.25, combine="xor")
    assert detection_rule(project).rule == PAPER_RULE == DetectionRule()
