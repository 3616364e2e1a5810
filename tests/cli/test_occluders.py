"""``sxai occlude …`` on the demo: the keys that scripts rely on, words for people, and files."""

import pytest
from PIL import Image

FEW = ("--epsilon", "0.1", "--seen", "0", "--steps", "20", "--images", "8")


@pytest.fixture
def learned(on_demo):
    """The document that learning the cat's occluder prints."""
    return on_demo("occlude", "learn", "cat", *FEW)


def test_occluders_are_learned_and_shown(learned, sxai, demo_home):
    assert {"model", "epsilon", "matched", "unmatched", "classes", "sweep", "seed", "version"} <= set(learned)
    assert set(learned["matched"]["val"]) == {"clean", "occluded", "left"}
    assert [one["class"] for one in learned["classes"]] == ["cat"]
    assert [one["epsilon"] for one in learned["sweep"]] == [0.1]
    shown = sxai("occlude", "show", "--home", demo_home)
    assert "pets, ε = 0.1: 1 occluders, 20 steps" in shown.out
    assert "becomes" in shown.out
    assert f"visible difference {learned['seen']:.2f}" in shown.out


def test_how_much_a_person_sees_can_be_limited(learned, on_demo):
    faint = on_demo("occlude", "learn", "cat", *FEW, "--seen", "0.3")
    assert faint["seen"] < 1 < learned["seen"]


def test_concepts_are_ranked(learned, on_demo, sxai, demo_home):
    document = on_demo("occlude", "rank", "cat")
    assert {"loss", "away", "together", "concepts", "channels", "agreement"} <= set(document)
    assert {one["name"] for one in document["concepts"]} == {"cat.eyes", "cat.nose", "cat.ears", "cat.legs"}
    told = sxai("occlude", "rank", "cat", "--home", demo_home, "-q")
    assert "of it by what is taken away" in told.out
    assert "random directions" in told.out


def test_a_picture_is_occluded_and_written(learned, sxai, demo_home, tmp_path):
    Image.new("RGB", (80, 60), (200, 120, 40)).save(tmp_path / "plain.png")
    told = sxai("occlude", "apply", tmp_path / "plain.png", "cat", "--out", tmp_path / "out", "--home", demo_home, "-q")
    assert told.status == 0, told.err
    assert "becomes" in told.out
    for name in ("clean", "occluded", "occluder"):
        with Image.open(tmp_path / "out" / f"{name}.png") as picture:
            assert picture.size == (96, 96)


def test_nothing_learned_yet_is_said(sxai, demo_home):
    assert "No occluders yet; run: sxai occlude learn" in sxai("occlude", "show", "--home", demo_home).out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("learn", "cow"), "tells no class 'cow'"),
        (("rank", "cat"), "no occluder is learned"),
        (("apply", "nowhere.png", "cat"), "cannot read nowhere.png"),
        (("learn", "--epsilon", "3"), "up to 1"),
    ],
)
def test_what_cannot_be_done_is_one_line(sxai, demo_home, arguments, words):
    outcome = sxai("occlude", *arguments, "--home", demo_home, "-q")
    assert outcome.status == 1
    assert words in outcome.err


def test_a_folder_that_cannot_be_written_is_said(learned, sxai, demo_home, tmp_path):
    (tmp_path / "file").write_text("in the way")
    Image.new("RGB", (80, 60)).save(tmp_path / "plain.png")
    told = sxai(
        "occlude", "apply", tmp_path / "plain.png", "cat", "--out", tmp_path / "file", "--home", demo_home, "-q"
    )
    assert told.status == 1
    assert "Choose another --out" in told.err
