"""Fine-tuning all layers of a network, epoch by epoch, so that it can be interrupted and go on."""

import hashlib
import os
import pickle
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from sxai.networks.features import extract
from sxai.networks.fitting import Best, EpochResult, epoch_seed, finite, shuffled
from sxai.networks.network import Network
from sxai.progress import Progress

STAGE = "fine-tuning"
READERS = 4
REPORT_SECONDS = 0.5

Reader = Callable[[], np.ndarray]


@dataclass(frozen=True, eq=False)
class Pictures:
    """Readers of canvases uint8 (H, W, 3), called from other threads, and their labels (n,)."""

    readers: Sequence[Reader]
    labels: np.ndarray


@dataclass(frozen=True)
class TuningPlan:
    """``epochs`` passes of Adam at ``rate`` in batches of ``batch``; ``flip`` mirrors pictures at random."""

    epochs: int
    batch: int
    rate: float
    flip: bool
    seed: int


@dataclass
class Run:
    """State of a fine-tuning: the network and optimiser, the epochs done, the best of them."""

    network: Network
    optimiser: torch.optim.Optimizer
    task: str
    history: list[EpochResult] = field(default_factory=list)
    best: Best = field(default_factory=Best)


def begin(
    network: Network, train: Pictures, val: Pictures, plan: TuningPlan, device: torch.device, resume: Path | None
) -> Run:
    """A run over ``network``, which must have a head: taken up from ``resume`` if that is of the same
    task."""
    task = _identity(network, train, val, plan)
    network.to(device).requires_grad_(True)
    run = Run(network, torch.optim.Adam(network.parameters(), lr=plan.rate), task)
    saved = _saved(resume, task)
    if saved is not None:
        network.load_state_dict(saved["network"])
        run.optimiser.load_state_dict(saved["optimiser"])
        run.history = [EpochResult(**entry) for entry in saved["history"]]
        run.best = Best(**saved["best"])
    return run


def fine_tune(
    run: Run, train: Pictures, val: Pictures, plan: TuningPlan, progress: Progress, resume: Path | None = None
) -> None:
    """Train every layer of the run's network and leave it with the weights of the best epoch.

    Normalisation layers keep the statistics they came with: batches are too small for new ones. With
    ``resume`` the run is stored there after each epoch and removed at the end.
    """
    steps = -(-len(train.labels) // plan.batch)
    total = plan.epochs * steps
    progress(STAGE, len(run.history) * steps, total)
    for epoch in range(len(run.history) + 1, plan.epochs + 1):
        report = _throttled(progress, (epoch - 1) * steps, total, {"epoch": epoch, "batches": steps})
        loss, accuracy = _pass(run, train, plan, epoch, report)
        val_loss, val_accuracy = _judge(run.network, val, progress)
        run.history.append(EpochResult(epoch, loss, accuracy, val_accuracy))
        run.best.offer(run.history[-1], val_loss, run.network)
        _store(resume, run)
        progress(STAGE, epoch * steps, total, run.history[-1].detail())
    run.best.restore(run.network)
    if resume is not None:
        resume.unlink(missing_ok=True)


def _pass(
    run: Run, train: Pictures, plan: TuningPlan, epoch: int, report: Callable[[int, dict[str, Any]], None]
) -> tuple[float, float]:
    _learning(run.network)
    torch.manual_seed(epoch_seed(plan.seed, epoch))  # for dropout
    total, right, seen = 0.0, 0, 0
    for step, (x, y) in enumerate(_batches(run.network, train, plan, epoch), start=1):
        logits = run.network(x)
        loss = cross_entropy(logits, y)
        run.optimiser.zero_grad()
        loss.backward()
        run.optimiser.step()
        total += finite(float(loss.detach())) * len(y)
        right += int((logits.detach().argmax(dim=1) == y).sum())
        seen += len(y)
        report(step, {"batch": step, "loss": total / seen, "train_accuracy": right / seen})
    run.network.eval()
    return total / seen, right / seen


def _batches(
    network: Network, train: Pictures, plan: TuningPlan, epoch: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Prepared batches of one epoch; while one is used, the next is being read by other threads."""
    order = shuffled(len(train.labels), plan.seed, epoch)
    coins = torch.Generator().manual_seed(epoch_seed(plan.seed, epoch) + 1)
    mirrored = (torch.rand(len(order), generator=coins) < 0.5).numpy() & plan.flip

    def read(row: int) -> np.ndarray:
        canvas = train.readers[row]()
        return np.ascontiguousarray(canvas[:, ::-1]) if mirrored[row] else canvas

    with ThreadPoolExecutor(READERS) as pool:
        waiting: list[tuple[list[int], list[Future[np.ndarray]]]] = []
        for group in (*order.split(plan.batch), None):
            ready, waiting = waiting, []
            if group is not None:
                rows = group.tolist()
                waiting = [(rows, [pool.submit(read, row) for row in rows])]
            for rows, futures in ready:
                x = network.prepare([future.result() for future in futures])
                yield x.to(network.device), torch.from_numpy(train.labels[rows]).to(network.device)


def _judge(network: Network, val: Pictures, progress: Progress) -> tuple[float, float | None]:
    if len(val.labels) == 0:
        return 0.0, None

    def report(stage: str, done: int, total: int, detail: dict[str, object] | None = None) -> None:
        progress("validation", done, total)

    canvases = (reader() for reader in val.readers)
    logits = extract(network, canvases, device=network.device, progress=report, total=len(val.labels)).logits
    scores, labels = torch.from_numpy(logits), torch.from_numpy(val.labels)
    return float(cross_entropy(scores, labels)), float((scores.argmax(dim=1) == labels).float().mean())


def _learning(network: Network) -> None:
    network.train()
    for module in network.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.eval()


def _throttled(
    progress: Progress, before: int, total: int, about: dict[str, Any]
) -> Callable[[int, dict[str, Any]], None]:
    """Reports within an epoch, at most every half second: often enough to be stopped, seldom enough to be
    free."""
    last = time.monotonic()

    def report(step: int, detail: dict[str, Any]) -> None:
        nonlocal last
        if time.monotonic() - last >= REPORT_SECONDS:
            last = time.monotonic()
            progress(STAGE, before + step, total, about | detail)

    return report


def _identity(network: Network, train: Pictures, val: Pictures, plan: TuningPlan) -> str:
    """A hash of the task: the backbone's weights, the classes, the labels and the plan."""
    digest = hashlib.sha256(repr((network.backbone, network.preprocessing, network.classes, plan)).encode())
    digest.update(train.labels.tobytes() + b"|" + val.labels.tobytes())
    digest.update(repr(network.head).encode())
    for name, value in network.body.state_dict().items():
        digest.update(name.encode())
        digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def _saved(resume: Path | None, task: str) -> dict[str, Any] | None:
    """The stored state, if there is a whole one of this task; anything else is started afresh."""
    if resume is None or not resume.is_file():
        return None
    try:
        saved = torch.load(resume, map_location="cpu", weights_only=True)
        return saved if saved["task"] == task else None
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, KeyError, TypeError, ValueError):
        return None


def _store(resume: Path | None, run: Run) -> None:
    if resume is None:
        return
    resume.parent.mkdir(parents=True, exist_ok=True)
    state = {
        "task": run.task,
        "network": run.network.state_dict(),
        "optimiser": run.optimiser.state_dict(),
        "history": [asdict(entry) for entry in run.history],
        "best": {"epoch": run.best.epoch, "key": run.best.key, "state": run.best.state},
    }
    handle, temporary = tempfile.mkstemp(dir=resume.parent, prefix=f".{resume.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            torch.save(state, file)
        os.replace(temporary, resume)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
