"""Familiarity: is a picture like those that the network was trained on, with a rate of false alarms that holds.

A detector of novelty scores the picture; its conformal p-value says how many of the pictures kept aside from training
are at least as strange. Where new pictures come about as those did, p ≤ α happens to a share α of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sxai.assess import conformal
from sxai.assess.novelty import Detector, Floats, Method, Neighbours
from sxai.stats import Interval

RATE = 0.05
"""Share of familiar pictures that may be called unfamiliar."""

SHOWN = 6
"""Nearest known pictures that are named."""

Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Familiarity:
    """How like the known pictures one picture is.

    Attributes
    ----------
    p_value
        share of the pictures kept aside, and this one, that are at least as strange, in (0, 1].
    rate
        the rate of false alarms α that was chosen: below or at it the picture is unfamiliar.
    score
        how strange it is by the detector in use; of the nearest neighbours it is their distance.
    distance
        from the second nearest training picture, on the unit sphere: 0 to 2.
    typical, limit
        median of the pictures kept aside, and the score above which p ≤ α (infinite when they are too few).
    kept_aside, learned
        how many pictures p rests on, and how many the network was trained on.
    nearest
        (image id, distance) of the nearest known pictures, nearest first.
    """

    p_value: float
    rate: float
    score: float
    distance: float
    typical: float
    limit: float
    kept_aside: int
    learned: int
    nearest: tuple[tuple[int, float], ...]

    @property
    def known(self) -> bool:
        """Whether enough pictures are kept aside to tell at all."""
        return self.kept_aside >= conformal.least_kept_aside(self.rate)

    @property
    def familiar(self) -> bool:
        """Whether the picture passes; one that cannot be judged does."""
        return self.p_value > self.rate + conformal.ROUNDING

    @property
    def stranger_than(self) -> int:
        """How many of the pictures kept aside are less strange."""
        return self.kept_aside + 1 - round(self.p_value * (self.kept_aside + 1))


def strangers(judged: Sequence[Familiarity | None]) -> NDArray[np.bool_] | None:
    """Which of n pictures to report as unfamiliar, their share of wrong alarms kept below the chosen rate: (n,).

    None where none was judged, or too few pictures are kept aside.
    """
    known = [found for found in judged if found is not None]
    if not known or not known[0].known:
        return None
    reported = np.zeros(len(judged), dtype=bool)
    places = [row for row, found in enumerate(judged) if found is not None]
    reported[places] = conformal.discoveries([found.p_value for found in known], known[0].rate)
    return reported


@dataclass(frozen=True, eq=False)
class Distances:
    """The pictures kept aside with their nearest known pictures, kept true as pictures come and go.

    Attributes
    ----------
    aside
        (n,) ids of the pictures kept aside.
    nearest
        (n, k) ids of the nearest known pictures of each, nearest first.
    distances
        (n, k) their distances.
    learned
        (m,) ids of all known pictures compared with.
    """

    aside: Indices
    nearest: Indices
    distances: Floats
    learned: Indices

    @property
    def scores(self) -> Floats:
        """Distance (n,) to the k-th nearest training picture."""
        return self.distances[:, -1]

    @classmethod
    def between(cls, aside: ArrayLike, rows: ArrayLike, learned: ArrayLike, bank: Neighbours) -> "Distances":
        """Those of pictures ``aside`` with features (n, C) from the pictures ``learned`` that ``bank`` holds."""
        ids = np.asarray(learned, dtype=np.intp)
        index, distances = bank.nearest(rows)
        return cls(np.asarray(aside, dtype=np.intp), ids[index], distances, ids)

    @classmethod
    def left_out(cls, learned: ArrayLike, bank: Neighbours) -> "Distances":
        """Those of each training picture among all the others, where none is kept aside."""
        ids = np.asarray(learned, dtype=np.intp)
        index, distances = bank.nearest(bank.bank, bank.k + 1)
        apart = np.where(index == np.arange(len(ids))[:, None], -1.0, distances)
        order = np.argsort(apart, axis=1, kind="stable")[:, -bank.k :]
        near = ids[np.take_along_axis(index, order, axis=1)]
        return cls(ids, near, np.take_along_axis(distances, order, axis=1), ids)

    def updated(self, aside: Sequence[int], rows: Floats, learned: Sequence[int], bank: Neighbours) -> "Distances":
        """As :meth:`between` of the same arguments, computing only what changed since.

        Pictures that were compared before meet only the new known pictures, unless one of their neighbours is gone.
        """
        ids, places = np.asarray(learned, dtype=np.intp), {one: at for at, one in enumerate(self.aside.tolist())}
        gone = np.setdiff1d(self.learned, ids)
        keeps = ~np.isin(self.nearest, gone).any(axis=1) if len(self.aside) else np.empty(0, dtype=bool)
        old = np.array([places.get(one, -1) for one in aside], dtype=np.intp)
        again = (old < 0) | ~np.append(keeps, False)[old] | (self.nearest.shape[1] != bank.k)
        nearest, distances = np.empty((len(old), bank.k), dtype=np.intp), np.empty((len(old), bank.k))
        if again.any():
            index, distances[again] = bank.nearest(rows[again])
            nearest[again] = ids[index]
        if not again.all():
            merged = self._merged(old[~again], rows[~again], ids, bank)
            nearest[~again], distances[~again] = merged
        return Distances(np.asarray(aside, dtype=np.intp), nearest, distances, ids)

    def _merged(self, old: Indices, rows: Floats, ids: Indices, bank: Neighbours) -> tuple[Indices, Floats]:
        """Neighbours of rows known before, with the known pictures that are new."""
        new = np.flatnonzero(~np.isin(ids, self.learned))
        if not len(new):
            return self.nearest[old], self.distances[old]
        index, distances = replace(bank, bank=bank.bank[new]).nearest(rows)
        nearest = np.concatenate([self.nearest[old], ids[new][index]], axis=1)
        both = np.concatenate([self.distances[old], distances], axis=1)
        order = np.argsort(both, axis=1, kind="stable")[:, : bank.k]
        return np.take_along_axis(nearest, order, axis=1), np.take_along_axis(both, order, axis=1)


@dataclass(frozen=True, eq=False)
class FamiliarityTest:
    """The test of familiarity of one network: its known pictures, and the scores of those kept aside.

    Attributes
    ----------
    method
        which detector scores.
    detector
        that detector, fitted to the known pictures.
    neighbours
        the known pictures themselves, to name the nearest.
    learned
        (m,) their ids.
    scores
        (n,) of the pictures kept aside, ascending.
    rate
        the chosen rate of false alarms.
    left_out
        whether too few were kept aside, and the scores are the known pictures' own, each among the others.
    """

    method: Method
    detector: Detector
    neighbours: Neighbours
    learned: Indices
    scores: Floats
    rate: float = RATE
    left_out: bool = False

    def __post_init__(self) -> None:
        conformal.checked_rate(self.rate)
        object.__setattr__(self, "scores", np.sort(np.asarray(self.scores, dtype=np.float64)))

    @property
    def error(self) -> Interval:
        """The share of familiar pictures that are called unfamiliar: expected, with 95 % over what is kept aside."""
        return conformal.error_rate(len(self.scores), self.rate)

    def judge(self, features: ArrayLike, skip: Sequence[int | None] | None = None) -> list[Familiarity]:
        """Familiarity of pictures with features (m, C).

        ``skip[i]`` is the id of picture i where it belongs to the project: a training picture is not its own neighbour.
        """
        rows = np.atleast_2d(np.asarray(features, dtype=np.float64))
        owners = list(skip) if skip is not None else [None] * len(rows)
        index, distances = self.neighbours.nearest(rows, max(SHOWN, self.neighbours.k) + 1)
        near = [self._named(*found) for found in zip(index, distances, owners, strict=True)]
        apart = np.array([pairs[min(self.neighbours.k, len(pairs)) - 1][1] if pairs else np.inf for pairs in near])
        scores = apart if self.method == "neighbours" else self.detector.score(rows)
        values = conformal.p_values(self.scores, scores)
        typical = float(np.median(self.scores)) if len(self.scores) else float("nan")
        limit = conformal.threshold(self.scores, self.rate)
        return [
            Familiarity(
                p_value=float(values[row]),
                rate=self.rate,
                score=float(scores[row]),
                distance=float(apart[row]),
                typical=typical,
                limit=limit,
                kept_aside=len(self.scores),
                learned=len(self.learned),
                nearest=near[row][:SHOWN],
            )
            for row in range(len(rows))
        ]

    def _named(self, index: Indices, distances: Floats, owner: int | None) -> tuple[tuple[int, float], ...]:
        pairs = zip(self.learned[index].tolist(), distances.tolist(), strict=True)
        return tuple(pair for pair in pairs if pair[0] != owner)
