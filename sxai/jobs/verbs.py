"""The verbs a job can run: each takes plain JSON arguments and gives a plain JSON result."""

from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from functools import partial
from typing import Any

from sxai import workflows as verbs
from sxai.errors import UnknownName
from sxai.progress import Progress
from sxai.workflows import Workspace

Verb = Callable[[Workspace, dict[str, Any], Progress], dict[str, Any]]

VERBS: dict[str, Callable[..., Any]] = {
    "assess": verbs.assess_files,
    "attack-table": verbs.attack_table,
    "calibrate": verbs.calibrate_probabilities,
    "combine": verbs.combine,
    "compare": verbs.compare_models,
    "demo": verbs.fill_demo,
    "download": verbs.import_torchvision,
    "extract": verbs.extract_spaces,
    "features": verbs.compute_features,
    "import": verbs.import_images,
    "layers": verbs.layer_ratios,
    "mask-quality": verbs.mask_quality,
    "masks": verbs.masks_from_keypoints,
    "occlude": verbs.learn_occluders,
    "propagate": verbs.propagate,
    "proto": verbs.train_concepts,
    "proto-masks": verbs.masks_from_prototypes,
    "proto-sensitivity": verbs.perceptual_sensitivity,
    "report": verbs.write_report,
    "reproduce": verbs.reproduce,
    "score": verbs.score_spaces,
    "spread": verbs.trait_spread,
    "model": verbs.add_model,
    "train": verbs.train_model,
    "traits": verbs.common_traits,
    "vectors": verbs.semantic_vectors,
    "vector-tests": verbs.vector_tests,
    "visualise": verbs.visualise,
}


def verb_named(name: str) -> Verb:
    """The verb of that name; UnknownName, telling which there are, otherwise."""
    if name not in VERBS:
        raise UnknownName(f"there is no job '{name}'; jobs can {', '.join(VERBS)}.")
    return partial(_run, VERBS[name])


def _run(function: Callable[..., Any], ws: Workspace, arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Call a workflow with JSON arguments; its result as a dictionary, or its summary where it holds arrays."""
    result = function(ws, **arguments, progress=progress)
    if callable(summary := getattr(result, "summary", None)):
        return dict(summary())
    return asdict(result) if is_dataclass(result) and not isinstance(result, type) else {"result": result}
