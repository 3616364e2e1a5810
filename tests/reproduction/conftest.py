"""The demo reproduced once for all tests of this folder, in the smallest form that still runs every item."""

import shutil
from pathlib import Path

import pytest

from sxai.project.project import Project
from sxai.prototypes.verbs.names import masks_from_prototypes, name_concepts
from sxai.prototypes.verbs.train import train_concepts
from sxai.reproduction import run
from sxai.reproduction.study import QUICK, Amounts
from sxai.spaces.verbs.extract import extract_spaces

TINY = Amounts(n=5, n_ratio=6, sizes=(2, 4), repeats=2, steps=3, prior_steps=2, gallery=3, attacked=4, attack_steps=2)


def with_automatic_spaces(project):
    """A first concept of each class that a person has named, with its masks and its space."""
    found = train_concepts(project, **QUICK)
    name_concepts(project, {found.of_class(name)[0].id: "part" for name in found.classes})
    extract_spaces(project, list(masks_from_prototypes(project, n=6).masks))


@pytest.fixture(scope="session")
def reproduced(demo_template, tmp_path_factory):
    """(result, folder, home) of every item on the demo, without a browser."""
    folder = tmp_path_factory.mktemp("reproduced")
    home = Path(shutil.copytree(demo_template, folder / "home"))
    told = []
    with pytest.MonkeyPatch.context() as patch, Project.open(home, device="cpu") as project:
        patch.setenv("SXAI_CHROMIUM", str(folder / "no-browser"))
        patch.setattr(run, "SHORT", TINY)
        with_automatic_spaces(project)
        result = run.reproduce(
            project, out=folder / "out", short=True, progress=lambda stage, done, total, detail=None: told.append(stage)
        )
    return result, folder / "out", home, told
