"""Calibrated probabilities: the chance that a part is there, instead of a place among the images of its class.

The paper's P says how strong a concept is among images of its class; a calibration, fitted to images of which it is
known what they show, turns the same activation into how often images like it show the part. A project uses either.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, get_args

import numpy as np

from data_store.records import ModelRecord, SpaceRecord
from sxai.errors import SpaceError, UnknownName
from sxai.progress import Progress, silent
from sxai.spaces.calibration import (
    FOLDS,
    Calibration,
    Method,
    cross_validated,
    expected_calibration_error,
    fit_calibration,
)
from sxai.spaces.space import SemanticSpace
from sxai.workflows.keeping import keep, kept_many
from sxai.workflows.networks import load_network, model_record
from sxai.workflows.pairs import pair_arrays
from sxai.workflows.probing import Reader
from sxai.workflows.stored_spaces import space_of, space_record, usable_spaces
from sxai.workflows.truth import unmasked_truth
from sxai.workflows.workspace import Workspace

Probability = Literal["paper", "calibrated"]
Source = Literal["labels", "masks"]

KIND = "calibration"
SETTING = "probability"


@dataclass(frozen=True)
class SpaceCalibration:
    """How the activation of one space became a chance.

    Attributes:
        source: "labels": images of the class of which it is known whether they show the part; "masks": the masked
            images themselves with and without it, where too few are known. A chance from masks is as if every second
            image showed the part.
        n_visible, n_hidden: the images of either kind.
        ece_paper: expected calibration error of the paper's P on them; ``ece`` of the calibrated one, each image by a
            calibration fitted without it.
    """

    name: str
    method: str
    source: Source
    n_visible: int
    n_hidden: int
    ece_paper: float
    ece: float
    calibration: Calibration


@dataclass(frozen=True)
class ProbabilityInUse:
    """Which probability a network's project uses, its calibrations, and the spaces that have none (the paper's P)."""

    model: str
    kind: Probability
    calibrations: tuple[SpaceCalibration, ...]
    missing: tuple[str, ...]


def calibrate_probabilities(
    ws: Workspace,
    names: Sequence[str] | None = None,
    method: Method = "platt",
    model: str | None = None,
    progress: Progress = silent,
) -> ProbabilityInUse:
    """Calibrate the spaces ``names`` (None: all) of a network and keep that; it is not used before it is chosen.

    Raises
    ------
    UnknownName, SpaceError
        for a space or method that there is not, or a space with fewer pairs and labels than five folds need.
    """
    record = model_record(ws, model)
    usable = {space.full_name: space for space in usable_spaces(ws, record)}
    wanted = [usable.get(name) or space_record(ws, name, record.name) for name in names or usable]
    for done, space in enumerate(wanted):
        progress("calibrate", done, len(wanted), {"space": space.full_name})
        found = calibrated_space(ws, record, space, method)
        keep(ws, record, KIND, _identity(space), asdict(found) | {"calibration": found.calibration.recorded()}, {})
    progress("calibrate", len(wanted), len(wanted))
    return probability_in_use(ws, record.name)


def calibrated_space(ws: Workspace, record: ModelRecord, stored: SpaceRecord, method: Method) -> SpaceCalibration:
    """The calibration of one stored space, in use or not; nothing is kept."""
    source, rows, visible = _examples(ws, record, stored)
    space = space_of(stored, ws)
    values = space.activation(rows)
    return SpaceCalibration(
        name=stored.full_name,
        method=method,
        source=source,
        n_visible=int(visible.sum()),
        n_hidden=int((~visible).sum()),
        ece_paper=expected_calibration_error(np.clip(space.probability(rows), 0, 1), visible),
        ece=expected_calibration_error(cross_validated(values, visible, method, seed=ws.seed), visible),
        calibration=fit_calibration(values, visible, method),
    )


def _examples(ws: Workspace, record: ModelRecord, stored: SpaceRecord) -> tuple[Source, np.ndarray, np.ndarray]:
    """Rows (n, ·) that the space reads, of images with and without the part, and which show it (n,)."""
    known = unmasked_truth(ws, stored.class_name, stored.concept)
    visible = np.fromiter(known.values(), dtype=bool)
    if min(visible.sum(), (~visible).sum()) >= FOLDS:
        reader = Reader.of(ws, record, load_network(ws, record), [stored])
        return "labels", reader.images(ws.catalogue.images(ids=list(known))), visible
    pairs = pair_arrays(ws, stored)
    return (
        "masks",
        np.concatenate([pairs["unmasked"], pairs["masked"]]),
        np.repeat([True, False], len(pairs["unmasked"])),
    )


def _identity(space: SpaceRecord) -> dict[str, Any]:
    """A calibration belongs to one extraction: to another direction it means nothing."""
    return {"space": space.full_name, "estimator": space.estimator, "artefact": space.artefact}


def use_probability(ws: Workspace, kind: Probability, model: str | None = None) -> ProbabilityInUse:
    """Let assessments, lists and searches of a network run on that probability from now on.

    Raises
    ------
    UnknownName
        for another kind.
    SpaceError
        for "calibrated" when a space has no calibration.
    """
    if kind not in get_args(Probability):
        raise UnknownName(f"unknown probability '{kind}': choose {' or '.join(get_args(Probability))}")
    record = model_record(ws, model)
    found = probability_in_use(ws, record.name)
    if kind == "calibrated" and (found.missing or not found.calibrations):
        lacking = ", ".join(found.missing) or "every space"
        raise SpaceError(f"{lacking} has no calibration; run: sxai probability calibrate")
    ws.catalogue.set_setting(_key(record), kind)
    return replace(found, kind=kind)


def probability_in_use(ws: Workspace, model: str | None = None) -> ProbabilityInUse:
    """Which probability the assessments of a network run on, and what is calibrated."""
    record = model_record(ws, model)
    spaces = usable_spaces(ws, record)
    found = _calibrations(ws, record, spaces)
    kind: Probability = "calibrated" if ws.catalogue.get_setting(_key(record)) == "calibrated" else "paper"
    missing = tuple(space.full_name for space in spaces if space.full_name not in found)
    return ProbabilityInUse(record.name, kind, tuple(found.values()), missing)


def as_used(
    ws: Workspace, record: ModelRecord, stored: Sequence[SpaceRecord], spaces: Sequence[SemanticSpace]
) -> tuple[SemanticSpace, ...]:
    """The spaces with the probability that the network's project uses; one without a calibration keeps the paper's."""
    if ws.catalogue.get_setting(_key(record)) != "calibrated":
        return tuple(spaces)
    found = _calibrations(ws, record, stored)
    return tuple(
        replace(space, calibration=found[space.name].calibration) if space.name in found else space for space in spaces
    )


def _calibrations(ws: Workspace, record: ModelRecord, spaces: Sequence[SpaceRecord]) -> dict[str, SpaceCalibration]:
    known = kept_many(ws, record, KIND, [_identity(space) for space in spaces])
    results = [found.result for found in known if found is not None]
    return {
        str(result["name"]): SpaceCalibration(**{**result, "calibration": Calibration.restored(result["calibration"])})
        for result in results
    }


def _key(record: ModelRecord) -> str:
    return f"{SETTING}: {record.name}"
