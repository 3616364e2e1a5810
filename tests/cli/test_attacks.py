"""``sxai attack``: before and after, the table, and the rule."""

import pytest
from PIL import Image

from sxai.images.decode import encode
from sxai.images.verbs.stored import read_canvas
from sxai.project.project import Project


@pytest.fixture
def picture(demo_home, tmp_path):
    """A validation image of the demo as a file."""
    with Project.open(demo_home) as project:
        image = project.catalogue.images(split="val")[0]
        path = tmp_path / "mine.png"
        path.write_bytes(encode(read_canvas(project, image), "png"))
    return path


def test_attacking_a_file_tells_before_and_after(sxai, demo_home, picture, tmp_path):
    call = ("--home", demo_home, "-q", "attack", "image", picture, "--epsilon", "0.1", "--steps", "8")
    (image,) = sxai(*call, "--json", "--out", tmp_path / "out").json["images"]
    assert image["clean"]["file"] == "mine.png"
    assert image["flipped"] == (image["clean"]["predicted"] != image["adversarial"]["predicted"])
    assert 0 < image["norms"]["largest"] <= 0.1 + 1e-6
    assert image["settings"]["steps"] == 8
    assert image["flagged"] == ("adversarial" in image["adversarial"]["flags"])
    with Image.open(image["written"]) as written:
        assert written.size[0] == written.size[1]
    told = sxai(*call).out
    assert "before: " in told
    assert "after: " in told
    assert "largest change 0.1" in told


def test_a_file_that_is_not_there_is_told_in_a_line(sxai, demo_home, tmp_path):
    outcome = sxai("--home", demo_home, "-q", "attack", "image", tmp_path / "nothing.png")
    assert outcome.status == 1
    assert "nothing.png" in outcome.err


def test_the_table_and_the_rule(sxai, demo_home):
    call = ("--home", demo_home, "-q", "attack", "table", "--images", "4", "--epsilon", "0.1", "--steps", "3")
    table = sxai(*call, "--json", "--false-alarms", "0.2").json
    assert table["images"] == 4
    (row,) = table["rows"]
    assert row["epsilon"] == 0.1
    assert row["succeeded"]["of"] == 4
    assert set(table["false_alarms"]) == set(table["rules"]) >= {"or", "and"}
    told = sxai(*call).out
    assert "ε = 0.1: attack" in told
    assert "false alarms" in told

    rule = ("--home", demo_home, "-q", "attack", "calibrate")
    assert "certainty and distance from the known pictures" in sxai(*rule).out
    found = sxai(*rule, "--false-alarms", "0.2", "--scale", "activation", "--json").json
    assert found["calibrated"] == 0.2
    assert found["rule"]["scale"] == "activation"
    assert found["false_alarms"]["share"] <= 0.2
    assert "calibrated, one z > " in sxai(*rule).out
    assert sxai(*rule, "--reset", "--false-alarms", "0.1").status == 2
    assert sxai(*rule, "--reset", "--json").json["calibrated"] is None
    assert "the paper's rule, one P > 0.99 or 2 above 0.9" in sxai(*rule).out
    assert sxai(*rule, "--default", "--json").json["combined"]
    outcome = sxai(*rule, "--false-alarms", "1.5")
    assert outcome.status == 1
    assert "false-alarm rate of 1.5" in outcome.err
