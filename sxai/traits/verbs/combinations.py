"""Best combinations of superpixels of a project's images, stored image by image."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from data_store.records import ImageRecord, ModelRecord
from sxai.batches import ahead
from sxai.errors import UnknownName
from sxai.images.verbs.stored import find_image, read_canvas
from sxai.masks.superpixels import SlicParameters, superpixels
from sxai.networks.network import Network
from sxai.networks.verbs.networks import load_network, model_record
from sxai.progress import Progress, shifted, silent
from sxai.project.analyses import Kept, keep, kept_many
from sxai.project.project import Project
from sxai.traits.search.landscape import compose
from sxai.traits.search.running import Case, search_each
from sxai.traits.search.settings import Combination, SearchSettings

KIND = "combination"
REVISION = 2
"""Raised when the search changes so that kept combinations should be made anew."""


@dataclass(frozen=True, eq=False)
class StoredCombination(Combination):
    """A stored combination: its image, its class, the version that made it and the date.

    ``parameters`` hold all that determined it.
    """

    image_id: int
    class_name: str
    parameters: dict[str, Any]
    version: str
    created: str


@dataclass(frozen=True)
class CombineResult:
    """Result of the search job: images searched, mean rise of the log-odds, mean number of forward passes."""

    images: int
    mean_gain: float
    mean_forwards: float


def best_combinations(
    project: Project,
    images: Sequence[ImageRecord],
    settings: SearchSettings = SearchSettings(),
    model: str | None = None,
    progress: Progress = silent,
) -> list[StoredCombination]:
    """The best combination of superpixels of each of ``images`` for its own class, in their order.

    Images already searched with these settings and weights are read back; the others are searched several at a time
    and kept one by one, so that a stopped run goes on where it was.

    Raises
    ------
    UnknownName
        when the network does not know an image's class; nothing is searched then.
    """
    record = model_record(project, model)
    return combinations_of(project, record, load_network(project, record), images, settings, progress)


def known_combinations(
    project: Project,
    images: Sequence[ImageRecord],
    settings: SearchSettings = SearchSettings(),
    model: str | None = None,
) -> list[StoredCombination | None]:
    """The stored results of :func:`best_combinations`, None where one is missing; nothing is computed."""
    wanted = [_parameters(image, settings) for image in images]
    stored = kept_many(project, model_record(project, model), KIND, wanted)
    return [_stored(image, outcome) if outcome else None for image, outcome in zip(images, stored, strict=True)]


def combined_features(
    project: Project,
    record: ModelRecord,
    network: Network,
    images: Sequence[ImageRecord],
    settings: SearchSettings = SearchSettings(),
    progress: Progress = silent,
) -> np.ndarray:
    """Features float32 (n, C) of ``images`` composed of their best superpixels; see :func:`best_combinations`."""
    combinations = combinations_of(project, record, network, images, settings, progress)
    return (
        np.stack([each.features for each in combinations])
        if combinations
        else np.empty((0, network.channels), np.float32)
    )


def combinations_of(
    project: Project,
    record: ModelRecord,
    network: Network,
    images: Sequence[ImageRecord],
    settings: SearchSettings,
    progress: Progress = silent,
) -> list[StoredCombination]:
    """:func:`best_combinations` with a network that is already loaded."""
    _known_classes(network, images)
    wanted = [_parameters(image, settings) for image in images]
    by_image = dict(zip([image.id for image in images], kept_many(project, record, KIND, wanted), strict=True))
    missing = [image for image in {image.id: image for image in images}.values() if by_image[image.id] is None]
    already = len(by_image) - len(missing)

    def finished(index: int, combination: Combination) -> None:
        image = missing[index]
        by_image[image.id] = keep(project, record, KIND, _parameters(image, settings), *_outcome(combination))

    report = shifted(progress, "combinations", already, len(by_image))
    search_each(
        network, _cases(project, network, missing, settings), finished, settings, project.device, report, len(missing)
    )
    return [_stored(image, by_image[image.id]) for image in images]


def combined_picture(project: Project, combination: StoredCombination) -> np.ndarray:
    """The image composed of the combination's superpixels, uint8 (H, W, 3) on its canvas; the others are black."""
    pixels = read_canvas(project, find_image(project, combination.image_id))
    return compose(pixels, superpixels(pixels, _slic(combination.parameters["superpixels"])), combination.genome)


def combine(
    project: Project,
    class_name: str | None = None,
    limit: int | None = None,
    model: str | None = None,
    settings: dict[str, Any] | None = None,
    progress: Progress = silent,
) -> CombineResult:
    """Search the images of a class (or of all), the first ``limit`` of them; ``settings`` as JSON has them."""
    images = project.catalogue.images(class_name=class_name, limit=limit)
    combinations = best_combinations(project, images, SearchSettings(**(settings or {})), model, progress)
    if not combinations:
        return CombineResult(0, 0.0, 0.0)
    gains, forwards = zip(*((each.gain, each.forwards) for each in combinations), strict=True)
    return CombineResult(len(combinations), float(np.mean(gains)), float(np.mean(forwards)))


def _known_classes(network: Network, images: Sequence[ImageRecord]) -> None:
    strange = sorted({image.class_name or "" for image in images} - set(network.classes))
    if strange:
        raise UnknownName(
            f"the network ({network.backbone}) does not know the class '{strange[0]}'; it knows "
            f"{', '.join(network.classes) or 'none yet, train it first'}."
        )


def _cases(
    project: Project, network: Network, images: Sequence[ImageRecord], settings: SearchSettings
) -> Iterator[Case]:
    """Pictures with superpixels and target, prepared ahead by threads."""
    slic = _slic(settings.superpixels)

    def case(image: ImageRecord) -> Case:
        pixels = read_canvas(project, image)
        return pixels, superpixels(pixels, slic), network.classes.index(image.class_name or "")

    return ahead(case, images, threads=2, window=8)


def _slic(count: int) -> SlicParameters:
    return SlicParameters(count=count)


def _parameters(image: ImageRecord, settings: SearchSettings) -> dict[str, Any]:
    """All that determines an image's combination, beside the network's weights."""
    return {
        "image": image.id,
        "sha256": image.sha256,
        "class": image.class_name,
        "revision": REVISION,
        "slic": asdict(_slic(settings.superpixels)),
        **settings.decisive(),
    }


def _outcome(combination: Combination) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    numbers = ("fitness", "probability", "full_fitness", "forwards", "rechecked")
    result = {name: getattr(combination, name) for name in numbers}
    return {**result, "history": [list(step) for step in combination.history]}, {
        "genome": combination.genome,
        "features": combination.features,
    }


def _stored(image: ImageRecord, outcome: Kept | None) -> StoredCombination:
    if outcome is None:
        raise UnknownName(f"no combination is kept of image {image.id}; search again.")
    result = dict(outcome.result)
    history = tuple((int(count), float(fitness)) for count, fitness in result.pop("history"))
    return StoredCombination(
        **result,
        genome=outcome.arrays["genome"],
        features=outcome.arrays["features"],
        history=history,
        image_id=image.id,
        class_name=image.class_name or "",
        parameters=outcome.parameters,
        version=outcome.version,
        created=outcome.created,
    )
