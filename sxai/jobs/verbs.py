"""The verbs a job can run: each takes plain JSON arguments and gives a plain JSON result."""

from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from functools import partial
from typing import Any

from sxai.annotation.verbs.proposals import propagate
from sxai.annotation.verbs.quality import mask_quality
from sxai.assess.verbs.assess_many import assess_files
from sxai.assess.verbs.report import write_report
from sxai.attacks.verbs.table import attack_table
from sxai.comparison.verbs.compare import compare_models
from sxai.demo.verbs.fill import fill_demo
from sxai.errors import UnknownName
from sxai.images.verbs.import_ import import_images, import_torchvision
from sxai.masks.verbs.from_annotations import masks_from_keypoints
from sxai.networks.verbs.features import compute_features
from sxai.networks.verbs.networks import add_model
from sxai.networks.verbs.train import train_model
from sxai.occluders.verbs.learn import learn_occluders
from sxai.progress import Progress
from sxai.project.project import Project
from sxai.prototypes.verbs.names import masks_from_prototypes
from sxai.prototypes.verbs.sensitivity import perceptual_sensitivity
from sxai.prototypes.verbs.train import train_concepts
from sxai.reproduction.run import reproduce
from sxai.spaces.verbs.calibrate import calibrate_probabilities
from sxai.spaces.verbs.extract import extract_spaces
from sxai.spaces.verbs.score import score_spaces
from sxai.traits.verbs.combinations import combine
from sxai.traits.verbs.layers import layer_ratios
from sxai.traits.verbs.spread import trait_spread
from sxai.traits.verbs.traits import common_traits
from sxai.vectors.verbs.checks import vector_tests
from sxai.vectors.verbs.vectors import semantic_vectors
from sxai.visualisation.verbs.visualise import visualise

Verb = Callable[[Project, dict[str, Any], Progress], dict[str, Any]]

VERBS: dict[str, Callable[..., Any]] = {
    "assess": assess_files,
    "attack-table": attack_table,
    "calibrate": calibrate_probabilities,
    "combine": combine,
    "compare": compare_models,
    "demo": fill_demo,
    "download": import_torchvision,
    "extract": extract_spaces,
    "features": compute_features,
    "import": import_images,
    "layers": layer_ratios,
    "mask-quality": mask_quality,
    "masks": masks_from_keypoints,
    "occlude": learn_occluders,
    "propagate": propagate,
    "proto": train_concepts,
    "proto-masks": masks_from_prototypes,
    "proto-sensitivity": perceptual_sensitivity,
    "report": write_report,
    "reproduce": reproduce,
    "score": score_spaces,
    "spread": trait_spread,
    "model": add_model,
    "train": train_model,
    "traits": common_traits,
    "vectors": semantic_vectors,
    "vector-tests": vector_tests,
    "visualise": visualise,
}


def verb_named(name: str) -> Verb:
    """The verb of that name; UnknownName, telling which there are, otherwise."""
    if name not in VERBS:
        raise UnknownName(f"there is no job '{name}'; jobs can {', '.join(VERBS)}.")
    return partial(_run, VERBS[name])


def _run(
    function: Callable[..., Any], project: Project, arguments: dict[str, Any], progress: Progress
) -> dict[str, Any]:
    """Call a workflow with JSON arguments; its result as a dictionary, or its summary where it holds arrays."""
    result = function(project, **arguments, progress=progress)
    if callable(summary := getattr(result, "summary", None)):
        return dict(summary())
    return asdict(result) if is_dataclass(result) and not isinstance(result, type) else {"result": result}
