"""Semantic vectors of a small demo: against the definition over its features, and what is kept and refused."""

import numpy as np
import pytest
from PIL import Image

from sxai.errors import SpaceError, UnknownName
from sxai.networks.verbs.features import features_of
from sxai.networks.verbs.networks import load_network, model_record
from sxai.search.verbs.search import save_search
from sxai.vectors.perturbation import WAYS
from sxai.vectors.vectors import Gate, precision_at, quantile_zero, semantic_vector
from sxai.vectors.verbs import pointing_game as game
from sxai.vectors.verbs.checks import known_tests, vector_tests
from sxai.vectors.verbs.pointing_game import class_saliency, pointing_game, two_in_one
from sxai.vectors.verbs.tests import colour_role, grey, perturbation_table
from sxai.vectors.verbs.vectors import attributes, diversity_accuracy, semantic_vectors, stored_vectors


def features(project, images):
    record = model_record(project)
    return features_of(project, record, load_network(project, record), images).features


def test_vectors_are_those_of_the_definition(demo_project):
    found = semantic_vectors(demo_project, n=500)
    images = {
        name: [one for one in demo_project.catalogue.images(class_name=name) if one.split != "val"]
        for name in found.words
    }
    values = {name: features(demo_project, chosen) for name, chosen in images.items()}
    groups = [name for name, table in values.items() for _ in table]
    zero = quantile_zero(np.concatenate(list(values.values())), groups, 0.9)
    np.testing.assert_allclose(found.zero, zero)
    for concept in found.concepts:
        expected = semantic_vector(concept.name, values[concept.name] > zero)
        np.testing.assert_allclose(concept.vector, expected.vector, atol=1e-12)
        assert concept.diversity == pytest.approx(expected.diversity)
    assert found.words == ("cat", "dog")
    assert all(row.precision > 0.9 for row in found.retrieval(5))
    for row in found.retrieval(5):
        assert row.by_cosine == precision_at(
            found.similarity[~found.made, found.words.index(row.name)],
            found.labels[~found.made] == found.words.index(row.name),
            5,
        )


def test_the_same_vectors_are_not_made_twice_and_others_are(demo_project):
    first, again = semantic_vectors(demo_project), semantic_vectors(demo_project)
    assert again.created == first.created
    paper = semantic_vectors(demo_project, level=0.0)
    assert (paper.level, paper.threshold) == (0.0, 0.5)
    assert (paper.zero == 0).all()
    assert [one.level for one in stored_vectors(demo_project)] == [0.0, 0.9]


def test_a_set_says_all_about_its_concepts(demo_project):
    found = semantic_vectors(demo_project)
    told = found.summary()
    assert told["concepts"][0]["images"] == found.concept("cat").n
    assert told["relevance"][0][1] == pytest.approx(found.others("cat")[0][1])
    assert len(told["merges"]) == 1
    near = found.nearest("dog", 4)
    assert [value for _, value in near] == sorted((value for _, value in near), reverse=True)
    assert {demo_project.catalogue.image(image_id).split for image_id, _ in near} == {"val"}
    with pytest.raises(UnknownName, match="cat, dog"):
        found.concept("cow")


def test_positions_of_a_layer_are_units_too(demo_project):
    found = semantic_vectors(demo_project, tap="relu4_2", n=8)
    assert found.tap == "relu4_2"
    assert len(found.zero) == 128 * 12 * 12
    assert not found.gates
    with pytest.raises(SpaceError, match="without --tap"):
        perturbation_table(demo_project, found)


def test_saved_searches_are_concepts(demo_project):
    save_search(demo_project, "sure cats", "p(cat) > 0.9")
    save_search(demo_project, "nothing", "p(cat) > 0.99 and p(dog) > 0.99")
    found = semantic_vectors(demo_project, "searches")
    assert found.words == ("sure cats",)


def test_a_folder_is_a_set_of_attributes(demo_project, tmp_path):
    rng = np.random.default_rng(0)
    for name, colour in {"red": (200, 30, 30), "striped": (90, 90, 90)}.items():
        (tmp_path / "looks" / name).mkdir(parents=True)
        for at in range(4):
            pixels = np.clip(np.array(colour) + rng.normal(0, 8, (64, 64, 3)), 0, 255).astype(np.uint8)
            if name == "striped":
                pixels[:, (np.arange(64) // 4) % 2 == 0] = 240
            Image.fromarray(pixels).save(tmp_path / "looks" / name / f"{at}.png")
    found = semantic_vectors(demo_project, str(tmp_path / "looks"), level=0.5)
    assert (found.source, found.words) == ("looks", ("red", "striped"))
    assert (found.made.sum(), (~found.made).sum()) == (4, 4)
    picture = (tmp_path / "looks" / "striped" / "1.png").read_bytes()
    best, cosine, standing = attributes(demo_project, found, picture)[0]
    assert best == "striped"
    assert 0 <= standing <= 1
    assert cosine == pytest.approx(found.similarity[list(found.names).index("striped/1.png"), 1], abs=1e-5)
    assert attributes(demo_project, found, demo_project.catalogue.images(limit=1)[0].id)
    assert str(tmp_path) not in str(found.parameters)


def test_nothing_to_make_vectors_of_is_said(demo_project, empty_project):
    with pytest.raises(UnknownName, match="no data set 'zoo'"):
        semantic_vectors(demo_project, dataset="zoo")
    with pytest.raises(SpaceError, match="no concept of searches"):
        semantic_vectors(demo_project, "searches")
    with pytest.raises(UnknownName, match="model add"):
        semantic_vectors(empty_project)


def test_all_tests_are_kept_and_known(demo_project):
    found = semantic_vectors(demo_project)
    assert known_tests(demo_project, found) is None
    made = vector_tests(demo_project, composites=3)
    known = known_tests(demo_project, found)
    assert known is not None
    assert known.summary() == made.summary()
    assert set(known.table.total) == set(WAYS)
    assert known.table.total["SeVec"].n == (~found.made).sum()
    assert known.table.total["SeVec"].value > known.table.total["permuted SeVec"].value
    assert {row.name for row in known.colour.classes} == {"cat", "dog"}
    assert known.colour.accuracy >= known.colour.grey_accuracy
    game = known.game
    assert game is not None
    assert game.n == 3
    for gain in game.gains.values():
        np.testing.assert_allclose(gain.gain, gain.gated - gain.plain)
    rows, related = diversity_accuracy(demo_project, found)
    assert [row.name for row in rows] == ["cat", "dog"]
    assert related.r is None


def test_a_stopped_game_goes_on_where_it_was(demo_project, monkeypatch):
    monkeypatch.setattr(game, "BLOCK", 2)
    found = semantic_vectors(demo_project)
    whole = pointing_game(demo_project, found, 3)
    monkeypatch.setattr(game._Block, "_played", lambda *_: pytest.fail("played again"))
    seen = []
    again = pointing_game(demo_project, found, 3, progress=lambda stage, done, total, detail=None: seen.append(done))
    assert again.summary() == whole.summary()
    assert seen == [0, 2, 3]


def test_another_gate_plays_only_what_it_changes(demo_project, monkeypatch):
    found = semantic_vectors(demo_project)
    first = pointing_game(demo_project, found, 2)
    methods = []
    played = game.saliency
    monkeypatch.setattr(game, "saliency", lambda *given: methods.append((given[3], given[4] is None)) or played(*given))
    other = pointing_game(demo_project, found, 2, gate=Gate(share=0.3))
    assert set(methods) == {("guided-backprop", False), ("gradient-input", False)}
    for key, gain in other.gains.items():
        np.testing.assert_array_equal(gain.plain, first.gains[key].plain)


def test_a_gate_that_no_unit_passes_is_refused(demo_project):
    found = semantic_vectors(demo_project)
    with pytest.raises(SpaceError, match="lower the gate"):
        class_saliency(demo_project, found, found.nearest("cat", 1)[0][0], ["cat"], gate=Gate(rate=1.0))


def test_two_classes_on_one_picture(demo_project):
    found = semantic_vectors(demo_project)
    cat, dog = found.nearest("cat", 1)[0][0], found.nearest("dog", 1)[0][0]
    pixels = two_in_one(demo_project, cat, dog)
    shown = class_saliency(demo_project, found, pixels, ["cat", "dog"])
    assert shown.pixels.shape == (256, 256, 3)
    assert set(shown.outputs) == {"cat", "dog"}
    assert len(shown.maps) == 2 * 5
    assert all(heat.shape == (256, 256) and heat.min() >= 0 for heat in shown.maps.values())
    assert not np.allclose(shown.maps["cat", "gradient-input", True], shown.maps["cat", "gradient-input", False])
    plain = class_saliency(demo_project, found, cat, methods=())
    assert max(plain.outputs, key=lambda name: plain.outputs[name]) == "cat"
    with pytest.raises(UnknownName, match="no class 'cow'"):
        class_saliency(demo_project, found, cat, ["cow"])


def test_colour_role_refuses_sets_of_no_class(demo_project):
    save_search(demo_project, "sure cats", "p(cat) > 0.9")
    with pytest.raises(SpaceError, match="sure cats is a class"):
        colour_role(demo_project, semantic_vectors(demo_project, "searches"))


def test_grey_keeps_the_brightness_of_pillow(rng):
    pixels = rng.integers(0, 256, (9, 7, 3)).astype(np.uint8)
    found = grey(pixels)
    expected = np.asarray(Image.fromarray(pixels).convert("L")).astype(int)
    assert (found[..., 0] == found[..., 2]).all()
    assert np.abs(found[..., 0].astype(int) - expected).max() <= 1
