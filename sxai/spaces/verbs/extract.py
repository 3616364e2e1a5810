"""Semantic spaces of a project: extracted from its masks, placed in a reference distribution, stored and read back."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from data_store.records import ImageRecord, MaskRecord, ModelRecord, ReferenceRecord, SpaceRecord
from sxai.errors import SpaceError, TooFewMasks, UnknownName
from sxai.masks.verbs.save import known_concept
from sxai.names import split_name
from sxai.networks.network import Network
from sxai.networks.verbs.networks import load_network, model_record
from sxai.progress import Progress, silent
from sxai.project.project import Project
from sxai.spaces.defaults import DEFAULT, MIN_MASKS, MIN_NORMAL_R2, SPATIALS, Fit
from sxai.spaces.distribution import MIN_VALUES, fit_reference
from sxai.spaces.empirical import check_fit, reference_for
from sxai.spaces.estimators import check_estimator
from sxai.spaces.overlap import masking_effect
from sxai.spaces.parameters import SpaceParameters
from sxai.spaces.space import SemanticSpace
from sxai.spaces.verbs.directions import Learned, learn
from sxai.spaces.verbs.reader import Reader, pair_rows
from sxai.spaces.verbs.stored import SpaceSummary, summarise, usable_spaces, use_newest
from sxai.version import __version__

MAX_REFERENCE = 3000
"""Images in a reference distribution at most, as in the paper."""


@dataclass(frozen=True)
class ExtractResult:
    """The extracted spaces, the skipped concepts with reasons, and what was chosen or left out unasked."""

    spaces: tuple[SpaceSummary, ...]
    skipped: tuple[tuple[str, str], ...]
    note: str = ""


@dataclass(frozen=True)
class _Settings:
    """Settings that all spaces of one extraction share."""

    estimator: str
    n_ssn: int
    reference: str | None
    fit: Fit
    bar: float


def extract_spaces(
    project: Project,
    names: Sequence[str] | None = None,
    model: str | None = None,
    estimator: str = DEFAULT,
    n_ssn: int = 5,
    reference: str | None = None,
    fit: Fit = "normal",
    bar: float = MIN_NORMAL_R2,
    progress: Progress = silent,
    skip: bool = False,
) -> ExtractResult:
    """Extract the semantic spaces of ``names`` (None: every concept with at least three masks).

    ``estimator`` gives a concept's direction (:data:`~sxai.spaces.estimators.TITLES`); only the paper's, "s-xai", reads
    ``n_ssn`` channels, and only the spatial ones the positions of a picture instead of their average. A concept has one
    space that is used, the one extracted last; those of other estimators stay in the catalogue (:func:`use_estimator`
    goes back to one).

    The reference distribution is taken over the images of the class that were not masked for the concept (at most
    3,000, seeded), or over those of the data set ``reference`` alone. Probabilities come from the fitted normal
    distribution (the paper), from the empirical distribution ("empirical"), or from the normal only where its q-q R²
    reaches ``bar`` ("auto").

    Raises
    ------
    UnknownName, TooFewMasks, SpaceError
        for an unknown estimator or data set, or for a named concept that cannot be extracted; with ``names`` None or
        ``skip`` such a concept is skipped and listed.
    """
    check_estimator(estimator)
    _check_reference(project, reference)
    check_fit(fit, bar)
    settings = _Settings(estimator, n_ssn, reference, fit, bar)
    record = model_record(project, model)
    network = load_network(project, record)
    wanted = list(names) if names else [concept.full_name for concept in project.catalogue.concepts()]
    if not wanted:
        raise TooFewMasks("no concept has masks yet; mask at least 3 images (the paper uses 100) first.")
    spaces: list[SpaceSummary] = []
    skipped: list[tuple[str, str]] = []
    ahead = _spatial_ahead(project, record, network, wanted, settings, progress) if estimator in SPATIALS else {}
    for done, name in enumerate(wanted):
        progress("spaces", done, len(wanted), {"space": name})
        try:
            learned = ahead.get(name) or _learned(project, record, network, name, settings, progress)
            spaces.append(_placed(project, record, learned, settings, progress))
        except (SpaceError, UnknownName) as error:
            if names and not skip:
                raise
            skipped.append((name, str(error)))
    progress("spaces", len(wanted), len(wanted))
    _read_pairs(project, record, progress)
    return ExtractResult(tuple(spaces), tuple(skipped))


def _spatial_ahead(
    project: Project,
    record: ModelRecord,
    network: Network,
    names: Sequence[str],
    settings: _Settings,
    progress: Progress,
) -> dict[str, Learned]:
    """Spatial directions of all concepts first, so that each reference image is read once for all of them.

    A concept that cannot be learned is left out here; the extraction reports the reason.
    """
    learned: dict[str, Learned] = {}
    images: dict[int, ImageRecord] = {}
    for name in names:
        try:
            learned[name] = _learned(project, record, network, name, settings, progress)
            images |= {image.id: image for image in _reference_of(project, learned[name], settings)}
        except (SpaceError, UnknownName):
            continue
    probes = tuple(probe for direction in learned.values() for probe in direction.reader.probes)
    Reader(project, record, network, probes).images(list(images.values()), progress)
    return learned


def _read_pairs(project: Project, record: ModelRecord, progress: Progress) -> None:
    """Compute and store the activations of spatial spaces on the pairs of all concepts, which cross-talk needs."""
    spaces = usable_spaces(project, record)
    if any(space.estimator in SPATIALS for space in spaces):
        for space in spaces:
            pair_rows(project, space, spaces, progress)


def _check_reference(project: Project, dataset: str | None) -> None:
    known = [record.name for record in project.catalogue.datasets()] if dataset is not None else []
    if dataset is not None and dataset not in known:
        raise UnknownName(f"there is no data set '{dataset}'; this project has {', '.join(known) or 'none yet'}.")


def _learned(
    project: Project, record: ModelRecord, network: Network, name: str, settings: _Settings, progress: Progress
) -> Learned:
    """The direction of one concept."""
    return learn(project, record, network, name, _masks_of(project, name), settings.estimator, settings.n_ssn, progress)


def _reference_of(project: Project, learned: Learned, settings: _Settings) -> list[ImageRecord]:
    masked = {mask.image_id for mask in learned.masks}
    return reference_images(project, learned.space.name, masked, settings.reference)


def _placed(
    project: Project, record: ModelRecord, learned: Learned, settings: _Settings, progress: Progress
) -> SpaceSummary:
    """Place a direction in its reference distribution and store it as a space."""
    images = _reference_of(project, learned, settings)
    values = learned.space.activation(learned.reader.images(images, progress))
    placed = replace(learned.space, reference=reference_for(values, settings.fit, settings.bar))
    return summarise(
        project, _save(project, record, learned, placed, settings, np.asarray([image.id for image in images]), values)
    )


def _save(
    project: Project,
    record: ModelRecord,
    learned: Learned,
    placed: SemanticSpace,
    settings: _Settings,
    image_ids: np.ndarray,
    values: np.ndarray,
) -> SpaceRecord:
    """Write the space, its arrays, its reference distribution and the masks it was made from, all or nothing."""
    class_name, concept = split_name(placed.name)
    extraction = learned.extraction
    arrays = {
        "unmasked": learned.unmasked,
        "masked": learned.masked,
        "scores_unmasked": extraction.scores_unmasked,
        "scores_masked": extraction.scores_masked,
        "difference": extraction.difference,
        "image_ids": np.asarray([mask.image_id for mask in learned.masks]),
        **learned.arrays,
    }
    parameters: SpaceParameters = {
        "n_ssn": settings.n_ssn,
        "seed": project.seed,
        "network": record.sha256,
        "reference": settings.reference,
        **fit_parameters(placed, settings.fit, settings.bar),
        **learned.parameters,
    }
    artefact = project.artefacts.write_arrays("spaces", **arrays)
    reference = project.artefacts.write_arrays("spaces", image_ids=image_ids, values=values)
    effect = effect_of_masking(placed, learned.unmasked, learned.masked)
    with project.catalogue.write():
        use_newest(project, record, placed.name)
        return project.catalogue.save_space(
            model_id=record.id,
            class_name=class_name,
            concept=concept,
            estimator=placed.estimator,
            channels=list(extraction.space.channels),
            delta=list(extraction.space.delta),
            parameters=parameters,
            n_masks=len(learned.masks),
            masking={**effect, "share_lower_held_out": learned.share_lower_held_out},
            ratios={"unmasked": extraction.ratio_unmasked, "masked": extraction.ratio_masked},
            artefact=artefact,
            version=__version__,
            reference=ReferenceRecord(**asdict(fit_reference(values)), artefact=reference),
            masks=[(mask.id, mask.version) for mask in learned.masks],
        )


def effect_of_masking(space: SemanticSpace, unmasked: np.ndarray, masked: np.ndarray) -> dict[str, float]:
    """Effect of masking on the mean P_s of the pairs, as stored with a space."""
    effect = masking_effect(space, unmasked, masked)
    return {"p_unmasked": effect.mean_unmasked, "p_masked": effect.mean_masked, "share_lower": effect.share_lower}


def fit_parameters(space: SemanticSpace, asked: Fit, bar: float) -> SpaceParameters:
    """Which reference distribution a space uses and which was asked for, as they are stored with it."""
    if space.reference is None:
        raise SpaceError(f"{space.name} has no reference distribution; extract it again.")
    return {"fit": space.reference.fit, "fit_asked": asked, "fit_bar": bar if asked == "auto" else None}


def _masks_of(project: Project, name: str) -> list[MaskRecord]:
    """The masks of one concept in the order of their images; the errors of :func:`extract_spaces` otherwise."""
    with project.catalogue.read():
        masks = sorted(project.catalogue.masks(*known_concept(project, name)), key=lambda mask: mask.image_id)
    if len(masks) < MIN_MASKS:
        raise TooFewMasks(
            f"{name} has {len(masks)} masked images; a semantic space needs at least {MIN_MASKS} "
            "(the paper uses 100). Mask more images of it."
        )
    return masks


def reference_images(
    project: Project, name: str, masked: Iterable[int], dataset: str | None = None
) -> list[ImageRecord]:
    """The images of the concept's class that its reference distribution is taken over (method.md 5).

    Of more than 3,000 a seeded sample is taken.
    """
    class_name, _ = split_name(name)
    hidden = set(masked)
    images = [
        image for image in project.catalogue.images(class_name=class_name, dataset=dataset) if image.id not in hidden
    ]
    if len(images) < MIN_VALUES:
        raise SpaceError(
            f"{name}: only {len(images)} images of {class_name} are not masked, and its reference distribution needs "
            f"{MIN_VALUES}; import more images of {class_name}, or leave some unmasked."
        )
    if len(images) > MAX_REFERENCE:
        chosen = np.random.default_rng(project.seed).choice(len(images), MAX_REFERENCE, replace=False)
        images = [images[index] for index in sorted(chosen)]
    return images
