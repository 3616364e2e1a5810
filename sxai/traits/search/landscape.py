"""The objective of a search: log-odds of a class as a function of the superpixels kept in a picture."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from sxai.errors import MaskError, ModelError
from sxai.networks.device import fast_bfloat16
from sxai.networks.network import Network
from sxai.traits.search.settings import Ranking

CPU_BATCH = 8
ACCELERATOR_BATCH = 128


def compose(pixels: np.ndarray, labels: np.ndarray, genome: np.ndarray) -> np.ndarray:
    """The picture uint8 (H, W, 3) with only the superpixels of ``genome`` (N_sp,) kept; the others are black.

    >>> compose(np.full((1, 2, 3), 9, np.uint8), np.array([[0, 1]]), np.array([True, False]))[..., 0]
    array([[9, 0]], dtype=uint8)
    """
    _matching(pixels, labels)
    if len(genome) <= labels.max():
        raise MaskError(f"the genome has {len(genome)} genes for {labels.max() + 1} superpixels; search again")
    composed: np.ndarray = pixels * np.asarray(genome, dtype=bool)[labels][..., None]
    return composed


@dataclass(frozen=True, eq=False)
class Landscape:
    """One picture prepared for a search: ``pixels`` (3, S, S) in [0, 1] and ``labels`` (S, S) on the network's device,
    the index of the ``target`` class, the number of superpixels ``genes``, the pairs of neighbours ``borders`` (E, 2),
    and a ``mark``, part of the seed of its random choices."""

    pixels: torch.Tensor
    labels: torch.Tensor
    target: int
    genes: int
    borders: np.ndarray
    mark: int

    @classmethod
    def of(cls, network: Network, pixels: np.ndarray, labels: np.ndarray, target: int) -> "Landscape":
        """Prepare ``pixels`` uint8 (H, W, 3) and their superpixels ``labels`` (H, W), once.

        Raises
        ------
        ModelError
            for a class that the network does not have, MaskError for labels that do not fit.
        """
        _matching(pixels, labels)
        if network.head is None or not 0 <= target < len(network.classes):
            raise ModelError(f"the network has no class {target}; it has {len(network.classes)}. Train it first.")
        prepared = network.prepare([pixels])[0]
        small = fitted_labels(labels, network.preprocessing.size, network.preprocessing.fit)
        return cls(
            pixels=prepared.to(network.device),
            labels=torch.from_numpy(small).long().to(network.device),
            target=target,
            genes=int(labels.max()) + 1,
            borders=borders_of(small),
            mark=zlib.crc32(pixels.tobytes()),
        )


def fitted_labels(labels: np.ndarray, size: int, fit: str) -> np.ndarray:
    """Labels (H, W) as the network's input shows them, (S, S): the nearest one's, squashed or cropped."""
    height, width = labels.shape
    tall, wide = (min(labels.shape),) * 2 if fit == "crop" else (height, width)
    rows = (height - tall) / 2 + (np.arange(size) + 0.5) * tall / size
    columns = (width - wide) / 2 + (np.arange(size) + 0.5) * wide / size
    return labels[np.ix_(rows.astype(int), columns.astype(int))]


def borders_of(labels: np.ndarray) -> np.ndarray:
    """Pairs (E, 2) of different labels that share a pixel edge somewhere, each once, the smaller first.

    >>> borders_of(np.array([[0, 0, 1], [2, 2, 1]]))
    array([[0, 1],
           [0, 2],
           [1, 2]])
    """
    across = np.stack([labels[:, :-1].ravel(), labels[:, 1:].ravel()], axis=1)
    down = np.stack([labels[:-1].ravel(), labels[1:].ravel()], axis=1)
    pairs = np.sort(np.concatenate([across, down]), axis=1)
    return np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)


def log_odds(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """log P / (1 − P) (n,) of the ``targets`` (n,) from ``logits`` (n, K ≥ 2): it does not saturate at P = 1."""
    chosen = logits.gather(1, targets[:, None])[:, 0]
    others = logits.scatter(1, targets[:, None], -torch.inf)
    return chosen - others.logsumexp(dim=1)


class Evaluator:
    """Evaluates combinations of several pictures in common batches of one fixed size.

    The last batch is filled up, so that a value does not depend on what else is in its batch.
    """

    def __init__(self, network: Network, ranking: Ranking = "auto") -> None:
        self.network = network
        self.device = network.device
        self.batch = CPU_BATCH if self.device.type == "cpu" else ACCELERATOR_BATCH
        fast = ranking == "bfloat16" or (ranking == "auto" and fast_bfloat16(self.device))
        self.ranks_exactly = not fast

    @torch.inference_mode()
    def fitness(self, cases: Sequence[tuple[Landscape, np.ndarray]]) -> np.ndarray:
        """Log-odds float64 (n,) of at most one batch of cases, in the precision of the ranking."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=not self.ranks_exactly):
            features = self.network.features(self._composed(cases))
        return self._odds(features.float(), cases)

    @torch.inference_mode()
    def exactly(self, cases: Sequence[tuple[Landscape, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
        """Log-odds float64 (n,) and features float32 (n, C) of at most one batch of cases, in float32."""
        features = self.network.features(self._composed(cases)).float()
        return self._odds(features, cases), features[: len(cases)].cpu().numpy()

    def _composed(self, cases: Sequence[tuple[Landscape, np.ndarray]]) -> torch.Tensor:
        full = [*cases, *[cases[-1]] * (self.batch - len(cases))]
        visible = [torch.from_numpy(genome).to(self.device)[case.labels] for case, genome in full]
        stacked = torch.stack([case.pixels * mask for (case, _), mask in zip(full, visible, strict=True)])
        return stacked.contiguous(memory_format=torch.channels_last)

    def _odds(self, features: torch.Tensor, cases: Sequence[tuple[Landscape, np.ndarray]]) -> np.ndarray:
        """Log-odds of the cases from the features of the whole batch."""
        targets = torch.tensor([case.target for case, _ in cases], device=self.device)
        logits = self.network.logits(features)[: len(cases)].float()
        values = log_odds(logits, targets).double().cpu().numpy()
        if not np.isfinite(values).all():
            raise ModelError("the network gives no finite scores for a combination of superpixels; check its weights.")
        return values


def _matching(pixels: np.ndarray, labels: np.ndarray) -> None:
    if labels.shape != pixels.shape[:2] or labels.min() < 0:
        raise MaskError(
            f"the picture is {pixels.shape[:2]} but its superpixels are {labels.shape}, from {labels.min()}; "
            "make superpixels of this picture, numbered from 0"
        )
