"""Semantic spaces of a project: extracted from its masks, placed in a reference distribution, stored and read back."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from data_store.records import ImageRecord, MaskRecord, ModelRecord, ReferenceRecord, SpaceRecord
from sxai.errors import SpaceError, TooFewMasks, UnknownName
from sxai.images.masks import apply_mask
from sxai.models.features import extract
from sxai.models.network import Network
from sxai.progress import Progress, shifted, silent
from sxai.spaces.direction import split_name
from sxai.spaces.distribution import MINIMUM_VALUES, ReferenceDistribution, fit_reference
from sxai.spaces.empirical import NORMAL_BAR, Fit, Reference, check_fit, fit_empirical, reference_for
from sxai.spaces.estimators import DEFAULT, estimate, estimator_named
from sxai.spaces.overlap import masking_effect
from sxai.spaces.space import Extraction, SemanticSpace
from sxai.version import __version__
from sxai.workflows.featuring import features_of
from sxai.workflows.masking import stored_mask
from sxai.workflows.networks import load_network, model_record
from sxai.workflows.workspace import Workspace, find_image, read_canvases

MINIMUM_MASKS = 3
MAX_REFERENCE = 3000
"""Images in a reference distribution at most, as in the paper."""

FOLDS = 5


@dataclass(frozen=True)
class SpaceSummary:
    """A semantic space in a line.

    ``channels`` are the SSNs and ``delta`` their signed differences; ``reference`` holds n, mean, std, min, max, r2
    and ks of A_s over the class; ``fit`` says where probabilities are read: "normal" or "empirical"; ``masked`` the
    mean P_s of the masked images before and after masking, and the
    share of images whose P_s fell (``share_lower``; ``share_lower_held_out``: of images the space was not made
    from, by five-fold repetition). ``stale``: its masks or its network changed since.
    """

    name: str
    model: str
    estimator: str
    channels: tuple[int, ...]
    delta: tuple[float, ...]
    n_masks: int
    reference: dict[str, float]
    masked: dict[str, float | None]
    ratios: dict[str, float]
    created: str
    parameters: dict[str, Any]
    stale: bool
    fit: str = "normal"


@dataclass(frozen=True)
class ExtractResult:
    """The spaces that were extracted, and which concepts were passed over and why."""

    spaces: tuple[SpaceSummary, ...]
    skipped: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Settings:
    """How every space of one extraction is made."""

    estimator: str
    n_ssn: int
    reference: str | None
    fit: Fit
    bar: float


def extract_spaces(
    ws: Workspace,
    names: Sequence[str] | None = None,
    model: str | None = None,
    estimator: str = DEFAULT,
    n_ssn: int = 5,
    reference: str | None = None,
    fit: Fit = "normal",
    bar: float = NORMAL_BAR,
    progress: Progress = silent,
) -> ExtractResult:
    """Extract the semantic spaces of ``names`` (None: every concept with at least three masks).

    ``estimator`` says how a concept's direction is found (:data:`~sxai.spaces.estimators.ESTIMATORS`); only the
    paper's, "s-xai", reads ``n_ssn`` channels. A concept has one space that is used, the one extracted last; those
    of other estimators stay in the catalogue.

    The reference distribution is taken over the images of the class that were not masked for the concept (at most
    3,000, seeded), or over those of the data set ``reference`` alone. Probabilities are read from the normal fitted
    to it (the paper), from the images themselves ("empirical"), or from the normal only where its q-q R² reaches
    ``bar`` ("auto").

    Raises
    ------
    UnknownName, TooFewMasks, SpaceError
        for an unknown estimator or data set, or for a concept that was asked for by name; among all concepts such a
        one is passed over and listed.
    """
    estimator_named(estimator)
    _check_reference(ws, reference)
    check_fit(fit, bar)
    settings = _Settings(estimator, n_ssn, reference, fit, bar)
    record = model_record(ws, model)
    network = load_network(ws, record)
    wanted = list(names) if names else [concept.full_name for concept in ws.catalogue.concepts()]
    if not wanted:
        raise TooFewMasks("no concept has masks yet; mask at least 3 images (the paper uses 100) first.")
    found: list[SpaceSummary] = []
    skipped: list[tuple[str, str]] = []
    for done, name in enumerate(wanted):
        progress("spaces", done, len(wanted), {"space": name})
        try:
            found.append(_extract_one(ws, record, network, name, settings, progress))
        except (SpaceError, UnknownName) as error:
            if names:
                raise
            skipped.append((name, str(error)))
    progress("spaces", len(wanted), len(wanted))
    return ExtractResult(tuple(found), tuple(skipped))


def _check_reference(ws: Workspace, dataset: str | None) -> None:
    known = [record.name for record in ws.catalogue.datasets()]
    if dataset is not None and dataset not in known:
        raise UnknownName(f"there is no data set '{dataset}'; this project has {', '.join(known) or 'none yet'}.")


def _extract_one(
    ws: Workspace,
    record: ModelRecord,
    network: Network,
    name: str,
    settings: _Settings,
    progress: Progress,
) -> SpaceSummary:
    """Extract, place and store one space."""
    masks = _masks_of(ws, name)
    unmasked, masked = _pair_features(ws, record, network, masks, progress)
    extraction = estimate(name, unmasked, masked, settings.estimator, settings.n_ssn, MINIMUM_MASKS)
    images = reference_images(ws, name, {mask.image_id for mask in masks}, settings.reference)
    table = features_of(ws, record, network, images, progress)
    values = extraction.space.activation(table.features)
    placed = replace(extraction.space, reference=reference_for(values, settings.fit, settings.bar))
    held_out = held_out_share(name, unmasked, masked, settings.n_ssn, ws.seed, settings.estimator)
    measured = {**effect_of_masking(placed, unmasked, masked), "share_lower_held_out": held_out}
    ids = np.asarray([image.id for image in images])
    arrays = {"unmasked": unmasked, "masked": masked, "scores_unmasked": extraction.scores_unmasked,
              "scores_masked": extraction.scores_masked, "difference": extraction.difference,
              "image_ids": np.asarray([mask.image_id for mask in masks])}  # fmt: skip
    parameters = {"n_ssn": settings.n_ssn, "seed": ws.seed, "network": record.sha256,
                  "reference": settings.reference, **fit_parameters(placed, settings.fit, settings.bar)}  # fmt: skip
    stored = _save(ws, record, extraction, placed, measured, parameters, arrays, ids, values, masks)
    return summarise(ws, stored)


def _save(
    ws: Workspace,
    record: ModelRecord,
    extraction: Extraction,
    placed: SemanticSpace,
    measured: dict[str, Any],
    parameters: dict[str, Any],
    arrays: dict[str, np.ndarray],
    image_ids: np.ndarray,
    values: np.ndarray,
    masks: Sequence[MaskRecord],
) -> SpaceRecord:
    """Write the space, its arrays, its reference distribution and the masks it was made from, all or nothing."""
    class_name, concept = split_name(placed.name)
    kept = ws.artefacts.write_arrays("spaces", image_ids=image_ids, values=values)
    return ws.catalogue.save_space(
        model_id=record.id,
        class_name=class_name,
        concept=concept,
        estimator=placed.estimator,
        channels=list(placed.channels),
        delta=list(placed.delta),
        parameters=parameters,
        n_masks=len(masks),
        masking=measured,
        ratios={"unmasked": extraction.ratio_unmasked, "masked": extraction.ratio_masked},
        artefact=ws.artefacts.write_arrays("spaces", **arrays),
        version=__version__,
        reference=ReferenceRecord(**asdict(fit_reference(values)), artefact=kept),
        masks=[(mask.id, mask.version) for mask in masks],
    )


def effect_of_masking(space: SemanticSpace, unmasked: np.ndarray, masked: np.ndarray) -> dict[str, float]:
    """What masking does to the mean P_s of the pairs, as it is stored with a space."""
    effect = masking_effect(space, unmasked, masked)
    return {
        "p_unmasked": effect.mean_unmasked, "p_masked": effect.mean_masked, "share_lower": effect.share_lower,
    }  # fmt: skip


def fit_parameters(space: SemanticSpace, asked: Fit, bar: float) -> dict[str, Any]:
    """Which reference distribution a space uses and which was asked for, as they are stored with it."""
    if space.reference is None:
        raise SpaceError(f"{space.name} has no reference distribution; extract it again.")
    return {"fit": space.reference.fit, "fit_asked": asked, "fit_bar": bar if asked == "auto" else None}


def _masks_of(ws: Workspace, name: str) -> list[MaskRecord]:
    """The masks of one concept in the order of their images; the errors of :func:`extract_spaces` otherwise."""
    known = [concept.full_name for concept in ws.catalogue.concepts()]
    if name not in known:
        raise UnknownName(f"there is no concept '{name}'; this project has {', '.join(known) or 'none yet'}.")
    class_name, concept = split_name(name)
    masks = sorted(ws.catalogue.masks(class_name=class_name, concept=concept), key=lambda mask: mask.image_id)
    if len(masks) < MINIMUM_MASKS:
        raise TooFewMasks(
            f"{name} has {len(masks)} masked images; a semantic space needs at least {MINIMUM_MASKS} "
            "(the paper uses 100). Mask more images of it."
        )
    return masks


def _pair_features(
    ws: Workspace, record: ModelRecord, network: Network, masks: Sequence[MaskRecord], progress: Progress
) -> tuple[np.ndarray, np.ndarray]:
    """Features (n, C) of the images as they are and with the concept filled, row by row."""
    images = [find_image(ws, mask.image_id) for mask in masks]
    unmasked = features_of(ws, record, network, images, progress).features
    canvases = (
        apply_mask(pixels, stored_mask(mask)) for pixels, mask in zip(read_canvases(ws, images), masks, strict=True)
    )

    report = shifted(progress, "masked images", 0, len(masks))
    batch = extract(network, canvases, total=len(masks), device=ws.device, progress=report)
    return unmasked, batch.features


def reference_images(ws: Workspace, name: str, masked: Iterable[int], dataset: str | None = None) -> list[ImageRecord]:
    """The images of the concept's class that its reference distribution is taken over (method.md 5).

    Of more than 3,000 a seeded sample is taken.
    """
    class_name, _ = split_name(name)
    hidden = set(masked)
    images = [image for image in ws.catalogue.images(class_name=class_name, dataset=dataset) if image.id not in hidden]
    if len(images) < MINIMUM_VALUES:
        raise SpaceError(
            f"{name}: only {len(images)} images of {class_name} are not masked, and its reference distribution needs "
            f"{MINIMUM_VALUES}; import more images of {class_name}, or leave some unmasked."
        )
    if len(images) > MAX_REFERENCE:
        chosen = np.random.default_rng(ws.seed).choice(len(images), MAX_REFERENCE, replace=False)
        images = [images[index] for index in sorted(chosen)]
    return images


def held_out_share(
    name: str, unmasked: np.ndarray, masked: np.ndarray, n_ssn: int, seed: int, estimator: str = DEFAULT
) -> float | None:
    """Share of pairs whose A_s falls in a space made without them (five folds); None with too few pairs."""
    n = len(unmasked)
    if n < FOLDS * MINIMUM_MASKS:
        return None
    folds = np.random.default_rng(seed).permutation(n) % FOLDS
    lower = np.zeros(n, dtype=bool)
    for fold in range(FOLDS):
        rest, left = folds != fold, folds == fold
        space = estimate(name, unmasked[rest], masked[rest], estimator, n_ssn, MINIMUM_MASKS).space
        lower[left] = space.activation(masked[left]) < space.activation(unmasked[left])
    return float(lower.mean())


def summarise(ws: Workspace, record: SpaceRecord) -> SpaceSummary:
    """The line of one stored space."""
    reference = record.reference
    if reference is None:
        raise SpaceError(f"{record.full_name} has no reference distribution; extract it again.")
    return SpaceSummary(
        name=record.full_name,
        model=record.model,
        estimator=record.estimator,
        channels=record.channels,
        delta=record.delta,
        n_masks=record.n_masks,
        reference={
            "n": reference.n, "mean": reference.mean, "std": reference.std, "min": reference.minimum,
            "max": reference.maximum, "r2": reference.r2, "ks": reference.ks,
        },
        masked=dict(record.masking or {}),
        ratios=dict(record.ratios or {}),
        created=record.created,
        parameters={**record.parameters, "version": record.version},
        stale=_is_stale(ws, record),
        fit=fit_used(record),
    )  # fmt: skip


def _is_stale(ws: Workspace, record: SpaceRecord) -> bool:
    """Whether its network was changed, or a mask of its concept was added, edited or removed since."""
    model = ws.catalogue.model(record.model)
    if model is None or model.sha256 != record.parameters.get("network"):
        return True
    made_with = ws.catalogue.space_masks(record.id)
    now = {concept.full_name: concept.masks for concept in ws.catalogue.concepts()}
    return len(made_with) != now[record.full_name] or any(
        mask.mask_version != mask.current_version for mask in made_with
    )


def space_of(record: SpaceRecord, ws: Workspace) -> SemanticSpace:
    """The semantic space that a catalogue record holds, with the reference distribution that it uses.

    An empirical one is read from the activations that the project ``ws`` keeps.
    """
    return SemanticSpace(record.full_name, record.channels, record.delta, record.estimator, _reference_of(record, ws))


def _reference_of(record: SpaceRecord, ws: Workspace) -> Reference | None:
    stored = record.reference
    if stored is None:
        return None
    if fit_used(record) == "empirical":
        return fit_empirical(reference_values(ws, record)[0])
    return ReferenceDistribution(
        stored.n, stored.mean, stored.std, stored.minimum, stored.maximum, stored.r2, stored.ks
    )


def fit_used(record: SpaceRecord) -> str:
    """Where the probabilities of a stored space are read: "normal" (all of earlier versions) or "empirical"."""
    return str(record.parameters.get("fit", "normal"))


def reference_values(ws: Workspace, record: SpaceRecord) -> tuple[np.ndarray, list[int]]:
    """The stored A_s (n,) of the reference images, and the images; SpaceError when there are none."""
    if record.reference is None or record.reference.artefact is None:
        raise SpaceError(f"{record.full_name} has no reference distribution; extract it again.")
    stored = ws.artefacts.read_arrays(record.reference.artefact)
    return stored["values"], stored["image_ids"].tolist()


def spaces_in_use(ws: Workspace, model_id: int) -> list[SpaceRecord]:
    """One space for each concept of a network, in the order of classes and concepts: the one extracted last."""
    every = ws.catalogue.spaces(model_id=model_id)
    last = {space.full_name: space.id for space in sorted(every, key=lambda space: space.id)}
    return [space for space in every if last[space.full_name] == space.id]


def usable_spaces(ws: Workspace, record: ModelRecord) -> list[SpaceRecord]:
    """The spaces that belong to the network's present weights: those made with earlier weights mean nothing now."""
    return [space for space in spaces_in_use(ws, record.id) if space.parameters["network"] == record.sha256]


def list_spaces(ws: Workspace, model: str | None = None) -> list[SpaceSummary]:
    """All spaces of the named (or active) network; none when the project has no network yet."""
    if model is None and not ws.catalogue.models():
        return []
    return [summarise(ws, record) for record in spaces_in_use(ws, model_record(ws, model).id)]


def space_record(ws: Workspace, name: str, model: str | None = None) -> SpaceRecord:
    """The stored space ``class.concept`` of the named (or active) network."""
    network = model_record(ws, model)
    split_name(name)
    known = {space.full_name: space for space in spaces_in_use(ws, network.id)}
    if name not in known:
        raise UnknownName(
            f"there is no semantic space '{name}' for the network {network.name}; it has "
            f"{', '.join(known) or 'none yet'}. Extract it with: sxai space extract {name}"
        )
    return known[name]
