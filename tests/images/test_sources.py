import contextlib
import os
import stat
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from picture_files import folder_of, picture, zip_of

from sxai.errors import ImageTooLarge, ImportFailed, SxaiError, UnreadableImage
from sxai.images.decode import decode
from sxai.images.sources import SourceLimits, find_sources


def layout(sources):
    return [(source.name, source.class_name, source.split) for source in sources]


LAYOUTS = {
    "class folders": (
        ["cat/1.png", "cat/2.png", "dog/3.png"],
        [("cat/1.png", "cat", None), ("cat/2.png", "cat", None), ("dog/3.png", "dog", None)],
    ),
    "one outer folder": (
        ["pets/cat/1.png", "pets/dog/2.png"],
        [("cat/1.png", "cat", None), ("dog/2.png", "dog", None)],
    ),
    "two outer folders": (["a/b/cat/1.png", "a/b/dog/2.png"], [("cat/1.png", "cat", None), ("dog/2.png", "dog", None)]),
    "an outer folder with a read-me": (
        ["pets/cat/1.png", "pets/dog/2.png", "pets/README.txt"],
        [("README.txt", None, None), ("cat/1.png", "cat", None), ("dog/2.png", "dog", None)],
    ),
    "a read-me beside an outer folder": (
        ["README.md", "pets/cat/1.png", "pets/dog/2.png"],
        [("README.md", None, None), ("cat/1.png", "cat", None), ("dog/2.png", "dog", None)],
    ),
    "splits over classes": (
        ["train/cat/1.png", "Validation/cat/2.png", "test/dog/3.png", "reference/dog/4.png"],
        [
            ("Validation/cat/2.png", "cat", "val"),
            ("reference/dog/4.png", "dog", "reference"),
            ("test/dog/3.png", "dog", "test"),
            ("train/cat/1.png", "cat", "train"),
        ],
    ),
    "splits in an outer folder": (
        ["data/train/cat/1.png", "data/val/cat/2.png"],
        [("train/cat/1.png", "cat", "train"), ("val/cat/2.png", "cat", "val")],
    ),
    "a single split": (["train/cat/1.png"], [("train/cat/1.png", "cat", "train")]),
    "splits without classes": (
        ["train/1.png", "val/2.png"],
        [("train/1.png", None, "train"), ("val/2.png", None, "val")],
    ),
    "a class that happens to be called train": (
        ["train/1.png", "bus/2.png"],
        [("bus/2.png", "bus", None), ("train/1.png", "train", None)],
    ),
    "splits beside a folder of annotations": (
        ["train/cat/1.png", "val/cat/2.png", "notes/all.xml"],
        [("notes/all.xml", "notes", None), ("train/cat/1.png", "cat", "train"), ("val/cat/2.png", "cat", "val")],
    ),
    "mixed depth": (
        ["cat/1.png", "cat/more/2.png", "dog/a/b/3.png", "4.png"],
        [
            ("4.png", None, None),
            ("cat/1.png", "cat", None),
            ("cat/more/2.png", "cat", None),
            ("dog/a/b/3.png", "dog", None),
        ],
    ),
    "a single class": (["cat/1.png", "cat/more/2.png"], [("cat/1.png", "cat", None), ("cat/more/2.png", "cat", None)]),
    "no classes": (["1.png", "2.png"], [("1.png", None, None), ("2.png", None, None)]),
    "names from other alphabets": (
        ["Кошка/ä 1.png", "狗/2.png"],
        [("Кошка/ä 1.png", "Кошка", None), ("狗/2.png", "狗", None)],
    ),
    "what systems leave behind": (
        ["cat/1.png", "cat/.DS_Store", "cat/Thumbs.db", "__MACOSX/cat/._1.png", ".git/x.png", "dog/2.png"],
        [("cat/1.png", "cat", None), ("dog/2.png", "dog", None)],
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts_are_read_alike_from_folders_and_archives(tmp_path, name):
    names, expected = LAYOUTS[name]
    assert layout(find_sources(folder_of(tmp_path / "tree", names))) == expected
    assert layout(find_sources(zip_of(tmp_path / "tree.zip", names))) == expected


def test_what_is_read_is_what_was_stored(tmp_path):
    names = ["cat/1.png", "dog/2.png"]
    for path in (folder_of(tmp_path / "tree", names), zip_of(tmp_path / "t.zip", names, zipfile.ZIP_DEFLATED)):
        assert [source.read() for source in find_sources(path)] == [picture(0), picture(1)]


def test_a_single_picture_and_a_list_have_no_class(tmp_path):
    root = folder_of(tmp_path, ["a.png", "b.png", "more/cat/c.png", "more/dog/d.png"])
    assert layout(find_sources(root / "a.png")) == [("a.png", None, None)]
    found = find_sources([root / "b.png", root / "a.png", root / "more"])
    assert layout(found) == [
        ("b.png", None, None),
        ("a.png", None, None),
        ("cat/c.png", "cat", None),
        ("dog/d.png", "dog", None),
    ]
    assert found[0].read() == picture(1)


@pytest.mark.parametrize("splits", [False, True])
def test_an_empty_class_folder_is_reported_and_the_rest_is_found(tmp_path, splits):
    names = ["train/cat/1.png", "train/dog/"] if splits else ["cat/1.png", "dog/", "bird/nest/"]
    for path in (folder_of(tmp_path / "tree", names), zip_of(tmp_path / "t.zip", names)):
        found = find_sources(path)
        broken = [source for source in found if source.name.endswith("/")]
        assert len(found) - len(broken) == 1
        assert [source.class_name for source in broken] == (["dog"] if splits else ["bird", "dog"])
        for source in broken:
            with pytest.raises(ImportFailed, match="is empty"):
                source.read()


@pytest.mark.parametrize("names", [[], ["cat/", "dog/"], ["cat/.hidden", "Thumbs.db"]])
def test_nothing_to_import_is_an_error(tmp_path, names):
    (tmp_path / "tree").mkdir()
    with pytest.raises(ImportFailed, match="no pictures"):
        find_sources(folder_of(tmp_path / "tree", names))
    with pytest.raises(ImportFailed, match="no pictures"):
        find_sources(zip_of(tmp_path / "t.zip", names))


def test_a_path_that_does_not_exist_is_an_error(tmp_path):
    with pytest.raises(ImportFailed, match="Check the path"):
        find_sources(tmp_path / "nowhere")


def test_files_that_are_no_pictures_fail_one_by_one(tmp_path):
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / "notes.txt").write_text("hello")
    (tmp_path / "cat" / "1.png").write_bytes(picture())
    good, bad = find_sources(tmp_path)
    assert decode(good.read()).format == "PNG"
    with pytest.raises(UnreadableImage, match="Offered formats"):
        decode(bad.read())


@pytest.mark.parametrize(
    "name", ["../evil.png", "cat/../../evil.png", "/etc/evil.png", "C:/evil.png", "..\\evil.png", "\\\\host\\evil.png"]
)
def test_archives_with_names_that_lead_elsewhere_are_refused_as_a_whole(tmp_path, name):
    path = zip_of(tmp_path / "t.zip", ["cat/1.png", name])
    with pytest.raises(ImportFailed, match="unsafe file name"):
        find_sources(path)
    assert os.listdir(tmp_path) == ["t.zip"]


def test_archives_with_links_are_refused(tmp_path):
    link = zipfile.ZipInfo("cat/passwords")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("cat/1.png", picture())
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(ImportFailed, match="link"):
        find_sources(tmp_path / "t.zip")


def test_archives_of_too_many_files_are_refused(tmp_path):
    path = zip_of(tmp_path / "t.zip", [f"cat/{i}.png" for i in range(6)])
    with pytest.raises(ImportFailed, match="lists 6 files; the limit is 5"):
        find_sources(path, SourceLimits(max_files=5))
    tree = folder_of(tmp_path / "tree", [f"cat/{i}.png" for i in range(6)])
    with pytest.raises(ImportFailed, match="more than 5 files"):
        find_sources(tree, SourceLimits(max_files=5))


def test_archives_that_unpack_to_too_much_are_refused_unread(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for index in range(3):
            archive.writestr(f"cat/{index}.bmp", b"\0" * 2**20)
    assert (tmp_path / "bomb.zip").stat().st_size < 10_000
    with pytest.raises(ImportFailed, match="would unpack to"):
        find_sources(tmp_path / "bomb.zip", SourceLimits(max_total_bytes=2 * 2**20))
    found = find_sources(tmp_path / "bomb.zip", SourceLimits(max_file_bytes=2**19))
    with pytest.raises(ImageTooLarge, match="the limit is 0 MiB"):
        found[0].read()


def test_a_member_that_lies_about_its_size_is_refused(tmp_path):
    path = tmp_path / "lie.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cat/1.bmp", b"\0" * 5_000_000)
    data = path.read_bytes()
    true_size = (5_000_000).to_bytes(4, "little")
    assert data.count(true_size) == 2
    path.write_bytes(data.replace(true_size, (1000).to_bytes(4, "little")))
    (found,) = find_sources(path)
    with pytest.raises(UnreadableImage, match="damaged in the archive"):
        found.read()


def test_a_damaged_member_fails_alone(tmp_path):
    path = zip_of(tmp_path / "t.zip", ["cat/1.png", "cat/2.png"])
    data = path.read_bytes()
    at = data.index(picture(0)) + 30
    path.write_bytes(data[:at] + bytes([data[at] ^ 255]) + data[at + 1 :])
    first, second = find_sources(path)
    with pytest.raises(UnreadableImage, match="damaged in the archive"):
        first.read()
    assert second.read() == picture(1)


def test_an_encrypted_member_fails_alone(tmp_path):
    path = zip_of(tmp_path / "t.zip", ["cat/1.png"])
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(data))
    (found,) = find_sources(path)
    with pytest.raises(UnreadableImage, match="password"):
        found.read()


@pytest.mark.parametrize("data", [b"PK\x03\x04 cut off", b"", b"no archive"])
def test_a_damaged_archive_is_refused(tmp_path, data):
    (tmp_path / "t.zip").write_bytes(data)
    with pytest.raises(ImportFailed, match="not a whole zip archive"):
        find_sources(tmp_path / "t.zip")


def test_other_archives_are_refused_with_advice(tmp_path):
    (tmp_path / "pets.tar.gz").write_bytes(b"\x1f\x8b")
    with pytest.raises(ImportFailed, match="make a zip"):
        find_sources(tmp_path / "pets.tar.gz")


def test_a_picture_with_an_archive_behind_it_is_a_picture(tmp_path):
    archive = zip_of(tmp_path / "t.zip", ["cat/1.png"]).read_bytes()
    (tmp_path / "two.png").write_bytes(picture() + archive)
    assert layout(find_sources(tmp_path / "two.png")) == [("two.png", None, None)]


def test_links_to_folders_are_reported_and_links_to_files_are_read(tmp_path):
    tree = folder_of(tmp_path / "tree", ["cat/1.png"])
    (tree / "loop").symlink_to(tree)
    (tree / "cat" / "2.png").symlink_to(tree / "cat" / "1.png")
    (tree / "cat" / "3.png").symlink_to(tree / "cat" / "gone.png")
    first, second, gone, loop = find_sources(tree)
    assert first.read() == second.read()
    with pytest.raises(UnreadableImage, match=r"3\.png"):
        gone.read()
    with pytest.raises(ImportFailed, match="link"):
        loop.read()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_never_waited_for(tmp_path):
    tree = folder_of(tmp_path / "tree", ["cat/1.png"])
    os.mkfifo(tree / "cat" / "2.png")
    with pytest.raises(UnreadableImage, match="regular file"):
        find_sources(tree)[1].read()
    with pytest.raises(SxaiError):
        find_sources(tree / "cat" / "2.png")


def test_large_files_are_refused_before_reading(tmp_path):
    tree = folder_of(tmp_path / "tree", ["cat/1.png"])
    with pytest.raises(ImageTooLarge, match="limit"):
        find_sources(tree, SourceLimits(max_file_bytes=10))[0].read()


def test_archives_leave_no_open_file_behind(tmp_path):
    path = zip_of(tmp_path / "t.zip", ["cat/1.png"])
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    for _ in range(20):
        find_sources(path)[0].read()
    after = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    assert after <= before + 1


@settings(max_examples=60)
@given(damage=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=6))
def test_damaged_archives_are_refused_or_fail_file_by_file(tmp_path_factory, damage):
    path = tmp_path_factory.mktemp("zips") / "t.zip"
    data = bytearray(zip_of(path, ["cat/1.png", "dog/2.png"], zipfile.ZIP_DEFLATED).read_bytes())
    for position, value in damage:
        data[position % len(data)] = value
    path.write_bytes(bytes(data))
    try:
        found = find_sources(path)
    except ImportFailed:
        return
    for source in found:
        with contextlib.suppress(SxaiError):
            assert source.read() in (picture(0), picture(1), b"")


def test_members_can_be_read_from_many_threads(tmp_path):
    names = [f"cat/{index}.png" for index in range(40)]
    found = find_sources(zip_of(tmp_path / "t.zip", names, zipfile.ZIP_DEFLATED))
    with ThreadPoolExecutor(4) as pool:
        contents = list(pool.map(lambda source: source.read(), found))
    expected = {name: picture(index) for index, name in enumerate(names)}
    assert contents == [expected[source.name] for source in found]
