"""Bad input through the command line and through the verbs: one clear line each, and a project left as it was."""

import json
import pickle
import re
import sqlite3
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch

from sxai.assess.verbs.assess import assess_bytes
from sxai.assess.verbs.gates import gates_in_use
from sxai.cli import main
from sxai.errors import SxaiError
from sxai.images.decode import encode
from sxai.images.verbs.import_ import import_images
from sxai.masks.verbs.save import add_concept, save_labels, save_region
from sxai.networks.verbs.networks import add_model
from sxai.project.project import Project
from sxai.search.verbs.search import mark, save_search, search
from sxai.spaces.verbs.extract import extract_spaces


def state(home):
    """Every row of the catalogue and every file of a project, but for what only tells of asking (caches, logs)."""
    with sqlite3.connect(f"file:{home / 'catalogue.sqlite'}?mode=ro", uri=True) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        rows = {name: sorted(map(repr, connection.execute(f'SELECT * FROM "{name}"'))) for name in names}
    connection.close()
    files = {
        str(path.relative_to(home)): path.stat().st_size
        for path in sorted(home.rglob("*"))
        if path.is_file() and path.relative_to(home).parts[0] in ("artefacts", "demo.json")
    }
    return rows, files


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


class Evil:
    """Writes a file when it is unpickled."""

    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return (exec, (f"open({str(self.target)!r}, 'w').write('ran')",))


@pytest.fixture
def bad(tmp_path):
    """A folder of everything that can be wrong."""
    folder = tmp_path / "bad"
    good = encode(np.random.default_rng(0).integers(0, 256, (20, 20, 3)).astype(np.uint8), "png")
    (folder / "empty" / "cat").mkdir(parents=True)
    (folder / "corrupt.png").write_bytes(good[: len(good) // 2])
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    (folder / "huge.png").write_bytes(b"\x89PNG\r\n\x1a\n" + header + body)
    with zipfile.ZipFile(folder / "climbing.zip", "w") as archive:
        archive.writestr("cat/fine.png", good)
        archive.writestr("../outside.png", good)
    (folder / "not.zip").write_bytes(b"PK\x03\x04 but damaged")
    torch.save({"0.weight": torch.zeros(3, 3)}, folder / "wrong.pth")
    (folder / "noise.pth").write_bytes(b"\x80\x02 nothing")
    (folder / "evil.pth").write_bytes(pickle.dumps({"0.weight": Evil(tmp_path / "ran")}))
    torch.save({"0.weight": Evil(tmp_path / "ran")}, folder / "evil-zip.pth")
    (folder / "points.json").write_text(json.dumps({"images": 3}))
    return folder


WAYS = {
    "a corrupt image": (["assess", "BAD/corrupt.png"], r"corrupt\.png|cut|truncated|damaged|incomplete"),
    "a picture of 30,000 × 30,000": (["assess", "BAD/huge.png"], "30.?000"),
    "a zip with ../ names": (["import", "BAD/climbing.zip"], r"\.\./outside\.png"),
    "a damaged zip": (["import", "BAD/not.zip"], "zip|archive"),
    "a file that is not there": (["import", "BAD/missing"], "missing"),
    "an unknown split": (["import", "BAD/empty", "--split", "holdout"], "holdout"),
    "a wrong weights file": (["model", "add", "x", "--backbone", "small", "--weights", "BAD/wrong.pth"], "not fit"),
    "a damaged weights file": (["model", "add", "x", "--backbone", "small", "--weights", "BAD/noise.pth"], "noise"),
    "a pickle that runs code": (["model", "add", "x", "--backbone", "small", "--weights", "BAD/evil.pth"], "run code"),
    "an archive that runs code": (
        ["model", "add", "x", "--backbone", "small", "--weights", "BAD/evil-zip.pth"],
        "run code",
    ),
    "an unknown backbone": (["model", "add", "x", "--backbone", "vgg91"], "vgg19"),
    "an unknown network": (["model", "use", "x"], "'x'"),
    "a concept with two masks only": (["space", "extract", "cat.tail"], "2 masked images.*at least 3"),
    "a concept that is not there": (["space", "extract", "cat.wings"], r"cat\.wings"),
    "a space that is not there": (["space", "show", "cat.wings"], r"cat\.wings"),
    "an unknown concept in a query": (["search", "cat.wings > 0.5"], r"unknown concept 'cat\.wings'"),
    "an unknown class in a query": (["search", "p(bird) > 0.5"], "unknown class 'bird'"),
    "a broken query": (["search", "cat.eyes > and"], "expected"),
    "code for a query": (["search", "__import__('os').system('touch BAD/ran')"], "query|expected|unexpected"),
    "a list of points that is none": (
        ["mask", "from-keypoints", "BAD/points.json", "--class", "cat", "--concept", "x", "--points", "a"],
        "COCO",
    ),
    "parts that are none": (["mask", "from-parts", "BAD/points.json"], "part regions"),
    "masks that are none": (["mask", "import", "BAD/points.json"], "mask export"),
    "a job that is not there": (["jobs", "--cancel", "4711"], "4711"),
}


@pytest.fixture
def home(demo_home):
    """A demo project with a concept that has two masks only."""
    with Project.open(demo_home, device="cpu") as project:
        add_concept(project, "cat.tail")
        for image in project.catalogue.images(class_name="cat", limit=2):
            save_labels(project, image.id, "cat.tail", [0])
        gates_in_use(project)  # what pictures are compared with is kept when it is first asked for
    return demo_home


@pytest.mark.parametrize("kind", WAYS)
def test_the_command_line_says_what_is_wrong_in_one_line_and_changes_nothing(kind, home, bad, capsys, tmp_path):
    command, said = WAYS[kind]
    before = state(home)
    status = main(["--home", str(home), "--device", "cpu", "-q", *(word.replace("BAD", str(bad)) for word in command)])
    shown = capsys.readouterr()
    assert status == 1
    assert shown.err.startswith("sxai: ")
    assert shown.err.count("\n") == 1
    assert re.search(said, shown.err), shown.err
    assert "Traceback" not in shown.err + shown.out
    assert state(home) == before
    assert not (tmp_path / "ran").exists(), "code in a file was run"
    assert not (bad / "ran").exists(), "code in a query was run"
    assert not (tmp_path / "outside.png").exists()


CALLS = {
    "a corrupt image": lambda project, bad: assess_bytes(project, "x", (bad / "corrupt.png").read_bytes()),
    "a picture of 30,000 × 30,000": lambda project, bad: assess_bytes(project, "x", (bad / "huge.png").read_bytes()),
    "a zip with ../ names": lambda project, bad: import_images(project, bad / "climbing.zip"),
    "a wrong weights file": lambda project, bad: add_model(project, "x", "small", bad / "wrong.pth"),
    "a pickle that runs code": lambda project, bad: add_model(project, "x", "small", bad / "evil.pth"),
    "an archive that runs code": lambda project, bad: add_model(project, "x", "small", bad / "evil-zip.pth"),
    "a concept with two masks only": lambda project, bad: extract_spaces(project, ["cat.tail"]),
    "an unknown concept in a query": lambda project, bad: search(project, "cat.wings > 0.5"),
    "a broken query": lambda project, bad: save_search(project, "mine", "cat.eyes > and"),
    "an unknown image": lambda project, bad: save_labels(project, 4711, "cat.eyes", [0]),
    "an unknown superpixel": lambda project, bad: save_labels(
        project, project.catalogue.images()[0].id, "cat.eyes", [999]
    ),
    "a region of another size": lambda project, bad: save_region(
        project, project.catalogue.images()[0].id, "cat.eyes", np.ones((3, 3), dtype=bool)
    ),
    "a mark on no image": lambda project, bad: mark(project, [4711], "bad sample"),
}


@pytest.mark.parametrize("kind", CALLS)
def test_verbs_raise_an_error_of_sxai_and_change_nothing(kind, home, bad, tmp_path):
    with Project.open(home, device="cpu") as project:
        before = state(home)
        with pytest.raises(SxaiError) as caught:
            CALLS[kind](project, bad)
        assert len(str(caught.value)) > 20
        assert state(home) == before
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["corrupt.png", "huge.png"])
def test_bad_pictures_are_listed_and_the_rest_imported(name, bad, tmp_path, capsys):
    folder = tmp_path / "pets" / "cat"
    folder.mkdir(parents=True)
    (folder / name).write_bytes((bad / name).read_bytes())
    (folder / "fine.png").write_bytes(encode(np.full((9, 9, 3), 77, dtype=np.uint8), "png"))
    assert main(["--home", str(tmp_path / "home"), "import", str(tmp_path / "pets"), "--json", "-q"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["imported"], [Path(item["file"]).name for item in document["failed"]]) == (1, [name])


def test_an_empty_class_folder_is_listed_and_the_rest_imported(tmp_path, capsys):
    (tmp_path / "pets" / "bird").mkdir(parents=True)
    (tmp_path / "pets" / "cat").mkdir()
    (tmp_path / "pets" / "cat" / "a.png").write_bytes(encode(np.full((9, 9, 3), 77, dtype=np.uint8), "png"))
    assert main(["--home", str(tmp_path / "home"), "import", str(tmp_path / "pets"), "--json", "-q"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["imported"], document["classes"]) == (1, {"cat": 1})
    (failure,) = document["failed"]
    assert "bird" in failure["file"]
    assert "empty" in failure["error"]


def test_a_folder_with_nothing_but_an_empty_class_is_refused(bad, tmp_path, capsys):
    assert main(["--home", str(tmp_path / "home"), "import", str(bad / "empty"), "-q"]) == 1
    shown = capsys.readouterr()
    assert shown.err.count("\n") == 1
    with Project.open(tmp_path / "home") as project:
        assert (project.catalogue.classes(), project.catalogue.datasets()) == ([], [])


def test_an_import_of_nothing_but_bad_pictures_fails(tmp_path, capsys):
    (tmp_path / "bad.png").write_bytes(b"not a picture")
    assert main(["--home", str(tmp_path / "home"), "-q", "import", str(tmp_path / "bad.png")]) == 1
    assert "none of the 1 files could be imported" in capsys.readouterr().err


def test_options_that_a_named_data_set_brings_itself_are_refused(tmp_path, capsys):
    assert main(["--home", str(tmp_path / "home"), "import", "OxfordIIITPet", "--split", "val"]) == 2
    assert "leave the options out" in " ".join(capsys.readouterr().err.split())
