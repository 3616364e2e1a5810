"""A look at what an import would find."""

import io

import pytest
from picture_files import folder_of, picture, zip_of

from sxai.errors import Cancelled, ImportFailed
from sxai.images.sources import uploaded
from sxai.images.verbs.import_ import import_images
from sxai.images.verbs.preview import look, preview


def test_a_preview_agrees_with_the_import(empty_project, tmp_path):
    source = folder_of(tmp_path / "pets", ["cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png"])
    (source / "cat" / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\nxx")
    (source / "cat" / "empty.jpg").write_bytes(b"")
    found = preview(source)
    assert (found.images, found.classes, found.unclassed) == (4, {"cat": 2, "dog": 2}, 0)
    assert (found.splits, found.classes_from) == ({"auto": 4}, ("folders",))
    assert [failure.file for failure in found.failed] == ["cat/empty.jpg", "cat/torn.png"]
    assert "empty (0 bytes)" in found.failed[0].error
    result = import_images(empty_project, source)
    assert (result.imported, result.classes, result.failed) == (4, found.classes, found.failed)
    assert result.classes_from == found.classes_from


def test_only_the_beginning_of_a_file_is_read(tmp_path, monkeypatch):
    from sxai.images import sources

    (tmp_path / "cats").mkdir()
    (tmp_path / "cats" / "1.png").write_bytes(picture(size=(400, 300)))
    monkeypatch.setattr(sources, "HEAD_BYTES", 64)
    whole = []
    read_file = sources._read_file

    def noted(path, limits, most=None):
        whole.append(most)
        return read_file(path, limits, most)

    monkeypatch.setattr(sources, "_read_file", noted)
    assert preview(tmp_path / "cats").images == 1
    assert whole == [64]


def test_a_folder_of_one_class_is_called_after_it(tmp_path):
    folder_of(tmp_path / "cats", ["1.png", "2.png"])
    found = preview(tmp_path / "cats", split="reference")
    assert (found.classes, found.classes_from, found.splits) == ({"cats": 2}, ("own",), {"reference": 2})
    named = preview(tmp_path / "cats", class_name="cat")
    assert (named.classes, named.classes_from) == ({"cat": 2}, ())


def test_named_splits_are_counted_as_the_import_uses_them(tmp_path):
    files = [f"{split}/cat/{number}.png" for number, split in enumerate(("train", "val", "test"))]
    assert preview(folder_of(tmp_path / "pets", files)).splits == {"train": 1, "val": 2}


def test_a_preview_can_be_stopped(tmp_path):
    folder_of(tmp_path / "cats", ["1.png"])

    def stop(*_):
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        preview(tmp_path / "cats", progress=stop)


def test_what_cannot_be_imported_is_refused_before(tmp_path):
    with pytest.raises(ImportFailed, match="no file or folder"):
        preview(tmp_path / "gone")
    with pytest.raises(ImportFailed, match="unknown split"):
        look([], split="later")
    with pytest.raises(ImportFailed, match="no picture was named"):
        preview([])


def test_open_files_are_looked_at_without_being_stored(tmp_path):
    archive = zip_of(tmp_path / "pets.zip", ["cat/1.png", "dog/2.png"]).read_bytes()
    assert look(uploaded([("pets.zip", io.BytesIO(archive))])).classes == {"cat": 1, "dog": 1}
    names = ["cat.0.png", "cat.1.png", "dog.0.png", "dog.1.png"]
    loose = [(name, io.BytesIO(picture(number))) for number, name in enumerate(names)]
    assert look(uploaded(loose)).classes == {"cat": 2, "dog": 2}
    assert look(uploaded(loose[:1])).unclassed == 1
