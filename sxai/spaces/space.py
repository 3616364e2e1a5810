"""Semantic spaces: the few channels that react to a concept, and by how much (S-XAI, "semantic space")."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sxai.errors import SpaceError, TooFewMasks
from sxai.spaces.calibration import Calibration
from sxai.spaces.defaults import MIN_NORMAL_R2, Fit
from sxai.spaces.direction import as_features
from sxai.spaces.empirical import Reference, reference_for
from sxai.traits.compression import Scores, as_table, compress

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SemanticSpace:
    """The semantically sensitive neurons (SSNs) of one concept and their signed differences.

    Attributes
    ----------
    name
        ``class.concept``.
    channels
        indices of the N_SSN channels, largest |Δ| first.
    delta
        signed Δ of those channels, in the units of the scores.
    estimator
        how the channels were found.
    reference
        distribution of A_s over images of the class, once fitted, normal or empirical.
    calibration
        where probabilities are read instead, when the probability that the part is there is wanted.
    """

    name: str
    channels: tuple[int, ...]
    delta: tuple[float, ...]
    estimator: str = "s-xai"
    reference: Reference | None = None
    calibration: Calibration | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "channels", tuple(int(channel) for channel in self.channels))
        object.__setattr__(self, "delta", tuple(float(value) for value in self.delta))
        if not self.channels or len(self.channels) != len(self.delta):
            raise SpaceError(
                f"space {self.name}: {len(self.channels)} channels and {len(self.delta)} differences; "
                "it needs one difference for each of one or more channels"
            )
        if min(self.channels) < 0 or len(set(self.channels)) < len(self.channels):
            raise SpaceError(f"space {self.name}: channels {self.channels} must be different and not negative")
        if not np.isfinite(self.delta).all():
            raise SpaceError(f"space {self.name}: differences {self.delta} must be finite; extract it again")

    def activation(self, features: ArrayLike) -> Floats:
        """Weighted average activation ``A_s = (1/N_SSN) Σ a_i Δ_i`` of (n, C) features: (n,).

        A row's is the same to the last bit whatever other rows come with it, so that thresholds hold in any batch.
        """
        return self.weighted(as_features(features, max(self.channels) + 1))

    def weighted(self, table: NDArray[np.generic]) -> Floats:
        """A_s (n,) of checked features (n, C), wide enough for the channels."""
        sensitive = np.ascontiguousarray(table[:, list(self.channels)], dtype=np.float64)
        return np.asarray((sensitive * np.asarray(self.delta)).sum(axis=1) / len(self.channels))

    def probability(self, features: ArrayLike) -> Floats:
        """Probability of (n, C) features: (n,); the calibrated one where there is a calibration, else the paper's."""
        if self.calibration is not None:
            return self.calibration.probability(self.activation(features))
        return self.paper_probability(features)

    def paper_probability(self, features: ArrayLike) -> Floats:
        """Semantic probability of (n, C) features: (n,), not clipped (S-XAI, Eq. 2)."""
        return self.placed(self.activation(features))

    def placed(self, activation: Floats) -> Floats:
        """The paper's probability of activations A_s: their place in the reference distribution."""
        if self.reference is None:
            raise SpaceError(
                f"space {self.name} has no reference distribution yet: "
                "fit one over images of its class before asking for probabilities"
            )
        return self.reference.probability(activation)

    def with_reference(self, features: ArrayLike, fit: Fit = "normal", bar: float = MIN_NORMAL_R2) -> "SemanticSpace":
        """This space with its reference distribution fitted over (n, C) features of its own class."""
        return replace(self, reference=reference_for(self.activation(features), fit, bar))

    def vector(self, channels: int) -> Floats:
        """Δ as a dense (channels,) vector, zero outside the SSNs."""
        if channels <= max(self.channels):
            raise SpaceError(f"space {self.name} uses channel {max(self.channels)}: {channels} are too few")
        dense = np.zeros(channels)
        dense[list(self.channels)] = self.delta
        return dense


@dataclass(frozen=True, eq=False)
class Readings:
    """Activations and probabilities of n pictures, by the name of the space.

    Attributes
    ----------
    activations
        (n,) A_s.
    paper
        (n,) the paper's probability P_s, not clipped.
    probabilities
        (n,) the probability in use: calibrated if the space has a calibration, else the paper's P_s.
    """

    activations: dict[str, Floats]
    paper: dict[str, Floats]
    probabilities: dict[str, Floats]


def readings(spaces: Sequence[SemanticSpace], features: ArrayLike) -> Readings:
    """Activations and probabilities of (n, C) features in ``spaces``; each A_s is computed once."""
    table = as_features(features, 1 + max((channel for space in spaces for channel in space.channels), default=0))
    activations = {space.name: space.weighted(table) for space in spaces}
    paper = {space.name: space.placed(activations[space.name]) for space in spaces}
    calibrated = {
        space.name: space.calibration.probability(activations[space.name])
        for space in spaces
        if space.calibration is not None
    }
    return Readings(activations, paper, paper | calibrated)


@dataclass(frozen=True, eq=False)
class Extraction:
    """A semantic space with the quantities it was computed from; C channels.

    Attributes
    ----------
    space
        the semantic space, without a reference distribution.
    scores_unmasked, scores_masked
        (C,) first components of the two sets of images.
    difference
        (C,) Δ over all channels.
    ratio_unmasked, ratio_masked
        information ratio of each first component, in (0, 1].
    n
        number of image pairs.
    """

    space: SemanticSpace
    scores_unmasked: Floats
    scores_masked: Floats
    difference: Floats
    ratio_unmasked: float
    ratio_masked: float
    n: int


def extract_space(
    name: str, unmasked: ArrayLike, masked: ArrayLike, n_ssn: int = 5, minimum: int = 3, scores: Scores = "paper"
) -> Extraction:
    """Extract the semantic space of a concept (S-XAI, "Extraction and visualization of semantic space").

    ``unmasked`` and ``masked`` are (n, C) features of the same n images, row by row, with the concept visible
    and filled in. Δ is the difference of their first components' scores; the ``n_ssn`` channels with the
    largest |Δ| make the space (of equal ones the lower index comes first).

    Raises
    ------
    TooFewMasks
        below ``minimum`` pairs and SpaceError for tables that do not match, features that are
        not finite, fewer than ``n_ssn`` channels, or a mask that changes nothing.
    """
    pair = as_table(unmasked, f"the table of unmasked {name}"), as_table(masked, f"the table of masked {name}")
    _check_pair(name, *pair, n_ssn=n_ssn, minimum=minimum)
    before, after = (compress(table, components=1, scores=scores) for table in pair)
    difference = before.scores[:, 0] - after.scores[:, 0]
    channels = largest(difference, n_ssn)
    if difference[channels[0]] == 0.0:
        raise SpaceError(
            f"masking {name} changes no channel: the masks do not touch what the network sees; "
            "check that the masks cover the concept"
        )
    return Extraction(
        space=SemanticSpace(name, tuple(channels), tuple(difference[channels])),
        scores_unmasked=before.scores[:, 0],
        scores_masked=after.scores[:, 0],
        difference=difference,
        ratio_unmasked=float(before.ratios[0]),
        ratio_masked=float(after.ratios[0]),
        n=len(pair[0]),
    )


def largest(difference: Floats, count: int) -> list[int]:
    """Indices of the ``count`` entries with the largest |value|, largest first, ties by lower index."""
    order: Sequence[int] = np.argsort(-np.abs(difference), kind="stable")[:count].tolist()
    return list(order)


def _check_pair(name: str, unmasked: Floats, masked: Floats, n_ssn: int, minimum: int) -> None:
    if unmasked.shape != masked.shape:
        raise SpaceError(
            f"{name}: unmasked features {unmasked.shape} and masked features {masked.shape} do not match; "
            "give the same images with and without the concept, in the same order"
        )
    if len(unmasked) < minimum:
        raise TooFewMasks(
            f"{name} has {len(unmasked)} masked image{'s' * (len(unmasked) != 1)}: "
            f"a semantic space needs at least {minimum} (the paper uses 100); mask more images"
        )
    if not 1 <= n_ssn <= unmasked.shape[1]:
        raise SpaceError(f"{name}: {n_ssn} sensitive channels asked for; give 1 to {unmasked.shape[1]}")
