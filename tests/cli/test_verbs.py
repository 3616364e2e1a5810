"""Each command on a small demo project: the keys that scripts rely on, and words for people."""

import json
import zipfile

import numpy as np
import pytest

from sxai.cli import project
from sxai.images.decode import encode

CONCEPTS = [f"{class_name}.{part}" for class_name in ("cat", "dog") for part in ("eyes", "nose", "ears", "legs")]


@pytest.fixture
def picture(tmp_path):
    """A picture file of a drawn cat that the demo does not have."""
    from sxai.demo.pets import draw_pet

    path = tmp_path / "cat.png"
    path.write_bytes(encode(draw_pet("cat", 987_654, view="front").pixels, "png"))
    return path


def numbers(values):
    return all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)


def test_the_status_of_a_demo_says_that_it_is_one(on_demo, demo_home):
    document = on_demo("status")
    assert document["demo"] is True
    assert document["home"] == str(demo_home)


def test_demo_on_somebodys_project_is_refused(sxai, tmp_path, picture):
    assert sxai("--home", tmp_path / "mine", "import", picture, "--class", "cat", "-q").status == 0
    outcome = sxai("--home", tmp_path / "mine", "demo", "-q")
    assert (outcome.status, outcome.out) == (1, "")
    assert "needs an empty folder" in outcome.err


def test_demo_json(sxai, tmp_path, monkeypatch):
    from sxai.demo.verbs import fill

    real = fill.fill_demo
    monkeypatch.setattr(fill, "fill_demo", lambda project, progress, species: real(project, 40, 4, progress, species))
    document = sxai("--home", tmp_path / "d", "--device", "cpu", "demo", "--json").json
    assert (document["home"], document["images"], document["model"]) == (str(tmp_path / "d"), 40, "pets")
    assert document["concepts"] == CONCEPTS
    assert document["seconds"] > 0


def test_import_json(sxai, tmp_path, rng):
    archive = tmp_path / "pets.zip"
    pictures = [encode(rng.integers(0, 256, (9, 9, 3)).astype("uint8"), "png") for _ in range(3)]
    with zipfile.ZipFile(archive, "w") as file:
        for number, name in enumerate(["cat/a.png", "cat/b.png", "dog/c.png"]):
            file.writestr(name, pictures[number])
        file.writestr("dog/again.png", pictures[0])
        file.writestr("dog/broken.png", pictures[1][:30])
    document = sxai("--home", tmp_path / "h", "import", archive, "--name", "zoo", "--split", "train", "--json").json
    assert (document["imported"], document["duplicates"]) == (3, 1)
    assert [set(item) for item in document["failed"]] == [{"file", "error"}]
    assert document["failed"][0]["file"].endswith("broken.png")
    assert sum(document["classes"].values()) == 3
    status = sxai("--home", tmp_path / "h", "status", "--json").json
    assert {name: train for name, train, *_ in status["classes"]} == document["classes"]


def test_model_json(on_demo):
    added = on_demo("model", "add", "second", "--backbone", "small")
    assert (added["model"], added["backbone"], added["channels"]) == ("second", "small", 128)
    assert (added["accuracy"], added["classes"]) == ({"train": None, "val": None}, [])
    trained = on_demo("model", "train", "second", "--epochs", "1", "--learning-rate", "0.2", "--classes", "dog, cat")
    assert trained["classes"] == ["dog", "cat"]
    assert set(trained["accuracy"]) == {"train", "val"}
    assert numbers(trained["accuracy"].values())
    assert trained["accuracy"]["val"] > 0.6
    assert on_demo("model", "use", "pets")["active"] is True
    listed = on_demo("model", "list")["models"]
    assert [(model["model"], model["active"]) for model in listed] == [("pets", True), ("second", False)]
    assert all({"model", "backbone", "channels", "accuracy", "classes"} <= set(model) for model in listed)


def test_model_compare_json(on_demo, sxai, demo_home):
    on_demo("model", "add", "other", "--backbone", "small", "--weights", "random")
    on_demo("space", "extract", "cat.eyes", "dog.nose", "--model", "other")
    document = on_demo("model", "compare", "pets", "other", "--images", "60")
    assert document["models"] == ["pets", "other"]
    assert [concept["name"] for concept in document["concepts"]] == ["cat.eyes", "dog.nose"]
    assert all(numbers(concept["r2"]) and -1 <= concept["correlation"] <= 1 for concept in document["concepts"])
    assert (document["images"], document["agreement"]) == (60, None)
    text = sxai("--home", demo_home, "--device", "cpu", "model", "compare", "pets", "other").out
    assert "cat.eyes: R²" in text
    assert "only in pets: cat.nose" in text


def test_mask_from_keypoints_json(on_demo, demo_home, tmp_path):
    from sxai.project.project import Project

    with Project.open(demo_home) as project:
        images = project.catalogue.images(class_name="cat", limit=4)
    points = {
        "categories": [{"id": 1, "name": "cat", "keypoints": ["left_eye", "right_eye"]}],
        "images": [
            {"id": i, "file_name": image.name, "width": image.width, "height": image.height}
            for i, image in enumerate(images)
        ]
        + [{"id": 99, "file_name": "elsewhere.png", "width": 10, "height": 10}],
        "annotations": [
            {"image_id": i, "category_id": 1, "keypoints": [50, 50, 2, 70, 50, 2]} for i in range(len(images))
        ]
        + [{"image_id": 99, "category_id": 1, "keypoints": [5, 5, 2, 7, 5, 2]}],
    }
    (tmp_path / "points.json").write_text(json.dumps(points))
    document = on_demo(
        "mask",
        "from-keypoints",
        tmp_path / "points.json",
        "--class",
        "cat",
        "--concept",
        "gaze",
        "--points",
        "left_eye,right_eye",
    )
    assert (document["concept"], document["masks"], document["added"]) == ("cat.gaze", 4, 4)
    assert document["skipped"] == [{"file": "elsewhere.png", "reason": "the project has no such image"}]
    concepts = on_demo("mask", "list")["concepts"]
    assert all(item["skipped"] == [] for item in concepts)
    listed = {item["concept"]: item["masks"] for item in concepts}
    assert (listed["cat.gaze"], set(listed)) == (4, {*CONCEPTS, "cat.gaze"})


def test_masks_travel_as_json(on_demo, sxai, tmp_path, demo_home):
    written = on_demo("mask", "export", tmp_path / "m.json", "--concept", "cat.nose")
    assert written == {"masks": len(json.loads((tmp_path / "m.json").read_text())["masks"]), "format": "sxai"}
    item = {"concept": "cat.nose", "masks": written["masks"], "added": 0, "replaced": 0, "skipped": []}
    assert on_demo("mask", "import", tmp_path / "m.json") == item | {"concepts": [item]}


def test_mask_from_parts_json(on_demo, demo_home, tmp_path):
    from sxai.masks.mask import encode_rle
    from sxai.project.project import Project

    with Project.open(demo_home) as project:
        image = project.catalogue.images(class_name="dog", limit=1)[0]
    region = np.zeros((image.height, image.width), dtype=bool)
    region[30:60, 30:60] = True
    entry = {"file": image.name, "class": "dog", "parts": {"chest": encode_rle(region)}}
    (tmp_path / "parts.json").write_text(json.dumps({"images": [entry]}))
    item = {"concept": "dog.chest", "masks": 1, "added": 1, "replaced": 0, "skipped": []}
    assert on_demo("mask", "from-parts", tmp_path / "parts.json") == item | {"concepts": [item]}


def check_space(space):
    assert isinstance(space["name"], str)
    assert len(space["channels"]) == len(space["delta"]) == 5
    assert all(isinstance(channel, int) for channel in space["channels"])
    assert numbers(space["delta"])
    assert {"n", "mean", "std", "min", "max", "r2"} <= set(space["reference"])
    assert numbers(space["reference"].values())
    assert numbers(space["masked"][key] for key in ("p_unmasked", "p_masked", "share_lower"))


def test_the_fit_of_a_space_is_chosen_and_told(on_demo, sxai, demo_home):
    chosen = on_demo("space", "fit", "cat.eyes", "--fit", "empirical")["spaces"]
    assert [(space["name"], space["fit"]) for space in chosen] == [("cat.eyes", "empirical")]
    assert [space["fit"] for space in on_demo("space", "list")["spaces"]].count("empirical") == 1
    told = sxai("space", "show", "cat.eyes", "--home", demo_home).out
    assert "empirical fit" in told
    assert "the reference images themselves" in told
    assert sxai("space", "fit", "--home", demo_home).status == 2


def test_a_stored_space_is_used_again(on_demo, sxai, demo_home):
    on_demo("space", "extract", "cat.eyes", "--estimator", "all-channels")
    chosen = on_demo("space", "use", "cat.eyes", "--estimator", "s-xai")["spaces"]
    assert [(space["name"], space["estimator"]) for space in chosen] == [("cat.eyes", "s-xai")]
    assert {space["estimator"] for space in on_demo("space", "list")["spaces"]} == {"s-xai"}
    refused = sxai("space", "use", "--all", "--estimator", "fisher", "--home", demo_home)
    assert refused.status == 1
    assert "sxai space extract cat.eyes --estimator fisher" in refused.err
    assert sxai("space", "use", "--estimator", "fisher", "--home", demo_home).status == 2


def test_space_json(on_demo):
    extracted = on_demo("space", "extract", "cat.eyes", "dog.nose")["spaces"]
    assert [space["name"] for space in extracted] == ["cat.eyes", "dog.nose"]
    listed = on_demo("space", "list")["spaces"]
    assert [space["name"] for space in listed] == CONCEPTS
    (shown,) = on_demo("space", "show", "cat.eyes")["spaces"]
    for space in [*extracted, *listed, shown]:
        check_space(space)


def test_extracting_all_lists_what_was_passed_over(on_demo, demo_home):
    from sxai.masks.verbs.save import add_concept
    from sxai.project.project import Project

    with Project.open(demo_home) as project:
        add_concept(project, "cat.tail")
    document = on_demo("space", "extract", "--all")
    assert [space["name"] for space in document["spaces"]] == CONCEPTS
    assert document["skipped"][0][0] == "cat.tail"


def test_assess_json(on_demo, picture):
    (image,) = on_demo("assess", picture)["images"]
    assert image["file"] == str(picture)
    assert image["predicted"] in ("cat", "dog")
    assert 0.5 <= image["confidence"] <= 1
    assert list(image["probabilities"]) == list(image["activations"]) == CONCEPTS
    assert numbers([*image["probabilities"].values(), *image["activations"].values()])
    assert image["sentence"].endswith(".")
    assert image["assessment"] in ("sure", "probably", "unsure")
    assert isinstance(image["flags"], list)


def test_assessing_goes_on_past_a_file_that_cannot_be_read(sxai, demo_home, tmp_path, picture):
    (tmp_path / "bad.png").write_bytes(b"no")
    outcome = sxai("--home", demo_home, "assess", tmp_path / "bad.png", picture, "--json", "-q")
    assert outcome.status == 0
    assert len(outcome.json["images"]) == len(outcome.json["failed"]) == 1
    outcome = sxai("--home", demo_home, "assess", tmp_path / "bad.png", "-q")
    assert outcome.status == 1
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize("query", ["cat.eyes > 0.5", "true = dog", "cat.legs < 0.9 and p(cat) > 0.5", "p(cat) > 1.5"])
def test_search_json(on_demo, query):
    document = on_demo("search", query, "--limit", "5")
    assert document["query"] == query
    assert len(document["hits"]) == min(5, document["total"])
    for hit in document["hits"]:
        assert {"file", "margin", "probabilities"} <= set(hit)
        assert list(hit["probabilities"]) == CONCEPTS
        assert hit["margin"] is None or hit["margin"] > 0


def test_status_json(on_demo):
    document = on_demo("status")
    assert {"classes", "model", "concepts", "spaces", "checklist", "demo", "home", "jobs_running", "next"} <= set(
        document
    )
    assert document["model"]["model"] == "pets"
    assert all({"title", "done", "hint", "page"} <= set(step) for step in document["checklist"])
    assert document["journal_mode"] in ("wal", "delete")


def test_jobs_json(on_demo, demo_home):
    from sxai.project.project import Project

    assert on_demo("jobs") == {"jobs": []}
    with Project.open(demo_home) as project:
        job_id = project.catalogue.add_job("extract", {})
    (job,) = on_demo("jobs", "--cancel", job_id)["jobs"]
    assert (job["id"], job["state"]) == (job_id, "cancelled")


def test_people_get_words(sxai, demo_home, picture):
    said = {
        ("status",): "Next:",
        ("model", "list"): "pets (active): small, 128 channels, val accuracy",
        ("mask", "list"): "cat.eyes: 24 masks",
        ("space", "show", "cat.eyes"): "Δ = ",
        ("space", "list"): "when masked, lower in",
        ("assess", str(picture)): "P: cat.eyes ",
        ("search", "true = dog", "--limit", "1"): "80 of 160 images",
        ("jobs",): "No jobs.",
    }
    for command, words in said.items():
        outcome = sxai("--home", demo_home, *command, "-q")
        assert outcome.status == 0
        assert words in outcome.out, command
        assert not outcome.out.startswith(("{", "["))


def test_the_app_is_started_on_the_same_home(sxai, tmp_path, monkeypatch):
    started = {}

    def run(command, env, **_):
        started.update(command=command, home=env["SXAI_HOME"])
        return type("Done", (), {"returncode": 3})

    monkeypatch.setattr(project.subprocess, "run", run)
    outcome = sxai("--home", tmp_path / "h", "app", "--port", "8777", "--no-browser")
    assert outcome.status == 3
    assert started["home"] == str(tmp_path / "h")
    assert "8777" in started["command"]
    assert started["command"][started["command"].index("--server.headless") + 1] == "true"


def test_a_project_is_backed_up_checked_and_brought_back(sxai, on_demo, demo_home, tmp_path):
    assert on_demo("doctor")["problems"] == []
    assert on_demo("doctor", "--sweep")["swept"] == {"files": [], "bytes": 0}
    assert on_demo("backup", tmp_path / "copy.zip")["artefacts"] > 160
    again = sxai("--home", tmp_path / "again", "restore", tmp_path / "copy.zip", "--json", "-q")
    assert again.status == 0
    assert sxai("--home", tmp_path / "again", "space", "list", "--json").json == on_demo("space", "list")
    victim = next(path for path in (tmp_path / "again" / "artefacts" / "images").rglob("*.png"))
    victim.write_bytes(b"damaged")
    outcome = sxai("--home", tmp_path / "again", "doctor", "--json")
    assert outcome.status == 1
    assert len(outcome.json["problems"]) >= 1
