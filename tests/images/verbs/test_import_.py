"""Import: what comes in, what is refused, and that nothing is lost on the way."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from sxai.errors import Cancelled, ImportFailed
from sxai.images.verbs.import_ import choose_split, import_images, import_torchvision


def picture(seed=0, size=(40, 30), format="PNG"):
    buffer = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).save(buffer, format)
    return buffer.getvalue()


def folder_of(root, files):
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def test_class_folders_become_classes(empty_project, tmp_path):
    source = folder_of(
        tmp_path / "pets", {f"{c}/{i}.png": picture(i + 10 * (c == "dog")) for c in ("cat", "dog") for i in range(4)}
    )
    result = import_images(empty_project, source)
    assert (result.imported, result.duplicates, result.failed) == (8, 0, ())
    assert result.classes == {"cat": 4, "dog": 4}
    assert {record.name: sum(record.images.values()) for record in empty_project.catalogue.classes()} == result.classes


def test_the_same_picture_in_two_formats_is_one_image(empty_project, tmp_path):
    source = folder_of(
        tmp_path / "pets", {"cat/a.png": picture(1), "cat/b.bmp": picture(1, format="BMP"), "dog/c.png": picture(2)}
    )
    result = import_images(empty_project, source)
    assert (result.imported, result.duplicates) == (2, 1)


def test_importing_again_changes_nothing(empty_project, tmp_path):
    source = folder_of(tmp_path / "pets", {f"cat/{i}.png": picture(i) for i in range(5)})
    import_images(empty_project, source)
    before = empty_project.catalogue.images()
    again = import_images(empty_project, source)
    assert (again.imported, again.duplicates) == (0, 5)
    assert empty_project.catalogue.images() == before


def test_damaged_files_are_listed_and_the_rest_imported(empty_project, tmp_path):
    files = {
        "cat/good.png": picture(1),
        "cat/broken.png": picture(2)[:60],
        "dog/text.jpg": b"not a picture",
        "dog/ok.png": picture(3),
    }
    result = import_images(empty_project, folder_of(tmp_path / "pets", files))
    assert result.imported == 2
    assert {failure.file.rsplit("/", 1)[-1] for failure in result.failed} == {"broken.png", "text.jpg"}
    assert all(failure.error for failure in result.failed)


def test_a_zip_is_imported_like_its_folder(empty_project, tmp_path):
    archive = tmp_path / "pets.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for i in range(3):
            file.writestr(f"pets/cat/{i}.png", picture(i))
    assert import_images(empty_project, archive).classes == {"cat": 3}


def test_a_zip_that_climbs_out_is_refused_and_nothing_is_stored(empty_project, tmp_path):
    archive = tmp_path / "evil.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("cat/fine.png", picture(1))
        file.writestr("../outside.png", picture(2))
    with pytest.raises(ImportFailed, match=r"\.\./outside\.png"):
        import_images(empty_project, archive)
    assert empty_project.catalogue.count_images() == 0
    assert not (tmp_path / "outside.png").exists()


def test_huge_pictures_are_refused_by_their_header(empty_project, tmp_path):
    import struct
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    result = import_images(
        empty_project, folder_of(tmp_path / "pets", {"cat/bomb.png": bomb, "cat/fine.png": picture(1)})
    )
    assert result.imported == 1
    assert "30" in result.failed[0].error


def test_splits_follow_the_folder_or_the_question(empty_project, tmp_path):
    files = {"train/cat/1.png": picture(1), "test/cat/2.png": picture(2), "reference/cat/3.png": picture(3)}
    import_images(empty_project, folder_of(tmp_path / "pets", files))
    splits = {image.name.rsplit("/", 1)[-1]: image.split for image in empty_project.catalogue.images()}
    assert splits == {"1.png": "train", "2.png": "val", "3.png": "reference"}
    import_images(empty_project, folder_of(tmp_path / "more", {"dog/4.png": picture(4)}), split="reference")
    assert empty_project.catalogue.images(class_name="dog")[0].split == "reference"


def test_automatic_splits_depend_on_content_alone():
    hashes = [f"{number:064x}"[::-1] for number in range(4000)]
    splits = [choose_split("auto", None, text) for text in hashes]
    assert splits == [choose_split("auto", None, text) for text in hashes]
    assert 0.15 < splits.count("val") / len(splits) < 0.25


def test_an_unknown_split_is_refused(empty_project, tmp_path):
    with pytest.raises(ImportFailed, match="unknown split 'holdout'"):
        import_images(empty_project, tmp_path, split="holdout")


def test_an_empty_folder_says_what_to_give(empty_project, tmp_path):
    (tmp_path / "empty" / "cat").mkdir(parents=True)
    with pytest.raises(ImportFailed):
        import_images(empty_project, tmp_path / "empty")


def test_a_stopped_import_goes_on_where_it_was(empty_project, tmp_path):
    source = folder_of(tmp_path / "pets", {f"cat/{i:03}.png": picture(i) for i in range(150)})

    def stop(stage, done, total, detail=None):
        if done >= 64:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        import_images(empty_project, source, progress=stop)
    assert empty_project.catalogue.count_images() == 64
    rest = import_images(empty_project, source)
    assert (rest.imported, rest.duplicates) == (86, 64)


def test_only_known_data_sets_are_downloaded(empty_project):
    with pytest.raises(ImportFailed, match="OxfordIIITPet"):
        import_torchvision(empty_project, "SomethingElse")


def test_a_failed_download_says_what_to_do(empty_project, monkeypatch):
    from sxai.images.verbs import import_

    def offline(folder):
        raise OSError("no route to host")

    monkeypatch.setattr(import_, "_oxford_pets", offline)
    with pytest.raises(ImportFailed, match=r"no route to host.*network"):
        import_torchvision(empty_project, "OxfordIIITPet")


def test_a_data_set_is_called_after_its_folder_or_file(empty_project, tmp_path, monkeypatch):
    source = folder_of(tmp_path / "pets.v2", {"cat/1.png": picture(1)})
    import_images(empty_project, source)
    monkeypatch.chdir(folder_of(tmp_path / "here", {"cat/2.png": picture(2)}))
    import_images(empty_project, ".")
    assert {record.name for record in empty_project.catalogue.datasets()} == {"pets.v2", "here"}


def test_a_folder_of_one_class_has_its_name(empty_project, tmp_path):
    source = folder_of(tmp_path / "cats", {f"{i}.png": picture(i) for i in range(3)})
    result = import_images(empty_project, source)
    assert (result.classes, result.unclassed, result.classes_from) == ({"cats": 3}, 0, ("own",))


def test_folders_side_by_side_are_classes(empty_project, tmp_path):
    folder_of(tmp_path, {"cat/1.png": picture(1), "dog/2.png": picture(2)})
    assert import_images(empty_project, [tmp_path / "cat", tmp_path / "dog"]).classes == {"cat": 1, "dog": 1}


def test_without_a_class_only_when_asked(empty_project, tmp_path):
    source = folder_of(tmp_path / "cats", {"1.png": picture(1)})
    result = import_images(empty_project, source, classes="none")
    assert (result.classes, result.unclassed, result.classes_from) == ({}, 1, ("none",))
