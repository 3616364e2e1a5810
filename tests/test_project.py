"""The face of the library: three lines from nothing to an assessment, and every method the workflow it stands for."""

import inspect

import pytest

import sxai
from sxai import workflows as verbs
from sxai.demo import draw_pet
from sxai.errors import ImageError, SxaiError, UnknownName, UnreadableImage
from sxai.images.decode import encode


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "cat.png"
    path.write_bytes(encode(draw_pet("cat", 123_456, view="front").pixels, "png"))
    return path


@pytest.fixture
def project(demo_home):
    with sxai.open(demo_home, device="cpu") as opened:
        yield opened


def test_three_lines_assess_a_picture(demo_home, picture):
    project = sxai.open(demo_home)
    said = project.assess(picture)
    project.close()
    assert said.predicted in ("cat", "dog")
    assert said.sentence.endswith(".")


def test_a_path_its_text_and_its_bytes_are_assessed_alike(project, picture):
    by_path, by_text, by_bytes = (project.assess(given) for given in (picture, str(picture), picture.read_bytes()))
    assert by_path == by_text
    assert (by_path.file, by_bytes.file) == (str(picture), "image")
    assert by_bytes.probabilities == by_path.probabilities


def test_a_picture_that_is_not_there_is_an_error_of_sxai(project, tmp_path):
    with pytest.raises(UnreadableImage, match=r"nowhere\.png.*Check the path"):
        project.assess(tmp_path / "nowhere.png")
    with pytest.raises(UnreadableImage):
        project.assess(tmp_path)
    with pytest.raises(ImageError):
        project.assess(b"no picture")


def test_many_pictures_at_once(project, picture, tmp_path):
    result = project.assess_files([picture, tmp_path / "missing.png"])
    assert (len(result.images), len(result.failed)) == (1, 1)


def test_spaces_search_and_status_are_the_workflows(project):
    ws = project.workspace
    assert project.spaces == verbs.list_spaces(ws)
    assert project.search("cat.eyes > 0.5", limit=3) == verbs.search(ws, "cat.eyes > 0.5", limit=3)
    assert project.status() == verbs.overview(ws)


def test_traits_evidence_and_attacks_are_the_workflows(project, picture):
    ws = project.workspace
    found = project.common_traits("cat", n=6, search=None)
    assert found.image_ids == verbs.common_traits(ws, "cat", n=6, search=None).image_ids
    image = ws.catalogue.images(class_name="cat", limit=1)[0]
    assert project.evidence(image.id, count=4).image_id == image.id
    assert project.evidence(picture, count=4).file == str(picture)
    attacked = [project.attack(given, epsilon=0.01, steps=2) for given in (picture, picture.read_bytes(), image.id)]
    assert [one.clean.file for one in attacked] == [str(picture), "image", image.name]
    assert attacked[0].norms == attacked[1].norms
    with pytest.raises(UnreadableImage, match="Check the path"):
        project.attack("nowhere.png")


def test_occluders_are_learned_and_ranked(project):
    project.learn_occluders(["cat"], epsilon=0.1, steps=10, images=6)
    ranking = project.rank_concepts("cat", 0.1)
    assert {one.name for one in ranking.concepts} == {"cat.eyes", "cat.nose", "cat.ears", "cat.legs"}
    with pytest.raises(UnknownName, match="sxai occlude learn"):
        project.rank_concepts("cat", 0.2)


@pytest.mark.parametrize(
    ("method", "verb", "given", "handed_on"),
    [
        ("attack_table", "attack_table", ([0.1],), ([0.1],)),
        ("calibrate", "calibrate_probabilities", (["cat.eyes"],), (["cat.eyes"],)),
        ("calibrate_detection", "calibrate_detection", (0.2,), (0.2,)),
        ("compare", "compare_models", ("a", "b"), ("a", "b")),
        ("layer_ratios", "layer_ratios", ("cat",), ("cat",)),
        ("learn_occluders", "learn_occluders", (["cat"],), (["cat"],)),
        ("overconfident", "overconfident", (), ()),
        ("refit", "refit_spaces", (["cat.eyes"],), (["cat.eyes"],)),
        ("report", "write_report", ("out",), ("out",)),
        ("reproduce", "reproduce", ("fig-2c", "fig-4"), (("fig-2c", "fig-4"),)),
        ("score", "score_spaces", (["cat.eyes"],), (["cat.eyes"],)),
        ("semantic_vectors", "semantic_vectors", ("searches",), ("searches",)),
        ("trait_spread", "trait_spread", ("cat",), ("cat",)),
        ("visualise", "visualise", ("cat:1", "cat.eyes"), (("cat:1", "cat.eyes"),)),
    ],
)
def test_long_verbs_are_handed_on_with_their_options(tmp_path, monkeypatch, method, verb, given, handed_on):
    known = inspect.signature(getattr(verbs, verb)).parameters
    assert {"ws", "model", "progress"} <= set(known) or method == "compare"
    calls = []
    monkeypatch.setattr(verbs, verb, lambda *given, **options: calls.append((given, options)))
    with sxai.open(tmp_path / "home", device="cpu") as project:
        getattr(project, method)(*given, progress="told")
        assert calls == [((project.workspace, *handed_on), {"progress": "told"})]


def test_the_way_from_pictures_to_spaces(tmp_path, rng):
    for number in range(12):
        for class_name, low in (("cat", 120), ("dog", 0)):
            folder = tmp_path / "pets" / class_name
            folder.mkdir(parents=True, exist_ok=True)
            pixels = rng.integers(low, low + 130, (40, 40, 3)).astype("uint8")
            (folder / f"{number}.png").write_bytes(encode(pixels, "png"))
    with sxai.open(tmp_path / "home", device="cpu", seed=3) as project:
        assert project.import_images(tmp_path / "pets").imported == 24
        project.add_model("mine", "small", weights="random")
        assert project.train("mine", epochs=1, learning_rate=0.1).trained
        verbs.add_concept(project.workspace, "cat.fur")
        for image in project.workspace.catalogue.images(class_name="cat", limit=4):
            verbs.save_labels(project.workspace, image.id, "cat.fur", [0, 1])
        (space,) = project.extract(["cat.fur"]).spaces
        assert (space.n_masks, space.parameters["seed"]) == (4, 3)
        assert project.assess(tmp_path / "pets" / "cat" / "0.png").probabilities.keys() == {"cat.fur"}


def test_a_closed_project_can_be_opened_again(demo_home):
    with sxai.open(demo_home) as first:
        spaces = first.spaces
    first.close()
    with sxai.open(demo_home) as second:
        assert second.spaces == spaces


def test_the_home_is_shown_and_kept(project, demo_home):
    assert project.home == demo_home
    assert repr(project) == f"Project('{demo_home}')"


def test_errors_of_workflows_come_through(project):
    with pytest.raises(UnknownName, match="'vgg'"):
        project.train("vgg")
    assert issubclass(UnknownName, SxaiError)


def test_every_method_is_documented_and_typed():
    for name, member in inspect.getmembers(sxai.Project, inspect.isfunction):
        if not name.startswith("_"):
            assert member.__doc__, name
            assert "return" in member.__annotations__, name


def test_what_is_not_there_is_told_as_python_does():
    with pytest.raises(AttributeError, match="no attribute 'opne'"):
        _ = sxai.opne
