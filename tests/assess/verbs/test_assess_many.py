"""Many pictures at once: the same words as one by one, failures listed, features kept for a second time."""

import zipfile

import numpy as np
import pytest
import toy

from sxai.assess.verbs import assess_many
from sxai.assess.verbs.assess import Assessor, assess_bytes, assess_image
from sxai.assess.verbs.assess_many import Judged, assess_files, judge_images, judge_pictures, pictures_at
from sxai.errors import Cancelled
from sxai.images.decode import decode, encode
from sxai.spaces.verbs import reader


@pytest.fixture
def folder(tmp_path):
    """Five strangers in two folders, and one file that is cut off."""
    for seed in range(900, 905):
        place = tmp_path / "many" / ("a" if seed % 2 else "b")
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{seed}.png").write_bytes(encode(toy.draw("cat", seed)[0], "png"))
    (tmp_path / "many" / "a" / "cut.png").write_bytes(encode(toy.draw("cat", 1)[0], "png")[:200])
    return tmp_path / "many"


@pytest.fixture
def forwards(monkeypatch):
    """How many pictures went through the network in each call."""
    counts = []
    extract = reader.extract

    def counting(network, canvases, **options):
        counts.append(len(canvases))
        return extract(network, canvases, **options)

    monkeypatch.setattr(reader, "extract", counting)
    return counts


def test_files_that_cannot_be_read_are_listed_and_the_rest_assessed(spaced_project, tmp_path):
    data = encode(toy.draw("cat", 999)[0], "png")
    (tmp_path / "good.png").write_bytes(data)
    (tmp_path / "cut.png").write_bytes(data[:200])
    files = [tmp_path / "cut.png", tmp_path / "good.png", tmp_path / "missing.png"]
    seen = []
    result = assess_files(
        spaced_project,
        files,
        progress=lambda stage, done, total, detail=None: seen.append((done, total)) if stage == "assess" else None,
    )
    assert [image.file for image in result.images] == [str(tmp_path / "good.png")]
    assert [failure.file for failure in result.failed] == [str(files[0]), str(files[2])]
    assert all(failure.error for failure in result.failed)
    assert (seen[0], seen[-1]) == ((0, 3), (3, 3))
    assert seen == sorted(seen)


def test_a_folder_is_assessed_as_its_files_are_one_by_one(spaced_project, folder, forwards, monkeypatch):
    monkeypatch.setattr(assess_many, "BLOCK", 4)
    result = assess_files(spaced_project, [folder])
    assert [image.file for image in result.images] == [
        f"{folder}/{name}" for name in ("a/901.png", "a/903.png", "b/900.png", "b/902.png", "b/904.png")
    ]
    assert [failure.file for failure in result.failed] == [f"{folder}/a/cut.png"]
    assert forwards == [3, 2]
    for image in result.images:
        alone = assess_bytes(spaced_project, image.file, (folder / image.file.removeprefix(f"{folder}/")).read_bytes())
        assert image.probabilities == pytest.approx(alone.probabilities, abs=1e-5)
        assert image.sentence == alone.sentence


def test_a_zip_is_read_without_unpacking(spaced_project, folder, tmp_path):
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as archive:
        archive.write(folder / "a" / "901.png", "x/901.png")
    assert len(assess_files(spaced_project, [tmp_path / "some.zip"]).images) == 1


def test_an_empty_folder_is_a_failure_not_an_error(spaced_project, tmp_path):
    (tmp_path / "none").mkdir()
    result = assess_files(spaced_project, [tmp_path / "none"])
    assert result.images == ()
    assert "holds no pictures" in result.failed[0].error


def test_what_was_said_of_many_is_recorded(spaced_project, folder):
    assess_files(spaced_project, [folder])
    assert len(spaced_project.catalogue.assessments(limit=100)) == 5


def test_a_cancelled_run_goes_on_with_the_features_it_has(spaced_project, folder, forwards, monkeypatch):
    monkeypatch.setattr(assess_many, "BLOCK", 2)
    assessor = Assessor.of(spaced_project)

    def stop(stage, done, total, detail=None):
        if done >= 4:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        list(judge_pictures(spaced_project, assessor, pictures_at([folder]), stop, resume=True))
    forwards.clear()
    found = list(judge_pictures(spaced_project, assessor, pictures_at([folder]), resume=True))
    assert sum(isinstance(item, Judged) for item in found) == 5
    assert forwards == [2]
    forwards.clear()
    again = list(judge_pictures(spaced_project, assessor, pictures_at([folder]), resume=True))
    assert forwards == []
    assert [getattr(item, "said", item) for item in again] == [getattr(item, "said", item) for item in found]


def test_stored_images_are_judged_as_one_by_one_and_not_recorded(spaced_project):
    images = spaced_project.catalogue.images(limit=3)
    judged = list(judge_images(spaced_project, Assessor.of(spaced_project), images))
    assert spaced_project.catalogue.assessments() == []
    for image, item in zip(images, judged, strict=True):
        assert item.said.sentence == assess_image(spaced_project, image.id, keep=False).sentence
        assert decode(item.thumbnail()).pixels.shape == (toy.SIDE, toy.SIDE, 3)


def test_thumbnails_of_strangers_are_small(spaced_project, tmp_path):
    large = np.kron(toy.draw("cat", 5)[0], np.ones((10, 20, 1), dtype=np.uint8))
    (tmp_path / "large.png").write_bytes(encode(large, "png"))
    (item,) = judge_pictures(spaced_project, Assessor.of(spaced_project), pictures_at([tmp_path / "large.png"]))
    assert max(decode(item.thumbnail()).pixels.shape) == assess_many.TILE
