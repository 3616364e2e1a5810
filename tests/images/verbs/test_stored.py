"""Images of a project: found, read on their canvas, as thumbnails."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import toy
from PIL import Image

from sxai.errors import UnknownName
from sxai.images.decode import encode
from sxai.images.verbs.import_ import import_images
from sxai.images.verbs.stored import find_image, read_canvas, read_canvases, thumbnail, thumbnail_path


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
