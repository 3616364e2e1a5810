"""The table over ε and the calibrated rule, against counts made by hand."""

import numpy as np
import pytest
import toy

from sxai.assess.detection import PAPER_RULE, SCRIPT_RULE
from sxai.assess.verbs.assess import assess_image
from sxai.attacks.verbs import attack as attacks
from sxai.attacks.verbs.attack import attack_image
from sxai.attacks.verbs.calibrate_detection import dealt, reset_detection
from sxai.attacks.verbs.table import attack_table, known_attack_table
from sxai.errors import Cancelled, ProjectError, UnknownName
from sxai.spaces.verbs.extract import extract_spaces

EPSILONS = (0.3, 0.01)


@pytest.fixture
def project(spaced_project):
    """The toy project with enough validation images to deal into halves."""
    for class_name in ("cat", "dog"):
        toy.add_pictures(spaced_project, class_name, range(103, 160, 4), "more")
    reset_detection(spaced_project)  # the table counts by the paper's rule
    return spaced_project


def table_of(project, **given):
    return attack_table(project, **({"epsilons": EPSILONS, "images": 8, "steps": 4, "rate": 0.2} | given))


def test_the_table_counts_what_single_attacks_say(project):
    table = table_of(project, rate=0.25)
    attacked = [
        image
        for image in dealt(project)[0]
        if assess_image(project, image.id, keep=False).predicted == image.class_name
    ]
    images = attacked[:8]
    assert table.images == len(images)
    for row in table.rows:
        found = [attack_image(project, image.id, row.epsilon, steps=4) for image in images]
        flipped = [one for one in found if one.flipped]
        assert (row.succeeded.count, row.succeeded.of) == (len(flipped), len(images))
        assert row.detected["or"].count == sum(one.flagged for one in flipped)
        assert row.detected_of_all["or"].count == sum(one.flagged for one in found)
        assert sum(rules["or"].of for rules in row.towards.values()) == len(flipped)
        assert sum(rules["or"].count for rules in row.towards.values()) == row.detected["or"].count
        assert row.rms == pytest.approx(np.mean([one.norms.rms for one in found]))
    clean = [assess_image(project, image.id, keep=False) for image in images]
    assert table.false_alarms["or"].count == sum("adversarial" in one.flags for one in clean)
    assert table.rules["or"] == PAPER_RULE
    assert table.rules["and"] == SCRIPT_RULE
    assert set(table.rules) == {"or", "and", "combined", "calibrated", "activation"}
    assert table.rows[0].succeeded.share > table.rows[1].succeeded.share
    rates = table.summary()["rates"]
    assert [(row["epsilon"], row["rule"]) for row in rates] == [(e, rule) for e in EPSILONS for rule in table.rules]
    assert rates[0]["detection"] == table.rows[0].detected["or"].share


def test_rules_are_nested_and_curves_are_of_the_same_images(project):
    table = table_of(project)
    for row in table.rows:
        assert row.detected["and"].count <= row.detected["or"].count
        assert len(row.scores["probability"]) == row.succeeded.count
    first = table.rows[0].curves["activation"]
    assert first.false_alarms[0] == first.detections[0] == 0
    assert first.false_alarms[-1] == first.detections[-1] == 1
    assert first.low <= first.auc <= first.high


def test_a_stopped_table_goes_on_and_other_rules_need_no_new_attack(project, monkeypatch):
    def stop(stage, done, total, detail=None):
        if stage == "attack":
            assert total == 16
            if done >= 8:
                raise Cancelled("stop")

    with pytest.raises(Cancelled):
        table_of(project, progress=stop)
    assert known_attack_table(project, EPSILONS, 8, steps=4) is None
    calls = []
    real = attacks.attack
    monkeypatch.setattr(attacks, "attack", lambda network, x, *rest: calls.append(len(x)) or real(network, x, *rest))
    first = table_of(project)
    assert 0 < sum(calls) < 16
    calls.clear()
    extract_spaces(project, n_ssn=3)
    other = table_of(project, rate=0.3)
    assert repr(known_attack_table(project, EPSILONS, 8, steps=4, rate=0.3)) == repr(other)
    assert calls == []
    assert other.clean_scores != first.clean_scores
    assert [row.succeeded for row in other.rows] == [row.succeeded for row in first.rows]


def test_towards_one_class_only_the_others_are_attacked(project):
    table = table_of(project, target="dog", images=100)
    right = [
        image
        for image in dealt(project)[0]
        if assess_image(project, image.id, keep=False).predicted == image.class_name
    ]
    assert table.images == sum(image.class_name == "cat" for image in right)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [({"images": 0}, ProjectError), ({"epsilons": ()}, ProjectError), ({"target": "owl"}, UnknownName)],
)
def test_a_table_of_nothing_is_refused(project, wrong, error):
    with pytest.raises(error):
        table_of(project, **wrong)


def test_without_images_that_are_right_the_next_step_is_told(project, monkeypatch):
    monkeypatch.setattr("sxai.attacks.verbs.table.dealt", lambda project: ([], []))
    with pytest.raises(ProjectError, match="import images for validation"):
        table_of(project)
    assert known_attack_table(project, EPSILONS, 8, steps=4) is None
