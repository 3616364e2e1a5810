"""Calibrated probabilities of a project: the probability that a part is visible, instead of the paper's P.

The paper's P is the rank of an activation among images of its class. A calibration, fitted to labelled images, maps the
same activation to the share of such images that show the part. A project uses one of the two.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, get_args

import numpy as np

from data_store.records import ImageRecord, ModelRecord, SpaceRecord
from sxai.errors import SpaceError, UnknownName
from sxai.networks.verbs.networks import load_network, model_record
from sxai.progress import Progress, silent
from sxai.project.analyses import keep, kept_many
from sxai.project.model_settings import model_setting, set_model_setting
from sxai.project.project import Project
from sxai.spaces.calibration import (
    FOLDS,
    Calibration,
    Method,
    cross_validated,
    expected_calibration_error,
    fit_calibration,
)
from sxai.spaces.defaults import SPATIALS
from sxai.spaces.verbs.labels import unmasked_truth
from sxai.spaces.verbs.reader import Reader, pair_arrays
from sxai.spaces.verbs.stored import space_of, space_record, usable_spaces

Probability = Literal["paper", "calibrated"]
Source = Literal["labels", "masks"]

KIND = "calibration"
SETTING = "probability"


@dataclass(frozen=True)
class SpaceCalibration:
    """The calibration of one space, its data and its error.

    Attributes
    ----------
    source
        "labels": labelled images of the class; "masks": the masked images with and without the part, when too few
        images are labelled. A probability from masks assumes that half of the images of the class show the part.
    n_visible, n_hidden
        numbers of images of the class that show the part and that do not.
    n_other
        number of images of other classes, which do not show this class's part: as many as of the class, so that the
        probability holds in a search through all classes.
    ece_paper
        expected calibration error of the paper's P on them; ``ece`` of the calibrated one, each image by a
        calibration fitted without it.
    """

    name: str
    method: str
    source: Source
    n_visible: int
    n_hidden: int
    n_other: int
    ece_paper: float
    ece: float
    calibration: Calibration


@dataclass(frozen=True)
class ProbabilityInUse:
    """The kind of probability in use for a network, its calibrations, and the spaces without one (paper's P)."""

    model: str
    kind: Probability
    calibrations: tuple[SpaceCalibration, ...]
    missing: tuple[str, ...]


def calibrate_probabilities(
    project: Project,
    names: Sequence[str] | None = None,
    method: Method = "platt",
    model: str | None = None,
    progress: Progress = silent,
) -> ProbabilityInUse:
    """Calibrate the spaces ``names`` (None: all) of a network and store that; :func:`use_probability` puts it in use.

    Raises
    ------
    UnknownName, SpaceError
        for an unknown space or method, or a space with fewer pairs and labels than five folds need.
    """
    record = model_record(project, model)
    usable = {space.full_name: space for space in usable_spaces(project, record)}
    wanted = [usable.get(name) or space_record(project, name, record.name) for name in names or usable]
    read_ahead(project, record, wanted, progress)
    for done, space in enumerate(wanted):
        progress("calibrate", done, len(wanted), {"space": space.full_name})
        calibration = calibrated_space(project, record, space, method, progress)
        keep(
            project,
            record,
            KIND,
            _identity(space),
            asdict(calibration) | {"calibration": calibration.calibration.recorded()},
            {},
        )
    progress("calibrate", len(wanted), len(wanted))
    return probability_in_use(project, record.name)


def calibrated_space(
    project: Project, record: ModelRecord, stored: SpaceRecord, method: Method, progress: Progress = silent
) -> SpaceCalibration:
    """The calibration of one stored space, in use or not; nothing is kept."""
    given = _examples(project, record, stored, progress)
    space = space_of(stored, project)
    values = space.activation(given.rows)
    probabilities = cross_validated(values, given.visible, method, seed=project.seed)
    return SpaceCalibration(
        name=stored.full_name,
        method=method,
        source=given.source,
        n_visible=int(given.visible.sum()),
        n_hidden=int((~given.visible).sum()) - given.n_other,
        n_other=given.n_other,
        ece_paper=expected_calibration_error(np.clip(space.probability(given.rows), 0, 1), given.visible),
        ece=expected_calibration_error(probabilities, given.visible),
        calibration=fit_calibration(values, given.visible, method),
    )


@dataclass(frozen=True, eq=False)
class _Examples:
    """Feature rows (n, ·) of labelled images for one space; ``visible`` (n,) says which show the part.

    The last ``n_other`` of them are images of other classes.
    """

    source: Source
    rows: np.ndarray
    visible: np.ndarray
    n_other: int


def read_ahead(
    project: Project, record: ModelRecord, spaces: Sequence[SpaceRecord], progress: Progress = silent
) -> None:
    """Compute the activations of all spatial spaces on their calibration images, in one pass for each image."""
    spatial = [space for space in spaces if space.estimator in SPATIALS]
    images = {image.id: image for space in spatial for image in _images_of(project, space)[0]}
    if images:
        Reader.of(project, record, load_network(project, record), spatial).images(list(images.values()), progress)


def _images_of(project: Project, stored: SpaceRecord) -> tuple[list[ImageRecord], np.ndarray, int]:
    """Images to calibrate a space on, which of them show its part (n,), and how many are of its class.

    When too few images of its class are labelled, only images of other classes are given; its masks replace the rest.
    """
    known = unmasked_truth(project, stored.class_name, stored.concept)
    visible = np.fromiter(known.values(), dtype=bool)
    enough = min(visible.sum(), (~visible).sum()) >= FOLDS
    own = project.catalogue.images(ids=list(known)) if enough else []
    others = _of_other_classes(project, stored.class_name, len(own) if enough else 2 * stored.n_masks)
    return [*own, *others], np.append(visible[: len(own)], np.zeros(len(others), dtype=bool)), len(own)


def _examples(project: Project, record: ModelRecord, stored: SpaceRecord, progress: Progress) -> _Examples:
    images, visible, own = _images_of(project, stored)
    rows = Reader.of(project, record, load_network(project, record), [stored]).images(images, progress)
    if own:
        return _Examples("labels", rows, visible, len(images) - own)
    pairs = pair_arrays(project, stored)
    shown = np.repeat([True, False], len(pairs["unmasked"]))
    return _Examples(
        "masks",
        np.concatenate([pairs["unmasked"], pairs["masked"], rows]),
        np.concatenate([shown, visible]),
        len(images),
    )


def _of_other_classes(project: Project, class_name: str, count: int) -> list[ImageRecord]:
    """``count`` images of other classes at most, as evenly from each as they have them, drawn with the seed."""
    every = [image for image in project.catalogue.images() if image.class_name not in (None, class_name)]
    drawn = [every[at] for at in np.random.default_rng(project.seed).permutation(len(every))]
    seen: Counter[str | None] = Counter()
    turns = []
    for image in drawn:
        turns.append(seen[image.class_name])
        seen[image.class_name] += 1
    order = np.argsort(turns, kind="stable")[:count]
    return [drawn[at] for at in order]


def _identity(space: SpaceRecord) -> dict[str, Any]:
    """Key of one extraction of a space: a calibration is valid for no other direction."""
    return {"space": space.full_name, "estimator": space.estimator, "artefact": space.artefact, "among": "all classes"}


def use_probability(project: Project, kind: Probability, model: str | None = None) -> ProbabilityInUse:
    """Use that kind of probability in assessments, lists and searches of a network from now on.

    Raises
    ------
    UnknownName
        for another kind.
    SpaceError
        for "calibrated" when a space has no calibration.
    """
    if kind not in get_args(Probability):
        raise UnknownName(f"unknown probability '{kind}': choose {' or '.join(get_args(Probability))}")
    record = model_record(project, model)
    in_use = probability_in_use(project, record.name)
    if kind == "calibrated" and (in_use.missing or not in_use.calibrations):
        lacking = ", ".join(in_use.missing) or "every space"
        raise SpaceError(f"{lacking} has no calibration; run: sxai probability calibrate")
    set_model_setting(project, record, SETTING, kind)
    return replace(in_use, kind=kind)


def probability_in_use(project: Project, model: str | None = None) -> ProbabilityInUse:
    """The kind of probability that a network's assessments use, and its calibrations."""
    record = model_record(project, model)
    spaces = usable_spaces(project, record)
    found = _calibrations(project, record, spaces)
    kind: Probability = "calibrated" if model_setting(project, record, SETTING) == "calibrated" else "paper"
    missing = tuple(space.full_name for space in spaces if space.full_name not in found)
    return ProbabilityInUse(record.name, kind, tuple(found.values()), missing)


def calibrations_in_use(
    project: Project, record: ModelRecord, spaces: Sequence[SpaceRecord], settings: Mapping[str, Any]
) -> dict[str, Calibration]:
    """The calibrations that probabilities are read from, by space; none where the project uses the paper's."""
    if model_setting(project, record, SETTING, settings=settings) != "calibrated":
        return {}
    return {name: calibration.calibration for name, calibration in _calibrations(project, record, spaces).items()}


def _calibrations(project: Project, record: ModelRecord, spaces: Sequence[SpaceRecord]) -> dict[str, SpaceCalibration]:
    known = kept_many(project, record, KIND, [_identity(space) for space in spaces])
    results = [stored.result for stored in known if stored is not None]
    return {
        str(result["name"]): SpaceCalibration(**{**result, "calibration": Calibration.restored(result["calibration"])})
        for result in results
    }
