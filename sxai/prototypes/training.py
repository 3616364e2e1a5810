"""Training a Proto-CNN on stored maps: warm-up, joint training, projection, last layer, in turn (AS-XAI, 2.2)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy, normalize

from sxai.errors import SpaceError
from sxai.progress import Progress, silent
from sxai.prototypes import losses
from sxai.prototypes.network import ProtoCNN
from sxai.prototypes.settings import ProtoSettings

MAX_SAMPLED_PATCHES = 40_000
"""Largest number of patches for centres and statistics."""

CENTRE_PASSES = 12


@dataclass(frozen=True, eq=False)
class MapTable:
    """Maps (n, C, h, w), any float type, with labels (n,) 0 … K−1; read batch by batch, so it may be memory-mapped."""

    maps: np.ndarray
    labels: np.ndarray

    def __post_init__(self) -> None:
        if self.maps.ndim != 4 or len(self.maps) != len(self.labels) or len(self.maps) == 0:
            raise SpaceError(f"{self.maps.shape} maps and {self.labels.shape} labels do not make a table to train on.")

    def batch(self, rows: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """Maps float32 and labels of some rows."""
        order = np.sort(rows)
        maps = np.ascontiguousarray(self.maps[order], dtype=np.float32)
        return torch.from_numpy(maps), torch.from_numpy(self.labels[order].astype(np.int64))


@dataclass(frozen=True)
class Place:
    """The training patch that a basis vector was put on: ``image`` row of the table, ``row``, ``column`` of the map."""

    image: int
    row: int
    column: int
    similarity: float


@dataclass(frozen=True, eq=False)
class ProtoTraining:
    """A trained Proto-CNN; ``history`` the mean of each term by pass; ``places`` one a basis vector, class by class."""

    model: ProtoCNN
    history: list[dict[str, float]]
    places: tuple[Place, ...]


def train_prototypes(
    table: MapTable, classes: int, settings: ProtoSettings = ProtoSettings(), progress: Progress = silent
) -> ProtoTraining:
    """Train on a table of maps; the network below is not changed. The same seed gives the same outcome.

    Raises
    ------
    SpaceError
        for a class without images, or when the loss is not a number any more.
    """
    missing = sorted(set(range(classes)) - set(table.labels.tolist()))
    if missing or classes < 2:
        raise SpaceError(f"prototypes tell at least two classes apart; there are {classes}, without images: {missing}.")
    trainer = _Trainer(table, classes, settings, progress)
    trainer.warm_up()
    for number in range(settings.rounds):
        trainer.joint(number)
        places = trainer.project(move=number + 1 < settings.rounds)
        trainer.fit_last()
    return ProtoTraining(trainer.model.eval(), trainer.history, places)


def similarity_maps(model: ProtoCNN, maps: np.ndarray, batch: int = 32) -> np.ndarray:
    """Cosines float32 (n, K·M, h, w) of maps (n, C, h, w)."""
    batches = []
    with torch.inference_mode():
        for at in range(0, len(maps), batch):
            x = torch.from_numpy(np.ascontiguousarray(maps[at : at + batch], dtype=np.float32))
            batches.append(model.similarity(model.embed(x)).numpy())
    return np.concatenate(batches)


def class_scores(model: ProtoCNN, peaks: np.ndarray) -> np.ndarray:
    """Class scores float32 (n, K) of the largest similarities (n, K·M)."""
    with torch.inference_mode():
        return model.scores(torch.from_numpy(np.ascontiguousarray(peaks, dtype=np.float32))).numpy()


class _Trainer:
    """The state of one training."""

    def __init__(self, table: MapTable, classes: int, settings: ProtoSettings, progress: Progress) -> None:
        self.table, self.settings, self.progress = table, settings, progress
        self.noise = torch.Generator().manual_seed(settings.seed)
        self.rng = np.random.default_rng(settings.seed)
        self.history: list[dict[str, float]] = []
        self.passes = settings.warm_up + settings.rounds * settings.joint
        self.model = ProtoCNN(table.maps.shape[1], classes, settings.per_class, settings.width, settings.seed)
        self._standardise()
        if settings.start == "patches":
            self._start_at_patches()

    def _standardise(self) -> None:
        rows = self.rng.permutation(len(self.table.maps))[:256]
        maps, _ = self.table.batch(rows)
        patches = maps.permute(0, 2, 3, 1).flatten(0, 2)
        self.model.shift.copy_(patches.mean(dim=0))
        deviation = patches.std(dim=0)
        self.model.scale.copy_(deviation.clamp_min(0.05 * float(deviation.mean()) + 1e-6))

    def _start_at_patches(self) -> None:
        """Put the basis vectors of each class on spherical k-means centres of its embedded patches."""
        for label in range(self.model.classes):
            rows = self.rng.permutation(np.flatnonzero(self.table.labels == label))[:128]
            maps, _ = self.table.batch(rows)
            with torch.inference_mode():
                patches = self.model.embed(maps).permute(0, 2, 3, 1).flatten(0, 2)
            chosen = self.rng.permutation(len(patches))[: MAX_SAMPLED_PATCHES // self.model.classes]
            centres = _centres(patches[torch.from_numpy(chosen)], self.settings.per_class, self.rng)
            with torch.no_grad():
                self.model.basis[label] = centres

    def warm_up(self) -> None:
        """Train the added layers and basis vectors with the last layer as it starts."""
        self._train(self.settings.warm_up, "warm-up", (self.model.last,))

    def joint(self, number: int) -> None:
        """Train everything that was added."""
        self._train(self.settings.joint, f"round {number + 1}", ())

    def _train(self, passes: int, stage: str, frozen: tuple[torch.Tensor, ...]) -> None:
        chosen = [value for value in self.model.parameters() if all(value is not parameter for parameter in frozen)]
        optimiser = torch.optim.Adam(chosen, lr=self.settings.rate)
        for _ in range(passes):
            sums: dict[str, float] = dict.fromkeys((*losses.TERMS, "accuracy"), 0.0)
            for maps, labels in self._batches():
                terms, right = self._terms(maps, labels)
                optimiser.zero_grad(set_to_none=True)
                self._total(terms).backward()
                optimiser.step()
                self.model.bound()
                for name, value in terms.items():
                    sums[name] += float(value.detach()) * len(labels)
                sums["accuracy"] += right
            self._report({name: value / len(self.table.labels) for name, value in sums.items()}, stage)

    def _report(self, means: dict[str, float], stage: str) -> None:
        if not np.isfinite(list(means.values())).all():
            raise SpaceError(f"the loss is not a number any more in {stage}; train with a smaller rate.")
        self.history.append(means)
        self.progress("prototypes", len(self.history), self.passes, {"stage": stage, **means})

    def _batches(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        order = self.rng.permutation(len(self.table.labels))
        for at in range(0, len(order), self.settings.batch):
            yield self.table.batch(order[at : at + self.settings.batch])

    def _terms(self, maps: torch.Tensor, labels: torch.Tensor) -> tuple[dict[str, torch.Tensor], int]:
        model, per_class = self.model, self.settings.per_class
        peaks = model.similarity(model.embed(maps), self.settings.sigma, self.noise).amax(dim=(2, 3))
        scores = model.scores(peaks)
        terms = {
            "cross-entropy": cross_entropy(scores, labels),
            "aggregation": losses.aggregation(peaks, labels, per_class),
            "separation": losses.separation(peaks, labels, per_class),
            "orthonormality": losses.orthonormality(model.basis),
            "subspaces": losses.subspaces(model.basis),
        }
        return terms, int((scores.argmax(dim=1) == labels).sum())

    def _total(self, terms: dict[str, torch.Tensor]) -> torch.Tensor:
        weights = self.settings.weights
        return terms["cross-entropy"] + sum(
            (getattr(weights, name) * terms[name] for name in losses.TERMS[1:]), start=torch.zeros(())
        )

    def project(self, move: bool) -> tuple[Place, ...]:
        """Project every basis vector onto the closest patch of its class's images; the place of each patch.

        In the last round the vectors are not moved (``move`` is False) and the patches only illustrate them, since real
        patches are not orthogonal to each other.
        """
        count = self.model.classes * self.settings.per_class
        best = np.full(count, -np.inf)
        places: list[Any] = [None] * count
        vectors = normalize(self.model.basis.detach(), dim=-1).clone().flatten(0, 1)
        for at in range(0, len(self.table.labels), self.settings.batch):
            rows = np.arange(at, min(at + self.settings.batch, len(self.table.labels)))
            maps, labels = self.table.batch(rows)
            with torch.inference_mode():
                embedded = self.model.embed(maps)
                similarity = self.model.similarity(embedded)
            similarity = similarity.masked_fill(~self.model.own_weights()[labels][:, :, None, None], -torch.inf)
            self._closest(rows, embedded, similarity, best, places, vectors)
        if move:
            with torch.no_grad():
                self.model.basis.copy_(vectors.unflatten(0, self.model.basis.shape[:2]))
        return tuple(places)

    @staticmethod
    def _closest(
        rows: np.ndarray,
        embedded: torch.Tensor,
        similarity: torch.Tensor,
        best: np.ndarray,
        places: list[Any],
        vectors: torch.Tensor,
    ) -> None:
        """Update the closest patches with those of a batch."""
        width = similarity.shape[3]
        values, where = similarity.permute(1, 0, 2, 3).flatten(1).max(dim=1)
        for index in np.flatnonzero(values.numpy() > best).tolist():
            image, position = divmod(int(where[index]), similarity.shape[2] * width)
            row, column = divmod(position, width)
            best[index] = float(values[index])
            places[index] = Place(int(rows[image]), row, column, best[index])
            vectors[index] = embedded[image, :, row, column]

    def fit_last(self) -> None:
        """Fit the last layer alone: cross-entropy with L1 on the weights to other classes, a convex problem.

        Projected steps keep the bounds; every step sees all images.
        """
        if self.settings.head_steps == 0:
            return
        peaks, labels = self._all_peaks()
        other = (~self.model.own_weights()).float()
        last = self.model.last.detach().clone().requires_grad_(True)
        optimiser = torch.optim.Adam([last], lr=0.02)
        for _ in range(self.settings.head_steps):
            loss = cross_entropy(peaks @ last.T, labels) + self.settings.l1 * (last * other).abs().sum()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            with torch.no_grad():
                last.clamp_(-0.5, 1.0)
        with torch.no_grad():
            self.model.last.copy_(last)

    def _all_peaks(self) -> tuple[torch.Tensor, torch.Tensor]:
        peaks, labels = [], []
        with torch.inference_mode():
            for at in range(0, len(self.table.labels), self.settings.batch):
                rows = np.arange(at, min(at + self.settings.batch, len(self.table.labels)))
                maps, truth = self.table.batch(rows)
                peaks.append(self.model.similarity(self.model.embed(maps)).amax(dim=(2, 3)))
                labels.append(truth)
        return torch.cat(peaks).clone(), torch.cat(labels).clone()


def _centres(patches: torch.Tensor, count: int, rng: np.random.Generator) -> torch.Tensor:
    """Spherical k-means centres (count, D) of unit vectors (n, D), started far apart."""
    centres = patches[int(rng.integers(len(patches)))][None]
    for _ in range(count - 1):
        gap = 1 - (patches @ centres.T).amax(dim=1).double().clamp(-1, 1)
        chance = (gap.clamp_min(0) + 1e-9).numpy()
        centres = torch.cat([centres, patches[int(rng.choice(len(patches), p=chance / chance.sum()))][None]])
    for _ in range(CENTRE_PASSES):
        nearest = (patches @ centres.T).argmax(dim=1)
        sums = torch.zeros_like(centres).index_add(0, nearest, patches)
        empty = sums.norm(dim=1) == 0
        centres = normalize(torch.where(empty[:, None], centres, sums), dim=1)
    return centres
