"""Features by position: several layers of a network on a larger input, resampled to one grid.

Global average pooling mixes a part with everything around it. A small part is recognised far better at its position,
and in layers that still resolve its details.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import torch
from torch.nn.functional import adaptive_avg_pool2d, interpolate

from sxai.batches import in_batches
from sxai.errors import ModelError
from sxai.networks.features import batch_for, computing
from sxai.networks.network import Network

Resolution = Literal["fine", "maps"]
RESOLUTIONS: tuple[Resolution, ...] = get_args(Resolution)

ENLARGEMENT = 2
"""Factor by which the input is enlarged for features by position."""

MAX_GRID = 28
"""Largest number of positions a side."""

SCALES = 3
"""Number of the deepest resolutions that are read together."""


@dataclass(frozen=True)
class Reading:
    """The layers ``taps`` read at each position, concatenated to one vector of D = ΣC entries.

    Without taps the maps before pooling are read. ``size``: side of the input in pixels. ``grid``: the picture is read
    at grid × grid positions; finer layers are averaged down to it.
    """

    taps: tuple[str, ...]
    size: int
    grid: int

    def __post_init__(self) -> None:
        if self.size < 1 or self.grid < 1:
            raise ModelError(f"a reading needs a size and a grid of 1 or more, not {self}.")


def default_reading(network: Network) -> Reading:
    """The last layer of each of the three deepest resolutions and one between, at twice the network's input size.

    The one between is the middle layer of the second of these resolutions, where parts are recognised best.

    The grid is the deepest layer's, of 28 × 28 positions at most; of a network that names no layers, the maps
    before pooling are read.
    """
    size = ENLARGEMENT * network.preprocessing.size
    sides = _sides(network, size)
    grid = min(*sides.values(), MAX_GRID)
    if not network.taps:
        return Reading((), size, grid)
    last = {side: tap for tap, side in sides.items()}
    deepest = sorted(last)[:SCALES]
    chosen = {last[side] for side in deepest}
    if len(deepest) > 1:
        second = [tap for tap, side in sides.items() if side == deepest[1]]
        chosen.add(second[len(second) // 2])
    return Reading(tuple(tap for tap in network.taps if tap in chosen), size, grid)


def _sides(network: Network, size: int) -> dict[str, int]:
    """Side of the maps of every layer for an input of ``size`` pixels, from the input on; without layers the body's."""
    with _at_size(network, size), computing(network, network.device), torch.inference_mode():
        with network.capture(*network.taps) as seen:
            maps = network.body(network.normalise(torch.zeros(1, 3, size, size)))
        return {tap: int(seen[tap].shape[-1]) for tap in network.taps} | ({} if network.taps else {"": maps.shape[-1]})


def position_features(
    network: Network,
    canvases: Iterable[np.ndarray],
    reading: Reading,
    batch: int | None = None,
    device: str | torch.device = "auto",
) -> Iterator[np.ndarray]:
    """Features by position of canvases uint8 (H, W, 3), one float32 (b, grid, grid, D) array a batch, in their order.

    They are large, so they come one batch at a time. The network is left as it was after each batch.

    Raises
    ------
    ModelError
        for an unknown layer.
    """
    unknown = [tap for tap in reading.taps if tap not in network.taps]
    if unknown:
        raise ModelError(f"{network.backbone} has no layer called {unknown[0]!r}; there are {', '.join(network.taps)}.")
    return _batches(network, canvases, reading, batch, device)


def read_prepared(
    network: Network, x: torch.Tensor, reading: Reading, device: str | torch.device = "auto"
) -> np.ndarray:
    """Features by position float32 (n, grid, grid, D) of prepared pictures (n, 3, S, S) in [0, 1] of any size S.

    A picture of another size than the reading's is brought to it, for instance one that was attacked at the network's
    own size.
    """
    with computing(network, device), _at_size(network, reading.size), torch.inference_mode():
        if x.shape[-1] != reading.size:
            x = interpolate(x, size=(reading.size, reading.size), mode="bilinear", align_corners=False)
        return _read(network, x, reading)


def _batches(
    network: Network, canvases: Iterable[np.ndarray], reading: Reading, batch: int | None, device: str | torch.device
) -> Iterator[np.ndarray]:
    with computing(network, device) as target:
        size = batch or batch_for(target)
    for group in in_batches(canvases, size):
        with computing(network, device), _at_size(network, reading.size), torch.inference_mode():
            rows = _read(network, network.prepare(group), reading)
        yield rows


def _read(network: Network, x: torch.Tensor, reading: Reading) -> np.ndarray:
    with network.capture(*reading.taps) as seen:
        maps = network.body(network.normalise(x).contiguous(memory_format=torch.channels_last))
    read = [seen[tap] for tap in reading.taps] or [maps]
    layers = [adaptive_avg_pool2d(layer.float(), reading.grid) for layer in read]
    return torch.cat(layers, dim=1).permute(0, 2, 3, 1).cpu().contiguous().numpy()


@contextmanager
def _at_size(network: Network, size: int) -> Iterator[None]:
    """The network takes inputs of another size inside the block."""
    usual = network.preprocessing
    try:
        network.preprocessing = replace(usual, size=size)
        yield
    finally:
        network.preprocessing = usual
