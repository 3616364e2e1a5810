"""Visualisations of common traits, semantic spaces and single images, computed in batches and stored one by one."""

import hashlib
import re
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from data_store.records import ModelRecord
from sxai.batches import in_batches
from sxai.errors import SpaceError
from sxai.images.decode import encode
from sxai.networks.device import resolve_device
from sxai.networks.verbs.networks import load_network, model_record
from sxai.progress import Progress, shifted, silent
from sxai.project.analyses import Kept, digest, keep, kept_many
from sxai.project.project import Project
from sxai.traits.defaults import SAMPLES
from sxai.visualisation.crops import Crop
from sxai.visualisation.inversion import Inversion, invert
from sxai.visualisation.settings import InversionSettings, Method
from sxai.visualisation.verbs.targets import TraitSource, known_vector, target_vector

VISUAL = "visualisation"

CPU_BATCH = 4
"""Targets optimised at once on a CPU: a larger batch is no faster there, and what is finished is kept."""

ACCELERATOR_BATCH = 16

PREVIEW_EVERY = 1.5
"""Seconds between two previews."""

PREVIEW_SIDE = 160
CURVE_POINTS = 120
"""Points of a loss curve that are kept and drawn."""


@dataclass(frozen=True, eq=False)
class Visual:
    """A kept visualisation of one target; S × S pixels, C channels.

    Attributes
    ----------
    picture
        uint8 (S, S, 3).
    target, features
        (C,) Φ₀, and Φ of the picture before it was rendered.
    steps, losses, seconds
        (m,) the loss curve, thinned to some hundred points.
    crops
        the clearest parts.
    summary
        the numbers, as :class:`VisualSummary`.
    """

    picture: np.ndarray
    target: np.ndarray
    features: np.ndarray
    steps: np.ndarray
    losses: np.ndarray
    seconds: np.ndarray
    crops: tuple[Crop, ...]
    summary: "VisualSummary"


@dataclass(frozen=True)
class VisualSummary:
    """A visualisation in numbers: ``loss = misfit + λ · variation``, and the loss of a blank picture beside it.

    ``steps`` counts passes through the network; ``seconds`` is the time that the batch of ``batch`` targets had taken
    when this one was done. ``remarks`` are for the person; ``parameters`` hold all that determines it.
    """

    target: str
    method: str
    loss: float
    misfit: float
    variation: float
    blank_loss: float
    steps: int
    seconds: float
    batch: int
    remarks: tuple[str, ...]
    parameters: dict[str, Any]
    version: str
    created: str


@dataclass(frozen=True)
class VisualiseResult:
    """The targets asked for in their order, how many were computed now, and the skipped ones with reasons."""

    model: str
    method: str
    pictures: tuple[VisualSummary, ...]
    made: int
    skipped: tuple[tuple[str, str], ...] = ()


def visualise(
    project: Project,
    targets: Sequence[str],
    model: str | None = None,
    method: Method = "fast",
    steps: int | None = None,
    n: int = SAMPLES,
    search: str | None = "flips",
    progress: Progress = silent,
) -> VisualiseResult:
    """Make the visualisations of ``targets`` that are missing (S-XAI, Fig. 2 and 3).

    Targets are ``cat:1`` (the first common trait of cats over ``n`` images and ``search``), ``cat:last``, ``cat.eyes``
    (a semantic space) or ``image:12``. Each is kept as soon as its batch is done; a gradient descent ("paper") that
    is stopped goes on where it was.

    Raises
    ------
    UnknownName, SpaceError
        for a target that the project does not have. A target without a positive entry is skipped and listed if there
        are others.
    """
    record = model_record(project, model)
    settings = InversionSettings(method=method, steps=steps, seed=project.seed)
    vectors, skipped = _vectors(project, record, targets, TraitSource(n, search), progress)
    wanted = {name: _parameters(name, vector, settings) for name, vector in vectors.items()}
    known = dict(zip(wanted, kept_many(project, record, VISUAL, list(wanted.values())), strict=True))
    missing = [name for name, outcome in known.items() if outcome is None]
    size = CPU_BATCH if resolve_device(project.device).type == "cpu" else ACCELERATOR_BATCH
    for done, names in enumerate(in_batches(missing, size)):
        report = shifted(progress, "visualise", done * settings.budget, -(-len(missing) // size) * settings.budget)
        for name, inversion in zip(names, _inverted(project, record, names, vectors, settings, report), strict=True):
            result, arrays = _outcome(inversion, len(names))
            known[name] = keep(project, record, VISUAL, wanted[name], result, arrays)
    summaries = tuple(_summary(name, outcome) for name in targets if (outcome := known.get(name)) is not None)
    return VisualiseResult(record.name, method, summaries, len(missing), skipped)


def _vectors(
    project: Project, record: ModelRecord, targets: Sequence[str], source: TraitSource, progress: Progress
) -> tuple[dict[str, np.ndarray], tuple[tuple[str, str], ...]]:
    """Φ₀ of each target, and those that have none with the reason."""
    vectors, skipped = {}, []
    names = list(dict.fromkeys(targets))
    for name in names:
        try:
            vectors[name] = target_vector(project, record, name, source, progress)
        except SpaceError as error:
            if len(names) == 1:
                raise
            skipped.append((name, str(error)))
    return vectors, tuple(skipped)


def stored_visuals(
    project: Project,
    targets: Sequence[str],
    model: str | None = None,
    method: Method = "fast",
    steps: int | None = None,
    n: int = SAMPLES,
    search: str | None = "flips",
) -> list[Visual | None]:
    """The kept visualisations that :func:`visualise` would give, None where one is missing; nothing is computed."""
    record = model_record(project, model)
    settings = InversionSettings(method=method, steps=steps, seed=project.seed)
    source = TraitSource(n, search)
    vectors = [known_vector(project, record, name, source) for name in targets]
    wanted = [
        {} if vector is None else _parameters(name, vector, settings)
        for name, vector in zip(targets, vectors, strict=True)
    ]
    outcomes = kept_many(project, record, VISUAL, wanted)
    return [_visual(name, outcome) if outcome else None for name, outcome in zip(targets, outcomes, strict=True)]


def _parameters(name: str, vector: np.ndarray, settings: InversionSettings) -> dict[str, Any]:
    """The parameters that determine a visualisation; a hash of the target vector covers its origin."""
    values = hashlib.sha256(np.asarray(vector, dtype="<f4").tobytes()).hexdigest()
    return {"target": name, "vector": values, **asdict(settings), "steps": settings.budget}


def _inverted(
    project: Project,
    record: ModelRecord,
    names: Sequence[str],
    vectors: dict[str, np.ndarray],
    settings: InversionSettings,
    progress: Progress,
) -> list[Inversion]:
    """One batch, with a live preview and, for a gradient descent, a checkpoint: both go when it is done."""
    table = np.stack([vectors[name] for name in names])
    folder = project.home / "cache" / "visuals"
    folder.mkdir(parents=True, exist_ok=True)
    stem = digest({"network": record.sha256, "targets": [_parameters(name, vectors[name], settings) for name in names]})
    checkpoint = folder / f"{stem}.npz" if settings.method == "paper" else None
    preview = Preview(folder / f"{stem}.jpg", names)
    try:
        inversions = invert(
            load_network(project, record),
            table,
            settings,
            device=project.device,
            progress=progress,
            look=preview,
            checkpoint=checkpoint,
        )
    finally:
        preview.path.unlink(missing_ok=True)
    if checkpoint:
        checkpoint.unlink(missing_ok=True)
    return inversions


class Preview:
    """The pictures of a running batch side by side in a small JPEG, renewed every second or two.

    What it reports: the targets, the step, the losses now and so far, and where the JPEG lies.
    """

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        self.path, self.names = path, list(names)
        self.drawn = -PREVIEW_EVERY
        self.curve: list[tuple[int, list[float]]] = []

    def __call__(self, step: int, losses: list[float], pictures: Any) -> dict[str, object] | None:
        """The report at this step; None between two previews."""
        if time.monotonic() - self.drawn < PREVIEW_EVERY:
            return None
        strip = np.concatenate([_small(picture) for picture in pictures()], axis=1)
        part = self.path.with_suffix(".part")
        Image.fromarray(strip).save(part, "JPEG", quality=85)
        part.replace(self.path)
        self.drawn = time.monotonic()
        if len(self.curve) >= CURVE_POINTS:
            self.curve = self.curve[::2]
        self.curve.append((step, [_finite(loss) for loss in losses]))
        return {
            "targets": self.names,
            "step": step,
            "losses": self.curve[-1][1],
            "steps": [at for at, _ in self.curve],
            "curves": [list(curve) for curve in zip(*(values for _, values in self.curve), strict=True)],
            "preview": str(self.path),
        }


def _small(picture: np.ndarray) -> np.ndarray:
    """A preview square with a thin white edge."""
    image = Image.fromarray(picture).resize((PREVIEW_SIDE, PREVIEW_SIDE), Image.Resampling.BILINEAR)
    return np.pad(np.asarray(image), ((2, 2), (2, 2), (0, 0)), constant_values=255)


def _finite(loss: float) -> float:
    """A loss for JSON: values that are not finite become the largest float32."""
    return loss if np.isfinite(loss) else float(np.finfo(np.float32).max)


def _outcome(inversion: Inversion, batch: int) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The stored outcome of an inversion."""
    chosen = _thinned(inversion.steps)
    result = {
        "loss": inversion.loss,
        "misfit": inversion.misfit,
        "variation": inversion.variation,
        "blank_loss": inversion.blank_loss,
        "steps": inversion.steps,
        "seconds": float(inversion.seconds[-1]) if inversion.steps else 0.0,
        "batch": batch,
        "remarks": list(inversion.remarks),
        "crops": [asdict(crop) for crop in inversion.crops],
    }
    arrays = {
        "picture": inversion.picture,
        "target": inversion.target,
        "features": inversion.features,
        "steps": chosen + 1,
        "losses": inversion.curve[chosen],
        "seconds": inversion.seconds[chosen],
    }
    return result, arrays


def _thinned(steps: int) -> np.ndarray:
    """Indices of about a hundred of ``steps`` steps, closer together at the start, where losses fall fast."""
    if steps <= CURVE_POINTS:
        return np.arange(steps)
    return np.unique(np.round(np.geomspace(1, steps, CURVE_POINTS)).astype(int)) - 1


def _summary(name: str, outcome: Kept) -> VisualSummary:
    result = {key: value for key, value in outcome.result.items() if key not in ("crops", "remarks")}
    return VisualSummary(
        target=name,
        method=outcome.parameters["method"],
        **result,
        remarks=tuple(outcome.result["remarks"]),
        parameters=outcome.parameters,
        version=outcome.version,
        created=outcome.created,
    )


def _visual(name: str, outcome: Kept) -> Visual:
    crops = tuple(Crop(**crop) for crop in outcome.result["crops"])
    return Visual(**outcome.arrays, crops=crops, summary=_summary(name, outcome))


def write_visual(visual: Visual, folder: Path) -> list[Path]:
    """Write a picture and its crops as PNG files named after the target; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = re.sub(r"[^\w.-]+", "-", visual.summary.target)
    paths = [folder / f"{stem}.png", *(folder / f"{stem}-crop-{at}.png" for at in range(1, len(visual.crops) + 1))]
    for path, picture in zip(paths, (visual.picture, *(crop.of(visual.picture) for crop in visual.crops)), strict=True):
        path.write_bytes(encode(picture))
    return paths
