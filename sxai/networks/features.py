"""Features of many pictures: streamed through a network, never all in memory at once."""

from collections.abc import Iterable, Iterator, Sequence, Sized
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch

from sxai.batches import in_batches
from sxai.networks.device import resolve_device
from sxai.networks.network import Network
from sxai.progress import Progress, silent

# A CPU gains nothing from larger batches, and smaller ones can be cancelled sooner.
CPU_BATCH = 8
ACCELERATOR_BATCH = 32

_turns: WeakKeyDictionary[Network, Any] = WeakKeyDictionary()
_taking = RLock()


@dataclass(frozen=True, eq=False)
class FeatureBatch:
    """``features`` float32 (n, C) after pooling; ``logits`` float32 (n, K), or None for a network without
    head."""

    features: np.ndarray
    logits: np.ndarray | None


def extract(
    network: Network,
    canvases: Iterable[np.ndarray],
    batch: int | None = None,
    device: str | torch.device = "auto",
    progress: Progress = silent,
    total: int | None = None,
) -> FeatureBatch:
    """Features (and class scores) of ``canvases``, each uint8 (H, W, 3), in their order.

    Pictures are taken from the iterable one ``batch`` at a time (default: :func:`batch_for` the device). ``progress``
    is called with stage "features" after each batch; ``total`` tells it how many there will be when the iterable does
    not know. The network is left on its device and in its mode, whatever happens.
    """
    expected = total if total is not None else len(canvases) if isinstance(canvases, Sized) else 0
    features: list[torch.Tensor] = []
    logits: list[torch.Tensor] = []
    done = 0
    progress("features", done, max(expected, done))
    with computing(network, device) as target, torch.inference_mode():
        for group in in_batches(canvases, batch or batch_for(target)):
            pooled = network.features(_laid_out(network.prepare(group)))
            features.append(pooled.float().cpu())
            if network.head is not None:
                logits.append(network.logits(pooled).float().cpu())
            done += len(group)
            progress("features", done, max(expected, done))
    scores = _stacked(logits, len(network.classes)) if network.head is not None else None
    return FeatureBatch(_stacked(features, network.channels), scores)


def feature_maps(
    network: Network,
    canvases: Sequence[np.ndarray],
    tap: str | None = None,
    batch: int | None = None,
    device: str | torch.device = "auto",
) -> np.ndarray:
    """Feature maps float32 (n, C, H, W) of ``canvases`` at ``tap``, or before pooling when None.

    They are large: for a few hundred pictures at most. Raises :class:`~sxai.errors.ModelError` for an
    unknown tap.
    """
    with computing(network, device) as target, torch.inference_mode():
        groups = in_batches(canvases, batch or batch_for(target))
        maps = [network.maps(_laid_out(network.prepare(group)), tap).float().cpu() for group in groups]
    return torch.cat(maps).contiguous().numpy() if maps else np.empty((0, 0, 0, 0), dtype=np.float32)


@contextmanager
def computing(network: Network, device: str | torch.device = "auto") -> Iterator[torch.device]:
    """Put the network into evaluation mode on ``device`` inside the block, and restore its state afterwards.

    A network is shared by all threads of the app: the block waits until no other thread computes with it.
    """
    target = resolve_device(device) if isinstance(device, str) else device
    with _turn(network), _placed(network, target):
        yield target


def _turn(network: Network) -> Any:
    """The lock of that network; the same thread may take it again."""
    with _taking:
        return _turns.setdefault(network, RLock())


@contextmanager
def _placed(network: Network, target: torch.device) -> Iterator[None]:
    home = network.device
    modes = [(module, module.training) for module in network.modules() if module.training]
    try:
        network.to(target)
        for module, _ in modes:
            module.training = False
        yield
    finally:
        for module, training in modes:
            module.training = training
        network.to(home)


def batch_for(device: torch.device) -> int:
    """How many pictures go through a network at once by default."""
    return CPU_BATCH if device.type == "cpu" else ACCELERATOR_BATCH


def _stacked(rows: list[torch.Tensor], width: int) -> np.ndarray:
    return torch.cat(rows).numpy() if rows else np.empty((0, width), dtype=np.float32)


def _laid_out(x: torch.Tensor) -> torch.Tensor:
    """``x`` with channels innermost, which convolutions on a CPU compute faster."""
    return x.contiguous(memory_format=torch.channels_last)
