"""What single items tell, worked out by hand or against the verbs they call."""

import numpy as np
import pandas as pd
import pytest

from sxai.assess.assessment import assess
from sxai.errors import SpaceError
from sxai.images.verbs.stored import read_canvas
from sxai.prototypes.perception import CHANGES
from sxai.prototypes.verbs.explain import Explainer
from sxai.prototypes.verbs.train import prototypes_in_use
from sxai.reproduction import automatic, rules, spaces, strangers
from sxai.reproduction.study import SHORT, Amounts, Study
from sxai.reproduction.trust import COUNT, SIDE, blankets
from sxai.spaces.verbs.details import distribution_detail, space_detail


@pytest.fixture
def study(spaced_project):
    return Study.of(spaced_project, amounts=Amounts(gallery=3), pictures=False)


def test_every_cell_of_the_rules_holds_for_values_inside_it(study):
    found = rules.rule_table(study)
    assert len(found.tables["rules"]) == 12
    for row in found.tables["rules"]:
        (low, high), (least, most) = ([float(edge) for edge in row[key].split(" to ")] for key in ("P", "ΔP"))
        chances, gaps = np.linspace(low + 0.01, high - 0.01, 7), np.linspace(least + 0.01, most - 0.01, 7)
        inside = [(p, gap) for p in chances for gap in gaps if gap <= p]
        for p, difference in inside if row["words"] != "cannot occur" else []:
            finding = assess("cat", 1.0, {"cat.part": p, "dog.part": p - difference}, ("cat", "dog")).concepts[0]
            words = f"{finding.presence}, {finding.likeness}" if finding.mentioned else "not mentioned"
            assert words == row["words"], (p, difference)


def test_the_papers_examples_stand_beside_ours(study):
    sentences = {row["example"]: row for row in rules.rule_table(study).tables["sentences"]}
    assert sentences["white blanket"]["ours"] == "It might be a cat, but I am not sure."
    assert "something like a dog's eyes" in sentences["golden retriever"]["ours"]


def test_a_space_is_told_with_its_neurons(study):
    found = spaces.ITEMS["fig-3a"](study)
    detail = space_detail(study.project, "cat.eyes")
    assert [row["channel"] for row in found.tables["ssns"]] == list(detail.summary.channels)
    assert found.ours["masked images"] == 6
    assert set(found.figures) == {"fig-3a"}
    assert found.note == ""


def test_all_distributions_are_told(study):
    found = spaces.all_distributions(study)
    assert [row["space"] for row in found.tables["spaces"]] == ["cat.eyes", "cat.nose", "dog.eyes", "dog.nose"]
    r2 = {row["space"]: row["R²"] for row in found.tables["spaces"]}
    assert r2["dog.nose"] == distribution_detail(study.project, "dog.nose").r2
    assert found.ours["lowest R²"] == min(r2.values())


def test_a_thinned_plot_keeps_its_ends(study):
    found = distribution_detail(study.project, "cat.eyes")
    points = spaces.normal_plot(found, "#0072B2").data[0]
    assert (points.y[0], points.y[-1]) == (found.ordered[0], found.ordered[-1])
    assert len(points.x) <= spaces.MAX_POINTS


def test_without_another_network_the_own_one_plays_its_part(study):
    assert spaces._another(study) is study
    assert "only network" in spaces._role_of(study, study)


def test_blankets_are_white_cloth_and_the_same_again():
    first, again = blankets(1, 2), blankets(1, 2)
    assert first[0].shape == (SIDE, SIDE, 3)
    assert first[0].dtype == np.uint8
    np.testing.assert_array_equal(first[1], again[1])
    drawn = np.stack(blankets(0))
    assert len(drawn) == COUNT
    assert drawn.mean() > 140
    assert (drawn.max(axis=3).astype(int) - drawn.min(axis=3)).mean() < 30


def test_a_hybrid_is_half_of_each():
    upper, lower = np.zeros((4, 6, 3), dtype=np.uint8), np.full((8, 8, 3), 255, dtype=np.uint8)
    joined = strangers._joined(upper, lower)
    assert joined.shape == upper.shape
    assert not joined[:2].any()
    assert (joined[2:] == 255).all()


def test_automatic_spaces_are_asked_for_and_not_made(study):
    with pytest.raises(SpaceError, match="sxai proto name"):
        automatic.automatic_spaces(study)
    assert all("auto-" not in space.full_name for space in study.project.catalogue.spaces())


def test_spaces_found_without_a_person_do_not_stand_for_the_papers(reproduced):
    _, out, _, _ = reproduced
    automatic_ones, masked = (
        set(pd.read_csv(out / f"{name}-spaces.csv")["space"]) for name in ("as-fig-3", "suppl-fig-5")
    )
    assert automatic_ones == {"cat.auto-part", "dog.auto-part"}
    assert masked.isdisjoint(automatic_ones)


def test_both_ways_to_spaces_stand_side_by_side(reproduced):
    _, out, _, _ = reproduced
    for item, owner in (("as-suppl-fig-3", "dog"), ("as-suppl-fig-4", "cat")):
        found = set(pd.read_csv(out / f"{item}-spaces.csv")["space"])
        assert found == {f"{owner}.{name}" for name in ("auto-part", "eyes", "nose", "ears", "legs")}


def test_spaces_of_one_kind_alone_are_not_compared(study):
    with pytest.raises(SpaceError, match="no space of an automatic concept yet; run: sxai proto name"):
        automatic.common_traits_beside(study, "as-suppl-fig-4", 0)


@pytest.fixture
def quick(spaced_project):
    return Study.of(spaced_project, amounts=SHORT, pictures=True)


def test_parts_and_views_are_told_as_the_page_explains_them(quick):
    views, parts = strangers.half_seen(quick), strangers.telling_parts(quick)
    explainer = Explainer.of(quick.project, quick.model)
    image = quick.project.catalogue.images(class_name="cat", split="val")[0]
    pixels = read_canvas(quick.project, image)
    whole, below, *_ = views.tables["views"]
    assert whole["sentence"] == explainer.explain(pixels, "whole").assessment.sentence
    again = explainer.explain(np.ascontiguousarray(pixels[len(pixels) // 2 :]), "lower half")
    assert (below["Δmax"], below["confidence"]) == (again.assessment.largest or 0.0, again.confidence)
    own = {seen.name: seen.pcs for seen in explainer.explain(pixels, "cat").concepts if seen.name.startswith("cat.")}
    assert {f"cat.{row['concept']}": row["PCS"] for row in parts.tables["parts"] if row["species"] == "cat"} == own
    assert set(views.pictures) == {"as-fig-6a"}
    assert set(parts.pictures) == {"as-fig-5c"}


def test_one_picture_of_each_class_is_judged_among_all(quick):
    found = strangers.among_many(quick)
    rows = found.tables["pictures"]
    assert [row["picture of"] for row in rows] == list(prototypes_in_use(quick.project, quick.model).classes)
    assert found.ours["right by prototypes"] == sum(row["by prototypes"] == row["picture of"] for row in rows)
    for row in rows:
        image = quick.project.catalogue.images(class_name=row["picture of"], split="val")[0]
        seen = Explainer.of(quick.project, quick.model).explain(read_canvas(quick.project, image), "again")
        assert seen.with_hsv[row["closest"]] == max(seen.with_hsv.values())


def test_filters_are_told_with_what_they_follow(quick):
    rows = automatic.filters(quick).tables["filters"]
    found = prototypes_in_use(quick.project, quick.model)
    fullest = sum(found.ranks(name)[0] for name in found.classes)
    used = np.any([found.ranks(name)[1] >= 0 for name in found.classes], axis=0)
    assert [fullest[row["filter"]] for row in rows] == sorted(fullest[used], reverse=True)[: automatic.LISTED_FILTERS]
    for row in rows:
        for name in found.classes:
            _, assigned, ids = found.ranks(name)
            at = assigned[row["filter"]]
            assert row[name] == (ids[at] if at >= 0 else "none")


def test_a_concept_is_its_own_counterpart(quick):
    found = automatic.prototypes_of(quick)
    for concept in found.concepts:
        assert automatic._counterpart(quick, found, concept, found).id == concept.id


def test_orthogonality_stands_beside_that_of_spaces_masked_by_hand(quick):
    found = automatic.orthogonality(quick)
    each = []
    for owner in ("cat", "dog"):
        eyes, nose = (space_detail(quick.project, f"{owner}.{part}").difference for part in ("eyes", "nose"))
        each.append(abs(eyes @ nose) / np.linalg.norm(eyes) / np.linalg.norm(nose))
    assert found.ours["masked by hand"] == pytest.approx(np.mean(each))
    assert [row["loss"] for row in found.tables["orthogonality"]][-1] == "masked by hand"
    assert set(found.pictures) == {"as-fig-7c"}


def test_changes_are_measured_on_the_picture_that_is_shown(quick):
    found = automatic.modifications(quick)
    pixels = read_canvas(quick.project, quick.images["cat"][0])
    measured = {row["change"]: row["mean change of a pixel"] for row in found.tables["changes"]}
    assert set(measured) == set(CHANGES)
    assert measured["brightness"] == np.abs(CHANGES["brightness"](pixels).astype(int) - pixels).mean()
    assert set(found.pictures) == {"as-suppl-fig-1"}
