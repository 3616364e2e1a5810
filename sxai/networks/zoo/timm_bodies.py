"""Bodies from timm, an optional extra: any of its classifiers, cut before pooling, with its output arranged as maps.

Convolutional networks give maps (n, C, H, W), or (n, H, W, C), which are turned. Vision transformers give tokens
(n, L, D): those that stand for no patch (class token, registers) are left out and the others laid out where their
patches are, so that pooling the maps is the mean of the patch tokens.
"""

import difflib
import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import isqrt
from types import ModuleType
from typing import Any

import torch
from torch import nn

from sxai.errors import ModelError, UnknownBackbone, WeightsError
from sxai.networks.device import seeded

PREFIX = "timm:"
INSTALL = "pip install 'sxai[timm]'"
INNER = "model."
"""Prefix of the body's keys before those of timm's own files."""
LAST = "maps"
"""Name of the tap of the body's output, where no layer of timm's list gives the same."""


@dataclass(frozen=True)
class TimmFacts:
    """Facts of a timm model: channels, taps and sign of its maps, some of them from a pass of one noisy picture."""

    channels: int
    size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    interpolation: str
    taps: Mapping[str, str]
    nonnegative: bool
    classifiers: tuple[str, ...]


class TimmBody(nn.Module):
    """A timm model without its classifier: normalised pixels (n, 3, S, S) → maps (n, C, h, w)."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Maps (n, C, h, w) before pooling."""
        return self.arrange(self.model.forward_features(x))  # type: ignore[operator]

    def arrange(self, output: torch.Tensor) -> torch.Tensor:
        """What a layer gives, as maps (n, C, h, w); ModelError when it cannot be laid out."""
        if isinstance(output, torch.Tensor) and output.ndim == 4:
            turned = getattr(self.model, "output_fmt", "NCHW") == "NHWC"
            return output.permute(0, 3, 1, 2) if turned else output
        if isinstance(output, torch.Tensor) and output.ndim == 3:
            return self._laid_out(output)
        shape = tuple(output.shape) if isinstance(output, torch.Tensor) else type(output).__name__
        raise ModelError(f"a layer gives {shape}, neither maps nor tokens. Choose another model or layer.")

    def _laid_out(self, tokens: torch.Tensor) -> torch.Tensor:
        """Tokens (n, L, D) as maps (n, D, h, w), those before the patches left out."""
        prefix = int(getattr(self.model, "num_prefix_tokens", None) or 0)
        for leading in (prefix, 0):
            patches = tokens[:, leading:]
            sides = self._sides(patches.shape[1])
            if sides is not None:
                return patches.transpose(1, 2).reshape(len(tokens), tokens.shape[2], *sides)
        raise ModelError(f"{tokens.shape[1]} tokens fill no grid of patches. Choose another model or layer.")

    def _sides(self, patches: int) -> tuple[int, int] | None:
        """Height and width of the grid of patches: the model's own, or a square."""
        own = getattr(getattr(self.model, "patch_embed", None), "grid_size", None)
        if own is not None and own[0] * own[1] == patches:
            return int(own[0]), int(own[1])
        side = isqrt(patches)
        return (side, side) if side * side == patches else None


def timm_body(name: str, pretrained: bool = False) -> TimmBody:
    """The body of ``timm:NAME``; with ``pretrained`` timm downloads its weights.

    Raises
    ------
    ModelError
        when timm is not installed or cannot build the model; UnknownBackbone names models that are called similarly.
    """
    timm, chosen = _timm(), _known(name)
    try:
        return TimmBody(timm.create_model(chosen, pretrained=pretrained, num_classes=0))
    except Exception as error:  # timm's hundreds of models raise anything
        raise ModelError(f"timm cannot build {chosen} ({_first_line(error)}). Choose another of its models.") from error


def timm_pretrained(name: str) -> dict[str, torch.Tensor]:
    """The pretrained weights of ``timm:NAME`` by timm's own keys, downloaded once."""
    try:
        return timm_body(name, pretrained=True).model.state_dict()
    except UnknownBackbone:
        raise
    except ModelError as error:
        raise WeightsError(
            f"could not get the pretrained weights of {name}: {_first_line(error.__cause__ or error)}. On a machine "
            "with a network fetch its model.safetensors and give its path here as the weights file"
        ) from error


@lru_cache(maxsize=32)
def timm_facts(name: str) -> TimmFacts:
    """Facts of ``timm:NAME``; builds it once with random weights and runs it on one noisy picture."""
    with seeded(0):
        body = timm_body(name).eval()
    data = _timm().data.resolve_model_data_config(body.model)
    size = int(data["input_size"][-1])
    seen, maps = _shown_noise(body, size, name)
    taps = {path: INNER + path for path in seen}
    if not any(torch.equal(layer, maps) for layer in seen.values() if layer.shape == maps.shape):
        taps[LAST] = ""
    return TimmFacts(
        channels=int(maps.shape[1]),
        size=size,
        mean=_three(data["mean"]),
        std=_three(data["std"]),
        interpolation="bicubic" if data["interpolation"] == "bicubic" else "bilinear",
        taps=taps,
        nonnegative=bool(maps.min() >= 0),
        classifiers=_classifiers(body.model),
    )


def _shown_noise(body: TimmBody, size: int, name: str) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """The maps of the layers that timm lists, where they can be laid out, and those of the whole body."""
    seen: dict[str, torch.Tensor] = {}
    hooks = [module.register_forward_hook(_keeper(body, seen, path)) for path, module in _listed(body.model).items()]
    noise = torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(0))
    try:
        with torch.inference_mode():
            return seen, body(noise)
    except Exception as error:  # timm's hundreds of models raise anything
        raise ModelError(
            f"{name} cannot take a picture of {size} × {size} ({_first_line(error)}). Choose another timm model."
        ) from error
    finally:
        for hook in hooks:
            hook.remove()


def _keeper(body: TimmBody, seen: dict[str, torch.Tensor], path: str) -> Any:
    def keep(module: nn.Module, inputs: object, output: torch.Tensor) -> None:
        try:
            seen[path] = body.arrange(output).clone()
        except ModelError:
            seen.pop(path, None)

    return keep


def _listed(model: nn.Module) -> dict[str, nn.Module]:
    """The layers that timm lists as those to read features from, from input to output."""
    modules = dict(model.named_modules())
    listed = getattr(model, "feature_info", None) or ()
    paths = [str(entry.get("module", "")) for entry in listed if isinstance(entry, Mapping)]
    return {path: modules[path] for path in paths if path and path in modules}


def _classifiers(model: nn.Module) -> tuple[str, ...]:
    """Beginnings of the keys of the classifier in timm's files."""
    named = (getattr(model, "pretrained_cfg", None) or {}).get("classifier") or ()
    names = (named,) if isinstance(named, str) else tuple(named)
    return tuple(f"{name}." for name in names) or ("head.", "fc.", "classifier.")


def _known(name: str) -> str:
    """timm's own name of the model; UnknownBackbone with similar ones otherwise."""
    chosen, timm = name.removeprefix(PREFIX), _timm()
    if re.fullmatch(r"\w+(\.\w+)?", chosen) and timm.is_model(chosen):
        return chosen
    close = difflib.get_close_matches(chosen.split(".")[0], timm.list_models(), n=3)
    hint = f"Did you mean {' or '.join(close)}?" if close else "timm.list_models() names them all."
    raise UnknownBackbone(f"timm has no model called {chosen!r}. {hint}")


def _timm() -> ModuleType:
    """The package timm, after torchvision was mended: timm imports it."""
    importlib.import_module("sxai.torchvision_")
    try:
        return importlib.import_module("timm")
    except ImportError as error:
        raise ModelError(f"timm is not installed, which networks named {PREFIX}… need. Run: {INSTALL}") from error


def _three(values: Any) -> tuple[float, float, float]:
    red, green, blue = (float(value) for value in values)
    return red, green, blue


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
