"""A fresh catalogue for every test: a copy of one that the migrations made once.

With ``SXAI_TEST_DATABASE=postgresql+psycopg://…`` the tests of the topics run on that server instead; everything
in its schema ``public`` is removed before each.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from data_store.artefacts import Artefacts
from data_store.catalogue import Catalogue
from data_store.records import NewImage

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory):
    """An empty catalogue, only to be copied."""
    path = tmp_path_factory.mktemp("template") / "catalogue.sqlite"
    Catalogue.open(path).close()
    return path


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def file(home, empty_file):
    """The file of an empty catalogue."""
    return Path(shutil.copy(empty_file, home / "catalogue.sqlite"))


def emptied(url):
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return url


@pytest.fixture
def catalogue(file, request):
    server = os.environ.get("SXAI_TEST_DATABASE")
    on_server = server and "topics" in request.path.parts
    with Catalogue.open(emptied(server) if on_server else file, timeout=10) as opened:
        yield opened


@pytest.fixture
def artefacts(home):
    return Artefacts(home / "artefacts")


@pytest.fixture
def add_pictures():
    """add_pictures(catalogue, n, class_name, split, dataset) adds n images and returns their ids."""

    def add(catalogue, n, class_name="cat", split="train", dataset="photos"):
        dataset_id = catalogue.add_dataset(dataset, "made up")
        start = catalogue.count_images()
        names = [f"{class_name}-{start + i}.png" for i in range(n)]
        return [
            id
            for id, _ in catalogue.add_images(
                NewImage(
                    dataset_id,
                    class_name,
                    split,
                    hashlib.sha256(name.encode()).hexdigest(),
                    f"images/{name}",
                    name,
                    64,
                    48,
                    "png",
                )
                for name in names
            )
        ]

    return add


@pytest.fixture
def save():
    """save(catalogue, image_id, …) saves a mask; everything but the image has a default."""

    def save(catalogue, image_id, labels=(1, 2), expected=None, class_name="cat", concept="eyes", **more):
        values = {
            "slic": {"count": 20, "compactness": 10.0, "sigma": 5.0},
            "fill_label": 7,
            "fill": (10, 20, 30),
            "rle": {"size": [48, 64], "counts": [5, 2, 3065]},
            "source": "manual",
            "author": "ann",
        }
        return catalogue.save_mask(image_id, class_name, concept, labels, expected_version=expected, **(values | more))

    return save


@pytest.fixture(scope="module")
def child():
    """child(code, *arguments) runs Python code in another process; those still running at the end are killed."""
    running = []

    def start(code, *arguments):
        process = subprocess.Popen(
            [sys.executable, "-c", code, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()
