"""The verbs a job can run: each takes plain JSON arguments and gives a plain JSON result."""

from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from functools import partial
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

from sxai.errors import UnknownName
from sxai.progress import Progress

if TYPE_CHECKING:
    from sxai.project.project import Project

Verb = Callable[["Project", dict[str, Any], Progress], dict[str, Any]]

VERBS = {
    "assess": "sxai.assess.verbs.assess_many:assess_files",
    "attack-table": "sxai.attacks.verbs.table:attack_table",
    "calibrate": "sxai.spaces.verbs.calibrate:calibrate_probabilities",
    "combine": "sxai.traits.verbs.combinations:combine",
    "compare": "sxai.comparison.verbs.compare:compare_models",
    "demo": "sxai.demo.verbs.fill:fill_demo",
    "download": "sxai.images.verbs.import_:import_torchvision",
    "extract": "sxai.spaces.verbs.choose:extract_chosen",
    "features": "sxai.networks.verbs.features:compute_features",
    "import": "sxai.images.verbs.import_:import_images",
    "layers": "sxai.traits.verbs.layers:layer_ratios",
    "mask-quality": "sxai.annotation.verbs.quality:mask_quality",
    "masks": "sxai.masks.verbs.from_annotations:masks_from_keypoints",
    "occlude": "sxai.occluders.verbs.learn:learn_occluders",
    "propagate": "sxai.annotation.verbs.proposals:propagate",
    "proto": "sxai.prototypes.verbs.train:train_concepts",
    "proto-masks": "sxai.prototypes.verbs.names:masks_from_prototypes",
    "proto-sensitivity": "sxai.prototypes.verbs.sensitivity:perceptual_sensitivity",
    "report": "sxai.assess.verbs.report:write_report",
    "reproduce": "sxai.reproduction.run:reproduce",
    "score": "sxai.spaces.verbs.score:score_spaces",
    "spread": "sxai.traits.verbs.spread:trait_spread",
    "model": "sxai.networks.verbs.networks:add_model",
    "train": "sxai.networks.verbs.train:train_model",
    "traits": "sxai.traits.verbs.traits:common_traits",
    "vectors": "sxai.vectors.verbs.vectors:semantic_vectors",
    "vector-tests": "sxai.vectors.verbs.checks:vector_tests",
    "visualise": "sxai.visualisation.verbs.visualise:visualise",
}
"""Module of each verb, imported when its job starts, so that a worker loads only what its verb needs."""


def check_verb(name: str) -> None:
    """Raise UnknownName, which lists the verbs, unless jobs have a verb of that name; nothing is imported."""
    if name not in VERBS:
        raise UnknownName(f"there is no job '{name}'; jobs can {', '.join(VERBS)}.")


def verb_named(name: str) -> Verb:
    """The verb of that name, imported; UnknownName as :func:`check_verb` raises it."""
    check_verb(name)
    return partial(_run, resolve_name(VERBS[name]))


def _run(
    function: Callable[..., Any], project: "Project", arguments: dict[str, Any], progress: Progress
) -> dict[str, Any]:
    """Call a verb with JSON arguments; its result as a dictionary, or its summary where it holds arrays."""
    result = function(project, **arguments, progress=progress)
    if callable(summary := getattr(result, "summary", None)):
        return dict(summary())
    return asdict(result) if is_dataclass(result) and not isinstance(result, type) else {"result": result}
