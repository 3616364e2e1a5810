"""``sxai score`` and ``sxai truth …`` on the demo: the keys that scripts rely on, and words for people."""

import json

import pytest

from sxai.demo.pets import draw_pet
from sxai.images.decode import encode
from sxai.project.project import Project
from sxai.spaces.verbs.labels import known_visibility, label_visible
from sxai.spaces.verbs.score import score_spaces


@pytest.fixture
def keypoints(demo_home, tmp_path):
    """COCO keypoints of six cats, of which the first four show an ear."""
    with Project.open(demo_home) as project:
        images = project.catalogue.images(class_name="cat", limit=6)
    path = tmp_path / "k.json"
    path.write_text(
        json.dumps(
            {
                "images": [
                    {"id": at, "file_name": image.name, "width": image.width, "height": image.height}
                    for at, image in enumerate(images)
                ],
                "categories": [{"id": 1, "name": "cat", "keypoints": ["left_ear", "right_ear"]}],
                "annotations": [
                    {"id": at, "image_id": at, "category_id": 1, "keypoints": [9, 9, 2 * (at < 4), 0, 0, 2 * (at < 2)]}
                    for at in range(6)
                ],
            }
        )
    )
    return path


def test_scores_json(on_demo):
    document = on_demo("score", "--draws", "50")
    names = [space["name"] for space in document["spaces"]]
    assert {"cat.eyes", "dog.nose"} <= set(names)
    assert list(document["crosstalk"]) == names
    for space in document["spaces"]:
        assert {"auc", "auc_interval", "ece", "selectivity", "stability", "verdict", "why"} <= set(space)
        assert set(document["crosstalk"][space["name"]]) == set(names)
        assert space["n_visible"] > 0
    eyes = document["spaces"][names.index("cat.eyes")]
    assert eyes["auc_interval"][0] <= eyes["auc"] <= eyes["auc_interval"][1]


def test_one_space_for_people(sxai, demo_home):
    outcome = sxai("score", "cat.eyes", "--draws", "50", "--home", demo_home, "-q")
    assert outcome.status == 0, outcome.err
    heading, row, blank, why = outcome.out.splitlines()
    assert heading.split()[:3] == ["space", "verdict", "AUC"]
    assert row.split()[0] == "cat.eyes"
    assert blank == ""
    assert why.startswith("cat.eyes: ")


def test_a_space_without_truth_has_dashes(sxai, demo_home):
    with Project.open(demo_home) as project:
        for image_id in known_visibility(project, "cat", "eyes"):
            label_visible(project, image_id, "cat.eyes", None)
    outcome = sxai("score", "cat.eyes", "--home", demo_home, "-q")
    assert outcome.status == 0, outcome.err
    assert outcome.out.splitlines()[1].split()[:4] == ["cat.eyes", "unknown", "–", "–"]
    assert "sxai truth from-keypoints" in outcome.out


def test_an_unknown_space_is_told(sxai, demo_home):
    outcome = sxai("score", "cat.wings", "--home", demo_home, "-q")
    assert outcome.status == 1
    assert "cat.wings" in outcome.err


def test_truth_from_keypoints(sxai, on_demo, demo_home, keypoints):
    call = ("truth", "from-keypoints", keypoints, "--class", "cat", "--concept", "tip", "--points")
    document = on_demo(*call, "left_ear,right_ear")
    assert (document["concept"], document["visible"], document["hidden"], document["skipped"]) == ("cat.tip", 4, 2, [])
    assert on_demo(*call, "left_ear,right_ear", "--require", "all")["visible"] == 2
    outcome = sxai(*call, "left_ear", "--home", demo_home, "-q")
    assert outcome.out.strip() == "cat.tip: visible in 4 images, hidden in 2"
    wrong = sxai(*call, "wing", "--home", demo_home, "-q")
    assert wrong.status == 1
    assert "no part 'wing'" in wrong.err


def test_a_project_without_spaces_says_how_to_get_them(sxai, demo_home):
    with Project.open(demo_home) as project:
        for record in project.catalogue.spaces():
            project.catalogue.remove_space(record.id)
    outcome = sxai("score", "--home", demo_home, "-q")
    assert outcome.status == 0
    assert "sxai space extract --all" in outcome.out


@pytest.fixture
def poor_eyes(demo_home):
    """The demo after ``sxai score`` against labels that are all wrong: cat.eyes is poor; why."""
    with Project.open(demo_home, device="cpu") as project:
        for image_id, visible in known_visibility(project, "cat", "eyes").items():
            label_visible(project, image_id, "cat.eyes", not visible)
        (space,) = score_spaces(project, ["cat.eyes"], draws=20).spaces
        assert space.verdict == "poor"
    return space.why


def test_a_search_doubts_the_poor_spaces_it_asks_for(sxai, on_demo, demo_home, poor_eyes):
    assert on_demo("search", "max(cat) > 0.2")["doubts"] == {"cat.eyes": poor_eyes}
    assert on_demo("search", "cat.nose > 0.2")["doubts"] == {}
    outcome = sxai("search", "cat.eyes > 0.5", "--home", demo_home, "--device", "cpu", "-q")
    assert f"cat.eyes is poor: {poor_eyes}" in outcome.out
    assert "poor" not in sxai("search", "cat.nose > 0.5", "--home", demo_home, "--device", "cpu", "-q").out


def test_an_assessment_does_not_lean_on_a_poor_space(sxai, on_demo, demo_home, poor_eyes, tmp_path):
    path = tmp_path / "cat.png"
    path.write_bytes(encode(draw_pet("cat", 987_654, view="front").pixels, "png"))
    (image,) = on_demo("assess", path)["images"]
    assert image["doubts"] == {"cat.eyes": poor_eyes}
    assert image["caution"] == "Its space says little about the eyes, so do not lean on them."
    outcome = sxai("assess", path, "--home", demo_home, "--device", "cpu", "-q")
    assert f"{image['verdict']} {image['caution']}" in outcome.out


def test_estimators_are_compared_for_people_and_scripts(on_demo, sxai, demo_home):
    [eyes] = on_demo("score", "cat.eyes", "--estimators", "--draws", "20")["concepts"]
    assert (eyes["best"], eyes["in_use"]) == ("s-xai", "s-xai")
    assert eyes["scores"][0]["auc"] > 0.9
    outcome = sxai("score", "cat.eyes", "--estimators", "--draws", "20", "--home", demo_home, "-q")
    assert outcome.out.startswith("cat.eyes: s-xai is in use. AUC: s-xai ")
