"""``sxai proto …`` on a small demo: the keys that scripts rely on, and what is said to people."""

import pytest

from sxai.demo.pets import draw_pet
from sxai.images.decode import encode

QUICK = ("proto", "train", "--per-class", "2", "--images", "8", "--rounds", "1", "--joint", "1", "--resolution", "maps")


def test_from_training_to_an_explanation(on_demo, sxai, demo_home, tmp_path):
    trained = on_demo(*QUICK)
    assert {"concepts", "accuracy", "off_diagonal", "history", "redundant"} <= set(trained)
    first = trained["concepts"][0]["id"]
    named = on_demo("proto", "name", f"{first}=eyes", "--propose")
    assert named["concepts"][0]["name"] == "eyes"
    assert on_demo("proto", "show")["concepts"][0]["name"] == "eyes"
    assert list(on_demo("proto", "mask", "--n", "3")["masks"])
    picture = tmp_path / "stranger.png"
    picture.write_bytes(encode(draw_pet("dog", 5).pixels, "png"))
    [image] = on_demo("proto", "explain", picture)["images"]
    assert {"predicted", "concepts", "sentence", "likenesses", "strange", "similarity", "with_hsv"} <= set(image)
    said = sxai("proto", "explain", picture, "--home", demo_home, "-q")
    assert said.status == 0
    assert image["sentence"] in said.out
    assert "median_fall" in on_demo("proto", "sensitivity", "--n", "2")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show",), "sxai proto train"),
        (("train", "--per-class", "300"), "orthonormal"),
        (("train", "--cut", "nowhere"), "nowhere"),
        (("name", "cat:0"), "ID=NAME"),
    ],
)
def test_what_goes_wrong_is_said(sxai, demo_home, arguments, words):
    outcome = sxai("proto", *arguments, "--home", demo_home)
    assert outcome.status in (1, 2)
    assert words in outcome.err
