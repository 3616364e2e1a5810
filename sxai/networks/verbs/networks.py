"""Networks of a project: add a backbone, keep its checkpoint, and look at what it has learned."""

import hashlib
import json
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from data_store.records import ModelRecord
from sxai.errors import ModelError, UnknownName, WeightsError
from sxai.networks.backbones import BACKBONES, build, find_backbone, is_own
from sxai.networks.heads import head_kind
from sxai.networks.network import Network
from sxai.networks.weights import load_checkpoint, load_weights, save_checkpoint
from sxai.networks.zoo.timm_bodies import PREFIX as TIMM
from sxai.progress import Progress, silent
from sxai.project.analyses import forget_head
from sxai.project.project import Project

NAMED_WEIGHTS = ("imagenet", "pretrained", "packaged")
"""Weights that are called by a word; all others are files."""

ACTIVE = "active model"
"""The setting that names the network which verbs use when none is named."""


@dataclass(frozen=True)
class ModelSummary:
    """One network in a line; ``accuracy`` holds "train" and "val" in [0, 1], or None before training.

    ``note`` says which of several sets of weights in a file was taken, and what was passed over, when it was added.
    """

    model: str
    backbone: str
    channels: int
    accuracy: dict[str, float | None]
    classes: tuple[str, ...]
    trained: bool
    active: bool
    head: str | None
    fit: str
    weights: str
    parameters: dict[str, Any]
    note: str = ""


@dataclass(frozen=True)
class ModelDetail:
    """All that the model page shows: ``confusion`` is (K, K) counts on val, rows the true class.

    ``features_nonnegative``: whether pooled features are never below 0.
    """

    summary: ModelSummary
    history: list[dict[str, Any]]
    confusion: np.ndarray | None
    calibration: dict[str, Any] | None
    taps: tuple[str, ...]
    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    interpolation: str
    features_nonnegative: bool


@dataclass(frozen=True)
class BackboneChoice:
    """A network that can be added, and where its weights come from: "imagenet", "file" or "built-in"."""

    name: str
    channels: int
    size: int
    description: str
    weights: str


def backbone_choices() -> list[BackboneChoice]:
    """Every backbone of the registry, the paper's first."""
    return [
        BackboneChoice(name, spec.channels, spec.size, spec.description, _weights_kind(name))
        for name, spec in BACKBONES.items()
    ]


def _weights_kind(backbone: str) -> str:
    spec = BACKBONES[backbone]
    if spec.packaged_weights:
        return "built-in"
    return "imagenet" if spec.torchvision_weights else "file"


def model_record(project: Project, name: str | None = None) -> ModelRecord:
    """The named network, or the active one.

    Raises
    ------
    UnknownName
        when there is none of that name or none at all; the message tells the next step.
    """
    with project.catalogue.read():
        records = {record.name: record for record in project.catalogue.models()}
        chosen = name or project.catalogue.get_setting(ACTIVE)
    if not records:
        raise UnknownName("this project has no network yet; run: sxai model add NAME --backbone squeezenet1_1")
    chosen = chosen or next(reversed(records))
    if chosen not in records:
        if name is None:
            return next(reversed(records.values()))
        raise UnknownName(f"there is no network '{name}'; this project has {', '.join(records)}.")
    return records[chosen]


def load_network(project: Project, record: ModelRecord) -> Network:
    """The network of a record, ready to compute; kept in memory until its weights change."""
    if record.artefact is None:
        raise ModelError(f"the network {record.name} has lost its checkpoint; add it again.")
    path = project.artefacts.path(record.artefact)
    own = record.backbone if is_own(record.backbone) else None

    def load() -> Network:
        if path.is_file() and not project.artefacts.intact(str(record.artefact)):
            raise WeightsError(
                f"the weights of the network {record.name} are damaged: {path} no longer holds what was stored. Bring "
                "back a backup, or add and train the network again."
            )
        return load_checkpoint(path, own)

    network: Network = project.remember(("network", record.artefact), load)
    return network


def logits_of(network: Network, features: np.ndarray) -> np.ndarray:
    """Class scores (n, K) of the network's head for GAP features (n, ≥ C); what follows them is not read."""
    with torch.inference_mode():
        return network.logits(torch.from_numpy(features[:, : network.channels])).double().cpu().numpy()


def probabilities_of(network: Network, features: np.ndarray) -> np.ndarray:
    """Softmax outputs (n, K) of the network's head for GAP features (n, ≥ C), as :func:`logits_of`."""
    with torch.inference_mode():
        own = torch.from_numpy(features[:, : network.channels])
        return torch.softmax(network.logits(own), dim=1).double().cpu().numpy()


def add_model(
    project: Project,
    name: str,
    backbone: str,
    weights: str | Path | None = None,
    fit: str = "squash",
    progress: Progress = silent,
    classes: Sequence[str] = (),
) -> ModelSummary:
    """Add a network: a backbone of the registry, ``timm:NAME``, or a person's own ``module:factory``.

    ``weights`` is a file, "imagenet" (downloaded by torchvision), "pretrained" (by timm), "packaged" or "random";
    None takes what the backbone comes with. ``fit`` says how a picture becomes square: "squash" or "crop". A trained
    classifier in a file is kept where it is one linear layer on the pooled features and its classes are known: by
    ``classes``, in its order, or from the file or one beside it. The network becomes the active one.

    Raises
    ------
    ModelError, WeightsError, UnknownBackbone
        when the name is taken, or the weights are missing, unsafe or do not fit; nothing is stored then.
    """
    check_model_name(name)
    if project.catalogue.model(name) is not None:
        raise ModelError(f"there is already a network '{name}' in this project; choose another name.")
    progress("network", 0, 1)
    network, source, note = _built(backbone, weights, project.seed, classes)
    network.use_preprocessing(replace(network.preprocessing, fit=fit))
    record = store_network(project, name, network, str(source))
    progress("network", 1, 1)
    return replace(summarise(project, record), note=note)


def check_model_name(name: str) -> None:
    """Whether a network may have this name; ModelError otherwise."""
    if not re.fullmatch(r"[\w][\w.-]{0,63}", name):
        raise ModelError(f"'{name}' cannot name a network; use letters, digits, dots, underscores and hyphens.")


def downloads(backbone: str, weights: str | Path | None = None) -> bool:
    """Whether :func:`add_model` would download weights, which may take minutes."""
    return str(weights if weights is not None else default_weights(backbone)) in ("imagenet", "pretrained")


def check_weights(backbone: str, weights: str | Path | None = None) -> None:
    """Whether :func:`add_model` would find weights that fit, before there is a project; a download is kept.

    Raises
    ------
    ModelError, WeightsError, UnknownBackbone
        as :func:`add_model` does.
    """
    _built(backbone, weights, seed=0)


def _built(
    backbone: str, weights: str | Path | None, seed: int, classes: Sequence[str] = ()
) -> tuple[Network, str | Path, str]:
    """The network with its weights, where they came from, and what is worth saying of their file."""
    network = build(backbone, seed)
    source = weights if weights is not None else default_weights(backbone)
    if source in ("random", "own"):
        return network, source, ""
    if source in NAMED_WEIGHTS:
        return network, source, load_weights(network, source)  # type: ignore[arg-type]
    return network, source, load_weights(network, Path(source), classes)


def default_weights(backbone: str) -> str:
    """Where a backbone's weights come from by default: the package, its own factory, or torchvision."""
    if is_own(backbone):
        return "own"
    if backbone.startswith(TIMM):
        raise WeightsError(
            f"{backbone} needs weights: a weights file, or 'pretrained' to let timm download its own "
            "('random' for a trial)."
        )
    spec = find_backbone(backbone)
    if spec.packaged_weights:
        return "packaged"
    if spec.torchvision_weights is None:
        raise WeightsError(f"{backbone} needs a weights file (or 'random' for a trial).")
    return "imagenet"


def store_network(
    project: Project, name: str, network: Network, weights: str, evaluation: dict[str, Any] | None = None
) -> ModelRecord:
    """Write a network's checkpoint and its record, and make it the active one."""
    record = project.catalogue.add_model(
        name=name,
        backbone=network.backbone,
        head=head_kind(network.head) if network.head is not None else None,
        channels=network.channels,
        classes=list(network.classes),
        preprocessing=network.preprocessing.recorded(),
        artefact=_checkpoint(project, network, {}),
        sha256=body_hash(network),
        weights_source=weights,
        parameters={},
        history=[],
        evaluation=evaluation,
        trained=network.head is not None,
    )
    project.catalogue.set_setting(ACTIVE, name)
    return record


def keep_network(
    project: Project, record: ModelRecord, network: Network, parameters: dict[str, Any], history: list[Any]
) -> ModelRecord:
    """Store a trained network in the place of the one it was made from.

    What was measured with the former weights goes in the same moment: its accuracy, outcomes that rest on the head,
    and the stored features when the body changed.
    """
    artefact = _checkpoint(project, network, {"training": json.dumps(parameters)})
    with project.catalogue.write():
        kept = project.catalogue.update_model(
            record.id,
            head=head_kind(network.head) if network.head is not None else None,
            classes=list(network.classes),
            artefact=artefact,
            sha256=body_hash(network),
            parameters=parameters,
            history=history,
            evaluation=None,
            trained=True,
        )
        if kept.sha256 != record.sha256:
            project.catalogue.drop_features(record.id)
        if kept.artefact != record.artefact:
            forget_head(project, record)
    project.forget("network")
    project.forget("block")
    return kept


def _checkpoint(project: Project, network: Network, metadata: dict[str, str]) -> str:
    """The network as a stored checkpoint; the relative path of its file."""
    with tempfile.TemporaryDirectory(dir=project.home) as folder:
        path = Path(folder) / "network.safetensors"
        save_checkpoint(network, path, metadata)
        return project.artefacts.write("models", ".safetensors", path.read_bytes())


def body_hash(network: Network) -> str:
    """A hash over the body's weights and the preprocessing: features and spaces are good for as long as it stays."""
    digest = hashlib.sha256(json.dumps(network.preprocessing.recorded(), sort_keys=True).encode())
    for key, value in sorted(network.body.state_dict().items()):
        digest.update(key.encode())
        digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def summarise(project: Project, record: ModelRecord) -> ModelSummary:
    """The line of one stored network."""
    evaluation = record.evaluation or {}
    return ModelSummary(
        model=record.name,
        backbone=record.backbone,
        channels=record.channels,
        accuracy={split: evaluation.get(split, {}).get("accuracy") for split in ("train", "val")},
        classes=tuple(record.classes),
        trained=record.trained,
        active=model_record(project).id == record.id,
        head=record.head,
        fit=record.preprocessing["fit"],
        weights=record.weights_source or "",
        parameters=dict(record.parameters),
    )


def list_models(project: Project) -> list[ModelSummary]:
    """Every network of the project, in the order in which they were added."""
    return [summarise(project, record) for record in project.catalogue.models()]


def active_model(project: Project, name: str | None = None) -> ModelSummary:
    """The named network, or the one that verbs use when none is named; UnknownName when there is none."""
    return summarise(project, model_record(project, name))


def use_model(project: Project, name: str) -> ModelSummary:
    """Make a network the one that verbs use when none is named."""
    record = model_record(project, name)
    project.catalogue.set_setting(ACTIVE, record.name)
    return summarise(project, record)


def model_detail(project: Project, name: str | None = None) -> ModelDetail:
    """Everything that the model page shows of one network."""
    record = model_record(project, name)
    network = load_network(project, record)
    evaluation = (record.evaluation or {}).get("val", {})
    return ModelDetail(
        summary=summarise(project, record),
        history=list(record.history),
        confusion=np.asarray(evaluation["confusion"]) if evaluation else None,
        calibration=evaluation.get("calibration"),
        taps=network.taps,
        size=network.preprocessing.size,
        mean=network.preprocessing.mean,
        std=network.preprocessing.std,
        interpolation=network.preprocessing.interpolation,
        features_nonnegative=network.features_nonnegative,
    )
