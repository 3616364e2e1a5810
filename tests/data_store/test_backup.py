import hashlib
import json
import os
import sqlite3
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest

from data_store import backup as backup_module
from data_store.artefacts import Artefacts
from data_store.backup import ARTEFACT_FOLDER, CATALOGUE_FILE, Problem, backup, check, restore
from data_store.catalogue import Catalogue
from data_store.errors import CatalogueError, Unusable
from data_store.packing import MANIFEST


@pytest.fixture
def project(catalogue, artefacts, add_pictures, save):
    """A catalogue with two images, a mask, a model, features and a space, and their files; and one loose file."""
    dataset = catalogue.add_dataset("photos", "x")
    for number in range(2):
        path = artefacts.write("images", ".png", f"picture {number}".encode() * 1000)
        catalogue.add_image(dataset, "cat", "train", f"h{number}", path, f"{number}.png", 8, 8, "png")
    save(catalogue, 1)
    model = catalogue.add_model("m", "small", 8, artefact=artefacts.write("models", ".safetensors", b"weights"))
    catalogue.add_feature_block(model.id, artefacts.write_arrays("features", f=np.ones((2, 8))), [1, 2])
    catalogue.save_space(model.id, "cat", "eyes", [1], [0.5], 3, artefact=artefacts.write_arrays("spaces", s=[1.0]))
    artefacts.write("images", ".png", b"loose")
    return catalogue


def content(catalogue):
    """All that the catalogue tells."""
    masks, events = catalogue.masks(), catalogue.mask_events()
    return catalogue.images(), masks, events, catalogue.models(), catalogue.spaces(), catalogue.feature_rows(1)


def opened(home):
    return Catalogue.open(home / CATALOGUE_FILE), Artefacts(home / ARTEFACT_FOLDER)


def rewritten(target, tmp_path, change):
    """A copy of a zipped backup whose files went through ``change(name, data) -> data or None``."""
    copy = tmp_path / "rewritten.zip"
    with zipfile.ZipFile(target) as old, zipfile.ZipFile(copy, "w") as new:
        for name in old.namelist():
            data = change(name, old.read(name))
            if data is not None:
                new.writestr(name, data)
    return copy


def nothing_left(tmp_path):
    return not [path for path in tmp_path.rglob("*") if path.name.startswith((".backup-", ".restore-"))]


@pytest.mark.parametrize("name", ["copy", "copy.zip", "deep/er/copy.ZIP"])
def test_a_restored_project_is_the_same(project, artefacts, tmp_path, name):
    report = backup(project, artefacts, tmp_path / name)
    assert (report.target, report.artefacts, report.missing) == (tmp_path / name, 5, ())
    restored = tmp_path / "restored"
    assert restore(tmp_path / name, restored) == 5
    catalogue, files = opened(restored)
    with catalogue:
        assert content(catalogue) == content(project)
        assert check(catalogue, files) == []
    assert set(files.files()) == project.referenced_artefacts(), "the loose file stays behind"
    assert nothing_left(tmp_path)


def test_a_backup_tells_its_size_and_progress(project, artefacts, tmp_path):
    seen = []
    report = backup(project, artefacts, tmp_path / "copy", lambda *step: seen.append(step))
    stored = [path for path in (tmp_path / "copy").rglob("*") if path.is_file() and path.name != MANIFEST]
    assert report.bytes == sum(path.stat().st_size for path in stored)
    assert seen == [("back up", done, 5) for done in range(6)]
    seen.clear()
    restore(tmp_path / "copy", tmp_path / "restored", lambda *step: seen.append(step))
    assert seen == [("restore", done, 6) for done in range(7)]


def test_the_manifest_tells_the_hash_of_every_file(project, artefacts, tmp_path):
    backup(project, artefacts, tmp_path / "copy")
    manifest = json.loads((tmp_path / "copy" / MANIFEST).read_text())
    assert len(manifest["files"]) == 6
    for name, entry in manifest["files"].items():
        data = (tmp_path / "copy" / name).read_bytes()
        assert entry == {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


def test_a_backup_holds_one_state_while_others_write(project, artefacts, tmp_path, file):
    stop = threading.Event()

    def write():
        with Catalogue.open(file) as other:
            number = 0
            while not stop.is_set():
                number += 1
                with other.write():
                    other.set_setting("a", number)
                    other.set_setting("b", number)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for number in range(4):
            backup(project, artefacts, tmp_path / f"copy{number}")
    finally:
        stop.set()
        thread.join()
    for number in range(4):
        restore(tmp_path / f"copy{number}", tmp_path / f"home{number}")
        with opened(tmp_path / f"home{number}")[0] as catalogue:
            assert catalogue.get_setting("a") == catalogue.get_setting("b")


def test_a_file_that_was_missing_is_told_and_the_rest_saved(project, artefacts, tmp_path):
    gone = project.image(1).artefact
    artefacts.path(gone).unlink()
    report = backup(project, artefacts, tmp_path / "copy.zip")
    assert report.missing == (gone,)
    restore(tmp_path / "copy.zip", tmp_path / "restored")
    catalogue, files = opened(tmp_path / "restored")
    with catalogue:
        assert [(problem.kind, problem.where) for problem in check(catalogue, files)] == [("missing", gone)]


@pytest.mark.parametrize("name", ["copy", "copy.zip"])
def test_a_backup_overwrites_nothing(project, artefacts, tmp_path, name):
    (tmp_path / name).write_text("precious")
    with pytest.raises(CatalogueError, match="exists already: choose a new name"):
        backup(project, artefacts, tmp_path / name)
    assert (tmp_path / name).read_text() == "precious"


@pytest.mark.parametrize("name", ["copy", "copy.zip"])
def test_a_backup_that_is_interrupted_does_not_appear(project, artefacts, tmp_path, name):
    def stop(stage, done, total):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backup(project, artefacts, tmp_path / name, stop)
    assert not (tmp_path / name).exists()
    assert nothing_left(tmp_path)


def test_a_backup_where_nothing_can_be_written_is_told(project, artefacts, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CatalogueError, match="no backup could be written"):
        backup(project, artefacts, tmp_path / "file" / "copy")


def test_a_catalogue_on_a_server_is_left_to_the_server_s_tools(project, artefacts, tmp_path, monkeypatch):
    monkeypatch.setattr(project.engine.dialect, "name", "postgresql")
    with pytest.raises(CatalogueError, match="server's own tools"):
        backup(project, artefacts, tmp_path / "copy")
    assert nothing_left(tmp_path)


# ---------------------------------------------------------------- restoring


def test_an_empty_home_is_used_and_a_full_one_refused(project, artefacts, tmp_path):
    backup(project, artefacts, tmp_path / "copy")
    (tmp_path / "empty").mkdir()
    restore(tmp_path / "copy", tmp_path / "empty")
    before = sorted((tmp_path / "empty").rglob("*"))
    with pytest.raises(CatalogueError, match="is not empty: restore into a new folder"):
        restore(tmp_path / "copy", tmp_path / "empty")
    (tmp_path / "file").touch()
    with pytest.raises(CatalogueError, match="is not empty"):
        restore(tmp_path / "copy", tmp_path / "file")
    assert sorted((tmp_path / "empty").rglob("*")) == before


@pytest.mark.parametrize("name", ["copy", "copy.zip"])
@pytest.mark.parametrize("victim", ["catalogue", "artefact"])
def test_a_damaged_backup_is_refused_and_nothing_restored(project, artefacts, tmp_path, name, victim):
    target = tmp_path / name
    backup(project, artefacts, target)
    wanted = CATALOGUE_FILE if victim == "catalogue" else f"{ARTEFACT_FOLDER}/{project.image(1).artefact}"
    if target.is_dir():
        data = bytearray((target / wanted).read_bytes())
        data[len(data) // 2] ^= 1
        (target / wanted).write_bytes(data)
    else:
        change = lambda name, data: data[:-1] + bytes([data[-1] ^ 1]) if name == wanted else data  # noqa: E731
        target = rewritten(target, tmp_path, change)
    with pytest.raises(CatalogueError, match="is damaged: its hash differs"):
        restore(target, tmp_path / "restored")
    assert not (tmp_path / "restored").exists()
    assert nothing_left(tmp_path)


def test_a_flipped_bit_inside_the_archive_is_noticed(project, artefacts, tmp_path):
    target = tmp_path / "copy.zip"
    backup(project, artefacts, target)
    data = bytearray(target.read_bytes())
    data[data.index(b"picture 0picture 0") + 20] ^= 1
    target.write_bytes(data)
    with pytest.raises(CatalogueError, match=r"(CRC|hash differs)"):
        restore(target, tmp_path / "restored")
    assert not (tmp_path / "restored").exists()


def test_a_shortened_archive_is_refused(project, artefacts, tmp_path):
    target = tmp_path / "copy.zip"
    backup(project, artefacts, target)
    os.truncate(target, target.stat().st_size // 2)
    with pytest.raises(CatalogueError, match="cannot be restored"):
        restore(target, tmp_path / "restored")


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_a_file_that_the_manifest_tells_but_is_missing_is_noticed(project, artefacts, tmp_path, form):
    wanted = f"{ARTEFACT_FOLDER}/{project.image(1).artefact}"
    target = tmp_path / ("copy.zip" if form == "zip" else "copy")
    backup(project, artefacts, target)
    if form == "zip":
        target = rewritten(target, tmp_path, lambda name, data: None if name == wanted else data)
    else:
        (target / wanted).unlink()
    with pytest.raises(CatalogueError, match="the backup lacks"):
        restore(target, tmp_path / "restored")
    assert not (tmp_path / "restored").exists()


@pytest.mark.parametrize(
    "name", ["../evil", "artefacts/../../evil", "/tmp/evil", "artefacts\\evil", "C:evil", "", "evil", "manifest.json"]
)
def test_files_that_would_land_elsewhere_are_refused(project, artefacts, tmp_path, name):
    def change(member, data):
        if member != MANIFEST:
            return data
        manifest = json.loads(data)
        manifest["files"][name] = {"sha256": hashlib.sha256(b"evil").hexdigest(), "bytes": 4}
        return json.dumps(manifest)

    backup(project, artefacts, tmp_path / "copy.zip")
    target = rewritten(tmp_path / "copy.zip", tmp_path, change)
    with zipfile.ZipFile(target, "a") as archive:
        if name not in ("", MANIFEST):
            archive.writestr(name, b"evil")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(CatalogueError, match="do not trust it"):
        restore(target, tmp_path / "restored")
    assert sorted(tmp_path.rglob("*")) == before


def test_links_in_a_backup_folder_are_not_followed(project, artefacts, tmp_path):
    backup(project, artefacts, tmp_path / "copy")
    wanted = tmp_path / "copy" / ARTEFACT_FOLDER / project.image(1).artefact
    secret = tmp_path / "secret"
    secret.write_bytes(wanted.read_bytes())
    wanted.unlink()
    wanted.symlink_to(secret)
    with pytest.raises(CatalogueError, match="through a link"):
        restore(tmp_path / "copy", tmp_path / "restored")


def test_a_file_longer_than_told_stops_the_restoring(project, artefacts, tmp_path):
    wanted = f"{ARTEFACT_FOLDER}/{project.image(1).artefact}"
    backup(project, artefacts, tmp_path / "copy.zip")
    change = lambda name, data: data + b"\0" * (5 << 20) if name == wanted else data  # noqa: E731
    with pytest.raises(CatalogueError, match="longer than the 9000 bytes"):
        restore(rewritten(tmp_path / "copy.zip", tmp_path, change), tmp_path / "restored")


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"no json",
        b"[]",
        b"{}",
        b'{"format": 2, "files": {"catalogue.sqlite": {}}}',
        b'{"format": 1, "files": []}',
        b'{"format": 1, "files": {"catalogue.sqlite": {}}}',
        b'{"format": 1, "files": {"catalogue.sqlite": 5}}',
        b'{"format": 1, "files": {"catalogue.sqlite": {"sha256": "x", "bytes": "many"}}}',
    ],
)
def test_a_manifest_that_makes_no_sense_is_refused(project, artefacts, tmp_path, manifest):
    backup(project, artefacts, tmp_path / "copy.zip")
    change = lambda name, data: manifest if name == MANIFEST else data  # noqa: E731
    with pytest.raises(CatalogueError, match=r"take (another|one)"):
        restore(rewritten(tmp_path / "copy.zip", tmp_path, change), tmp_path / "restored")
    assert not (tmp_path / "restored").exists()


@pytest.mark.parametrize("make", [lambda p: p.mkdir(), lambda p: p.write_text("text"), lambda p: None])
def test_what_is_no_backup_is_refused(tmp_path, make):
    make(tmp_path / "thing")
    with pytest.raises(CatalogueError):
        restore(tmp_path / "thing", tmp_path / "restored")
    assert not (tmp_path / "restored").exists()
    assert nothing_left(tmp_path)


def test_a_backup_of_a_newer_version_is_refused(project, artefacts, tmp_path, file, monkeypatch):
    backup(project, artefacts, tmp_path / "copy")
    stored = tmp_path / "copy" / CATALOGUE_FILE
    connection = sqlite3.connect(stored)
    with connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")
    connection.close()
    manifest = json.loads((tmp_path / "copy" / MANIFEST).read_text())
    data = stored.read_bytes()
    manifest["files"][CATALOGUE_FILE] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    (tmp_path / "copy" / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(Unusable, match="update the program"):
        restore(tmp_path / "copy", tmp_path / "restored")
    assert not (tmp_path / "restored").exists()


# ---------------------------------------------------------------- checking


def test_a_sound_project_has_no_problems(project, artefacts):
    assert check(project, artefacts) == []


def test_missing_and_damaged_files_are_found(project, artefacts):
    first, second = (image.artefact for image in project.images())
    artefacts.path(first).unlink()
    artefacts.path(second).write_bytes(b"damage")
    problems = check(project, artefacts)
    assert sorted((problem.kind, problem.where) for problem in problems) == [("damaged", second), ("missing", first)]
    assert [problem.kind for problem in check(project, artefacts, deep=False)] == ["missing"]


def test_a_reference_that_leads_out_is_a_problem(project, artefacts):
    project.update_model(1, artefact="../../etc/passwd")
    [problem] = check(project, artefacts)
    assert (problem.kind, problem.where) == ("damaged", "../../etc/passwd")


def test_rows_that_refer_to_nothing_are_found(project, artefacts, file):
    raw = sqlite3.connect(file)
    with raw:
        raw.execute("DELETE FROM image WHERE id = 1")  # foreign keys are not enforced here
    raw.close()
    problems = check(project, artefacts)
    assert {problem.kind for problem in problems} == {"database"}
    assert any("mask" in problem.where and "refers to a image" in problem.text for problem in problems)


def test_features_beyond_their_block_are_found(project, artefacts, file):
    raw = sqlite3.connect(file)
    with raw:
        raw.execute("UPDATE feature SET row = 2 WHERE image_id = 2")
    raw.close()
    [problem] = check(project, artefacts)
    assert problem.kind == "features"
    assert "image 2" in problem.text


def test_damage_to_the_database_is_a_problem_not_a_crash(project, artefacts, file, add_pictures):
    add_pictures(project, 400)
    project.close()
    size = file.stat().st_size
    with open(file, "r+b") as stored:
        stored.seek(size // 4096 * 9 // 10 * 4096)
        stored.write(b"\xa5" * 8192)
    with Catalogue.open(file) as catalogue:
        problems = check(catalogue, artefacts, deep=False)
    assert "database" in {problem.kind for problem in problems}
    assert all(isinstance(problem, Problem) and problem.text for problem in problems)


def test_the_names_in_a_home_are_the_same_as_in_a_backup():
    assert (backup_module.CATALOGUE_FILE, backup_module.ARTEFACT_FOLDER) == ("catalogue.sqlite", "artefacts")
    assert Path(CATALOGUE_FILE).name == CATALOGUE_FILE
