"""Saliency by backward passes that may see the class only: Guided Backprop and Gradient × Input, with a SeVec's gate.

The attribution itself is captum's. The rule for a ReLU (pass on what is positive) is applied to every ReLU that the
forward pass meets, whether it is a module or a function, so the shared network is never touched.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from sxai.assess.grad_cam import cam
from sxai.errors import ModelError
from sxai.networks.features import computing
from sxai.networks.network import Network

GRAD_CAM, GUIDED, INPUT = METHODS = ("grad-cam", "guided-backprop", "gradient-input")
GATED_METHODS = (GUIDED, INPUT)
"""The methods that a gate changes."""

_RELUS: dict[Callable[..., Any], float] = {
    functional.relu: float("inf"),
    torch.relu: float("inf"),
    torch.Tensor.relu: float("inf"),
    functional.relu6: 6.0,
}


class _GuidedRelu(torch.autograd.Function):
    """max(0, x) up to a ceiling, whose backward pass lets only positive relevance through (Springenberg et al.)."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, ceiling: float) -> torch.Tensor:
        ctx.save_for_backward((x > 0) & (x < ceiling))
        return x.clamp(0, None if ceiling == float("inf") else ceiling)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        (passes,) = ctx.saved_tensors
        return gradients[0].clamp(min=0) * passes, None


class _Guided(TorchFunctionMode):
    """Inside, every ReLU passes on what is positive; ``met`` counts them."""

    met = 0

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        given = kwargs or {}
        ceiling = _RELUS.get(func)
        if func is functional.hardtanh and _bounds(args, given)[0] == 0:  # what nn.ReLU6 calls
            ceiling = _bounds(args, given)[1]
        if ceiling is None or not args:
            return func(*args, **given)
        self.met += 1
        return _GuidedRelu.apply(args[0], ceiling)


def _bounds(args: tuple[Any, ...], given: dict[str, Any]) -> tuple[float, float]:
    """Lower and upper bound of a hardtanh call."""
    low = args[1] if len(args) > 1 else given.get("min_val", -1.0)
    high = args[2] if len(args) > 2 else given.get("max_val", 1.0)
    return float(low), float(high)


class _Scores(nn.Module):
    """Class scores from normalised inputs, relevance gated where the last maps are."""

    def __init__(self, network: Network, gate: torch.Tensor | None, guided: bool) -> None:
        super().__init__()
        self._network = (network,)  # in a tuple: a shared network does not become a part of this module
        self._gate, self._guided = gate, guided

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        network = self._network[0]
        with _rule(network, self._guided):
            maps = network.body(z)
        if self._gate is not None and maps.requires_grad:
            gate = self._gate
            maps.register_hook(lambda relevance: relevance * gate)
        return network.logits(maps.mean(dim=(2, 3)))


@contextmanager
def _rule(network: Network, guided: bool) -> Iterator[None]:
    if not guided:
        yield
        return
    with _Guided() as mode:
        yield
    if not mode.met:
        raise ModelError(f"{network.backbone} has no ReLU, which guided backprop needs; use {INPUT} or {GRAD_CAM}.")


def saliency(
    network: Network,
    x: torch.Tensor,
    targets: torch.Tensor,
    method: str,
    gate: np.ndarray | None = None,
    device: str = "auto",
) -> np.ndarray:
    """Saliency float32 (n, S, S), ≥ 0, of pictures ``x`` (n, 3, S, S) in [0, 1] for one class index each (n,).

    ``gate`` (C,) or (n, C) says which channels of the last maps relevance may pass (SeVec, Sec. 5; None: all). Colour
    channels are joined by the largest magnitude (guided backprop) or by the magnitude of their sum (gradient × input,
    with inputs as the network sees them). Grad-CAM takes no gate; it is enlarged bilinearly.

    Raises
    ------
    ModelError
        for another method, a network without head, a gate of another size, or guided backprop without any ReLU.
    """
    if method not in METHODS or network.head is None:
        raise ModelError(f"saliency by {method!r}: the methods are {', '.join(METHODS)}, and the network needs a head.")
    with computing(network, device):
        place = network.device
        inputs = x.to(place, network.mean.dtype)
        if method == GRAD_CAM:
            return _enlarged(cam(network, inputs, targets.to(place)), x.shape[-1])
        passes = None if gate is None else _gate(network, gate, len(x)).to(place, network.mean.dtype)
        return _backward(network, inputs, targets.to(place), passes, method)


def _backward(
    network: Network, x: torch.Tensor, targets: torch.Tensor, gate: torch.Tensor | None, method: str
) -> np.ndarray:
    from captum.attr import InputXGradient, Saliency  # a second to import, and few need it

    scores = _Scores(network, gate, method == GUIDED)
    z = network.normalise(x).detach().requires_grad_()
    with torch.enable_grad():
        if method == GUIDED:
            relevance = Saliency(scores).attribute(z, target=targets, abs=False).abs().amax(dim=1)
        else:
            relevance = InputXGradient(scores).attribute(z, target=targets).sum(dim=1).abs()
    return np.asarray(relevance.detach().float().cpu().numpy())


def _gate(network: Network, gate: np.ndarray, n: int) -> torch.Tensor:
    rows = np.atleast_2d(np.asarray(gate, dtype=np.float64))
    if rows.shape not in ((1, network.channels), (n, network.channels)):
        raise ModelError(f"a gate of shape {np.shape(gate)} does not fit {network.channels} channels and {n} pictures.")
    return torch.from_numpy(rows)[:, :, None, None]


def _enlarged(heat: torch.Tensor, side: int) -> np.ndarray:
    resized = functional.interpolate(heat, size=(side, side), mode="bilinear", align_corners=False)
    return np.asarray(resized[:, 0].float().cpu().numpy())
