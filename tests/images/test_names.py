"""Folders and archives as disks and programs leave them: nested splits, junk, names of any encoding."""

import os
import threading
import time
import zipfile

import numpy as np
import pytest

from sxai.errors import ImageTooLarge, ImportFailed, UnreadableImage
from sxai.images.decode import PixelBudget, decode, encode
from sxai.images.names import ignored, split_named
from sxai.images.sources import find_sources
from sxai.images.verbs.import_ import import_images


def picture(seed):
    return encode(np.random.default_rng(seed).integers(0, 255, (24, 30, 3)).astype(np.uint8))


def put(root, *names):
    for seed, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture(seed))
    return root


def placed(root):
    return {source.name: (source.class_name, source.split) for source in find_sources(root)}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("training_set/training_set", "test_set/test_set"),
        ("seg_train/seg_train", "seg_test/seg_test"),
        ("train", "dev"),
        ("Train_data", "Validation-set"),
    ],
)
def test_nested_splits_are_splits_and_no_classes(tmp_path, first, second):
    root = put(tmp_path, f"{first}/cats/1.png", f"{first}/dogs/2.png", f"{second}/cats/3.png")
    found = placed(root)
    assert found[f"{first}/cats/1.png"] == ("cats", "train")
    assert found[f"{first}/dogs/2.png"] == ("dogs", "train")
    assert found[f"{second}/cats/3.png"][0] == "cats"
    assert found[f"{second}/cats/3.png"][1] in ("val", "test")


@pytest.mark.parametrize("name", ["test_subject", "trainer", "datasets", "cats", "evaluator"])
def test_classes_that_only_sound_like_splits_are_classes(name):
    assert split_named(name) is None


@pytest.mark.parametrize(
    "junk", ["@eaDir", "#recycle", "@Recycle", "$RECYCLE.BIN", ".@__thumb", "__MACOSX", "Thumbs.db"]
)
def test_what_disks_leave_behind_is_no_class(tmp_path, junk):
    assert ignored(junk)
    assert set(placed(put(tmp_path, "cat/1.png", f"{junk}/2.png"))) == {"cat/1.png"}


def test_a_name_that_is_not_utf8_is_imported_under_a_readable_one(tmp_path, empty_project):
    folder = put(tmp_path / "photos", "dog/ok.png", "dog/x.png")
    os.rename(os.fsencode(folder / "dog" / "x.png"), os.fsencode(folder / "dog") + b"/caf\xe9.png")
    result = import_images(empty_project, folder)
    assert (result.imported, result.failed) == (2, ())
    assert {image.name for image in empty_project.catalogue.images()} == {"dog/ok.png", "dog/café.png"}


@pytest.mark.parametrize("flagged", [True, False])
def test_names_in_a_zip_are_utf8_with_or_without_the_flag(tmp_path, flagged):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("löwe/ä.png", picture(1))
        archive.writestr("cat/1.png", picture(2))
    if not flagged:  # as macOS writes it: the same bytes, without the bit that says so
        data = bytearray(path.read_bytes())
        for signature, at in ((b"PK\x03\x04", 7), (b"PK\x01\x02", 9)):
            start = data.find(signature)
            while start >= 0:
                data[start + at] &= ~0x08
                start = data.find(signature, start + 4)
        path.write_bytes(bytes(data))
    assert {class_name for class_name, _ in placed(path).values()} == {"löwe", "cat"}


def test_a_zip_of_thousands_of_folders_inside_each_other_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "deep.zip", "w") as archive:
        archive.writestr("/".join(["d"] * 3000) + "/1.png", picture(1))
    with pytest.raises(ImportFailed, match="folders more than 64 deep"):
        find_sources(tmp_path / "deep.zip")


def test_one_picture_in_two_classes_is_told(tmp_path, empty_project):
    put(tmp_path / "a", "cat/1.png")
    (tmp_path / "a" / "dog").mkdir()
    (tmp_path / "a" / "dog" / "same.png").write_bytes(picture(0))
    result = import_images(empty_project, tmp_path / "a")
    assert (result.imported, result.duplicates) == (1, 1)
    [told] = result.twice
    assert told.file == "dog/same.png"
    assert "cat/1.png" in told.error


def test_every_class_gets_a_picture_to_learn_from(tmp_path, empty_project):
    """Content decides the split; by chance all pictures of a rare class may go to val."""
    rare = [seed for seed in range(400) if int(decode(picture(seed)).sha256[:8], 16) % 5 == 0][:2]
    folder = tmp_path / "rare" / "fox"
    folder.mkdir(parents=True)
    for seed in rare:
        (folder / f"{seed}.png").write_bytes(picture(seed))
    import_images(empty_project, folder.parent)
    [fox] = empty_project.catalogue.classes()
    assert (fox.images.get("train"), fox.images.get("val")) == (1, 1)


def chunk(kind, data):
    import zlib

    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def test_megabytes_of_text_beside_the_pixels_do_no_harm():
    plain = picture(3)
    text = chunk(b"tEXt", b"Comment\0" + b"x" * 3_000_000)
    np.testing.assert_array_equal(decode(plain[:33] + text + plain[33:]).pixels, decode(plain).pixels)


def test_a_picture_of_one_pixel_by_a_hundred_million_is_refused_by_its_header():
    header = (1).to_bytes(4, "big") + (90_000_000).to_bytes(4, "big") + bytes([8, 0, 0, 0, 0])
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    with pytest.raises(ImageTooLarge, match="a side of 90,000,000 pixels"):
        decode(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x00\x00\x00\x18ftypheic" + bytes(40), "HEIC photograph.*Most Compatible"),
        (b"\x00\x00\x00\x18ftypavif" + bytes(40), "AVIF"),
        (b"\x00\x00\x00\x18ftypisom" + bytes(40), "video"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"%PDF-1.7", "PDF"),
        (b"root:x:0:0:root", "Not a picture that can be read"),
    ],
)
def test_other_files_are_named_and_their_bytes_never_shown(data, words):
    with pytest.raises(UnreadableImage, match=words) as refused:
        decode(data)
    assert "root" not in str(refused.value)
    assert "ftyp" not in str(refused.value)


def test_huge_pictures_wait_for_each_other_and_one_alone_never_waits():
    budget, at_once, most = PixelBudget(100), [0], [0]
    guard = threading.Lock()

    def work(pixels):
        with budget.taken(pixels):
            with guard:
                at_once[0] += pixels
                most[0] = max(most[0], at_once[0])
            time.sleep(0.005)
            with guard:
                at_once[0] -= pixels

    threads = [threading.Thread(target=work, args=(pixels,)) for pixels in [60, 30, 90, 10, 100, 50] * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert budget.used == 0
    assert 60 <= most[0] <= 100
    with budget.taken(10_000):
        assert budget.used == 10_000
