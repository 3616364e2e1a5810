"""Names of targets: ``cat:1`` and ``cat:last`` (common traits), ``cat.eyes`` (a space), ``image:12``."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from data_store.records import ModelRecord
from sxai.errors import SpaceError, UnknownName
from sxai.images.verbs.stored import find_image
from sxai.networks.verbs.features import features_of
from sxai.networks.verbs.networks import load_network
from sxai.progress import Progress, silent
from sxai.project.project import Project
from sxai.spaces.verbs.stored import space_record
from sxai.traits.defaults import SAMPLES
from sxai.traits.verbs.traits import CommonTraits, common_traits
from sxai.visualisation.vectors import space_target, trait_target

SHAPES = "name targets as cat:1 (first common trait), cat:last, cat.eyes (semantic space) or image:12"


@dataclass(frozen=True)
class TraitSource:
    """Which common traits are meant: of ``n`` images, ``search`` as in the common traits (None: whole images)."""

    n: int = SAMPLES
    search: str | None = "flips"


def target_vector(
    project: Project, record: ModelRecord, name: str, source: TraitSource, progress: Progress = silent
) -> np.ndarray:
    """Φ₀ (C,) of a target; common traits that it needs are computed when they are missing.

    Raises
    ------
    UnknownName, SpaceError
        for a name of another form, or of something that the project does not have.
    """

    def traits(class_name: str) -> CommonTraits:
        return common_traits(project, class_name, source.n, source.search, record.name, progress=progress)

    vector = _vector(project, record, name, traits)
    if vector is None:
        raise SpaceError(f"the common traits for '{name}' are missing; compute them first.")
    return vector


def known_vector(project: Project, record: ModelRecord, name: str, source: TraitSource) -> np.ndarray | None:
    """Φ₀ (C,) of a target; None when common traits are not computed yet, or the target has no positive entry."""

    def traits(class_name: str) -> CommonTraits | None:
        return common_traits.known(project, class_name, source.n, source.search, record.name)

    try:
        return _vector(project, record, name, traits)
    except SpaceError:
        return None


def _vector(
    project: Project, record: ModelRecord, name: str, traits: Callable[[str], CommonTraits | None]
) -> np.ndarray | None:
    if match := re.fullmatch(r"image:([0-9]{1,15})", name):
        image = find_image(project, int(match[1]))
        return features_of(project, record, load_network(project, record), [image]).features[0].astype(np.float64)
    if match := re.fullmatch(r"(.+):(last|[0-9]{1,6})", name):
        common = traits(match[1])
        which = match[2] if match[2] == "last" else int(match[2])
        return trait_target(common.component(which), _signed(project, record)) if common else None
    if "." not in name:
        raise UnknownName(f"nothing to visualise is called '{name}': {SHAPES}.")
    space = space_record(project, name, record.name)
    return space_target(space.channels, space.delta, record.channels, _signed(project, record))


def _signed(project: Project, record: ModelRecord) -> bool:
    """Whether negative values of a target are kept: where features may be negative, 0 would be another target."""
    return not load_network(project, record).features_nonnegative
