"""The demo reproduced once for all tests of this folder, in the smallest form that still runs every item."""

import shutil
from pathlib import Path

import pytest

from sxai.workflows import Workspace, extract_spaces, masks_from_prototypes, name_concepts, train_concepts
from sxai.workflows.reproduction import running
from sxai.workflows.reproduction.study import Amounts
from sxai.workflows.reproduction.trained import QUICK

TINY = Amounts(n=5, n_ratio=6, sizes=(2, 4), repeats=2, steps=3, prior_steps=2, gallery=3, attacked=4, attack_steps=2)


def with_automatic_spaces(ws):
    """A first concept of each class that a person has named, with its masks and its space."""
    found = train_concepts(ws, **QUICK)
    name_concepts(ws, {found.of_class(name)[0].id: "part" for name in found.classes})
    extract_spaces(ws, list(masks_from_prototypes(ws, n=6).masks))


@pytest.fixture(scope="session")
def reproduced(demo_template, tmp_path_factory):
    """(result, folder, home) of every item on the demo, without a browser."""
    folder = tmp_path_factory.mktemp("reproduced")
    home = Path(shutil.copytree(demo_template, folder / "home"))
    told = []
    with pytest.MonkeyPatch.context() as patch, Workspace.open(home, device="cpu") as ws:
        patch.setenv("SXAI_CHROMIUM", str(folder / "no-browser"))
        patch.setattr(running, "SHORT", TINY)
        with_automatic_spaces(ws)
        result = running.reproduce(
            ws, out=folder / "out", short=True, progress=lambda stage, done, total, detail=None: told.append(stage)
        )
    return result, folder / "out", home, told
