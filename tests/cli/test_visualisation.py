"""``sxai visualise``."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

QUICK = ("--steps", "6", "--n", "6", "--no-search")


def test_pictures_are_made_and_written(on_demo, tmp_path):
    folder = tmp_path / "pictures"
    document = on_demo("visualise", "cat:1", "cat.eyes", "--out", folder, *QUICK)
    assert (document["method"], document["made"], document["skipped"]) == ("fast", 2, [])
    first, second = document["pictures"]
    assert (first["target"], second["target"]) == ("cat:1", "cat.eyes")
    assert first["loss"] < first["blank_loss"]
    assert first["steps"] == 6
    assert first["seconds"] > 0
    files = [Path(file) for file in first["files"]]
    assert [file.name for file in files][:2] == ["cat-1.png", "cat-1-crop-1.png"]
    with Image.open(files[0]) as picture:
        assert picture.size == (96, 96)
        assert np.asarray(picture).std() > 0
    assert {file.name for file in folder.iterdir()} == {Path(f).name for f in first["files"] + second["files"]}
    assert on_demo("visualise", "cat:1", *QUICK)["made"] == 0


def test_the_text_names_loss_steps_and_files(sxai, demo_home, tmp_path):
    outcome = sxai(
        "visualise", "image:1", "--method", "paper", "--out", tmp_path, "--home", demo_home, "--device", "cpu", *QUICK
    )
    assert outcome.status == 0
    assert "image:1: loss" in outcome.out
    assert "6 steps (paper)" in outcome.out
    assert str(tmp_path / "image-1.png") in outcome.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("cat:1", "--method", "magic"), "choose fast, paper, deep-image-prior"),
        (("cats",), "nothing to visualise is called 'cats'"),
    ],
)
def test_what_cannot_be_done_is_said(sxai, demo_home, arguments, message):
    outcome = sxai("visualise", *arguments, "--home", demo_home)
    assert outcome.status == 1
    assert message in outcome.err
