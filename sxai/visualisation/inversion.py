"""Feature inversion: pictures for several feature vectors in one batch, each with its loss curve and crops."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from sxai.errors import SpaceError, SxaiError
from sxai.networks.features import computing
from sxai.networks.network import Network
from sxai.progress import Progress, silent
from sxai.visualisation.crops import Crop, clearest
from sxai.visualisation.descent import Descent, descend, load, save
from sxai.visualisation.iterate import Iterate, Record
from sxai.visualisation.lbfgs import minimise
from sxai.visualisation.objective import Objective, frozen, objective_of, total_variation
from sxai.visualisation.prior import paint
from sxai.visualisation.rendering import rendered
from sxai.visualisation.settings import InversionSettings

SAVE_EVERY = 200
"""Steps between two checkpoints of a gradient descent."""

ROUNDING = 1e-4
"""Relative tolerance of a goal when the loss is computed again, since batches of other sizes round differently."""

Look = Callable[[int, list[float], Callable[[], list[np.ndarray]]], dict[str, object] | None]
"""Given the step, the losses of all targets and a function that renders them, what to report beside the progress."""


@dataclass(frozen=True, eq=False)
class Inversion:
    """The feature inversion of one target; C channels, S × S pixels, n steps.

    Attributes
    ----------
    target, features
        (C,) Φ₀, and Φ(z) of the picture found.
    z
        (3, S, S) float32, the picture, in ImageNet's standard deviations from the network's mean.
    picture
        uint8 (S, S, 3), ``z`` as it can be looked at.
    loss
        ``misfit + λ · variation`` of ``z`` (the misfit alone for the deep image prior).
    misfit, variation
        ``‖Φ(z) − Φ₀‖²`` and ``R(z)``.
    blank_loss
        the loss of the blank picture, for comparison.
    curve, seconds
        (n,) the loss at each step (the lowest so far, except for "paper") and the time since the start.
    reached
        whether the goal was reached; None without one.
    crops
        the clearest parts.
    remarks
        remarks for the person, for example on divergence.
    """

    target: NDArray[np.float64]
    features: NDArray[np.float64]
    z: NDArray[np.float32]
    picture: NDArray[np.uint8]
    loss: float
    misfit: float
    variation: float
    blank_loss: float
    curve: NDArray[np.float64]
    seconds: NDArray[np.float64]
    reached: bool | None
    crops: tuple[Crop, ...]
    remarks: tuple[str, ...]
    settings: InversionSettings

    @property
    def steps(self) -> int:
        """Forward and backward passes that this target took."""
        return len(self.curve)


def invert(
    network: Network,
    targets: ArrayLike,
    settings: InversionSettings = InversionSettings(),
    goals: Sequence[float] | None = None,
    device: str | torch.device = "auto",
    progress: Progress = silent,
    look: Look | None = None,
    checkpoint: Path | None = None,
) -> list[Inversion]:
    """Feature inversion: pictures whose features come closest to each of ``targets`` (T, C), in one batch.

    ``goals`` (T,) are losses at which a target is done ("fast" stops it there). ``progress`` is called after every
    step with stage "visualise" and, from ``look``, early results. ``checkpoint`` is a file in which "paper" keeps its
    state every 200 steps and from which it goes on; the caller names it after the targets and settings.

    The network's device, mode and trainable parameters are restored.

    Raises
    ------
    SpaceError
        for targets that do not fit the network.
    """
    with computing(network, device), frozen(network):
        objective = objective_of(network, targets, settings.weight, settings.exponent)
        if goals is not None and len(goals) != len(objective.targets):
            raise SpaceError(f"{len(goals)} goals for {len(objective.targets)} targets: give one a target, or none")
        minimised = _minimised(objective, settings, goals, checkpoint, _reporter(network, settings, progress, look))
        return _outcomes(objective, settings, goals, *minimised)


def _minimised(
    objective: Objective,
    settings: InversionSettings,
    goals: Sequence[float] | None,
    checkpoint: Path | None,
    report: Callable[[Iterate, Record], None],
) -> tuple[Iterate, Record]:
    """The last iterate of the chosen method, and the losses of all."""
    if settings.method == "paper":
        return _descended(objective, settings, checkpoint, report)
    count = len(objective.targets)
    last = Iterate(torch.full((count,), torch.inf), objective.blank, (0,) * count, ((),) * count)
    record = Record()
    steps = minimise(objective, settings, goals) if settings.method == "fast" else paint(objective, settings)
    for last in steps:
        record.add(last.losses)
        report(last, record)
    return last, record


def _descended(
    objective: Objective,
    settings: InversionSettings,
    checkpoint: Path | None,
    report: Callable[[Iterate, Record], None],
) -> tuple[Iterate, Record]:
    """The end of a gradient descent, which keeps its state in ``checkpoint`` and goes on from there."""
    state, record = load(checkpoint, objective) if checkpoint else (Descent.blank(objective), Record())
    try:
        for now in descend(objective, settings, state):
            record.add(now.losses)
            report(now, record)
            if checkpoint and state.step % SAVE_EVERY == 0:
                save(checkpoint, state, record)
    except SxaiError:
        if checkpoint:
            save(checkpoint, state, record)
        raise
    count = len(objective.targets)
    return Iterate(torch.empty(0), lambda: state.z, (state.step,) * count, state.remarks()), record


def _reporter(
    network: Network, settings: InversionSettings, progress: Progress, look: Look | None
) -> Callable[[Iterate, Record], None]:
    """Progress callback for each iterate."""

    def report(now: Iterate, record: Record) -> None:
        step, losses = len(record.losses), now.losses.tolist()
        detail = look(step, losses, lambda: _rendered_all(network, now.pictures())) if look else None
        progress("visualise", step, settings.budget, detail)

    return report


def _outcomes(
    objective: Objective, settings: InversionSettings, goals: Sequence[float] | None, last: Iterate, record: Record
) -> list[Inversion]:
    """The outcome of each target; losses are evaluated again, one picture at a time."""
    seconds = np.array(record.seconds)
    outcomes = []
    for row, z in enumerate(last.pictures()):
        steps = last.steps[row]
        curve = np.array([losses[row] for losses in record.losses[:steps]], dtype=np.float64)
        goal = None if goals is None else float(goals[row])
        outcomes.append(_outcome(objective, settings, row, z, goal, (curve, seconds[:steps]), last.remarks[row]))
    return outcomes


def _outcome(
    objective: Objective,
    settings: InversionSettings,
    row: int,
    z: torch.Tensor,
    goal: float | None,
    course: tuple[NDArray[np.float64], NDArray[np.float64]],
    remarks: tuple[str, ...],
) -> Inversion:
    """The outcome of one target."""
    target = objective.targets[row]
    weight = 0.0 if settings.method == "deep-image-prior" else settings.weight
    with torch.no_grad():
        maps = objective.maps(z[None])[0]
        features = maps.mean(dim=(1, 2))
        misfit = float((features - target).cpu().double().square().sum())
        variation = float(total_variation(z[None].cpu().double(), settings.exponent))
        response = torch.einsum("c,chw->hw", target, maps).clamp_min(0)
    blank = float(objective.losses(objective.blank()[row : row + 1], torch.tensor([row], device=z.device)))
    loss = misfit + weight * variation
    values = z.float().cpu().numpy()
    picture = rendered(objective.network, values)
    return Inversion(
        target=target.cpu().double().numpy(),
        features=features.cpu().double().numpy(),
        z=values,
        picture=picture,
        loss=loss,
        misfit=misfit,
        variation=variation,
        blank_loss=blank,
        curve=course[0],
        seconds=course[1],
        reached=None if goal is None else loss <= goal * (1 + ROUNDING),
        crops=clearest(picture, response.cpu().double().numpy()),
        remarks=remarks + _doubts(loss, blank, picture),
        settings=settings,
    )


def _doubts(loss: float, blank: float, picture: NDArray[np.uint8]) -> tuple[str, ...]:
    """Remarks on a picture that may be misleading."""
    doubts = []
    if not loss < blank:
        doubts.append("it ended no closer to the target than a blank picture; use the fast method")
    if picture.min() == picture.max():
        doubts.append("the picture is blank: the network gives no gradient to follow")
    return tuple(doubts)


def _rendered_all(network: Network, z: torch.Tensor) -> list[np.ndarray]:
    return [rendered(network, picture.float().cpu().numpy()) for picture in z]
