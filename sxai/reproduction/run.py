"""Reproduction of all items in turn: failures are listed, stored analyses are reused."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from data_store.errors import CatalogueError
from sxai.errors import Cancelled, SxaiError, UnknownName
from sxai.progress import Progress, silent
from sxai.project.project import Project
from sxai.reproduction import (
    attacked,
    automatic,
    occluded,
    rules,
    semantic_vectors,
    spaces,
    strangers,
    traits,
    trust,
    visualisations,
)
from sxai.reproduction.pages import write_index
from sxai.reproduction.paper import PRINTED
from sxai.reproduction.study import SHORT, Amounts, Item, Study
from sxai.reproduction.writing import Writer
from sxai.version import __version__

_MODULES: Sequence[Mapping[str, Item]] = (
    attacked.ITEMS,
    traits.ITEMS,
    rules.ITEMS,
    spaces.ITEMS,
    trust.ITEMS,
    visualisations.ITEMS,
    automatic.ITEMS,
    strangers.ITEMS,
    semantic_vectors.ITEMS,
    occluded.ITEMS,
)
_FOUND: Mapping[str, Item] = {name: item for items in _MODULES for name, item in items.items()}

ITEMS: Mapping[str, Item] = {name: _FOUND[name] for name in PRINTED}
"""Every item by name, in the order of the paper."""

FAILURES = (SxaiError, CatalogueError, OSError, ArithmeticError, LookupError, RuntimeError, ValueError)
"""Errors of one item that do not stop the others."""

FOLDER = Path("results") / "reproduction"
"""Default folder of the results within the project."""


@dataclass(frozen=True)
class Reproduced:
    """One reproduced item: our values and the paper's by quantity, its files, and a note for the reader."""

    name: str
    title: str
    ours: dict[str, Any]
    paper: dict[str, Any]
    files: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class ItemFailure:
    """An item that could not be reproduced, and why."""

    name: str
    error: str


@dataclass(frozen=True)
class ReproduceResult:
    """What was written to ``out`` (``index.html`` shows it all), what failed, and which files were left out and why."""

    items: tuple[Reproduced, ...]
    failed: tuple[ItemFailure, ...]
    out: str
    left_out: str | None
    seconds: float


def item_list() -> list[dict[str, str]]:
    """Every item: its name, its place in the paper, and its title."""
    return [{"name": name, "where": printed.where, "title": printed.title} for name, printed in PRINTED.items()]


def reproduce(
    project: Project,
    items: Iterable[str] | None = None,
    out: Path | str | None = None,
    model: str | None = None,
    classes: Sequence[str] | None = None,
    short: bool = False,
    charts_only: bool = False,
    search: str | None = None,
    samples: int | None = None,
    progress: Progress = silent,
) -> ReproduceResult:
    """Reproduce ``items`` of the paper (None: all; "fig-4" stands for fig-4a to fig-4d) on this project.

    Parameters
    ----------
    out
        folder of the figures (SVG, PNG, HTML), tables (CSV, JSON) and ``index.html``; default: in the project.
    model, classes
        the network (default: the active one) and two of its classes (default: its first two).
    short
        few samples and few steps, to see that everything runs.
    charts_only
        leave out everything that shows photographs or visualisations, and write charts as SVG only.
    search
        method that searches the best combinations of superpixels (default "flips"; "genetic" is the paper's).
    samples
        largest number of images for a common trait, when the paper's 300 or 500 would take too long.

    Raises
    ------
    UnknownName, ProjectError
        for an unknown item, network or class. An item that fails is listed and does not stop the others.
    """
    began = time.monotonic()
    wanted = _wanted(items)
    amounts = (SHORT if short else Amounts()).at_most(samples)
    amounts = replace(amounts, search=search or amounts.search)
    study = Study.of(project, model, classes, amounts, not charts_only, progress)
    folder = Path(out).expanduser().absolute() if out is not None else project.home / FOLDER
    writer = Writer(folder, ("svg",) if charts_only else ("svg", "png", "html"), provenance(study, short))
    done: list[str] = []
    failed: list[ItemFailure] = []
    for number, name in enumerate(wanted):
        progress("reproduce", number, len(wanted), {"item": name})
        try:
            writer.write(ITEMS[name](replace(study, progress=_within(progress, name))))
            done.append(name)
        except Cancelled:
            raise
        except FAILURES as error:
            failed.append(
                ItemFailure(name, f"{error}" if isinstance(error, SxaiError) else f"{type(error).__name__}: {error}")
            )
    progress("drawing", 0, 1)
    left_out = writer.draw()
    write_index(folder)
    progress("drawing", 1, 1)
    progress("reproduce", len(wanted), len(wanted))
    return ReproduceResult(
        tuple(_reproduced(writer, name) for name in done),
        tuple(failed),
        str(folder),
        left_out,
        round(time.monotonic() - began, 1),
    )


def _wanted(items: Iterable[str] | None) -> list[str]:
    """The names of the items asked for, in the order of the paper; a prefix stands for all items that begin with it."""
    asked = list(items or [])
    if not asked:
        return list(ITEMS)
    chosen = {name for wish in asked for name in ITEMS if name == wish or _begins(name, wish)}
    unknown = [wish for wish in asked if not any(name == wish or _begins(name, wish) for name in ITEMS)]
    if unknown:
        raise UnknownName(f"the paper has no item {', '.join(unknown)} here; there are {', '.join(ITEMS)}.")
    return [name for name in ITEMS if name in chosen]


def _begins(name: str, wish: str) -> bool:
    """Whether prefix ``wish`` stands for ``name``: fig-4 for fig-4a, but not suppl-fig-1 for suppl-fig-10."""
    rest = name.removeprefix(wish)
    return bool(wish) and rest != name and (rest[0] == "-" or rest[0].isalpha() or wish.endswith("-"))


def _within(progress: Progress, name: str) -> Progress:
    """Progress of one item, its stages prefixed with its name."""

    def report(stage: str, done: int, total: int, detail: dict[str, object] | None = None) -> None:
        progress(f"{name}, {stage}", done, total, detail)

    return report


def provenance(study: Study, short: bool) -> dict[str, Any]:
    """What the results were made with: network, classes, amounts, seed and version."""
    record = study.record
    return {
        "model": record.name,
        "backbone": record.backbone,
        "weights sha256": record.sha256,
        "classes": list(study.classes),
        "images": {name: len(images) for name, images in study.images.items()},
        "spaces": sorted(study.spaces),
        "short": short,
        "amounts": asdict(study.amounts),
        "seed": study.project.seed,
        "version": __version__,
    }


def _reproduced(writer: Writer, name: str) -> Reproduced:
    item = writer.items[name]
    return Reproduced(name, item.title, item.ours, dict(item.paper), tuple(writer.files[name]), item.note)
