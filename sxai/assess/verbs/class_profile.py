"""P over the images of each class: what an assessment is drawn beside."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sxai.assess.typical import TypicalRange
from sxai.assess.verbs.assess import Assessor
from sxai.project.project import Project


@dataclass(frozen=True)
class ClassProfile:
    """P over the images of the classes.

    Attributes
    ----------
    averages
        mean P of every space over the images of each class: the dashed line of the radar map.
    ranges
        of every space, the typical range over the images of its own class.
    """

    averages: Mapping[str, Mapping[str, float]]
    ranges: Mapping[str, TypicalRange]


def class_profile(project: Project, model: str | None = None) -> ClassProfile:
    """What P is over the project's images of each class of the network."""
    assessor = Assessor.of(project, model)
    averages: dict[str, dict[str, float]] = {}
    ranges: dict[str, TypicalRange] = {}
    for name in assessor.record.classes:
        images = project.catalogue.images(class_name=name)
        if images:
            features = assessor.reader.images(images)
            read = {space.name: np.clip(space.probability(features), 0, 1) for space in assessor.spaces}
            averages[name] = {space: float(values.mean()) for space, values in read.items()}
            owned = [space.name for space, owner in zip(assessor.spaces, assessor.owners, strict=True) if owner == name]
            ranges |= {space: TypicalRange.of(read[space]) for space in owned}
    return ClassProfile(averages, ranges)
