import hashlib
import os
import signal
import threading
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from data_store.artefacts import Artefacts
from data_store.errors import ArtefactError

TRASH = Path("no-trash-is-made")


def leftovers(artefacts):
    return [path.name for path in artefacts.root.rglob(".tmp-*")]


def make_old(path, seconds=7200):
    then = time.time() - seconds
    os.utime(path, (then, then))


# ---------------------------------------------------------------- writing and reading


def test_content_comes_back_under_a_name_made_of_it(artefacts):
    relative = artefacts.write("images", ".png", b"picture")
    digest = hashlib.sha256(b"picture").hexdigest()
    assert relative == f"images/{digest[:2]}/{digest}.png"
    assert artefacts.read(relative) == b"picture"
    assert artefacts.path(relative) == artefacts.root / relative
    assert artefacts.exists(relative)
    assert artefacts.intact(relative)


def test_equal_content_is_held_once(artefacts):
    assert artefacts.write("images", ".png", b"x") == artefacts.write("images", ".png", b"x")
    artefacts.write("images", ".png", b"y")
    assert len(artefacts.files()) == 2
    assert leftovers(artefacts) == []


def test_the_root_is_made_and_may_be_opened_again(tmp_path):
    relative = Artefacts(tmp_path / "a" / "b").write("images", ".png", b"x")
    assert Artefacts(tmp_path / "a" / "b").read(relative) == b"x"


def test_writing_again_mends_a_damaged_file(artefacts):
    relative = artefacts.write("images", ".png", b"picture")
    artefacts.path(relative).write_bytes(b"damage")
    assert not artefacts.intact(relative)
    artefacts.write("images", ".png", b"picture")
    assert artefacts.intact(relative)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=5000))
def test_any_bytes_come_back(artefacts, data):
    assert artefacts.read(artefacts.write("blobs", "", data)) == data


@pytest.mark.parametrize(
    ("folder", "suffix"),
    [
        ("../up", ".png"),
        ("a/b", ".png"),
        ("", ".png"),
        ("Images", ".png"),
        (".", ""),
        ("images", "png"),
        ("images", "/../x"),
        ("images", ".p/ng"),
        ("images", ".."),
        ("images", ".PNG"),
        ("images\n", ".png"),
    ],
)
def test_odd_folders_and_suffixes_are_refused(artefacts, folder, suffix):
    with pytest.raises(ArtefactError, match="plain folder name"):
        artefacts.write(folder, suffix, b"x")
    assert artefacts.files() == []


def test_files_are_readable_by_whom_the_system_says(artefacts):
    old = os.umask(0o027)
    try:
        relative = artefacts.write("images", ".png", b"x")
    finally:
        os.umask(old)
    assert artefacts.path(relative).stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("relative", ["images/ab/missing.png", "images"])
def test_a_missing_file_is_told(artefacts, relative):
    artefacts.write("images", ".png", b"x")
    with pytest.raises(ArtefactError, match=r"cannot be read.*restore a backup"):
        artefacts.read(relative)
    assert not artefacts.exists(relative)
    assert not artefacts.intact(relative)


# ---------------------------------------------------------------- staying inside


@pytest.mark.parametrize(
    "relative",
    ["", ".", "..", "../x", "a/../../x", "a/..", "/etc/passwd", "//etc/passwd", "a\\..\\x", "C:/x", "a\0b", "a/b/../c"],
)
def test_paths_that_lead_out_are_refused(artefacts, relative):
    for method in (artefacts.path, artefacts.read, artefacts.read_arrays, artefacts.exists, artefacts.intact):
        with pytest.raises(ArtefactError, match="not the path of an artefact"):
            method(relative)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from("ab./\\:~\0 "), max_size=12) | st.text(max_size=12))
def test_no_text_at_all_leads_out(artefacts, relative):
    try:
        path = artefacts.path(relative)
    except (ArtefactError, UnicodeEncodeError):
        return
    assert artefacts.root.resolve() in path.resolve().parents


def test_links_that_lead_out_are_refused(artefacts, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.png").write_bytes(b"secret")
    (artefacts.root / "images").symlink_to(outside)
    with pytest.raises(ArtefactError, match="through a link"):
        artefacts.read("images/secret.png")
    with pytest.raises(ArtefactError, match="through a link"):
        artefacts.write("images", ".png", b"x")
    assert [path.name for path in outside.iterdir()] == ["secret.png"]
    assert leftovers(artefacts) == []


def test_the_root_itself_may_be_reached_through_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    artefacts = Artefacts(tmp_path / "link")
    assert artefacts.read(artefacts.write("images", ".png", b"x")) == b"x"


# ---------------------------------------------------------------- arrays


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.text("abcdefghij_", min_size=1, max_size=8),
        arrays_of.arrays(
            st.sampled_from([np.float32, np.float64, np.int64, np.uint8, np.bool_, np.dtype("<U4")]),
            arrays_of.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
        ),
        max_size=3,
    )
)
def test_any_arrays_come_back_with_their_type_and_shape(artefacts, arrays):
    back = artefacts.read_arrays(artefacts.write_arrays("features", **arrays))
    assert back.keys() == arrays.keys()
    for name, array in arrays.items():
        assert back[name].dtype == array.dtype
        np.testing.assert_array_equal(back[name], array, strict=True)


def test_arrays_may_have_the_names_of_arguments(artefacts):
    relative = artefacts.write_arrays("features", file=[1], folder=[2], self_=[3], allow_pickle=[4])
    assert {name: int(array[0]) for name, array in artefacts.read_arrays(relative).items()} == {
        "file": 1,
        "folder": 2,
        "self_": 3,
        "allow_pickle": 4,
    }


def test_equal_arrays_give_the_same_file_whatever_the_hour_and_order(artefacts, monkeypatch):
    first = artefacts.write_arrays("features", a=np.arange(3), b=np.ones(2))
    monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
    assert artefacts.write_arrays("features", b=np.ones(2), a=np.arange(3)) == first


def test_plain_numpy_reads_what_was_written(artefacts):
    relative = artefacts.write_arrays("features", x=np.eye(3, order="F")[::-1])
    with np.load(artefacts.path(relative), allow_pickle=False) as stored:
        np.testing.assert_array_equal(stored["x"], np.eye(3)[::-1])


def test_only_the_arrays_asked_for_are_read(artefacts):
    relative = artefacts.write_arrays("features", a=[1], b=[2])
    assert list(artefacts.read_arrays(relative, ["b"])) == ["b"]
    with pytest.raises(ArtefactError, match="cannot be read"):
        artefacts.read_arrays(relative, ["c"])


def test_arrays_of_objects_are_refused(artefacts):
    with pytest.raises(ArtefactError, match="bad hold Python objects"):
        artefacts.write_arrays("features", good=[1], bad=np.array([object()]))
    assert artefacts.files() == []


def test_a_file_that_would_run_code_is_refused(artefacts, tmp_path):
    class Harm:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "harm"),)

    evil = np.empty(1, object)
    evil[0] = Harm()
    np.savez(tmp_path / "evil.npz", x=evil, allow_pickle=True)
    np.save(tmp_path / "evil.npy", evil, allow_pickle=True)
    for name in ("evil.npz", "evil.npy"):
        relative = artefacts.write("features", ".npz", (tmp_path / name).read_bytes())
        with pytest.raises(ArtefactError, match="cannot be read"):
            artefacts.read_arrays(relative)
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: b"noise",
        lambda data: data[: len(data) // 2],
        lambda data: data[:200] + b"\xff" * 40 + data[240:],
    ],
    ids=["empty", "noise", "half", "overwritten"],
)
def test_damaged_arrays_are_told_and_leave_no_descriptor(artefacts, damage):
    relative = artefacts.write_arrays("features", x=np.arange(100.0))
    path = artefacts.path(relative)
    path.write_bytes(damage(path.read_bytes()))
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(ArtefactError, match="cannot be read"):
        artefacts.read_arrays(relative)
    assert len(os.listdir("/proc/self/fd")) == before


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 700), st.integers(1, 255))
def test_one_wrong_byte_never_gives_wrong_numbers(artefacts, place, change):
    wanted = np.arange(50.0)
    relative = artefacts.write_arrays("features", x=wanted)
    data = bytearray(artefacts.read(relative))
    data[place % len(data)] ^= change
    artefacts.path(relative).write_bytes(data)
    try:
        back = artefacts.read_arrays(relative, ["x"])["x"]
    except ArtefactError:
        return
    np.testing.assert_array_equal(back, wanted)


def test_a_single_array_is_not_an_archive_of_arrays(artefacts, tmp_path):
    np.save(tmp_path / "one.npy", np.ones(3))
    relative = artefacts.write("features", ".npz", (tmp_path / "one.npy").read_bytes())
    with pytest.raises(ArtefactError, match="one array without a name"):
        artefacts.read_arrays(relative)


# ---------------------------------------------------------------- lasting


def test_nothing_is_visible_before_it_is_whole(artefacts, monkeypatch):
    seen = []

    def stop(*_):
        seen.append((artefacts.files(), len(leftovers(artefacts))))
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        artefacts.write("images", ".png", b"x")
    assert seen == [([], 1)]
    assert leftovers(artefacts) == []


def test_a_name_is_given_after_the_content_is_on_the_disk(artefacts, monkeypatch):
    order = []
    real_sync, real_replace = os.fsync, os.replace

    def sync(descriptor):
        order.append("folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "content")
        real_sync(descriptor)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "replace", lambda *names: (order.append("name"), real_replace(*names)))
    artefacts.write("images", ".png", b"x")
    assert order[0] == "content"
    assert order[-2:] == ["name", "folder"]
    assert order.count("content") == 1


def test_a_killed_writer_leaves_only_a_temporary_file(artefacts, child):
    code = (
        "import os, sys, time; from pathlib import Path; from data_store.artefacts import Artefacts\n"
        "def wait(*_): print('whole', flush=True); time.sleep(60)\n"
        "os.replace = wait\n"
        "Artefacts(Path(sys.argv[1])).write('images', '.png', b'x' * 1000)"
    )
    process = child(code, artefacts.root)
    assert process.stdout.readline() == "whole\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert artefacts.files() == []
    assert len(leftovers(artefacts)) == 1
    assert artefacts.sweep(set(), TRASH) == [], "it may still be at work"
    assert len(artefacts.sweep(set(), TRASH, older_than=0)) == 1
    assert leftovers(artefacts) == []


def test_a_full_disk_is_told_and_leaves_nothing(artefacts, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ArtefactError, match="No space left"):
        artefacts.write("images", ".png", b"x")
    assert artefacts.files() == leftovers(artefacts) == []


def test_threads_that_store_the_same_content_do_not_disturb_each_other(artefacts):
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(artefacts.write("images", ".png", b"same" * 9999)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8
    assert len(set(results)) == 1
    assert artefacts.intact(results[0])
    assert leftovers(artefacts) == []


# ---------------------------------------------------------------- sweeping


def test_a_sweep_takes_old_files_that_nothing_refers_to(artefacts, tmp_path):
    kept, loose, fresh = (artefacts.write("images", ".png", data) for data in (b"kept", b"loose", b"fresh"))
    make_old(artefacts.path(kept))
    make_old(artefacts.path(loose))
    assert artefacts.sweep({kept}, tmp_path / "trash") == [loose]
    assert artefacts.files() == sorted([kept, fresh])
    assert artefacts.bring_back(tmp_path / "trash") == [loose]
    assert artefacts.read(loose) == b"loose"


def test_nothing_is_swept_when_nothing_is_referred_to(artefacts, tmp_path):
    relative = artefacts.write("images", ".png", b"x")
    make_old(artefacts.path(relative))
    with pytest.raises(ArtefactError, match="may have been emptied"):
        artefacts.sweep(set(), tmp_path / "trash")
    assert artefacts.intact(relative)


def test_content_stored_again_is_fresh(artefacts):
    relative = artefacts.write("images", ".png", b"x")
    make_old(artefacts.path(relative))
    artefacts.write("images", ".png", b"x")
    assert artefacts.sweep({"images/other"}, TRASH) == []


def test_a_sweep_follows_no_links(artefacts, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").touch()
    make_old(outside / "precious")
    (artefacts.root / "link").symlink_to(outside)
    (artefacts.root / "file").symlink_to(outside / "precious")
    assert artefacts.sweep(set(), TRASH, older_than=0) == []
    assert (outside / "precious").exists()
    assert artefacts.files() == []


def test_a_catalogue_s_references_are_what_a_sweep_keeps(catalogue, artefacts, tmp_path):
    dataset = catalogue.add_dataset("d", "x")
    image = artefacts.write("images", ".png", b"picture")
    catalogue.add_image(dataset, "cat", "train", "h", image, "a.png", 1, 1, "png")
    checkpoint = artefacts.write("models", ".safetensors", b"weights")
    model = catalogue.add_model("m", "small", 8, artefact=checkpoint)
    first = artefacts.write_arrays("features", features=np.ones((1, 8)))
    catalogue.add_feature_block(model.id, first, [1])
    second = artefacts.write_arrays("features", features=np.zeros((1, 8)))
    catalogue.add_feature_block(model.id, second, [1])
    assert artefacts.sweep(catalogue.referenced_artefacts(), tmp_path / "trash", older_than=0) == [first]
    assert artefacts.files() == sorted([image, checkpoint, second])


def test_an_archive_of_arrays_is_not_compressed(artefacts):
    with zipfile.ZipFile(artefacts.path(artefacts.write_arrays("features", x=np.zeros(9)))) as archive:
        assert [member.compress_type for member in archive.infolist()] == [zipfile.ZIP_STORED]


def test_the_root_is_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    artefacts = Artefacts(Path("store"))
    relative = artefacts.write("images", ".png", b"x")
    monkeypatch.chdir("/")
    assert artefacts.read(relative) == b"x"
