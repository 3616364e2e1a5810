"""Row-centred sample compression (RSC): what the samples of one class have in common.

S-XAI, method section "Row-centered PCA". Ordinary PCA centres the columns and reduces the features;
here the rows are centred and the *samples* are reduced, so that each component is a mixture of samples: a
common trait.
"""

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sxai.errors import SpaceError

Floats = NDArray[np.float64]
Components = int | float | Literal["all"]
Scores = Literal["paper", "centred-relu"]

EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class Compression:
    """The outcome of :func:`compress`; n samples, p channels, k components kept, r non-zero eigenvalues.

    Attributes
    ----------
    scores
        (p, k) principal components, one a column (``Xᵀ U_k`` in the paper's reading).
    loadings
        (n, k) orthonormal ``U_k``: weight of each sample in each component.
    eigenvalues
        (r,) of ``S = X̂ X̂ᵀ / (p − 1)``, largest first, in squared units of ``X``.
    ratios
        (r,) information ratios ``λ_i / tr S``; they sum to 1.
    """

    scores: Floats
    loadings: Floats
    eigenvalues: Floats
    ratios: Floats

    @property
    def components(self) -> int:
        """Number of components kept, k."""
        return self.scores.shape[1]

    @property
    def rank(self) -> int:
        """Number of non-zero eigenvalues, r ≤ min(n, p − 1)."""
        return len(self.eigenvalues)

    @property
    def kept(self) -> float:
        """Share of the total variance that the kept components hold, in (0, 1]."""
        return float(self.ratios[: self.components].sum())


def compress(X: ArrayLike, components: Components = 0.85, scores: Scores = "paper") -> Compression:
    """Compress ``n`` samples into their common traits (S-XAI, "Row-centered PCA").

    ``X`` is (n, p): one row of channel activations a sample. ``components`` is a number of components, the
    share of variance in (0, 1] that the smallest sufficient number must reach (the paper: 0.85), or "all".
    ``scores="paper"`` gives ``Xᵀ U``; ``"centred-relu"`` gives ``max(X̂ᵀ U, 0)``, as the authors' script does.

    Each component's sign makes the sum of its loadings ≥ 0, so that the first is a positive mixture of
    samples. Works in float64 through the smaller of the two Gram matrices; the same ``X`` always gives the
    same result.

    Raises
    ------
    SpaceError
        when ``X`` is not a finite (n ≥ 1, p ≥ 2) table, when no row varies over its channels,
        or when more components are asked for than there are.

    >>> compress([[1.0, 0.0, 3.0], [2.0, 0.0, 6.0]], components=1).ratios.round(6)
    array([1.])
    """
    if scores not in ("paper", "centred-relu"):
        raise SpaceError(f"unknown kind of scores {scores!r}: use 'paper' or 'centred-relu'")
    X = as_table(X)
    centred, exponent = centre_rows(X)
    if not centred.any():
        raise SpaceError(
            f"nothing to compress: every one of the {len(X)} samples has the same value in all of its "
            f"{X.shape[1]} channels; check the images and the layer they were read from"
        )
    spectrum, vectors = decompose(centred)
    spectrum = without_noise(spectrum, X.shape)
    rank = int(np.count_nonzero(spectrum))
    ratios = spectrum[:rank] / spectrum[:rank].sum()
    loadings = sample_loadings(centred, vectors[:, : _how_many(components, ratios)])
    source = X if scores == "paper" else np.ldexp(centred, exponent)
    projected = source.T @ loadings
    return Compression(
        scores=projected if scores == "paper" else np.maximum(projected, 0.0),
        loadings=loadings,
        eigenvalues=np.ldexp(spectrum[:rank] / (X.shape[1] - 1), 2 * exponent),
        ratios=ratios,
    )


def as_table(X: ArrayLike, what: str = "the feature table") -> Floats:
    """Give ``X`` as a float64 (n ≥ 1, p ≥ 2) array of finite numbers, or raise SpaceError naming ``what``."""
    try:
        table = np.asarray(X)
    except ValueError as error:
        raise SpaceError(f"{what} is ragged: every sample needs the same number of channels") from error
    if table.dtype.kind not in "buif":
        raise SpaceError(f"{what} holds {table.dtype} values: give real numbers")
    if table.ndim != 2 or len(table) < 1 or table.shape[1] < 2:
        raise SpaceError(
            f"{what} has shape {table.shape}: it needs one row a sample (at least 1) "
            "and one column a channel (at least 2)"
        )
    table = table.astype(np.float64)
    if not np.isfinite(table).all():
        row = int(np.flatnonzero(~np.isfinite(table).all(axis=1))[0])
        raise SpaceError(f"{what} is not finite in sample {row}: leave that sample out and extract again")
    return table


def centre_rows(X: Floats) -> tuple[Floats, int]:
    """Subtract each row's mean along the last axis; return ``(centred, exponent)``.

    The true centred table is ``centred · 2**exponent``: an exact scaling that keeps squares in range. Rows whose
    variation is only rounding error of their mean become exactly zero, so that noise is no trait.
    """
    exponent = int(np.frexp(np.abs(X).max(initial=0.0))[1])
    scaled = np.ldexp(X, -exponent)
    centred = scaled - scaled.mean(axis=-1, keepdims=True)
    noise = 4.0 * EPSILON * np.abs(scaled).max(axis=-1, keepdims=True)
    flat = np.abs(centred).max(axis=-1, keepdims=True) <= noise
    return np.where(flat, 0.0, centred), exponent


def decompose(centred: Floats) -> tuple[Floats, Floats]:
    """Eigenpairs of the smaller Gram matrix of centred (…, n, p) tables, largest first.

    Returns ``(eigenvalues (…, m), vectors (…, m, m))`` with m = min(n, p); the eigenvalues are those of
    ``X̂ X̂ᵀ``, not yet divided by p − 1. :func:`sample_loadings` turns the vectors into loadings.
    """
    n, p = centred.shape[-2:]
    turned = np.swapaxes(centred, -1, -2)
    values, vectors = np.linalg.eigh(centred @ turned if n <= p else turned @ centred)
    return np.maximum(values[..., ::-1], 0.0), vectors[..., ::-1]


def sample_loadings(centred: Floats, vectors: Floats) -> Floats:
    """Loadings ``U`` (…, n, k) from the first k ``vectors`` (…, m, k) of :func:`decompose`, oriented."""
    n, p = centred.shape[-2:]
    # X̂ V = U Σ: a QR step takes Σ out and keeps U orthonormal even where Σ is tiny.
    return _orient(vectors if n <= p else np.linalg.qr(centred @ vectors).Q)


def without_noise(spectrum: Floats, shape: tuple[int, ...]) -> Floats:
    """Spectra (…, m), largest first, of tables of this (n, p) shape, with rounding noise set to zero."""
    return np.where(spectrum > spectrum[..., :1] * max(shape) * EPSILON, spectrum, 0.0)


def _orient(loadings: Floats) -> Floats:
    """Flip columns of (…, n, k) loadings to sum to ≥ 0; where the sum is 0, the largest entry decides."""
    sums = loadings.sum(axis=-2, keepdims=True)
    largest = np.take_along_axis(loadings, np.abs(loadings).argmax(axis=-2, keepdims=True), axis=-2)
    undecided = np.abs(sums) <= loadings.shape[-2] * EPSILON
    return np.where(np.where(undecided, largest, sums) < 0.0, -loadings, loadings)


def _how_many(components: Components, ratios: Floats) -> int:
    """The number of components for a count, a share of variance, or "all"."""
    if isinstance(components, str) and components == "all":
        return len(ratios)
    if isinstance(components, Integral) and not isinstance(components, bool):
        if not 1 <= components <= len(ratios):
            raise SpaceError(f"{components} components asked for: these samples give 1 to {len(ratios)}")
        return int(components)
    if isinstance(components, Real) and not isinstance(components, bool) and 0.0 < components <= 1.0:
        # A hair below the wish counts as reaching it: cumulated ratios carry rounding.
        return int(np.searchsorted(np.cumsum(ratios), float(components) - 1e-12)) + 1
    raise SpaceError(f"components={components!r}: give a whole number, a share of variance in (0, 1], or 'all'")
