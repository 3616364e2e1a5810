"""Pictures explained by automatic concepts, strangers too."""

import numpy as np
import pytest

from sxai.images.decode import encode
from sxai.images.verbs.stored import read_canvas
from sxai.prototypes.verbs.explain import explain_files, explain_image
from sxai.prototypes.verbs.names import name_concepts


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
    monkeypatch.setattr("sxai.prototypes.verbs.explain.MIN_PROBABILITY", 0.0)
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
