"""Growth of common traits with the number of samples (supplement S.1, Supplementary Fig. 3).

The scores are ``Xᵀ u`` with a unit vector ``u`` of N_s positive loadings of about ``1/√N_s`` each: a sum over N_s
samples divided by √N_s. If all samples share a trait, the scores of N_s samples are those of N_max times
``√(N_s/N_max)``, with the same proportions between channels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sxai.errors import SpaceError
from sxai.traits.compression import as_table

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Proportion:
    """Scores of first components at m sample sizes, against those at the largest size.

    Attributes
    ----------
    sizes
        (m,) number of samples N_s of each row.
    cosines
        (m,) cosine with the reference, the average at the largest size; 1 when exactly proportional.
    correlations
        (m,) Pearson correlation with it over the channels.
    scales
        (m,) least-squares factor between the row and the reference.
    expected
        (m,) √(N_s / N_max), which the factor follows when the samples share one trait.
    exponent
        slope of log factor over log N_s (½ expected); NaN with one size only.
    """

    sizes: NDArray[np.int64]
    cosines: Floats
    correlations: Floats
    scales: Floats
    expected: Floats
    exponent: float


def proportionality(sizes: Sequence[int], scores: ArrayLike) -> Proportion:
    """Compare scores (m, p), row by row made from ``sizes`` (m,) samples, with their average at the largest size.

    Several rows may have the same size (repeats with other samples).

    Raises
    ------
    SpaceError
        when sizes and rows do not match, a size is below 1, or a row is zero everywhere.

    >>> proportionality([1, 4], [[1.0, 2.0], [2.0, 4.0]]).scales
    array([0.5, 1. ])
    """
    table, counts = as_table(scores, "the table of scores"), np.asarray(sizes, dtype=np.int64)
    if counts.shape != (len(table),) or (counts < 1).any():
        raise SpaceError(f"{len(table)} rows of scores with the sizes {list(sizes)}: give one size ≥ 1 a row")
    reference = table[counts == counts.max()].mean(axis=0)
    lengths = np.linalg.norm(table, axis=1)
    if not lengths.all() or not reference.any():
        raise SpaceError("scores that are zero in every channel have no proportions")
    scales = table @ reference / (reference @ reference)
    return Proportion(
        sizes=counts,
        cosines=table @ reference / (lengths * np.linalg.norm(reference)),
        correlations=_correlations(table, reference),
        scales=scales,
        expected=np.sqrt(counts / counts.max()),
        exponent=_slope(counts, scales),
    )


def _correlations(table: Floats, reference: Floats) -> Floats:
    """Pearson correlation of each row with the reference; 0 where either does not vary."""
    rows, against = table - table.mean(axis=1, keepdims=True), reference - reference.mean()
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(against)
    return np.divide(rows @ against, lengths, out=np.zeros(len(rows)), where=lengths > 0.0)


def _slope(counts: NDArray[np.int64], scales: Floats) -> float:
    positive = scales > 0.0
    if len(np.unique(counts[positive])) < 2:
        return float("nan")
    return float(np.polyfit(np.log(counts[positive]), np.log(scales[positive]), 1)[0])
