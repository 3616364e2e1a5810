"""The automatic concepts that items speak of."""

from typing import Any

from sxai.prototypes.concepts import Prototypes
from sxai.prototypes.verbs.train import stored_prototypes, train_concepts
from sxai.reproduction.study import Study

QUICK: dict[str, Any] = {"per_class": 2, "images": 8, "resolution": "maps", "rounds": 1, "joint": 1}
"""A training that only shows that it runs."""

FEW_SAMPLES = 50
"""Fewer samples than this mean that everything is to be short."""


def settings_of(study: Study) -> dict[str, Any]:
    """How prototypes are trained: as they always are, unless everything is to be short."""
    return QUICK if study.amounts.n < FEW_SAMPLES else {}


def prototypes_of(study: Study) -> Prototypes:
    """The prototypes in use, trained when there are none."""
    found = stored_prototypes(study.project, study.model)
    return found or train_concepts(study.project, study.model, progress=study.progress, **settings_of(study))
