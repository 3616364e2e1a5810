"""The network model: pixels → maps → global average pooling → features → classes."""

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.utils.hooks import RemovableHandle

from sxai.errors import ModelError

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
FITS = ("squash", "crop")
INTERPOLATIONS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


@dataclass(frozen=True)
class Preprocessing:
    """The preprocessing of a network: input ``size`` S and, for pixels x in [0, 1], ``(x · scale − mean) / std``.

    ``mean`` and ``std`` are per RGB channel, in the units of ``x · scale`` (scale 255 for statistics of
    0…255). ``fit="squash"`` resizes the whole picture to S × S (paper); ``"crop"`` takes its central square.
    ``interpolation`` is how: "bilinear" or "bicubic".
    """

    size: int
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD
    fit: str = "squash"
    scale: float = 1.0
    interpolation: str = "bilinear"

    def __post_init__(self) -> None:
        if self.size < 1 or not all(value > 0 for value in self.std) or self.fit not in FITS:
            raise ModelError(f"Preprocessing needs size ≥ 1, std > 0 and fit in {FITS}, not {self}.")
        if self.interpolation not in INTERPOLATIONS:
            raise ModelError(f"interpolation must be one of {', '.join(INTERPOLATIONS)}, not {self.interpolation!r}.")

    def recorded(self) -> dict[str, Any]:
        """As it is stored; the interpolation only where it is not the usual one, as before there was a choice."""
        values = asdict(self)
        if self.interpolation == "bilinear":
            del values["interpolation"]
        return values


class Network(nn.Module):
    """A backbone with global average pooling and, once trained, a head.

    ``body`` gives the maps (n, C, H, W) before pooling. ``taps`` names the inner layers whose maps can be
    asked for. Normalisation happens inside, so inputs are plain pixel values in [0, 1] (method: it belongs
    to the model). ``features_nonnegative``: whether features are never below 0, as after a ReLU; those of
    transformers can be. A body may bring a method ``arrange``, which turns what its inner layers give into maps.
    """

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(
        self,
        backbone: str,
        body: nn.Module,
        preprocessing: Preprocessing,
        channels: int,
        tap_modules: Mapping[str, str] | None = None,
        head: nn.Module | None = None,
        classes: Sequence[str] = (),
        features_nonnegative: bool = True,
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.body = body
        self.channels = channels
        self.tap_modules = dict(tap_modules or {})
        self.head = head
        self.classes = tuple(classes)
        self.features_nonnegative = features_nonnegative
        self.use_preprocessing(preprocessing)

    def use_preprocessing(self, preprocessing: Preprocessing) -> None:
        """Prepare and normalise inputs this way from now on."""
        self.preprocessing = preprocessing
        device = next((tensor.device for tensor in self.parameters()), torch.device("cpu"))
        for name, values in (("mean", preprocessing.mean), ("std", preprocessing.std)):
            tensor = torch.tensor(values, dtype=torch.float32, device=device).reshape(1, 3, 1, 1)
            self.register_buffer(name, tensor, persistent=False)

    @property
    def taps(self) -> tuple[str, ...]:
        """Names of the layers that :meth:`maps` can return, from the input to the output."""
        return tuple(self.tap_modules)

    @property
    def device(self) -> torch.device:
        """Where the network computes; inputs are moved there."""
        return self.mean.device

    def prepare(self, canvases: Sequence[np.ndarray]) -> torch.Tensor:
        """Canvases uint8 (H, W, 3) of any sizes → float32 (n, 3, S, S) in [0, 1], on the CPU."""
        size = self.preprocessing.size
        batch = np.empty((len(canvases), size, size, 3), dtype=np.uint8)
        for row, pixels in zip(batch, canvases, strict=True):
            row[:] = _fitted(pixels, self.preprocessing)
        return torch.from_numpy(batch).permute(0, 3, 1, 2).contiguous().float().div_(255)

    def normalise(self, x: torch.Tensor) -> torch.Tensor:
        """Pixels (n, 3, S, S) in [0, 1] → what the body was trained on."""
        return (x.to(self.device) * self.preprocessing.scale - self.mean) / self.std

    def maps(self, x: torch.Tensor, tap: str | None = None) -> torch.Tensor:
        """Feature maps (n, C, H, W) of pixels ``x`` (n, 3, S, S) in [0, 1], before pooling or at a
        ``tap``."""
        if tap is None:
            return self.body(self.normalise(x))
        with self.capture(tap) as seen:
            self.body(self.normalise(x))
        return seen[tap]

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """Features (n, C): the mean over positions of the maps (global average pooling)."""
        return self.maps(x).mean(dim=(2, 3))

    def logits(self, features: torch.Tensor) -> torch.Tensor:
        """Class scores (n, K) of features (n, C), before softmax. Needs a head."""
        if self.head is None:
            raise ModelError(f"The network ({self.backbone}) has no classes yet. Train it first: sxai model train NAME")
        return self.head(features.to(self.device))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Class scores (n, K) of pixels ``x`` (n, 3, S, S) in [0, 1]."""
        return self.logits(self.features(x))

    @contextmanager
    def capture(self, *taps: str) -> Iterator[dict[str, torch.Tensor]]:
        """While the block runs, keep the output of each named layer; the network is always left as it was.

        The dictionary is filled by every forward pass inside the block and stays filled after it.
        """
        modules = [self._tapped(tap) for tap in taps]
        seen: dict[str, torch.Tensor] = {}
        hooks: list[RemovableHandle] = []
        try:
            for tap, module in zip(taps, modules, strict=True):
                arrange = None if module is self.body else getattr(self.body, "arrange", None)
                hooks.append(module.register_forward_hook(_keeper(seen, tap, arrange)))
            yield seen
        finally:
            for hook in hooks:
                hook.remove()

    def _tapped(self, tap: str) -> nn.Module:
        if tap not in self.tap_modules:
            close = difflib.get_close_matches(tap, self.taps, n=3)
            hint = f"Did you mean {' or '.join(close)}?" if close else f"There are: {', '.join(self.taps) or 'none'}."
            raise ModelError(f"{self.backbone} has no layer called {tap!r}. {hint}")
        return self.body.get_submodule(self.tap_modules[tap])


def _keeper(
    seen: dict[str, torch.Tensor], tap: str, arrange: Callable[[torch.Tensor], torch.Tensor] | None
) -> Callable[[nn.Module, object, torch.Tensor], None]:
    def keep(module: nn.Module, inputs: object, output: torch.Tensor) -> None:
        seen[tap] = output if arrange is None else arrange(output)

    return keep


def _fitted(pixels: np.ndarray, expected: Preprocessing) -> np.ndarray:
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise ModelError(f"Expected a canvas uint8 (H, W, 3), got {pixels.dtype} {pixels.shape}. Decode it first.")
    height, width = pixels.shape[:2]
    box: tuple[float, float, float, float] = (0, 0, width, height)
    if expected.fit == "crop":
        side = min(height, width)
        left, top = (width - side) / 2, (height - side) / 2
        box = (left, top, left + side, top + side)
    # Pillow's filters widen when shrinking, so nothing is skipped.
    side = (expected.size, expected.size)
    return np.asarray(Image.fromarray(pixels).resize(side, INTERPOLATIONS[expected.interpolation], box=box))
