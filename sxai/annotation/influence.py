"""Leave-one-out influence of each mask on its concept's direction Δ."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sxai.errors import SpaceError, TooFewMasks
from sxai.spaces.space import Extraction, extract_space

Floats = NDArray[np.float64]

MIN_EFFECT = 0.1
"""Effect, in units of the usual fall of A_s, up to which a mask changes nothing."""

DOMINANT_TURN = 10.0
"""A mask dominates the direction if it turns it by more than this multiple of the usual turn."""

MAX_GROUPS = 200
"""Largest number of groups in which masks are left out; up to it one by one."""


@dataclass(frozen=True, eq=False)
class Influence:
    """Leave-one-out influence of n masks, each measured with the direction of all other masks.

    Attributes
    ----------
    effect
        (n,) fall of A_s when the concept is filled, in units of the usual fall (median of its size).
    turned
        (n,) 1 − cosine between Δ with and without the mask.
    """

    effect: Floats
    turned: Floats

    def findings(self) -> list[str]:
        """For each mask "nothing" (no effect), "raises" (A_s rises), "alone" (it steers Δ alone), or ""."""
        usual = float(np.median(self.turned))
        words = []
        for effect, turned in zip(self.effect, self.turned, strict=True):
            if effect < -MIN_EFFECT:
                words.append("raises")
            elif effect <= MIN_EFFECT:
                words.append("nothing")
            else:
                words.append("alone" if turned > DOMINANT_TURN * usual and usual > 0 else "")
        return words


def influence(unmasked: Floats, masked: Floats, n_ssn: int = 5) -> Influence:
    """The influence of each pair of rows of (n, C) features with the concept visible and filled.

    Raises
    ------
    TooFewMasks
        below four pairs: three are left when one is taken out; SpaceError where the pairs have no direction.
    """
    n = len(unmasked)
    if n < 4:
        raise TooFewMasks(f"{n} masks are too few to judge each by the others; mask at least 4 images.")
    whole = extract_space("concept", unmasked, masked, n_ssn).difference
    groups = np.arange(n) % min(n, MAX_GROUPS)
    fall, turned = np.zeros(n), np.zeros(n)
    for group in range(groups.max() + 1):
        out = groups == group
        direction = _without(unmasked, masked, ~out, n_ssn)
        if direction is None:
            turned[out] = 1.0
            continue
        fall[out] = direction.space.activation(unmasked[out]) - direction.space.activation(masked[out])
        turned[out] = 1 - direction.difference @ whole / (np.linalg.norm(direction.difference) * np.linalg.norm(whole))
    usual = float(np.median(np.abs(fall)))
    return Influence(fall / usual if usual > 0 else fall, np.clip(turned, 0, 2))


def _without(unmasked: Floats, masked: Floats, rows: NDArray[np.bool_], n_ssn: int) -> Extraction | None:
    try:
        return extract_space("concept", unmasked[rows], masked[rows], n_ssn)
    except SpaceError:
        return None
