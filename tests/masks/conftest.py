"""A small project with masks of every kind, among them ones on pictures larger than the canvas, and its empty twin."""

import shutil

import numpy as np
import pytest
from mask_files import EXPORTS, ONE_EXPORT_EACH

from sxai.images.decode import encode, pixel_hash
from sxai.masks.verbs.save import save_labels, save_region
from sxai.project.project import Project

KEPT = ("image_name", "labels", "slic", "fill_label", "fill", "rle", "source", "author", "note")
SIZES = ((40, 40), (57, 91), (300, 420), (520, 260))
"""Heights and widths; the last two are larger than the canvas, and no multiple of it."""


def add_pictures(project):
    source = project.catalogue.add_dataset("shapes", "drawn by the test")
    ids = []
    for number, (height, width) in enumerate(SIZES):
        rows, columns = np.mgrid[:height, :width]
        pixels = np.stack([rows % 256, columns % 256, (rows + columns + 40 * number) % 256], axis=2).astype(np.uint8)
        image_id, _ = project.catalogue.add_image(
            dataset_id=source,
            class_name="cat",
            split="train",
            sha256=pixel_hash(pixels),
            artefact=project.artefacts.write("images", ".png", encode(pixels, "png")),
            name=f"cats/{number}.png",
            width=width,
            height=height,
            format="PNG",
        )
        ids.append(image_id)
    return ids


@pytest.fixture
def ids(shapes_project):
    return [image.id for image in shapes_project.catalogue.images()]


@pytest.fixture(scope="session")
def bare_template(tmp_path_factory):
    """A home with four pictures and no masks, only to be copied."""
    home = tmp_path_factory.mktemp("bare") / "home"
    with Project.open(home, device="cpu") as project:
        add_pictures(project)
    return home


@pytest.fixture(scope="session")
def shapes_template(bare_template, tmp_path_factory):
    """The same with masks: scattered dots, a ring, superpixels with a chosen fill, and pieces that touch."""
    home = shutil.copytree(bare_template, tmp_path_factory.mktemp("shapes") / "home")
    with Project.open(home, device="cpu") as project:
        ids = [image.id for image in project.catalogue.images()]
        rng = np.random.default_rng(0)
        save_region(project, ids[0], "cat.dots", rng.random((40, 40)) < 0.3, author="Ada")
        ring = np.zeros((57, 91), dtype=bool)
        ring[5:40, 10:70], ring[12:30, 20:50], ring[18:22, 30:40] = True, False, True
        save_region(project, ids[1], "cat.ring", ring, author="Ada")
        save_region(project, ids[0], "cat.ring", np.eye(40, dtype=bool), author="Bob")
        save_labels(project, ids[2], "cat.ring", [2, 3], fill_label=7, author="Bob")
        save_labels(project, ids[3], "cat.ring", [0], author="Bob")
    return home


@pytest.fixture
def shapes_project(shapes_template, tmp_path):
    """The pictures with masks."""
    with Project.open(shutil.copytree(shapes_template, tmp_path / "shapes"), device="cpu") as project:
        yield project


@pytest.fixture
def twin(bare_template, tmp_path):
    """A project with the same pictures and no masks."""
    with Project.open(shutil.copytree(bare_template, tmp_path / "twin"), device="cpu") as project:
        yield project


@pytest.fixture
def kept():
    """kept(project) is all that is stored of every mask, by concept and picture."""

    def of(project):
        return {
            (mask.full_name, mask.image_name): [getattr(mask, key) for key in KEPT]
            for mask in project.catalogue.masks()
        }

    return of


@pytest.fixture(params=EXPORTS, ids=lambda export: f"{export[1]}{'-polygons' if export[2] else ''}")
def export(request):
    """Every way to export masks: format, file name, and whether polygons are written."""
    return request.param


@pytest.fixture(params=ONE_EXPORT_EACH, ids=lambda export: export[0])
def one_export(request):
    """One way to export masks for each format."""
    return request.param
