"""Stability of common traits and their growth with the number of samples (S-XAI, Fig. 2d; Suppl. Fig. 3)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

from data_store.records import ImageRecord, ModelRecord
from sxai.errors import SpaceError
from sxai.networks.verbs.networks import model_record
from sxai.progress import Progress, silent
from sxai.project.analyses import Analysis, AnalysisVerb, Kept, Outcome, digest, document
from sxai.project.project import Project
from sxai.traits.compression import compress
from sxai.traits.defaults import MIN_IMAGES, REPEATS, SIZES
from sxai.traits.proportion import proportionality
from sxai.traits.sampling import disjoint, sample
from sxai.traits.stability import spread
from sxai.traits.verbs.traits import Search, class_images, decisive, sample_features

SPREAD = "spread"
GROWTH = ("cosines", "correlations", "scales", "expected")


@dataclass(frozen=True)
class SpreadPoint:
    """The 1st component of N_e repeats with N_s = ``size`` samples each.

    Attributes
    ----------
    percent, literal_percent, left_out
        see :class:`sxai.traits.stability.Spread`.
    disjoint
        whether the repeats share no image; shared images make repeats agree more.
    cosine, correlation, scale
        mean over repeats, against the average of the largest size
        (:class:`sxai.traits.proportion.Proportion`); ``expected_scale`` is √(N_s / N_max).
    """

    size: int
    percent: float
    literal_percent: float
    left_out: int
    disjoint: bool
    cosine: float
    correlation: float
    scale: float
    expected_scale: float


@dataclass(frozen=True, eq=False)
class TraitSpread:
    """Dependence of the 1st component on the number and the draw of samples (Fig. 2d, Suppl. Fig. 3).

    Attributes
    ----------
    dropped
        sizes that the class has too few images for.
    exponent
        the scores grow as N_s to this power; ½ when all samples share the trait.
    scores
        (m, N_e, C) first components, by size and repeat.
    """

    class_name: str
    model: str
    search: str | None
    repeats: int
    points: tuple[SpreadPoint, ...]
    dropped: tuple[int, ...]
    exponent: float | None
    scores: np.ndarray
    parameters: dict[str, Any]
    version: str
    created: str

    def summary(self) -> dict[str, Any]:
        """The spread without the scores, as plain JSON."""
        return document(self)


@AnalysisVerb
def trait_spread(
    project: Project,
    class_name: str,
    sizes: Sequence[int] = SIZES,
    repeats: int = REPEATS,
    search: Search = None,
    model: str | None = None,
    progress: Progress = silent,
) -> Analysis[TraitSpread]:
    """Repeat the first component with other random samples at each of ``sizes`` (method.md 4).

    Sizes that the class has too few images for are dropped and listed in the result. Repeats of one size are
    disjoint as long as the class has enough images for all of them; each point says whether they are.

    Raises
    ------
    UnknownName, SpaceError
        for an unknown class, fewer than two repeats, or when all sizes exceed the class.
    """
    record = model_record(project, model)
    images = class_images(project, class_name)
    parameters = _spread_parameters(project, class_name, images, sizes, repeats, search)

    def make() -> Outcome:
        draws = [[sample(len(images), size, at, project.seed) for at in range(repeats)] for size in parameters["sizes"]]
        needed = np.unique(np.concatenate([draw for row in draws for draw in row]))
        table = sample_features(project, record, [images[at] for at in needed], search, progress)
        rows = [[np.searchsorted(needed, draw) for draw in row] for row in draws]
        scores = np.stack([[compress(table[at], 1).scores[:, 0] for at in row] for row in rows])
        return _measured(scores, parameters["sizes"], len(images)), {"scores": scores}

    return Analysis(record, SPREAD, parameters, make, partial(_spread_of, record))


def _spread_parameters(
    project: Project, class_name: str, images: Sequence[ImageRecord], sizes: Sequence[int], repeats: int, search: Search
) -> dict[str, Any]:
    """All that determines a spread; the class's images stand as a digest, the draws follow from it and the seed."""
    wanted = sorted(set(sizes))
    fitting = [size for size in wanted if MIN_IMAGES <= size <= len(images)]
    if repeats < 2:
        raise SpaceError(f"{repeats} repeats: a spread compares at least 2 (the paper: {REPEATS}).")
    if not fitting:
        raise SpaceError(
            f"none of the sizes {wanted} can be drawn from the {len(images)} images of {class_name}; "
            f"give sizes from {MIN_IMAGES} to {len(images)}, or import more images."
        )
    return {
        "class": class_name,
        "sizes": fitting,
        "dropped": [size for size in wanted if size not in fitting],
        "repeats": repeats,
        "search": decisive(project, search),
        "seed": project.seed,
        "images": len(images),
        "image_digest": digest({"ids": [image.id for image in images]}),
    }


def _measured(scores: np.ndarray, sizes: Sequence[int], population: int) -> dict[str, Any]:
    """Spread and proportion of scores (m, N_e, C), as JSON."""
    repeats = scores.shape[1]
    grown = proportionality(np.repeat(sizes, repeats).tolist(), scores.reshape(-1, scores.shape[2]))
    by_size = np.stack([getattr(grown, name).reshape(-1, repeats).mean(axis=1) for name in GROWTH], axis=1)
    points = []
    for at, size in enumerate(sizes):
        result = spread(scores[at])
        point = SpreadPoint(
            size,
            result.percent,
            result.literal_percent,
            result.left_out,
            disjoint(population, size, repeats),
            *map(float, by_size[at]),
        )
        points.append(asdict(point))
    return {"points": points, "exponent": grown.exponent if np.isfinite(grown.exponent) else None}


def _spread_of(record: ModelRecord, outcome: Kept) -> TraitSpread:
    search = outcome.parameters["search"]
    return TraitSpread(
        class_name=outcome.parameters["class"],
        model=record.name,
        search=search["method"] if search else None,
        repeats=outcome.parameters["repeats"],
        points=tuple(SpreadPoint(**point) for point in outcome.result["points"]),
        dropped=tuple(outcome.parameters["dropped"]),
        exponent=outcome.result["exponent"],
        scores=outcome.arrays["scores"],
        parameters=outcome.parameters,
        version=outcome.version,
        created=outcome.created,
    )
