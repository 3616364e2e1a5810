"""An opened project: where it is, what opening it refuses, its cache, reading ahead, and thumbnails."""

import io
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import toy
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sxai.batches import ahead, in_batches
from sxai.errors import ProjectError, UnknownName
from sxai.images.decode import encode
from sxai.images.verbs.import_ import import_images
from sxai.images.verbs.stored import find_image, read_canvas, read_canvases, thumbnail, thumbnail_path
from sxai.project.project import Project, default_home


def test_a_new_home_is_made_with_its_parents(tmp_path):
    with Project.open(tmp_path / "a" / "b") as project:
        assert project.catalogue.images() == []
    assert (tmp_path / "a" / "b" / "catalogue.sqlite").exists()


def test_the_home_comes_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("SXAI_HOME", str(tmp_path / "there"))
    assert default_home() == tmp_path / "there"
    with Project.open() as project:
        assert project.home == tmp_path / "there"
    monkeypatch.delenv("SXAI_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_home() == tmp_path / ".sxai"


def test_a_relative_home_is_made_absolute(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with Project.open("here") as project:
        assert project.home == tmp_path / "here"


def test_a_home_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ProjectError, match=r"file.*another --home"):
        Project.open(tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_damaged_catalogue_is_refused_and_left_alone(tmp_path):
    (tmp_path / "catalogue.sqlite").write_bytes(b"not a database, but somebody's notes" * 100)
    with pytest.raises(ProjectError, match="cannot open the project"):
        Project.open(tmp_path)
    assert (tmp_path / "catalogue.sqlite").read_bytes().startswith(b"not a database")


def test_what_was_stored_is_there_again(toy_project):
    before = toy_project.catalogue.images()
    with Project.open(toy_project.home, device="cpu") as again:
        assert again.catalogue.images() == before


def test_closing_twice_is_harmless(tmp_path):
    project = Project.open(tmp_path / "home")
    project.close()
    project.close()


def test_opening_and_closing_leaves_no_descriptors(tmp_path):
    def descriptors():
        return len(os.listdir("/proc/self/fd"))

    for _ in range(3):
        Project.open(tmp_path / "home").close()
    before = descriptors()
    for _ in range(20):
        Project.open(tmp_path / "home").close()
    assert descriptors() <= before


def test_a_value_is_made_once_and_forgotten_by_kind(empty_project):
    made = []

    def make():
        made.append(1)
        return len(made)

    assert [empty_project.remember(("a", 1), make) for _ in range(3)] == [1, 1, 1]
    empty_project.remember(("b", 1), make)
    empty_project.forget("a")
    assert empty_project.remember(("b", 1), make) == 2
    assert empty_project.remember(("a", 1), make) == 3


def test_an_image_that_is_not_there_is_told(empty_project):
    with pytest.raises(UnknownName, match="no image 12"):
        find_image(empty_project, 12)


def test_canvases_are_the_pictures_in_their_order(toy_project):
    images = list(reversed(toy_project.catalogue.images(limit=9)))
    for image, canvas in zip(images, read_canvases(toy_project, images), strict=True):
        np.testing.assert_array_equal(canvas, toy.draw(image.class_name, toy.seed_of(image))[0])


def test_a_large_picture_has_a_canvas_of_256_on_its_shorter_side(empty_project, tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (400, 600, 3), dtype=np.uint8)
    (tmp_path / "large.png").write_bytes(encode(pixels, "png"))
    import_images(empty_project, tmp_path / "large.png")
    assert read_canvas(empty_project, empty_project.catalogue.images()[0]).shape == (256, 384, 3)


@given(st.lists(st.integers(), max_size=40), st.integers(1, 12))
def test_batches_put_together_are_the_items(items, size):
    batches = list(in_batches(items, size))
    assert [item for batch in batches for item in batch] == items
    assert all(len(batch) == size for batch in batches[:-1])
    assert all(1 <= len(batch) <= size for batch in batches)


@given(st.lists(st.integers(), max_size=30), st.integers(1, 4), st.integers(1, 8))
def test_working_ahead_keeps_the_order(items, threads, window):
    assert list(ahead(lambda item: item * 2, items, threads, window)) == [item * 2 for item in items]


def test_working_ahead_never_holds_more_than_its_window():
    taken, used, most = 0, 0, 0

    def items():
        nonlocal taken
        for number in range(100):
            taken += 1
            yield number

    for _ in ahead(lambda item: item, items(), threads=3, window=7):
        most = max(most, taken - used)
        used += 1
    assert (used, most <= 8) == (100, True)


def test_an_error_while_working_ahead_comes_out_in_its_place():
    def half(item):
        if item == 3:
            raise ValueError("three")
        return item

    results = ahead(half, range(10))
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(results)


def test_leaving_early_does_not_wait_for_all_that_was_planned():
    done = []

    def slow(item):
        time.sleep(0.02)
        done.append(item)
        return item

    results = ahead(slow, range(64), threads=2)
    assert next(results) == 0
    results.close()
    assert len(done) < 16


def test_a_thumbnail_is_a_jpeg_of_the_asked_size(toy_project):
    image = toy_project.catalogue.images()[0]
    with Image.open(thumbnail_path(toy_project, image.id, size=16)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (16, 16))


def test_thumbnails_keep_the_shape_and_are_never_enlarged():
    pixels = np.zeros((30, 90, 3), dtype=np.uint8)
    for size, expected in ((45, (45, 15)), (160, (90, 30))):
        with Image.open(io.BytesIO(thumbnail(pixels, size))) as picture:
            assert picture.size == expected


def test_a_thumbnail_is_made_once_and_again_when_it_was_cleared(toy_project):
    image = toy_project.catalogue.images()[0]
    path = thumbnail_path(toy_project, image.id)
    stamp = path.stat().st_mtime_ns
    assert thumbnail_path(toy_project, image.id) == path
    assert path.stat().st_mtime_ns == stamp
    path.unlink()
    assert thumbnail_path(toy_project, image.id).exists()


def test_many_people_may_ask_for_one_thumbnail_at_once(toy_project):
    image = toy_project.catalogue.images()[0]
    together = threading.Barrier(6)

    def ask(size):
        together.wait()
        return thumbnail_path(toy_project, image.id, size).read_bytes()

    for size in range(20, 32):
        with ThreadPoolExecutor(6) as pool:
            assert len(set(pool.map(ask, [size] * 6))) == 1
    assert not list((toy_project.home / "cache").rglob("*.part"))


def test_a_thumbnail_of_no_image_is_told(toy_project):
    with pytest.raises(UnknownName, match="no image 4711"):
        thumbnail_path(toy_project, 4711)
