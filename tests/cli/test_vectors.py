"""``sxai vector …`` on the demo: the keys that scripts rely on, and words for people."""

import pytest


def test_vectors_are_made_and_shown(on_demo, sxai, demo_home):
    document = on_demo("vector", "make", "--n", "60")
    assert {"model", "source", "tap", "level", "threshold", "concepts", "relevance", "merges"} <= set(document)
    assert [concept["name"] for concept in document["concepts"]] == ["cat", "dog"]
    assert document["concepts"][0]["retrieval"]["k"] == 20
    shown = sxai("vector", "show", "--home", demo_home)
    assert "active above its 0.9 quantile" in shown.out
    assert "mean precision@20" in shown.out


def test_tests_and_colour_are_told(on_demo):
    tested = on_demo("vector", "test")
    assert set(tested["perturbations"]["total"]) == {
        *("associated neuron", "random neuron", "SeVec", "permuted SeVec"),
        *("step along SeVec", "step along permuted SeVec"),
    }
    assert tested["diversity"]["r"] is None
    assert {"accuracy", "grey_accuracy", "classes"} <= set(on_demo("vector", "colour"))


def test_a_picture_and_a_game(on_demo, sxai, demo_home, tmp_path):
    from PIL import Image

    Image.new("RGB", (80, 60), (200, 120, 40)).save(tmp_path / "plain.png")
    said = on_demo("vector", "attributes", tmp_path / "plain.png")
    assert {row["concept"] for row in said["attributes"]} == {"cat", "dog"}
    game = sxai("vector", "game", "--n", "1", "--home", demo_home, "-q")
    assert game.status == 0, game.err
    assert "1 composites in pets, gate: the 3 % of units" in game.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("attributes", "nowhere.png"), "nowhere.png"), (("make", "--from", "nowhere/"), "no file or folder")],
)
def test_what_is_not_there_is_one_line(sxai, demo_home, arguments, words):
    outcome = sxai("vector", *arguments, "--home", demo_home, "-q")
    assert outcome.status == 1
    assert words in outcome.err
