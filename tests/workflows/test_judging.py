"""Verdicts kept and looked up: those of the very space, in assessments, reports and searches."""

import pytest
import toy
from pypdf import PdfReader

from sxai.errors import QueryError, UnknownName
from sxai.explain.sentences import doubt
from sxai.workflows import (
    StoredVerdict,
    assess_image,
    extract_spaces,
    known_visibility,
    label_visible,
    poor_spaces,
    query_doubts,
    refit_spaces,
    score_spaces,
    verdicts,
    write_report,
)
from sxai.workflows.assessing import Assessor, standing
from sxai.workflows.judging import keep_verdict
from sxai.workflows.networks import model_record
from sxai.workflows.stored_spaces import space_record

NAMES = ["cat.eyes", "cat.nose", "dog.eyes", "dog.nose"]
WHY = "P says little of it."


def judge(ws, name, verdict="poor", draws=100):
    """Keep a verdict as if the space had been scored."""
    told = StoredVerdict(name, verdict, WHY, 0.5)
    keep_verdict(ws, model_record(ws), space_record(ws, name), draws, told, (0.4, 0.6))


def mentioning(ws, level=("sure", "probably")):
    """Assessments of dogs of one of these levels."""
    said = [assess_image(ws, image.id, keep=False) for image in ws.catalogue.images(class_name="dog")]
    return [one for one in said if one.assessment in level and one.predicted == "dog"]


# --- kept and looked up


def test_before_scoring_nothing_is_known(spaced_ws, toy_ws):
    assert verdicts(spaced_ws) == verdicts(toy_ws) == poor_spaces(spaced_ws) == {}


def test_a_project_without_a_network_has_no_verdicts(empty_ws):
    assert verdicts(empty_ws) == {}
    with pytest.raises(UnknownName):
        verdicts(empty_ws, "vgg")


def test_every_verdict_of_the_scoreboard_is_read_back(spaced_ws):
    board = score_spaces(spaced_ws, draws=50)
    found = verdicts(spaced_ws)
    assert list(found) == NAMES
    for space in board.spaces:
        assert found[space.name] == StoredVerdict(space.name, space.verdict, space.why, space.auc)


def test_what_is_kept_says_how_it_was_made(spaced_ws):
    (space,) = score_spaces(spaced_ws, ["cat.eyes"], draws=50).spaces
    (row,) = spaced_ws.catalogue.analyses(model_record(spaced_ws).id, "score").values()
    stored = space_record(spaced_ws, "cat.eyes")
    expected = {
        "space": "cat.eyes",
        "estimator": "s-xai",
        "artefact": stored.artefact,
        "draws": 50,
    }
    assert expected.items() <= row.parameters.items()
    assert row.result["interval"] == pytest.approx(space.auc_interval)


def test_looking_up_computes_nothing(spaced_ws, monkeypatch):
    score_spaces(spaced_ws, draws=20)
    monkeypatch.setattr("sxai.workflows.scoring.presence_auc", lambda *given: pytest.fail("scored again"))
    assert set(verdicts(spaced_ws)) == set(NAMES)


@pytest.mark.parametrize("draws", [20, 50])
def test_the_last_scoring_holds_whatever_its_draws(spaced_ws, draws):
    score_spaces(spaced_ws, ["cat.eyes"], draws=50)
    for image_id, visible in known_visibility(spaced_ws, "cat", "eyes").items():
        label_visible(spaced_ws, image_id, "cat.eyes", not visible)
    assert poor_spaces(spaced_ws) == {}
    (space,) = score_spaces(spaced_ws, ["cat.eyes"], draws=draws).spaces
    assert poor_spaces(spaced_ws) == {"cat.eyes": space.why}


def test_another_direction_has_no_verdict(spaced_ws):
    score_spaces(spaced_ws, draws=20)
    taken = spaced_ws.catalogue.masks(class_name="cat", concept="eyes")[0]
    spaced_ws.catalogue.delete_mask(taken.image_id, "cat", "eyes", "someone", taken.version)
    extract_spaces(spaced_ws, ["cat.eyes"])
    assert list(verdicts(spaced_ws)) == ["cat.nose", "dog.eyes", "dog.nose"]
    extract_spaces(spaced_ws, ["cat.nose"], estimator="all-channels")
    assert list(verdicts(spaced_ws)) == ["dog.eyes", "dog.nose"]


def test_the_same_direction_keeps_its_verdict_whatever_p_is_read_from(spaced_ws):
    score_spaces(spaced_ws, draws=20)
    known = verdicts(spaced_ws)
    refit_spaces(spaced_ws, ["dog.eyes"], fit="empirical")
    extract_spaces(spaced_ws, ["cat.eyes"])
    assert verdicts(spaced_ws) == known


def test_verdicts_of_former_weights_are_not_shown(spaced_ws):
    judge(spaced_ws, "cat.eyes")
    spaced_ws.catalogue.update_model(model_record(spaced_ws).id, sha256="0" * 64)
    assert verdicts(spaced_ws) == {}


# --- in an assessment


def test_an_assessment_says_which_of_its_concepts_not_to_lean_on(spaced_ws):
    before = {one.image_id: one for one in mentioning(spaced_ws)}
    judge(spaced_ws, "dog.nose")
    judge(spaced_ws, "cat.nose")
    judge(spaced_ws, "dog.eyes", "weak")
    after = mentioning(spaced_ws)
    assert {bool(one.doubts) for one in after} == {True, False}
    for one in after:
        mentioned = {finding.concept for finding in one.findings if finding.mentioned}
        assert one.doubts == ({"dog.nose": WHY} if "nose" in mentioned else {})
        assert one.caution == (doubt(["nose"]) if "nose" in mentioned else "")
        assert one.sentence == before[one.image_id].sentence
        assert (before[one.image_id].doubts, before[one.image_id].caution) == ({}, "")


def test_a_sentence_that_names_no_concept_needs_no_caution(spaced_ws):
    for name in NAMES:
        judge(spaced_ws, name)
    unsure = mentioning(spaced_ws, ("unsure",))
    assert unsure
    assert all((one.doubts, one.caution) == ({}, "") for one in unsure)


def test_a_new_verdict_changes_what_assessments_rest_on(spaced_ws):
    before = standing(spaced_ws)
    judge(spaced_ws, "cat.eyes")
    after = standing(spaced_ws)
    assert before != after
    assert dict(Assessor.of(spaced_ws).poor) == {"cat.eyes": WHY}
    extract_spaces(spaced_ws, ["cat.eyes"])
    assert standing(spaced_ws) not in (before, after)


def test_what_is_recorded_has_the_caution(spaced_ws):
    judge(spaced_ws, "dog.eyes")
    image = next(one for one in mentioning(spaced_ws) if one.caution)
    assess_image(spaced_ws, image.image_id)
    (kept,) = spaced_ws.catalogue.assessments()
    assert (kept.result["doubts"], kept.result["caution"]) == ({"dog.eyes": WHY}, image.caution)


# --- in a report


def test_a_report_carries_caution_and_mark(spaced_ws, tmp_path):
    judge(spaced_ws, "dog.eyes")
    result = write_report(spaced_ws, tmp_path / "out", class_name="dog", split="val")
    said = [one for one in mentioning(spaced_ws) if one.caution]
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    ids = {image.id for image in spaced_ws.catalogue.images(class_name="dog", split="val")}
    count = sum(one.image_id in ids for one in said)
    assert count > 0
    assert page.count(doubt(["eyes"])) == count
    assert page.count(">eyes ✕</text>") == len(ids)
    assert "✕ marks a concept whose P says little of the part." in page
    text = " ".join(" ".join(part.extract_text() for part in PdfReader(result.pdf).pages).split())
    assert text.count(doubt(["eyes"])[:30]) == count
    assert "eyes ✕" in text
    assert WHY in text


def test_a_report_without_poor_spaces_has_no_mark(spaced_ws, tmp_path):
    judge(spaced_ws, "cat.eyes", "good")
    write_report(spaced_ws, tmp_path / "out", class_name="cat", split="val", formats=["html"])
    assert "✕" not in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


# --- in a search


@pytest.mark.parametrize(
    ("query", "doubted"),
    [
        ("cat.eyes > 0.5", ["cat.eyes"]),
        ("cat.nose > 0.5 or dog.nose > 0.5", ["dog.nose"]),
        ("not max(cat) < 0.2", ["cat.eyes"]),
        ("min(cat.eyes, dog) > 0.1", ["cat.eyes", "dog.nose"]),
        ("p(cat) > 0.5 and true = cat", []),
        ("cat.nose > 0.5", []),
    ],
)
def test_a_query_tells_which_of_its_spaces_are_poor(spaced_ws, query, doubted):
    judge(spaced_ws, "cat.eyes")
    judge(spaced_ws, "dog.nose")
    judge(spaced_ws, "cat.nose", "good")
    assert query_doubts(spaced_ws, query) == dict.fromkeys(doubted, WHY)


def test_queries_on_a_project_without_verdicts_have_no_doubts(spaced_ws):
    assert query_doubts(spaced_ws, "cat.eyes > 0.5") == {}
    with pytest.raises(QueryError):
        query_doubts(spaced_ws, "cat.eyes >")


def test_the_toy_has_the_spaces_that_are_judged_here(spaced_ws):
    assert {name.split(".")[1] for name in NAMES} <= set(toy.COLOURS)
    assert [space_record(spaced_ws, name).full_name for name in NAMES] == NAMES
