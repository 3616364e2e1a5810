"""Separation of concepts: shared channels, cosines and cross-talk between their directions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sxai.errors import SpaceError
from sxai.spaces.defaults import DEFAULT
from sxai.spaces.direction import ConceptDirection
from sxai.spaces.space import SemanticSpace
from sxai.traits.compression import as_table

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class MaskingEffect:
    """Effect of masking a concept on its own semantic probability, over pairs of images.

    Attributes
    ----------
    mean_unmasked, mean_masked
        mean probability with the concept visible and filled in.
    share_lower
        share of the pairs, in [0, 1], whose probability is strictly lower when masked.
    """

    mean_unmasked: float
    mean_masked: float
    share_lower: float


def masking_effect(space: ConceptDirection, unmasked: ArrayLike, masked: ArrayLike) -> MaskingEffect:
    """Measure the effect of masking on (n, C) features of the same images with and without the concept."""
    before, after = _probabilities(space, unmasked, masked)
    return MaskingEffect(float(before.mean()), float(after.mean()), float((after < before).mean()))


def shared_channels(spaces: Sequence[SemanticSpace]) -> dict[tuple[str, str], tuple[int, ...]]:
    """Channels that each pair of spaces has in common, ascending; pairs in the order of ``spaces``.

    The paper finds channel 263 in the spaces of both cat's eyes and cat's nose.

    >>> eyes = SemanticSpace("cat.eyes", (263, 7), (1.0, 0.5))
    >>> nose = SemanticSpace("cat.nose", (11, 263), (0.9, 0.2))
    >>> shared_channels([eyes, nose])
    {('cat.eyes', 'cat.nose'): (263,)}
    """
    _refuse_twins([space.name for space in spaces])
    return {
        (first.name, second.name): tuple(sorted(set(first.channels) & set(second.channels)))
        for first, second in combinations(spaces, 2)
    }


ONE_SPACE = 0.8
"""Share of common channels from which on two spaces are one."""


def one_space(spaces: Sequence[SemanticSpace]) -> list[tuple[str, str, int]]:
    """Pairs of concepts of one class that are read from nearly the same channels, with the number that they share.

    What such a pair says counts once: with four of five channels in common, P of one follows P of the other.

    >>> eyes = SemanticSpace("cat.eyes", (1, 2, 3, 4, 5), (1.0,) * 5)
    >>> nose = SemanticSpace("cat.nose", (2, 3, 4, 5, 6), (1.0,) * 5)
    >>> one_space([eyes, nose])
    [('cat.eyes', 'cat.nose', 4)]
    """
    few = [space for space in spaces if space.estimator == DEFAULT]
    size = {space.name: len(space.channels) for space in few}
    return [
        (first, second, len(common))
        for (first, second), common in shared_channels(few).items()
        if first.rpartition(".")[0] == second.rpartition(".")[0]
        and len(common) >= ONE_SPACE * max(size[first], size[second])
    ]


def cosine(differences: ArrayLike) -> Floats:
    """Cosine between Δ vectors: (m, C) differences give a symmetric (m, m) matrix with a diagonal of 1.

    Raises
    ------
    SpaceError
        for a vector of zeros, which has no direction.
    """
    table = as_table(differences, "the table of differences")
    # Scaled first, so that squares of very small or large differences stay in range.
    peaks = np.abs(table).max(axis=1, keepdims=True)
    if not peaks.all():
        raise SpaceError(
            f"difference {int(np.argmin(peaks))} is zero in every channel and has no direction: "
            "extract that space again with masks that cover the concept"
        )
    table = table / peaks
    unit = table / np.linalg.norm(table, axis=1, keepdims=True)
    matrix = np.clip(unit @ unit.T, -1.0, 1.0)
    np.fill_diagonal(matrix, 1.0)
    return matrix


def crosstalk(
    spaces: Sequence[ConceptDirection], unmasked: Mapping[str, ArrayLike], masked: Mapping[str, ArrayLike]
) -> Floats:
    """Mean fall of P_j when concept i is masked: (rows, columns).

    Rows are the masked concepts in the order of ``unmasked`` (name → (n, C) features of the same images as in
    ``masked``), columns are ``spaces``. Positive means that masking lowers the probability. When each row is largest in
    its own column, the spaces separate their concepts (see :func:`dominant_rows`).
    """
    if list(unmasked) != [name for name in unmasked if name in masked] or len(unmasked) != len(masked):
        raise SpaceError(
            f"cross-talk needs both versions of each concept: {sorted(set(unmasked) ^ set(masked))} "
            "are given only masked or only unmasked"
        )
    _refuse_twins([space.name for space in spaces])
    matrix = np.empty((len(unmasked), len(spaces)))
    for row, name in enumerate(unmasked):
        for column, space in enumerate(spaces):
            before, after = _probabilities(space, unmasked[name], masked[name])
            matrix[row, column] = before.mean() - after.mean()
    return matrix


def dominant_rows(matrix: ArrayLike) -> NDArray[np.bool_]:
    """Which rows of a square (m, m) cross-talk matrix are strictly largest on the diagonal: (m,).

    >>> dominant_rows([[0.4, 0.2], [0.3, 0.3]])
    array([ True, False])
    """
    table = np.asarray(matrix, dtype=np.float64)
    if table.ndim != 2 or table.shape[0] != table.shape[1]:
        raise SpaceError(f"dominance needs the same concepts in rows and columns, not shape {table.shape}")
    others = np.where(np.eye(len(table), dtype=bool), -np.inf, table)
    return np.asarray(np.diagonal(table) > others.max(axis=1, initial=-np.inf))


def _probabilities(space: ConceptDirection, unmasked: ArrayLike, masked: ArrayLike) -> tuple[Floats, Floats]:
    before, after = space.probability(unmasked), space.probability(masked)
    if before.shape != after.shape or len(before) == 0:
        raise SpaceError(
            f"{space.name}: {len(before)} unmasked and {len(after)} masked images; "
            "give the same images with and without the concept, at least one"
        )
    return before, after


def _refuse_twins(names: Sequence[str]) -> None:
    twins = sorted({name for name in names if names.count(name) > 1})
    if twins:
        raise SpaceError(f"{', '.join(twins)} given more than once: compare each concept with others")
