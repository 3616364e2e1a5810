"""Fitting a head on stored features, and the epoch helpers that all training shares."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from sxai.errors import ModelError
from sxai.networks.heads import make_head
from sxai.progress import Progress

# A linear head on stored features is fitted to the end: at most so many passes, and no more than the patience
# after the best one.
MAX_PASSES = 100
PATIENCE = 15
PASSES_WITHOUT_VALIDATION = 30
# Below this loss every picture is certain already; going on would only inflate the confidence.
LOSS_TOLERANCE = 1e-3
# Channels that hardly vary are not blown up beyond this share of the usual deviation.
MIN_SCALE = 0.05


@dataclass(frozen=True)
class EpochResult:
    """Mean ``loss`` and accuracies in [0, 1] of one pass; ``val_accuracy`` None without validation images."""

    epoch: int
    loss: float
    train_accuracy: float
    val_accuracy: float | None

    def detail(self) -> dict[str, Any]:
        """This result as plain values, for progress reports and storage."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class HeadTask:
    """Features (n, C) with labels (n,), the same for validation (m may be 0), and how to fit a head on
    them."""

    features: np.ndarray
    labels: np.ndarray
    val_features: np.ndarray
    val_labels: np.ndarray
    classes: int
    kind: str = "linear"
    epochs: int = 3
    batch: int = 16
    rate: float = 1e-3
    seed: int = 0


@dataclass(frozen=True, eq=False)
class HeadOutcome:
    """The fitted ``head`` on raw features, the ``history``, and the ``best_epoch`` that was kept."""

    head: nn.Module
    history: tuple[EpochResult, ...]
    best_epoch: int


class Best:
    """The state of the best epoch so far: highest validation accuracy, then lowest loss; the last one
    without."""

    def __init__(
        self, epoch: int = 0, key: tuple[float, float] | None = None, state: dict[str, torch.Tensor] | None = None
    ) -> None:
        self.epoch = epoch
        self.key = key
        self.state = state or {}

    def offer(self, result: EpochResult, val_loss: float, module: nn.Module) -> None:
        """Store the state of ``module`` if ``result`` is the best so far."""
        key = None if result.val_accuracy is None else (result.val_accuracy, -val_loss)
        if self.epoch == 0 or key is None or self.key is None or key > self.key:
            self.epoch, self.key = result.epoch, key
            self.state = {name: value.detach().cpu().clone() for name, value in module.state_dict().items()}

    def restore(self, module: nn.Module) -> None:
        """Put the best state back into ``module``."""
        module.load_state_dict(self.state)


def fit_head(task: HeadTask, device: torch.device, progress: Progress) -> HeadOutcome:
    """Fit a head by Adam on cross-entropy, on standardised features; the scaling is folded into its weights.

    A "linear" head takes at least ``epochs`` passes and goes on until it is settled or validation stops improving;
    a "vgg" head takes exactly ``epochs``. Repeats for a seed. Raises :class:`~sxai.errors.ModelError` if the loss
    diverges.
    """
    shift, scale = _scaling(task.features)
    x, y = _tensors((task.features - shift) / scale, task.labels, device)
    val_x, val_y = _tensors((task.val_features - shift) / scale, task.val_labels, device)
    head = make_head(task.kind, x.shape[1], task.classes, task.seed).to(device)
    optimiser = torch.optim.Adam(head.parameters(), lr=task.rate)
    best, history, passes = Best(), [], _passes(task)
    progress("head", 0, passes)
    for epoch in range(1, passes + 1):
        loss, accuracy = _head_pass(head, optimiser, x, y, task, epoch)
        val_loss, val_accuracy = _judge(head, val_x, val_y)
        history.append(EpochResult(epoch, finite(loss), accuracy, val_accuracy))
        best.offer(history[-1], val_loss, head)
        progress("head", epoch, passes, history[-1].detail())
        if epoch >= task.epochs and (loss < LOSS_TOLERANCE or epoch >= best.epoch + PATIENCE):
            break
    best.restore(head)
    _fold(head, shift, scale)
    return HeadOutcome(head.cpu().eval(), tuple(history), best.epoch)


def finite(loss: float) -> float:
    """``loss`` itself, or an error that says what to change when it is not a number."""
    if not np.isfinite(loss):
        raise ModelError(f"Training diverged (loss {loss}). Use a smaller learning rate.")
    return loss


def epoch_seed(seed: int, epoch: int) -> int:
    """A seed of its own for each epoch, so that an interrupted run can go on as if it had not been."""
    return (seed * 1_000_003 + epoch) % 2**62


def shuffled(n: int, seed: int, epoch: int) -> torch.Tensor:
    """A permutation of n that depends on seed and epoch alone."""
    return torch.randperm(n, generator=torch.Generator().manual_seed(epoch_seed(seed, epoch)))


def _passes(task: HeadTask) -> int:
    if task.kind != "linear":
        return task.epochs
    return max(task.epochs, MAX_PASSES if len(task.val_labels) else PASSES_WITHOUT_VALIDATION)


def _head_pass(
    head: nn.Module, optimiser: torch.optim.Optimizer, x: torch.Tensor, y: torch.Tensor, task: HeadTask, epoch: int
) -> tuple[float, float]:
    head.train()
    torch.manual_seed(epoch_seed(task.seed, epoch))  # for dropout
    total = right = 0.0
    for rows in shuffled(len(y), task.seed, epoch).to(y.device).split(task.batch):
        logits = head(x[rows])
        loss = cross_entropy(logits, y[rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        total += float(loss.detach()) * len(rows)
        right += int((logits.detach().argmax(dim=1) == y[rows]).sum())
    return total / len(y), right / len(y)


@torch.inference_mode()
def _judge(head: nn.Module, x: torch.Tensor, y: torch.Tensor) -> tuple[float, float | None]:
    if len(y) == 0:
        return 0.0, None
    logits = head.eval()(x)
    return float(cross_entropy(logits, y)), float((logits.argmax(dim=1) == y).float().mean())


def _scaling(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    deviation = features.std(axis=0, dtype=np.float64)
    usual = float(np.median(deviation[deviation > 0])) if (deviation > 0).any() else 1.0
    return features.mean(axis=0, dtype=np.float64), np.maximum(deviation, MIN_SCALE * usual)


def _tensors(features: np.ndarray, labels: np.ndarray, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.from_numpy(features.astype(np.float32)).to(device), torch.from_numpy(labels).to(device)


@torch.no_grad()
def _fold(head: nn.Module, shift: np.ndarray, scale: np.ndarray) -> None:
    """Let the first layer take raw features: W((f − m)/s) + b = (W/s) f + (b − (W/s) m)."""
    first = next(module for module in head.modules() if isinstance(module, nn.Linear))
    weight = first.weight.cpu().double() / torch.from_numpy(scale)
    first.bias.sub_((weight @ torch.from_numpy(shift)).to(first.bias))
    first.weight.copy_(weight)
