"""Search by meaning over a project: the same hits as numpy finds, kept, exported, and marked."""

import io
import math

import numpy as np
import pandas as pd
import pytest
import toy
from scipy import stats

from sxai.assess.verbs.assess import assess_image
from sxai.assess.verbs.gates import set_gates
from sxai.errors import ModelError, QueryError, UnknownName
from sxai.images.decode import encode, pixel_hash
from sxai.networks.verbs.networks import add_model
from sxai.overview import samples
from sxai.search.verbs.search import (
    complete_query,
    export_rows,
    mark,
    marks,
    save_search,
    saved_searches,
    search,
    unmark,
)


@pytest.fixture
def truth(spaced_project):
    """P_s and outputs of every image, one assessment at a time."""
    return [assess_image(spaced_project, image.id, keep=False) for image in spaced_project.catalogue.images()]


def ids(result):
    return [hit.image_id for hit in result.hits]


def test_hits_are_the_images_above_the_bound_the_clearest_first(spaced_project, truth):
    result = search(spaced_project, "dog.nose > 0.6")
    expected = sorted(
        (t for t in truth if t.probabilities["dog.nose"] > 0.6), key=lambda t: -t.probabilities["dog.nose"]
    )
    assert ids(result) == [t.image_id for t in expected]
    assert [hit.margin for hit in result.hits] == pytest.approx(
        [t.probabilities["dog.nose"] - 0.6 for t in expected], abs=1e-5
    )
    assert (result.total, result.considered) == (len(expected), 48)
    assert 0 < result.total < 48


def test_and_takes_the_smaller_margin(spaced_project, truth):
    result = search(spaced_project, "cat.eyes < 0.5 and p(cat) > 0.5")
    margins = {t.image_id: min(0.5 - t.probabilities["cat.eyes"], t.outputs["cat"] - 0.5) for t in truth}
    assert set(ids(result)) == {image_id for image_id, margin in margins.items() if margin > 0}
    expected = sorted((margin for margin in margins.values() if margin > 0), reverse=True)
    assert [hit.margin for hit in result.hits] == pytest.approx(expected, abs=1e-5)


def test_hits_carry_what_is_known_of_them(spaced_project, truth):
    (hit, *_) = search(spaced_project, "dog.nose > 0.6").hits
    (expected,) = [t for t in truth if t.image_id == hit.image_id]
    assert hit.probabilities == pytest.approx(expected.probabilities, abs=1e-5)
    assert hit.outputs == pytest.approx(expected.outputs, abs=1e-5)
    assert (hit.file, hit.predicted) == (expected.file, expected.predicted)
    image = spaced_project.catalogue.image(hit.image_id)
    assert (hit.class_name, hit.split) == (image.class_name, image.split)


@pytest.mark.parametrize(
    ("query", "filters"),
    [
        ("split = val", {"split": "val"}),
        ("true = dog", {"class_name": "dog"}),
        ("dataset = others", {"dataset": "others"}),
    ],
)
def test_labels_find_what_the_catalogue_finds(spaced_project, query, filters):
    result = search(spaced_project, query, limit=None)
    assert sorted(ids(result)) == [image.id for image in spaced_project.catalogue.images(**filters)]
    assert all(hit.margin == math.inf for hit in result.hits)


def test_wrong_predictions_are_found_as_in_the_gallery(spaced_project):
    flipped = spaced_project.catalogue.images(class_name="dog", limit=3)
    spaced_project.catalogue.set_class([image.id for image in flipped], "cat")
    assert sorted(ids(search(spaced_project, "predicted != true"))) == [image.id for image in flipped]
    assert [image.id for image in samples(spaced_project, correctness="wrong").images] == [
        image.id for image in flipped
    ]


def test_pages_follow_each_other_without_gap(spaced_project):
    whole = ids(search(spaced_project, "p(cat) > 0.5", limit=None))
    pages = [ids(search(spaced_project, "p(cat) > 0.5", limit=5, offset=offset)) for offset in range(0, len(whole), 5)]
    assert [image_id for page in pages for image_id in page] == whole
    assert search(spaced_project, "p(cat) > 0.5", limit=0).total == len(whole)
    assert ids(search(spaced_project, "p(cat) > 0.5", limit=5, offset=1000)) == []


def test_new_images_are_found_at_once(spaced_project):
    before = search(spaced_project, "true = cat").considered
    toy.add_pictures(spaced_project, "cat", range(80, 83))
    assert search(spaced_project, "true = cat").considered == before + 3


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("cat.eyez > 0.9", r"unknown concept 'cat\.eyez'.*cat\.eyes"),
        ("bird.eyes > 0.9", "unknown concept"),
        ("p(bird) > 0.5", "unknown class"),
        ("cat.eyes >", "expected"),
        ("cat.eyes > 0.9 and", "expected"),
        ("", "empty"),
        ("__import__('os').system('true')", ""),
        ("true = bird", "unknown class"),
    ],
)
def test_broken_and_unknown_queries_are_explained(spaced_project, query, said):
    with pytest.raises(QueryError, match=rf"(?s){said}"):
        search(spaced_project, query)


def test_a_broken_query_is_told_before_anything_is_computed(toy_project):
    add_model(toy_project, "raw", "toy:body")
    with pytest.raises(QueryError):
        search(toy_project, "cat.eyes >")
    with pytest.raises(ModelError):
        search(toy_project, "cat.eyes > 0.1")


def test_completion_offers_concepts_classes_and_functions(spaced_project):
    assert complete_query(spaced_project, "dog.n") == ["dog.nose"]
    assert "cat.eyes" in complete_query(spaced_project, "cat.eyes > 0.2 and ")
    assert set(complete_query(spaced_project, "p(")) == {"cat", "dog"}
    assert complete_query(spaced_project, "dog.n > 0.3", cursor=5) == ["dog.nose"]


def test_a_saved_search_keeps_its_count(spaced_project):
    kept = save_search(spaced_project, "noses", "dog.nose > 0.6")
    assert (kept.name, kept.query, kept.total) == (
        "noses",
        "dog.nose > 0.6",
        search(spaced_project, "dog.nose > 0.6").total,
    )
    save_search(spaced_project, "cats", "true = cat")
    assert [record.name for record in saved_searches(spaced_project)] == ["cats", "noses"]


def test_saving_under_a_name_again_takes_its_place(spaced_project):
    save_search(spaced_project, "mine", "true = cat")
    kept = save_search(spaced_project, "mine", "true = dog")
    assert [(record.id, record.query) for record in saved_searches(spaced_project)] == [(kept.id, "true = dog")]


def test_a_broken_search_is_not_saved(spaced_project):
    save_search(spaced_project, "mine", "true = cat")
    with pytest.raises(QueryError):
        save_search(spaced_project, "mine", "true = ")
    assert [record.query for record in saved_searches(spaced_project)] == ["true = cat"]


def test_an_export_holds_every_hit_with_all_its_numbers(spaced_project):
    table = export_rows(spaced_project, "p(cat) > 0.5")
    hits = search(spaced_project, "p(cat) > 0.5", limit=None).hits
    assert len(table) == len(hits) > 0
    assert list(table["file"]) == [hit.file for hit in hits]
    for name in ("cat.eyes", "cat.nose", "dog.eyes", "dog.nose"):
        assert list(table[name]) == [hit.probabilities[name] for hit in hits]
    assert list(table["p(cat)"]) == [hit.outputs["cat"] for hit in hits]


def test_an_export_survives_csv(spaced_project):
    table = export_rows(spaced_project, "p(cat) > 0.5")
    again = pd.read_csv(io.StringIO(table.to_csv(index=False)))
    pd.testing.assert_frame_equal(again, table, check_dtype=False)


def test_an_export_survives_parquet(spaced_project):
    pytest.importorskip("pyarrow")
    table = export_rows(spaced_project, "p(cat) > 0.5 or true = dog")
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    pd.testing.assert_frame_equal(pd.read_parquet(io.BytesIO(buffer.getvalue())), table)


def test_an_export_without_hits_still_has_its_columns(spaced_project):
    nothing = export_rows(spaced_project, "cat.eyes > 1.9")
    assert len(nothing) == 0
    assert list(nothing.columns) == list(export_rows(spaced_project, "p(cat) > 0.5").columns)


def test_marks_are_put_on_and_taken_off(spaced_project):
    first, second, third = (image.id for image in spaced_project.catalogue.images(limit=3))
    assert mark(spaced_project, [first, second], "bad sample", note="blurred") == 2
    mark(spaced_project, [first], "bad sample", note="dark")
    mark(spaced_project, [first], "favourite")
    assert marks(spaced_project, first) == ["bad sample", "favourite"]
    assert [record.note for record in spaced_project.catalogue.marks(first, "bad sample")] == ["dark"]
    assert [image.id for image in samples(spaced_project, mark="bad sample").images] == [first, second]
    unmark(spaced_project, [first, third], "bad sample")
    assert (marks(spaced_project, first), marks(spaced_project, second)) == (["favourite"], ["bad sample"])


def test_marking_an_unknown_image_marks_none(spaced_project):
    known = spaced_project.catalogue.images(limit=1)[0].id
    with pytest.raises(UnknownName, match="4711"):
        mark(spaced_project, [known, 4711], "bad sample")
    assert marks(spaced_project, known) == []


def auc(values, truth):
    """Area under ROC through the rank-sum statistic."""
    values, truth = np.asarray(values), np.asarray(truth, dtype=bool)
    return stats.mannwhitneyu(values[truth], values[~truth]).statistic / (truth.sum() * (~truth).sum())


@pytest.mark.parametrize("concept", ["cat.eyes", "cat.nose", "dog.eyes", "dog.nose"])
def test_probabilities_tell_toys_with_the_part_from_those_without(spaced_project, concept):
    class_name, part = concept.split(".")
    presence = spaced_project.catalogue.part_presence(part, class_name)
    found = search(spaced_project, f"true = {class_name}", limit=None).hits
    assert auc([h.probabilities[concept] for h in found], [presence[h.image_id] for h in found]) > 0.8


def test_probabilities_tell_drawn_pets_with_eyes_from_those_without(demo_project):
    for class_name in ("cat", "dog"):
        presence = demo_project.catalogue.part_presence("eyes", class_name)
        found = search(demo_project, f"true = {class_name}", limit=None).hits
        values = [hit.probabilities[f"{class_name}.eyes"] for hit in found]
        assert auc(values, [presence[hit.image_id] for hit in found]) > 0.8


def test_unfamiliar_images_are_those_that_their_assessment_calls_so(spaced_project):
    noise = np.random.default_rng(0).integers(0, 256, (toy.SIDE, toy.SIDE, 3)).astype(np.uint8)
    source = spaced_project.catalogue.add_dataset("odd", "drawn by the test")
    file = spaced_project.artefacts.write("images", ".png", encode(noise, "png"))
    odd, _ = spaced_project.catalogue.add_image(
        source, None, "reference", pixel_hash(noise), file, "noise.png", toy.SIDE, toy.SIDE, "PNG"
    )
    said = {image.id: assess_image(spaced_project, image.id, keep=False) for image in spaced_project.catalogue.images()}
    expected = {image_id for image_id, one in said.items() if not one.familiarity.familiar}
    assert odd in expected
    assert set(ids(search(spaced_project, "unfamiliar", limit=None))) == expected
    assert {image.id for image in samples(spaced_project, correctness="unfamiliar", per_page=100).images} == expected
    cats = samples(spaced_project, correctness="unfamiliar", query="true = cat", per_page=100).images
    assert {image.id for image in cats} == {i for i in expected if i in ids(search(spaced_project, "true = cat", None))}
    set_gates(spaced_project, paper=True)
    with pytest.raises(QueryError, match="familiarity is not known"):
        search(spaced_project, "unfamiliar")
