"""Concept attribution: the share of a class's loss of score under an occluder by channel and by concept.

The class's score is its logit above the mean of all logits, because softmax knows logits only up to a common number.
With features a before and a′ after the occluder, the loss of one image is the exact sum over the channels,

    loss = Σ_c w_c · (a_c − a′_c),

with w the head's weights, or for a head with hidden layers the mean of its gradient along the way from a′ to a
(Sundararajan et al., 2017). The occluder removed t = max(a − a′, 0), the activations that fell. Those that rose were
added and do not show what the network needs. A concept is a direction u in feature space; the part (w · u)(u · t) of
the removed activation lies along it. The importance of a concept is its share of Σ_c w_c · t_c.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import nn

from sxai.errors import SpaceError
from sxai.networks.network import Network

Floats = NDArray[np.float64]

POINTS = 32
"""Midpoints on the path from a′ to a at which the gradient of a head with hidden layers is evaluated."""

CONTROLS, RESAMPLES = 1000, 1000


@dataclass(frozen=True, eq=False)
class Loss:
    """The loss of a class's score in n images, by channel.

    Attributes
    ----------
    fallen
        (n, C) a − a′, the fall of each channel's activation.
    weights
        (n, C) w, the change of the class's score for a unit of the channel's activation.
    """

    fallen: Floats
    weights: Floats

    @property
    def total(self) -> Floats:
        """(n,) how much of the class's score each image lost."""
        return np.asarray((self.fallen * self.weights).sum(axis=1))

    @property
    def away(self) -> Floats:
        """(n,) loss of each image through channels that fell; the rest of the total is through channels that rose."""
        return np.asarray((self.fallen.clip(min=0) * self.weights).sum(axis=1))

    @property
    def by_channel(self) -> Floats:
        """(C,) importance of each channel: its mean change times its weight; the sum is the mean loss."""
        return np.asarray((self.fallen * self.weights).mean(axis=0))

    def along(self, directions: ArrayLike) -> Floats:
        """(n, m) loss of each image through channels that fell, along m unit directions (m, C)."""
        table = np.asarray(directions, dtype=np.float64)
        return np.asarray((self.weights @ table.T) * (self.fallen.clip(min=0) @ table.T))


@dataclass(frozen=True)
class ConceptShare:
    """The share of a class's loss of score that lies along one concept's direction.

    Attributes
    ----------
    name
        the concept.
    share
        mean share of the loss through removed activation; shares of concepts that are not orthogonal overlap.
    low, high
        95 % interval, images drawn with replacement.
    control
        mean share of control directions: the concept's own entries, permuted over the channels.
    control_high
        95th percentile of the controls' shares.
    p
        share of controls that reach the concept's share (with the concept itself among them).
    """

    name: str
    share: float
    low: float
    high: float
    control: float
    control_high: float
    p: float


@dataclass(frozen=True)
class Attribution:
    """Concepts by their share, the largest first, over n images.

    ``together`` is the share within the span of all their directions; ``loss`` the mean loss of the class's score, and
    ``away`` the part of it through removed activation.
    """

    concepts: tuple[ConceptShare, ...]
    together: float
    loss: float
    away: float
    n: int


def score_loss(network: Network, before: ArrayLike, after: ArrayLike, target: int) -> Loss:
    """The loss of class ``target`` between features (n, C) ``before`` and ``after`` the occluder, exactly by channel.

    Raises
    ------
    SpaceError
        when the tables do not match, or are empty.
    """
    first, last = (np.asarray(table, dtype=np.float64) for table in (before, after))
    if first.shape != last.shape or first.ndim != 2 or not len(first):
        raise SpaceError(f"features {first.shape} before and {last.shape} after: give the same images in both.")
    return Loss(first - last, _weights(network, first, last, target))


def _weights(network: Network, before: Floats, after: Floats, target: int) -> Floats:
    head = network.head
    if isinstance(head, nn.Linear):
        table = head.weight.detach().double().cpu().numpy()
        return np.broadcast_to(table[target] - table.mean(axis=0), before.shape)
    total = np.zeros_like(before)
    for point in (np.arange(POINTS) + 0.5) / POINTS:
        at = torch.from_numpy(after + point * (before - after)).to(network.mean.dtype).requires_grad_()
        logits = network.logits(at)
        [gradient] = torch.autograd.grad((logits[:, target] - logits.mean(dim=1)).sum(), at)
        total += gradient.double().cpu().numpy()
    return total / POINTS


def attribute(
    loss: Loss, directions: Mapping[str, ArrayLike], seed: int = 0, controls: int = CONTROLS, resamples: int = RESAMPLES
) -> Attribution:
    """The share of a loss along every one of ``directions``, each (C,) of any length, against random ones.

    Raises
    ------
    SpaceError
        without directions, for a direction of another size or of zeros, or when the class lost nothing.
    """
    away = float(loss.away.mean())
    if away <= 0:
        raise SpaceError("the class lost none of its score under this occluder; learn a stronger one (a larger ε).")
    table = _unit_rows(directions, loss.fallen.shape[1])
    rng = np.random.default_rng(seed)
    passed = loss.along(table)
    drawn = rng.integers(len(passed), size=(resamples, len(passed)))
    totals = loss.away[drawn].mean(axis=1)
    shares = []
    for at, name in enumerate(directions):
        again = passed[:, at][drawn].mean(axis=1) / totals
        dealt = _dealt(table[at], controls, rng)
        shares.append(_share(name, passed[:, at].mean() / away, again, loss.along(dealt).mean(axis=0) / away))
    basis = np.linalg.svd(table, full_matrices=False)[2][: np.linalg.matrix_rank(table)]
    return Attribution(
        concepts=tuple(sorted(shares, key=lambda concept: -concept.share)),
        together=float(loss.along(basis).sum(axis=1).mean() / away),
        loss=float(loss.total.mean()),
        away=away,
        n=len(passed),
    )


def _unit_rows(directions: Mapping[str, ArrayLike], channels: int) -> Floats:
    rows = []
    for name, direction in directions.items():
        row = np.asarray(direction, dtype=np.float64)
        length = float(np.linalg.norm(row))
        if row.shape != (channels,) or not length > 0:
            raise SpaceError(f"{name} is no direction over {channels} channels: its shape is {row.shape}.")
        rows.append(row / length)
    if not rows:
        raise SpaceError("there is no concept to attribute the loss to; extract semantic spaces first.")
    return np.stack(rows)


def _dealt(direction: Floats, count: int, rng: np.random.Generator) -> Floats:
    """Control directions (count, C): the direction's own entries, permuted over the channels at random."""
    return rng.permuted(np.broadcast_to(direction, (count, len(direction))), axis=1)


def _share(name: str, share: float, again: Floats, controls: Floats) -> ConceptShare:
    low, high = np.quantile(again, [0.025, 0.975])
    return ConceptShare(
        name=name,
        share=float(share),
        low=float(low),
        high=float(high),
        control=float(controls.mean()),
        control_high=float(np.quantile(controls, 0.95)),
        p=float((1 + (controls >= share).sum()) / (1 + len(controls))),
    )


def strongest(importance: ArrayLike, count: int) -> list[int]:
    """The ``count`` channels with the largest importance (C,), the largest first."""
    order: Sequence[int] = np.argsort(-np.asarray(importance, dtype=np.float64), kind="stable")[:count].tolist()
    return list(order)
