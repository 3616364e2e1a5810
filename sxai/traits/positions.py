"""Ratio of the first component, layer by layer, in bounded memory (supplement S.2, Supplementary Fig. 4).

A layer's ratio is a mean over positions. Early layers have tens of thousands, too many to hold for hundreds of
samples; there a regular grid of positions stands for all (:func:`~sxai.traits.sampling.grid_positions`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from sxai.batches import in_batches
from sxai.errors import SpaceError
from sxai.networks.features import batch_for, computing
from sxai.networks.network import Network
from sxai.progress import Progress, silent
from sxai.traits.compression import centre_rows, without_noise
from sxai.traits.defaults import MAX_POSITIONS
from sxai.traits.sampling import Indices, grid_positions

BUDGET = 128_000_000
"""Numbers (float32) held at once, half a gigabyte: bounds how many layers and positions one pass collects."""

BATCH_ELEMENTS = 4_000_000
"""Numbers centred and decomposed at once: bounds the memory to some tens of megabytes."""


@dataclass(frozen=True)
class Layer:
    """A tap of a network: its ``kind`` ("conv", "relu", "pool" or "block") and the (C, H, W) of its maps."""

    name: str
    kind: str
    channels: int
    height: int
    width: int


@dataclass(frozen=True)
class LayerRatio:
    """Information ratio of the first component of one layer.

    Attributes
    ----------
    ratio
        mean over positions, in (0, 1].
    error
        standard error of that mean over the sampled positions (deviation / √positions).
    positions
        number of positions with a ratio; ``dead`` more had none, as nothing varied over their channels.
    of
        number of positions that the layer has.
    """

    name: str
    kind: str
    ratio: float
    error: float
    positions: int
    dead: int
    of: int


def layers_of(network: Network) -> tuple[list[Layer], list[str]]:
    """The layers of a network that have maps to compress, from input to output, and the taps that have none.

    One blank picture goes through the network to learn the shapes.
    """
    size = network.preprocessing.size
    with computing(network, network.device), torch.inference_mode(), network.capture(*network.taps) as seen:
        network.maps(torch.zeros(1, 3, size, size))
    usable = [name for name in network.taps if _is_map(seen.get(name))]
    layers = [Layer(name, _kind(network, name), *seen[name].shape[1:]) for name in usable]
    return layers, [name for name in network.taps if name not in usable]


def _is_map(output: object) -> bool:
    return isinstance(output, torch.Tensor) and output.ndim == 4 and output.shape[1] >= 2


def _kind(network: Network, tap: str) -> str:
    module = network.body.get_submodule(network.tap_modules[tap])
    if isinstance(module, nn.Conv2d):
        return "conv"
    word = type(module).__name__.lower()
    return next((kind for kind in ("relu", "pool") if kind in word), "block")


def chosen_positions(layer: Layer, n: int, most: int = MAX_POSITIONS, seed: int = 0, budget: int = BUDGET) -> Indices:
    """The positions of a layer to compress with ``n`` samples: at most ``most``, within the memory ``budget``."""
    fitting = max(1, min(most, budget // (n * layer.channels)))
    return grid_positions(layer.height, layer.width, fitting, seed)


def passes(layers: Sequence[Layer], n: int, most: int = MAX_POSITIONS, budget: int = BUDGET) -> Iterator[list[Layer]]:
    """Layers in groups, in order, such that a group's numbers fit into ``budget``; one pass of the network each."""
    group: list[Layer] = []
    held = 0
    for layer in layers:
        need = n * layer.channels * min(most, layer.height * layer.width)
        if group and held + need > budget:
            yield group
            group, held = [], 0
        group.append(layer)
        held += need
    if group:
        yield group


def gather(
    network: Network,
    canvases: Iterable[np.ndarray],
    n: int,
    wanted: Mapping[str, Indices],
    device: str = "auto",
    progress: Progress = silent,
) -> dict[str, NDArray[np.float32]]:
    """Activations float32 (P, n, C) at ``wanted`` taps and flat positions, of ``n`` canvases streamed once."""
    tables: dict[str, NDArray[np.float32]] = {}
    done = 0
    progress("layers", done, n)
    with computing(network, device) as target, torch.inference_mode(), network.capture(*wanted) as seen:
        for group in in_batches(canvases, batch_for(target)):
            network.maps(network.prepare(group).contiguous(memory_format=torch.channels_last))
            for tap, positions in wanted.items():
                rows = _at(seen[tap], positions)
                table = tables.setdefault(tap, np.empty((len(positions), n, rows.shape[2]), dtype=np.float32))
                table[:, done : done + len(group)] = rows
            done += len(group)
            progress("layers", done, n)
    return tables


def _at(maps: torch.Tensor, positions: Indices) -> NDArray[np.float32]:
    """Maps (b, C, H, W) at P flat positions, as (P, b, C) on the CPU."""
    chosen = maps.flatten(2)[:, :, torch.from_numpy(positions).to(maps.device)]
    rows: NDArray[np.float32] = chosen.permute(2, 0, 1).float().cpu().numpy()
    return rows


def first_ratios(tables: NDArray[np.floating], progress: Progress = silent) -> NDArray[np.float64]:
    """Information ratio (P,) of the first component of P tables (P, n, C), from eigenvalues alone; NaN where no row
    varies.
    """
    count, n, channels = tables.shape
    ratios = np.full(count, np.nan)
    step = max(1, BATCH_ELEMENTS // (n * channels))
    for start in range(0, count, step):
        progress("compress", start, count)
        part = slice(start, start + step)
        ratios[part] = _ratios(tables[part].astype(np.float64))
    progress("compress", count, count)
    return ratios


def _ratios(tables: NDArray[np.float64]) -> NDArray[np.float64]:
    centred, _ = centre_rows(tables)
    turned = np.swapaxes(centred, -1, -2)
    gram = centred @ turned if tables.shape[1] <= tables.shape[2] else turned @ centred
    spectrum = without_noise(np.maximum(np.linalg.eigvalsh(gram)[:, ::-1], 0.0), tables.shape[1:])
    total = spectrum.sum(axis=1)
    return np.divide(spectrum[:, 0], total, out=np.full(len(tables), np.nan), where=total > 0.0)


def layer_ratio(layer: Layer, ratios: NDArray[np.float64]) -> LayerRatio:
    """The ratio of a layer from those at its positions (P,); SpaceError when none has one."""
    alive = ratios[~np.isnan(ratios)]
    if not len(alive):
        raise SpaceError(f"nothing to compress in {layer.name}: no sample varies over its channels at any position")
    return LayerRatio(
        name=layer.name,
        kind=layer.kind,
        ratio=float(alive.mean()),
        error=float(alive.std(ddof=1) / np.sqrt(len(alive))) if len(alive) > 1 else 0.0,
        positions=len(alive),
        dead=len(ratios) - len(alive),
        of=layer.height * layer.width,
    )
