"""The spaces of the toy project's four concepts, by estimators over averages and over positions."""

import numpy as np
import toy

from sxai.spaces.verbs.details import distribution_detail
from sxai.spaces.verbs.stored import list_spaces

NAMES = ["cat.eyes", "cat.nose", "dog.eyes", "dog.nose"]

MIXED = {"cat.eyes": "spatial", "cat.nose": "s-xai", "dog.eyes": "spatial", "dog.nose": "all-channels"}
"""An estimator for each concept, so that spatial spaces and others are read together."""


def table_by_hand(project, table):
    """P_s (n, m) of features (n, C) in the stored spaces, in their order, by scipy."""
    return np.stack(
        [
            toy.probability(
                toy.activation(table, list(space.channels), np.array(space.delta)),
                distribution_detail(project, space.name).values,
            )
            for space in list_spaces(project)
        ],
        axis=1,
    )
