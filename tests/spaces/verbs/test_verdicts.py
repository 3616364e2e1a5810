"""Verdicts kept and looked up: those of the very space, in assessments, reports and searches."""

import pytest
import toy
from pypdf import PdfReader

from sxai.assess.sentences import doubt
from sxai.assess.verbs.assess import Assessor, assess_image, assessment_fingerprint
from sxai.assess.verbs.report import write_report
from sxai.errors import UnknownName
from sxai.networks.verbs.networks import model_record
from sxai.spaces.verbs.extract import extract_spaces
from sxai.spaces.verbs.labels import known_visibility, label_visible
from sxai.spaces.verbs.refit import refit_spaces
from sxai.spaces.verbs.score import score_spaces
from sxai.spaces.verbs.stored import space_record
from sxai.spaces.verbs.verdicts import StoredVerdict, keep_verdict, poor_spaces, verdicts

NAMES = ["cat.eyes", "cat.nose", "dog.eyes", "dog.nose"]
WHY = "P says little of it."


def judge(project, name, verdict="poor", draws=100):
    """Keep a verdict as if the space had been scored."""
    told = StoredVerdict(name, verdict, WHY, 0.5)
    keep_verdict(project, model_record(project), space_record(project, name), draws, told, (0.4, 0.6))


def mentioning(project, level=("sure", "probably")):
    """Assessments of dogs of one of these levels."""
    said = [assess_image(project, image.id, keep=False) for image in project.catalogue.images(class_name="dog")]
    return [one for one in said if one.assessment in level and one.predicted == "dog"]


# --- kept and looked up


def test_before_scoring_nothing_is_known(spaced_project, toy_project):
    assert verdicts(spaced_project) == verdicts(toy_project) == poor_spaces(spaced_project) == {}


def test_a_project_without_a_network_has_no_verdicts(empty_project):
    assert verdicts(empty_project) == {}
    with pytest.raises(UnknownName):
        verdicts(empty_project, "vgg")


def test_every_verdict_of_the_scoreboard_is_read_back(spaced_project):
    board = score_spaces(spaced_project, draws=50)
    found = verdicts(spaced_project)
    assert list(found) == NAMES
    for space in board.spaces:
        assert found[space.name] == StoredVerdict(space.name, space.verdict, space.why, space.auc)


def test_what_is_kept_says_how_it_was_made(spaced_project):
    (space,) = score_spaces(spaced_project, ["cat.eyes"], draws=50).spaces
    (row,) = spaced_project.catalogue.analyses(model_record(spaced_project).id, "score").values()
    stored = space_record(spaced_project, "cat.eyes")
    expected = {"space": "cat.eyes", "estimator": "s-xai", "artefact": stored.artefact, "draws": 50}
    assert expected.items() <= row.parameters.items()
    assert row.result["interval"] == pytest.approx(space.auc_interval)


def test_looking_up_computes_nothing(spaced_project, monkeypatch):
    score_spaces(spaced_project, draws=20)
    monkeypatch.setattr("sxai.spaces.verbs.score.presence_auc", lambda *given: pytest.fail("scored again"))
    assert set(verdicts(spaced_project)) == set(NAMES)


@pytest.mark.parametrize("draws", [20, 50])
def test_the_last_scoring_holds_whatever_its_draws(spaced_project, draws):
    score_spaces(spaced_project, ["cat.eyes"], draws=50)
    for image_id, visible in known_visibility(spaced_project, "cat", "eyes").items():
        label_visible(spaced_project, image_id, "cat.eyes", not visible)
    assert poor_spaces(spaced_project) == {}
    (space,) = score_spaces(spaced_project, ["cat.eyes"], draws=draws).spaces
    assert poor_spaces(spaced_project) == {"cat.eyes": space.why}


def test_another_direction_has_no_verdict(spaced_project):
    score_spaces(spaced_project, draws=20)
    taken = spaced_project.catalogue.masks(class_name="cat", concept="eyes")[0]
    spaced_project.catalogue.delete_mask(taken.image_id, "cat", "eyes", "someone", taken.version)
    extract_spaces(spaced_project, ["cat.eyes"])
    assert list(verdicts(spaced_project)) == ["cat.nose", "dog.eyes", "dog.nose"]
    extract_spaces(spaced_project, ["cat.nose"], estimator="all-channels")
    assert list(verdicts(spaced_project)) == ["dog.eyes", "dog.nose"]


def test_the_same_direction_keeps_its_verdict_whatever_p_is_read_from(spaced_project):
    score_spaces(spaced_project, draws=20)
    known = verdicts(spaced_project)
    refit_spaces(spaced_project, ["dog.eyes"], fit="empirical")
    extract_spaces(spaced_project, ["cat.eyes"])
    assert verdicts(spaced_project) == known


def test_verdicts_of_former_weights_are_not_shown(spaced_project):
    judge(spaced_project, "cat.eyes")
    spaced_project.catalogue.update_model(model_record(spaced_project).id, sha256="0" * 64)
    assert verdicts(spaced_project) == {}


# --- in an assessment


def test_an_assessment_says_which_of_its_concepts_not_to_lean_on(spaced_project):
    before = {one.image_id: one for one in mentioning(spaced_project)}
    judge(spaced_project, "dog.nose")
    judge(spaced_project, "cat.nose")
    judge(spaced_project, "dog.eyes", "weak")
    after = mentioning(spaced_project)
    assert {bool(one.doubts) for one in after} == {True, False}
    for one in after:
        mentioned = {finding.concept for finding in one.findings if finding.mentioned}
        assert one.doubts == ({"dog.nose": WHY} if "nose" in mentioned else {})
        assert one.caution == (doubt(["nose"]) if "nose" in mentioned else "")
        assert one.sentence == before[one.image_id].sentence
        assert (before[one.image_id].doubts, before[one.image_id].caution) == ({}, "")


def test_a_sentence_that_names_no_concept_needs_no_caution(spaced_project):
    for name in NAMES:
        judge(spaced_project, name)
    unsure = mentioning(spaced_project, ("unsure",))
    assert unsure
    assert all((one.doubts, one.caution) == ({}, "") for one in unsure)


def test_a_new_verdict_changes_what_assessments_rest_on(spaced_project):
    before = assessment_fingerprint(spaced_project)
    judge(spaced_project, "cat.eyes")
    after = assessment_fingerprint(spaced_project)
    assert before != after
    assert dict(Assessor.of(spaced_project).poor) == {"cat.eyes": WHY}
    extract_spaces(spaced_project, ["cat.eyes"])
    assert assessment_fingerprint(spaced_project) not in (before, after)


def test_what_is_recorded_has_the_caution(spaced_project):
    judge(spaced_project, "dog.eyes")
    image = next(one for one in mentioning(spaced_project) if one.caution)
    assess_image(spaced_project, image.image_id)
    (kept,) = spaced_project.catalogue.assessments()
    assert (kept.result["doubts"], kept.result["caution"]) == ({"dog.eyes": WHY}, image.caution)


# --- in a report


def test_a_report_carries_caution_and_mark(spaced_project, tmp_path):
    judge(spaced_project, "dog.eyes")
    result = write_report(spaced_project, tmp_path / "out", class_name="dog", split="val")
    said = [one for one in mentioning(spaced_project) if one.caution]
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    ids = {image.id for image in spaced_project.catalogue.images(class_name="dog", split="val")}
    count = sum(one.image_id in ids for one in said)
    assert count > 0
    assert page.count(doubt(["eyes"])) == count
    assert page.count(">eyes ✕</text>") == len(ids)
    assert "✕ marks a concept whose P says little of the part." in page
    text = " ".join(" ".join(part.extract_text() for part in PdfReader(result.pdf).pages).split())
    assert text.count(doubt(["eyes"])[:30]) == count
    assert "eyes ✕" in text
    assert WHY in text


def test_a_report_without_poor_spaces_has_no_mark(spaced_project, tmp_path):
    judge(spaced_project, "cat.eyes", "good")
    write_report(spaced_project, tmp_path / "out", class_name="cat", split="val", formats=["html"])
    assert "✕" not in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


# --- in a search


def test_the_toy_has_the_spaces_that_are_judged_here(spaced_project):
    assert {name.split(".")[1] for name in NAMES} <= set(toy.COLOURS)
    assert [space_record(spaced_project, name).full_name for name in NAMES] == NAMES
