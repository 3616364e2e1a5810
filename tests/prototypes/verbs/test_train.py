"""Automatic concepts of the toy project: found, named, masked, explained; kept and forgotten as they should be."""

import shutil

import numpy as np
import pytest

from sxai.errors import SpaceError, UnknownName
from sxai.images.decode import encode
from sxai.images.verbs.stored import read_canvas
from sxai.masks.mask import decode_rle
from sxai.networks.verbs import maps as mapping_module
from sxai.networks.verbs.maps import map_reading
from sxai.networks.verbs.networks import load_network, model_record
from sxai.project.project import Project
from sxai.prototypes.outlines import Outline
from sxai.prototypes.training import similarity_maps
from sxai.prototypes.verbs.explain import explain_files, explain_image
from sxai.prototypes.verbs.names import masks_from_prototypes, name_concepts, propose_names
from sxai.prototypes.verbs.outlines import seen_box
from sxai.prototypes.verbs.regions import concept_examples, concept_map, concept_region, highlighted, spread
from sxai.prototypes.verbs.sensitivity import perceptual_sensitivity
from sxai.prototypes.verbs.train import prototypes_in_use, stored_prototypes, train_concepts
from sxai.spaces.verbs.extract import extract_spaces

QUICK = {"per_class": 3, "rounds": 1, "joint": 2, "images": 8}


@pytest.fixture(scope="session")
def trained_template(toy_template, tmp_path_factory):
    """The toy project after one quick training."""
    home = shutil.copytree(toy_template, tmp_path_factory.mktemp("toys-trained") / "home")
    with Project.open(home, device="cpu") as project:
        train_concepts(project, **QUICK)
    return home


@pytest.fixture
def trained_ws(trained_template, tmp_path):
    with Project.open(shutil.copytree(trained_template, tmp_path / "trained"), device="cpu") as project:
        yield project


@pytest.fixture
def found(trained_ws):
    return prototypes_in_use(trained_ws)


def test_what_is_found(trained_ws, found):
    assert found.classes == ("cat", "dog")
    assert sum(len(one.members) for one in found.concepts) == 6
    assert found.images == len(found.parameters["image_ids"]["cat"]) + len(found.parameters["image_ids"]["dog"])
    assert 0 <= found.accuracy["val"] <= 1
    assert all(one.name is None for one in found.concepts)
    for class_name in found.classes:
        shares = [one.share for one in found.concepts if one.class_name == class_name]
        assert sum(shares) in (0, pytest.approx(1))
        effective, assigned, ids = found.ranks(class_name)
        assert len(effective) == len(assigned)
        assert assigned.max() < len(ids)


def test_it_is_kept_and_read_back(trained_ws, found, monkeypatch):
    def refuse(*arguments, **settings):
        raise AssertionError("trained again")

    monkeypatch.setattr("sxai.prototypes.verbs.train.train_prototypes", refuse)
    again = train_concepts(trained_ws, **QUICK)
    assert again.key == found.key
    np.testing.assert_array_equal(again.basis(), found.basis())


def test_the_training_asked_for_last_is_in_use(trained_ws, found, monkeypatch):
    other = train_concepts(trained_ws, **{**QUICK, "per_class": 2})
    assert prototypes_in_use(trained_ws).key == other.key
    train_concepts(trained_ws, **QUICK)
    assert prototypes_in_use(trained_ws).key == found.key


def test_maps_are_read_once(trained_ws, found, monkeypatch):
    read = []
    real = mapping_module.maps_of_pictures
    monkeypatch.setattr(mapping_module, "maps_of_pictures", lambda *given: read.append(given) or real(*given))
    train_concepts(trained_ws, **{**QUICK, "per_class": 2})
    assert read == []


def test_nothing_yet(toy_project):
    assert stored_prototypes(toy_project) is None
    with pytest.raises(SpaceError, match="sxai proto train"):
        prototypes_in_use(toy_project)
    with pytest.raises(UnknownName, match="horse"):
        train_concepts(toy_project, classes=["cat", "horse"])
    with pytest.raises(SpaceError, match="two classes"):
        train_concepts(toy_project, classes=["cat"])
    with pytest.raises(SpaceError, match="orthonormal"):
        train_concepts(toy_project, per_class=300)
    with pytest.raises(SpaceError, match="coarse"):
        map_reading(load_network(toy_project, model_record(toy_project)), "coarse")


def test_names_merge_drop_and_stay(trained_ws, found):
    cats = [one.id for one in found.concepts if one.class_name == "cat"]
    name_concepts(trained_ws, {cats[0]: "eyes"})
    named = name_concepts(trained_ws, {cats[1]: ""})
    assert named.concept(cats[0]).name == "eyes"
    assert cats[1] not in [one.id for one in named.of_class("cat")]
    with pytest.raises(UnknownName):
        name_concepts(trained_ws, {"cat:99": "eyes"})
    with pytest.raises(SpaceError, match="dot"):
        name_concepts(trained_ws, {cats[0]: "cat.eyes"})


def test_proposals_are_parts_that_were_masked_by_people(trained_ws, found):
    for one in propose_names(trained_ws):
        assert one.name in {"eyes", "nose"}
        assert one.share >= 0.4
        assert one.share >= 3 * one.chance
        assert found.concept(one.id)


def test_masks_feed_spaces_and_leave_those_of_people_alone(trained_ws, found):
    with pytest.raises(SpaceError, match="no automatic concept has a name"):
        masks_from_prototypes(trained_ws)
    cat = next(one for one in found.concepts if one.class_name == "cat")
    name_concepts(trained_ws, {cat.id: "eyes"})
    made = masks_from_prototypes(trained_ws, n=6)
    assert set(made.masks) == {"cat.auto-eyes"}
    masks = trained_ws.catalogue.masks(class_name="cat", concept="auto-eyes")
    assert len(masks) == made.masks["cat.auto-eyes"] >= 3
    assert {mask.source for mask in masks} == {"auto"}
    assert all(decode_rle(mask.rle).any() for mask in masks)
    assert masks_from_prototypes(trained_ws, n=6).masks == made.masks
    assert extract_spaces(trained_ws, ["cat.auto-eyes"]).spaces[0].n_masks == len(masks)
    [(name, why)] = masks_from_prototypes(trained_ws, prefix="").skipped
    assert name == "cat.eyes"
    assert "not found automatically" in why


def test_importance_is_shared_among_concepts_that_have_a_name(trained_ws, found):
    cats = found.of_class("cat")
    image = trained_ws.catalogue.images(class_name="cat", limit=1)[0]
    unnamed = {one.name: one.share for one in explain_image(trained_ws, image.id).concepts}
    for class_name in found.classes:
        assert sum(share for name, share in unnamed.items() if name.startswith(class_name)) in (0, pytest.approx(1))
    name_concepts(trained_ws, {cats[0].id: "ears", cats[1].id: "nose"})
    named = {one.name: one.share for one in explain_image(trained_ws, image.id).concepts}
    whole = cats[0].share + cats[1].share
    assert named == {"cat.ears": pytest.approx(cats[0].share / whole), "cat.nose": pytest.approx(cats[1].share / whole)}


def test_more_members_do_not_make_a_concept_more_probable(trained_ws, found):
    cats = found.of_class("cat")[:2]
    images = trained_ws.catalogue.images(ids=found.parameters["image_ids"]["cat"])
    names = [f"cat.{one.id.rpartition(':')[2]}" for one in cats]
    apart = np.array([[explained(trained_ws, image)[name].probability for name in names] for image in images])
    name_concepts(trained_ws, {one.id: "ears" for one in cats})
    merged = np.array([explained(trained_ws, image)["cat.ears"].probability for image in images])
    assert merged.mean() == pytest.approx(apart.mean(), abs=0.15)
    assert merged.mean() < apart.max(axis=1).mean() - 0.02, "the clearer of two is clear more often than either"


def explained(project, image):
    return {one.name: one for one in explain_image(project, image.id).concepts}


def test_a_stranger_is_only_like_what_has_a_region_in_the_picture(trained_ws, found, monkeypatch):
    image = trained_ws.catalogue.images(class_name="cat", limit=1)[0]
    monkeypatch.setattr("sxai.prototypes.verbs.explain.MIN_LIKENESS", 0.0)
    assert explain_image(trained_ws, image.id).likenesses
    nowhere = lambda found, concept, maps, pixels, fit: np.zeros(pixels.shape[:2], bool)  # noqa: E731
    monkeypatch.setattr("sxai.prototypes.verbs.explain.concept_region", nowhere)
    assert explain_image(trained_ws, image.id).likenesses == ()


def test_a_picture_explained(trained_ws, found, tmp_path):
    name_concepts(trained_ws, {one.id: f"part{one.id[-1]}" for one in found.concepts})
    image = trained_ws.catalogue.images(class_name="cat", limit=1)[0]
    one = explain_image(trained_ws, image.id)
    assert one.predicted in found.classes
    assert set(one.similarity) == set(one.with_hsv) == set(found.classes)
    assert all(one.with_hsv[name] <= one.similarity[name] + 1e-6 for name in found.classes)
    for seen in one.concepts:
        assert seen.pcs == pytest.approx(2 * np.clip(seen.probability, 0, 1) * seen.share)
        assert one.regions[seen.name].mean() == pytest.approx(seen.area)
    for class_name in found.classes:
        shares = [seen.share for seen in one.concepts if seen.name.startswith(f"{class_name}.")]
        assert sum(shares) in (0, pytest.approx(1)), "a class's named concepts share its importance"
    words = [like.concept for like in one.likenesses]
    assert len(words) == len(set(words))
    (tmp_path / "own.png").write_bytes(encode(read_canvas(trained_ws, image), "png"))
    outside = explain_files(trained_ws, [tmp_path / "own.png", tmp_path / "own.png"], scale=1.0).summary()
    assert [row["sentence"] != "" for row in outside["images"]] == [True, True]
    assert outside["images"][0]["similarity"] == pytest.approx(one.similarity, abs=1e-5)


def test_sensitivity_is_kept_until_names_change(trained_ws, found):
    assert perceptual_sensitivity.known(trained_ws, n=3) is None
    measured = perceptual_sensitivity(trained_ws, n=3)
    assert set(next(iter(measured.falls.values()))) == {
        "hue",
        "brightness",
        "contrast",
        "saturation",
        "shape",
        "texture",
    }
    kept = perceptual_sensitivity.known(trained_ws, n=3)
    assert kept is not None
    assert kept.summary() == measured.summary()
    name_concepts(trained_ws, {found.concepts[0].id: "eyes"})
    assert perceptual_sensitivity.known(trained_ws, n=3) is None


def test_examples_show_the_region_and_pale_the_rest(trained_ws, found):
    tiles = concept_examples(trained_ws, found, found.concepts[0].id, most=2)
    assert [tile.shape for tile in tiles] == [(40, 40, 3)] * 2
    pixels = np.full((4, 4, 3), (200, 10, 10), np.uint8)
    inside = np.zeros((4, 4), bool)
    inside[0, 0] = True
    shown = highlighted(pixels, [inside])
    assert shown[0, 0].tolist() == [200, 10, 10]
    assert len(set(shown[1, 1].tolist())) == 1
    np.testing.assert_array_equal(highlighted(pixels, []), pixels)


def test_a_cropped_network_sees_the_middle_only():
    whole = spread(np.ones((2, 2)), (4, 8), "crop")
    assert (whole[:, :2] == -1).all()
    assert (whole[:, 2:6] == 1).all()
    assert spread(np.ones((2, 2)), (4, 8), "squash").min() == 1


def test_outlines_are_kept_and_drawn(trained_ws, found, monkeypatch):
    def learned(maps, pictures, similarity, *others):
        assert len(pictures) == len(maps) == len(similarity[0])
        first = Outline(np.full(maps.shape[1], 0.1, np.float32), 0.5, 0.6, 0.2, 0.9)
        return [first, *[None] * (len(similarity) - 1)]

    monkeypatch.setattr("sxai.prototypes.verbs.outlines.learn_outlines", learned)
    train_concepts(trained_ws, **{**QUICK, "per_class": 2})
    again = prototypes_in_use(trained_ws)
    record = model_record(trained_ws, None)
    network = load_network(trained_ws, record)
    [image] = trained_ws.catalogue.images(ids=again.parameters["image_ids"]["cat"][:1])
    [maps] = mapping_module.maps_of(trained_ws, record, network, [image], again.reading)
    pixels = read_canvas(trained_ws, image)
    similarity = similarity_maps(again.proto, maps[None])
    for concept in again.concepts:
        outline = again.outline(concept)
        first = concept.id.endswith(":0")
        assert (outline is not None) == first
        shown = outline.map(maps) if first else again.maps(concept, similarity)[0]
        if first:
            assert (outline.offset, outline.cut, outline.threshold, outline.fit) == (0.5, 0.6, 0.2, 0.9)
            np.testing.assert_allclose(shown, maps.sum(axis=0, dtype=np.float32) / 10 + 0.5, rtol=1e-3)
        drawn = concept_map(again, concept, maps, pixels.shape[:2], "squash")
        np.testing.assert_array_equal(drawn, spread(shown, pixels.shape[:2], "squash"))
        assert concept_region(again, concept, maps, pixels, "squash").shape == pixels.shape[:2]


@pytest.mark.parametrize(
    ("asked", "cut"), [({}, "outline"), ({"resolution": "maps"}, "half"), ({"cut": "percentile"}, "percentile")]
)
def test_coarse_maps_have_no_outlines_and_a_person_may_say_otherwise(trained_ws, found, asked, cut):
    other = train_concepts(trained_ws, **{**QUICK, **asked})
    assert other.rule.cut == cut
    assert cut == "outline" or not any(one.outline for one in other.concepts)


def test_a_network_that_crops_sees_the_middle():
    pixels = np.arange(2 * 6 * 3, dtype=np.uint8).reshape(2, 6, 3)
    np.testing.assert_array_equal(pixels[seen_box(pixels.shape, "crop")], pixels[:, 2:4])
    np.testing.assert_array_equal(pixels[seen_box(pixels.shape, "squash")], pixels)
