"""Weights: pretrained ones into a backbone, and trained networks to and from a checkpoint file.

A weights file is data, never code: pickles are read with ``weights_only``, so one that would run something is
refused. A file either fits a network completely or changes nothing.
"""

import json
import os
import tempfile
import urllib.error
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Literal

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from sxai.errors import ModelError, UnknownBackbone, WeightsError
from sxai.networks.backbones import BackboneSpec, build, find_backbone, is_own
from sxai.networks.checkpoints import AVERAGED, DAMAGE, WeightSet, fitting, prefix_of, weight_sets
from sxai.networks.heads import head_kind, make_head
from sxai.networks.kept_head import classes_for, linear_classifier
from sxai.networks.network import Network, Preprocessing
from sxai.networks.zoo import timm_bodies
from sxai.version import __version__

FORMAT = "sxai-network-1"
_OWN_KEYS = ("format", "sxai_version", "backbone", "head", "classes", "channels", "preprocessing")
_SHOWN = 3
SHOWN_CLASSES = 6
"""Classes of a kept classifier that are named."""


def load_weights(
    network: Network, source: Literal["imagenet", "packaged", "pretrained"] | Path, classes: Sequence[str] = ()
) -> str:
    """Fill the body of ``network`` with pretrained weights; what is worth saying of the file, or "".

    ``"imagenet"`` downloads torchvision's, ``"pretrained"`` timm's; ``"packaged"`` takes those shipped with
    the package; a path is a state dict of torchvision or timm (``.pth``), the state of a bare convolution stack
    (``0.weight`` …), a safetensors file of either, or a checkpoint of this project. A trained classifier in a file is
    kept where it is one linear layer on the pooled features; ``classes`` names its classes. Others are passed over, and
    so are entries that are no weights; whatever wraps the weights or their keys is looked through.
    Raises :class:`~sxai.errors.WeightsError`, leaving the network unchanged, if the file is damaged, would run code,
    or does not fit completely.
    """
    spec = None if is_own(network.backbone) else _spec(network.backbone)
    note = ""
    if isinstance(source, Path):
        found, note = _chosen(network, source, spec)
        state, origin = found.state, str(source)
    elif source == "packaged":
        state, origin = read_state(_packaged(network.backbone, spec)), "The packaged file"
    elif source == "imagenet":
        state, origin = _download(network.backbone, spec), f"torchvision's {network.backbone}"
    elif source == "pretrained":
        state, origin = _from_timm(network.backbone), f"timm's {network.backbone}"
    else:
        raise WeightsError(f"Unknown weights {source!r}. Give 'imagenet', 'pretrained', 'packaged' or a file.")
    _fill(network.body, _body_state(network.body, state, spec), network.backbone, origin)
    if isinstance(source, Path) and spec is not None and spec.pooled:
        note = "; ".join(filter(None, [note, _keep_head(network, found, spec, source, classes)]))
    return note


def _keep_head(network: Network, found: WeightSet, spec: BackboneSpec, path: Path, classes: Sequence[str]) -> str:
    """Keep the trained classifier of a file; what to say of it."""
    inside = (key.removeprefix(spec.inner_prefix) for key in network.body.state_dict())
    outer = _outer(prefix_of(found.state, inside)[0], spec)
    layer = linear_classifier(found.state, [outer + key for key in spec.ignored_keys], network.channels)
    if layer is None:
        return "its classifier is not kept: train one" if classes else ""
    weight, bias = layer
    names = classes_for(found.content, path, len(weight), classes)
    if not names:
        return (
            f"the file has a trained classifier of {len(weight)} classes, which nothing names, so that it is not kept: "
            "name them in its order"
        )
    head = make_head("linear", network.channels, len(weight))
    head.load_state_dict({"weight": weight, "bias": bias})
    network.head, network.classes = head.eval(), names
    more = ", …" if len(names) > SHOWN_CLASSES else ""
    return f"its trained classifier is kept: {', '.join(names[:SHOWN_CLASSES])}{more}"


def _chosen(network: Network, path: Path, spec: BackboneSpec | None) -> tuple[WeightSet, str]:
    """The set of weights in a file that fits the network best, and what to say of it."""
    inner = spec.inner_prefix if spec else ""
    found, _, others = fitting(weight_sets(path), (key.removeprefix(inner) for key in network.body.state_dict()))
    notes = []
    if others:
        notes.append(
            f"taken: {found.name or 'the top level'}; also in the file: {', '.join(others) or 'the top level'}"
        )
    elif AVERAGED.search(found.name):
        notes.append(f"taken: {found.name}, averaged weights")
    if found.others:
        notes.append(f"passed over, as no weights: {', '.join(found.others[:_SHOWN])}")
    return found, "; ".join(notes)


def read_state(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a safetensors file or of a pickled state dict, by key; nothing in the file is ever run.

    Of several sets the largest is taken.
    """
    return max(weight_sets(path), key=lambda found: len(found.state)).state


def save_checkpoint(network: Network, path: Path, metadata: Mapping[str, str] | None = None) -> None:
    """Write ``network`` as safetensors, with what rebuilds it and your ``metadata`` in the header.

    Written under a temporary name and renamed, so that the file is whole or not there.
    """
    clash = sorted(set(metadata or ()) & set(_OWN_KEYS))
    if clash:
        raise WeightsError(f"The metadata name {clash[0]!r} is reserved. Choose another one.")
    tensors = {key: value.detach().cpu().contiguous().clone() for key, value in network.state_dict().items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    try:
        save_file(tensors, temporary, metadata=dict(metadata or {}) | _own_metadata(network))
        _flush(temporary)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read_metadata(path: Path) -> dict[str, str]:
    """The header of a checkpoint: format, backbone, head, classes, preprocessing (JSON) and its own
    metadata."""
    try:
        with safe_open(str(path), framework="pt") as file:
            metadata = file.metadata() or {}
    except (SafetensorError, *DAMAGE) as error:
        raise WeightsError(f"Cannot read the checkpoint {path}: {error}. Choose a file that sxai saved.") from error
    if metadata.get("format") != FORMAT:
        raise WeightsError(
            f"{path} is not a checkpoint of this version ({metadata.get('format')!r}, expected {FORMAT!r}). "
            "Plain weights go with a new network of their backbone, as its weights file."
        )
    return dict(metadata)


def load_checkpoint(path: Path, backbone: str | None = None) -> Network:
    """The network that :func:`save_checkpoint` wrote, on the CPU, in evaluation mode.

    A checkpoint of a person's own ``module:factory`` is only opened when the same name is given as
    ``backbone``, because a file must not decide which code is imported. Raises
    :class:`~sxai.errors.WeightsError`.
    """
    metadata = read_metadata(path)
    name = metadata.get("backbone", "")
    if backbone is not None and backbone != name:
        raise WeightsError(f"{path} is a {name!r}, not a {backbone!r}. Choose the checkpoint of that backbone.")
    if is_own(name) and backbone is None:
        raise WeightsError(f"{path} needs your own code {name!r}. Pass backbone={name!r} if you trust that module.")
    network = build(name)
    try:
        _restore_settings(network, metadata)
    except (KeyError, TypeError, ValueError, ModelError) as error:
        raise WeightsError(f"The header of {path} is damaged ({error!r}). Train or export the model again.") from error
    _fill(network, read_state(path), name, str(path))
    return network.eval()


def _own_metadata(network: Network) -> dict[str, str]:
    return {
        "format": FORMAT,
        "sxai_version": __version__,
        "backbone": network.backbone,
        "head": "" if network.head is None else head_kind(network.head),
        "classes": json.dumps(network.classes),
        "channels": str(network.channels),
        "preprocessing": json.dumps(network.preprocessing.recorded()),
    }


def _restore_settings(network: Network, metadata: Mapping[str, str]) -> None:
    values = json.loads(metadata["preprocessing"])
    values |= {"mean": tuple(values["mean"]), "std": tuple(values["std"])}
    network.use_preprocessing(Preprocessing(**values))
    network.classes = tuple(str(name) for name in json.loads(metadata["classes"]))
    if metadata["head"]:
        network.head = make_head(metadata["head"], network.channels, len(network.classes))


def _flush(path: str) -> None:
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


def _packaged(name: str, spec: BackboneSpec | None) -> Path:
    if spec is None or spec.packaged_weights is None:
        raise WeightsError(f"No weights for {name} come with the package. Use 'imagenet' or a file.")
    return Path(str(resources.files("sxai") / spec.packaged_weights))


def _spec(name: str) -> BackboneSpec | None:
    """The registry entry of a backbone; None for a network that was not made by the registry."""
    try:
        return find_backbone(name)
    except UnknownBackbone:
        return None


def _from_timm(name: str) -> dict[str, torch.Tensor]:
    if not name.startswith(timm_bodies.PREFIX):
        raise WeightsError(f"'pretrained' weights are those of {timm_bodies.PREFIX}NAME, not of {name}. Pass a file.")
    return timm_bodies.timm_pretrained(name)


def _download(name: str, spec: BackboneSpec | None) -> dict[str, torch.Tensor]:
    if spec is None or spec.torchvision_weights is None:
        raise WeightsError(f"torchvision offers no ImageNet weights for {name}. Give a weights file.")
    from sxai.torchvision_ import models

    weights = models.get_weight(spec.torchvision_weights)
    try:
        return dict(weights.get_state_dict(progress=False, check_hash=True))
    except (urllib.error.URLError, OSError, RuntimeError) as error:
        raise WeightsError(
            f"Could not download the ImageNet weights of {name} ({error}). Fetch {weights.url} on a machine with "
            "internet, and give its path here as the weights file."
        ) from error


def _body_state(
    body: nn.Module, state: Mapping[str, torch.Tensor], spec: BackboneSpec | None
) -> dict[str, torch.Tensor]:
    """The part of ``state`` that is about the body, with the body's own keys."""
    inner = spec.inner_prefix if spec else ""
    expected = {key.removeprefix(inner) for key in body.state_dict()}
    ignored = tuple(spec.ignored_keys) if spec else ("classifier.", "fc.", "head.")
    prefix = prefix_of(state, expected)[0]
    preferred = (spec.key_prefix, f"body.{inner}") if spec else ()
    for known in preferred:  # of prefixes that fit as well, the one that the network's own files have
        hits = len(_without(known, state).keys() & expected)
        if hits and hits >= len(_without(prefix, state).keys() & expected):
            prefix = known
    outer = _outer(prefix, spec)
    heads = tuple(outer + key for key in ignored)
    whole = {key: value for key, value in state.items() if key.startswith(outer) and not key.startswith(heads)}
    own = {key.removeprefix(prefix): value for key, value in whole.items()}
    return {inner + key: value for key, value in own.items() if not key.startswith(ignored)}


def _outer(prefix: str, spec: BackboneSpec | None) -> str:
    """What wraps a whole network's keys, without the part of its own that the body is."""
    own = spec.key_prefix if spec else ""
    return prefix.removesuffix(own) if own and prefix.endswith(own) else prefix


def _without(prefix: str, state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}


def _fill(module: nn.Module, state: Mapping[str, torch.Tensor], name: str, origin: str) -> None:
    """Copy ``state`` into ``module``, all of it or nothing."""
    own = module.state_dict()
    # A counter that older files lack and that evaluation does not use.
    missing = [key for key in own if key not in state and not key.endswith("num_batches_tracked")]
    unexpected = [key for key in state if key not in own]
    shapes = [
        f"{key} {tuple(state[key].shape)} instead of {tuple(own[key].shape)}"
        for key in own
        if key in state and state[key].shape != own[key].shape
    ]
    problems = [("missing", missing), ("unexpected", unexpected), ("of another shape", shapes)]
    summary = "; ".join(f"{len(keys)} {words}: {_some(keys)}" for words, keys in problems if keys)
    if summary:
        raise WeightsError(f"{origin} does not fit {name}: {summary}. Choose the weights of this network.")
    kinds = [key for key in own if key in state and own[key].is_floating_point() != state[key].is_floating_point()]
    if kinds:
        pair = f"{state[kinds[0]].dtype}, not {own[kinds[0]].dtype}"
        raise WeightsError(
            f"{origin} has numbers of another kind in {_some(kinds)} ({pair}). Save plain floating-point weights."
        )
    broken = [key for key in own if key in state and not torch.isfinite(state[key]).all()]
    if broken:
        raise WeightsError(f"{origin} has values that are not numbers in {_some(broken)}. Get the file again.")
    module.load_state_dict(dict(state), strict=False)


def _some(keys: list[str]) -> str:
    more = ", …" if len(keys) > _SHOWN else ""
    return ", ".join(keys[:_SHOWN]) + more
