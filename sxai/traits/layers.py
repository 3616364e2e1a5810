"""Row-centred compression of whole feature maps, layer by layer (supplement S.2, Supplementary Fig. 4)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sxai.errors import SpaceError
from sxai.progress import Progress, silent
from sxai.traits.compression import centre_rows, decompose, sample_loadings, without_noise

Floats = NDArray[np.float64]

BATCH_ELEMENTS = 4_000_000
"""Numbers centred and decomposed at once: bounds the memory to some tens of megabytes."""


@dataclass(frozen=True, eq=False)
class MapCompression:
    """Common traits of feature maps; n samples, C channels, H × W positions, k components.

    Attributes
    ----------
    scores
        (k, C, H, W) principal components at every position, zero where it has fewer.
    ratios
        (H, W) information ratio of the first component; NaN where no sample varies over its channels.
    ratio
        mean of ``ratios`` over the positions that have one: the layer's information ratio.
    dead
        number of positions without one.
    """

    scores: Floats
    ratios: Floats
    ratio: float
    dead: int


def compress_maps(maps: ArrayLike, components: int = 1, progress: Progress = silent) -> MapCompression:
    """Compress (n, C, H, W) feature maps at every position (supplement S.2).

    Each position's (n, C) table goes through the same compression as GAP features, with the same ``components``
    k everywhere. Positions where nothing varies over the channels (as ReLU layers have) get zero scores and are
    left out of the layer's ratio.

    Raises
    ------
    SpaceError
        unless the maps are finite real numbers with n ≥ 1, C ≥ 2 and H, W ≥ 1, when no position
        varies at all, or when ``components`` is not from 1 to min(n, C).
    """
    array = np.asarray(maps)
    _check(array, components)
    n, channels, height, width = array.shape
    tables = array.transpose(2, 3, 0, 1).reshape(height * width, n, channels)
    scores = np.zeros((height * width, channels, components))
    ratios = np.full(height * width, np.nan)
    step = max(1, BATCH_ELEMENTS // (n * channels))
    for start in range(0, len(tables), step):
        progress("compress", start, len(tables))
        part = slice(start, start + step)
        scores[part], ratios[part] = _compress_batch(tables[part].astype(np.float64), components)
    progress("compress", len(tables), len(tables))
    alive = ~np.isnan(ratios)
    if not alive.any():
        raise SpaceError("nothing to compress: no sample varies over its channels at any position of this layer")
    return MapCompression(
        scores=np.moveaxis(scores.reshape(height, width, channels, components), (3, 2), (0, 1)),
        ratios=ratios.reshape(height, width),
        ratio=float(ratios[alive].mean()),
        dead=int((~alive).sum()),
    )


def _compress_batch(tables: Floats, components: int) -> tuple[Floats, Floats]:
    """Scores (b, C, k) and first ratios (b,) of b tables (b, n, C)."""
    centred, _ = centre_rows(tables)
    spectrum, vectors = decompose(centred)
    spectrum = without_noise(spectrum, tables.shape[1:])
    total = spectrum.sum(axis=1)
    ratios = np.divide(spectrum[:, 0], total, out=np.full(len(tables), np.nan), where=total > 0.0)
    loadings = sample_loadings(centred, vectors[:, :, :components])
    scores = np.swapaxes(tables, 1, 2) @ loadings
    return scores * (spectrum[:, None, :components] > 0.0), ratios


def _check(maps: NDArray[np.generic], components: int) -> None:
    if maps.ndim != 4 or 0 in maps.shape or maps.dtype.kind not in "buif":
        raise SpaceError(
            f"feature maps have shape {maps.shape} and type {maps.dtype}: give (samples, channels, height, width)"
        )
    if maps.shape[1] < 2:
        raise SpaceError("feature maps have one channel: rows of one value cannot be centred; take another layer")
    if not np.isfinite(maps).all():
        sample = int(np.flatnonzero(~np.isfinite(maps).all(axis=(1, 2, 3)))[0])
        raise SpaceError(f"feature maps are not finite in sample {sample}: leave that sample out")
    if not 1 <= components <= min(maps.shape[:2]):
        raise SpaceError(f"{components} components asked for: these maps give 1 to {min(maps.shape[:2])}")
