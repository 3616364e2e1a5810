"""The verbs a job can run: each takes plain JSON arguments and gives a plain JSON result."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from sxai import workflows as verbs
from sxai.errors import UnknownName
from sxai.progress import Progress
from sxai.workflows import Workspace

Arguments = dict[str, Any]
Verb = Callable[[Workspace, Arguments, Progress], dict[str, Any]]


def _import(ws: Workspace, arguments: Arguments, progress: Progress) -> dict[str, Any]:
    return asdict(verbs.import_images(ws, **arguments, progress=progress))


def _download(ws: Workspace, arguments: Arguments, progress: Progress) -> dict[str, Any]:
    return asdict(verbs.import_torchvision(ws, **arguments, progress=progress))


def _train(ws: Workspace, arguments: Arguments, progress: Progress) -> dict[str, Any]:
    return asdict(verbs.train_model(ws, **arguments, progress=progress))


def _extract(ws: Workspace, arguments: Arguments, progress: Progress) -> dict[str, Any]:
    return asdict(verbs.extract_spaces(ws, **arguments, progress=progress))


def _keypoints(ws: Workspace, arguments: Arguments, progress: Progress) -> dict[str, Any]:
    return asdict(verbs.masks_from_keypoints(ws, **arguments, progress=progress))


def _assess(ws: Workspace, arguments: Arguments, progress: Progress) -> dict[str, Any]:
    return asdict(verbs.assess_files(ws, **arguments, progress=progress))


def _features(ws: Workspace, arguments: Arguments, progress: Progress) -> dict[str, Any]:
    return {"images": verbs.compute_features(ws, **arguments, progress=progress)}


def _demo(ws: Workspace, arguments: Arguments, progress: Progress) -> dict[str, Any]:
    return asdict(verbs.fill_demo(ws, **arguments, progress=progress))


VERBS: dict[str, Verb] = {
    "assess": _assess,
    "demo": _demo,
    "download": _download,
    "extract": _extract,
    "features": _features,
    "import": _import,
    "masks": _keypoints,
    "train": _train,
}


def verb_named(name: str) -> Verb:
    """The verb of that name; UnknownName, telling which there are, otherwise."""
    if name not in VERBS:
        raise UnknownName(f"there is no job '{name}'; jobs can {', '.join(VERBS)}.")
    return VERBS[name]
