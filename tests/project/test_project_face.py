"""The face of the library: three lines from nothing to an assessment, and every method the verb that it stands for."""

import inspect

import pytest

import sxai
from sxai.demo.pets import draw_pet
from sxai.errors import ImageError, SxaiError, UnknownName, UnreadableImage
from sxai.images.decode import encode
from sxai.masks.verbs.save import add_concept, save_labels
from sxai.overview import overview
from sxai.search.verbs.search import search
from sxai.spaces.verbs.stored import list_spaces


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


def test_spaces_search_and_status_are_the_verbs(project):
    assert project.spaces == list_spaces(project)
    assert project.search("cat.eyes > 0.5", limit=3) == search(project, "cat.eyes > 0.5", limit=3)
    assert project.status() == overview(project)


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
        add_concept(project, "cat.fur")
        for image in project.catalogue.images(class_name="cat", limit=4):
            save_labels(project, image.id, "cat.fur", [0, 1])
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


def test_errors_of_verbs_come_through(project):
    with pytest.raises(UnknownName, match="'vgg'"):
        project.train("vgg")
    assert issubclass(UnknownName, SxaiError)


def test_every_method_is_documented_and_fully_typed():
    for name, member in inspect.getmembers(sxai.Project, inspect.isfunction):
        if not name.startswith("_"):
            assert member.__doc__, name
            assert "return" in member.__annotations__, name
            parameters = inspect.signature(member).parameters.values()
            assert all(one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL) for one in parameters), name
            assert all(one.annotation is not one.empty for one in parameters if one.name != "self"), name


def test_what_is_not_there_is_told_as_python_does():
    with pytest.raises(AttributeError, match="no attribute 'opne'"):
        _ = sxai.opne
