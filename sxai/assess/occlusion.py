"""Occlusion sensitivity ("evidence") of each concept: superpixels filled one by one with their ring's mean colour."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from scipy.stats import rankdata

from sxai.errors import MaskError, ModelError
from sxai.masks.mask import surrounding_colour
from sxai.networks.features import FeatureBatch, extract
from sxai.networks.network import Network
from sxai.progress import Progress, silent
from sxai.spaces.direction import ConceptDirection

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Evidence:
    """Occlusion sensitivity of m concepts to the filling of each of K superpixels.

    A drop is the value of the picture as it is less its value with the superpixel filled: positive where the
    superpixel speaks for the concept, negative where it speaks against it. Drops of single superpixels do not
    add up to the drop with all of them filled at once, since concepts and parts of a picture interact.

    Attributes
    ----------
    labels
        (H, W) superpixels of the canvas, from 0 without gaps.
    predicted
        the CNN's class for the picture as it is, ``confidence`` its probability.
    names
        full names of the concepts, in the order of the rows below.
    probabilities, activations
        (m,) semantic probability P (not clipped) and activation A of the picture.
    probability_drops, activation_drops
        (m, K) drops of P and of A.
    confidence_drops
        (K,) drops of the probability of the predicted class.
    probability_together
        (m,) drops of P with every superpixel filled at once; ``confidence_together`` that
        of the predicted class.
    """

    labels: NDArray[np.int32]
    predicted: str
    confidence: float
    names: tuple[str, ...]
    probabilities: Floats
    activations: Floats
    probability_drops: Floats
    activation_drops: Floats
    confidence_drops: Floats
    probability_together: Floats
    confidence_together: float


def evidence(
    network: Network,
    pixels: np.ndarray,
    labels: np.ndarray,
    spaces: Sequence[ConceptDirection],
    device: str = "auto",
    progress: Progress = silent,
) -> Evidence:
    """Occlusion sensitivity of ``pixels`` uint8 (H, W, 3): each superpixel filled with the mean colour of its ring.

    ``labels`` (H, W) are the superpixels: finer ones show more, and each of them takes away less.
    """
    return evidence_of_views(
        labels, superpixel_views(network, pixels, labels, device, progress), network.classes, spaces
    )


def superpixel_views(
    network: Network, pixels: np.ndarray, labels: np.ndarray, device: str = "auto", progress: Progress = silent
) -> FeatureBatch:
    """What the network makes of the K + 2 :func:`filled_views`: one forward pass each, in batches.

    Raises
    ------
    MaskError
        where one superpixel covers the whole picture, ModelError for a network without head.
    """
    count = int(labels.max()) + 1
    if count < 2:
        raise MaskError("one superpixel covers the whole picture, so nothing is left to fill it with; ask for more.")
    if network.head is None:
        raise ModelError(f"the network ({network.backbone}) has no classes yet; train it first.")
    return extract(network, filled_views(pixels, labels), device=device, progress=progress, total=count + 2)


def evidence_of_views(
    labels: np.ndarray, views: FeatureBatch, classes: Sequence[str], spaces: Sequence[ConceptDirection]
) -> Evidence:
    """The evidence in what :func:`superpixel_views` has read, for any spaces of that network with these ``classes``."""
    outputs = softmax(np.asarray(views.logits, dtype=np.float64), axis=1)
    best = int(outputs[0].argmax())
    probabilities = _rows([space.probability(views.features) for space in spaces], len(outputs))
    activations = _rows([space.activation(views.features) for space in spaces], len(outputs))
    return Evidence(
        labels=labels.astype(np.int32),
        predicted=classes[best],
        confidence=float(outputs[0, best]),
        names=tuple(space.name for space in spaces),
        probabilities=probabilities[:, 0],
        activations=activations[:, 0],
        probability_drops=probabilities[:, :1] - probabilities[:, 1:-1],
        activation_drops=activations[:, :1] - activations[:, 1:-1],
        confidence_drops=outputs[0, best] - outputs[1:-1, best],
        probability_together=probabilities[:, 0] - probabilities[:, -1],
        confidence_together=float(outputs[0, best] - outputs[-1, best]),
    )


def filled_views(pixels: np.ndarray, labels: np.ndarray) -> Iterator[np.ndarray]:
    """The picture as it is, then with each superpixel filled in turn, at last with all of them filled."""
    yield pixels
    together = pixels.copy()
    for label in range(int(labels.max()) + 1):
        where = labels == label
        colour = surrounding_colour(pixels, labels, [label])
        view = pixels.copy()
        view[where] = together[where] = colour
        yield view
    yield together


def per_superpixel(heat: np.ndarray, labels: np.ndarray) -> Floats:
    """Mean of a map (H, W) over each superpixel of ``labels`` (H, W): (K,)."""
    flat = labels.ravel()
    sums = np.bincount(flat, weights=np.asarray(heat, dtype=np.float64).ravel())
    return sums / np.maximum(np.bincount(flat), 1)


def rank_agreement(first: np.ndarray, second: np.ndarray) -> float | None:
    """Spearman's rank correlation of two lists (K,), equal values sharing a rank; None where one does not vary.

    >>> rank_agreement(np.array([1.0, 2.0, 9.0]), np.array([0.1, 0.2, 0.3]))
    1.0
    """
    ranks = rankdata(first), rankdata(second)
    first_off, second_off = (rank - rank.mean() for rank in ranks)
    scale = float(np.sqrt((first_off**2).sum() * (second_off**2).sum()))
    return round(float((first_off * second_off).sum()) / scale, 12) if scale else None


def _rows(rows: Sequence[Floats], width: int) -> Floats:
    return np.stack(rows) if rows else np.empty((0, width))
