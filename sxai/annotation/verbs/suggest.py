"""Suggestions while masking: superpixels of a picture ranked by a rule learned from the concept's masks.

The last suggestion for a picture is stored, so that it can be compared with the saved mask later.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

from data_store.records import ImageRecord, MaskRecord, ModelRecord
from sxai.annotation.suggestion_rule import (
    MIN_MASKS,
    SuggestionRule,
    fit_rule,
    is_sure,
    likely_superpixels,
    superpixel_features,
    superpixel_places,
)
from sxai.assess.occlusion import filled_views
from sxai.errors import TooFewMasks
from sxai.images.verbs.stored import find_image, images_of
from sxai.masks.mask import apply_mask, decode_rle
from sxai.masks.superpixels import SlicParameters, overlapping
from sxai.masks.verbs.save import segmented, stored_mask
from sxai.names import split_name
from sxai.networks.features import extract
from sxai.networks.network import Network
from sxai.networks.reading import default_reading, position_features
from sxai.networks.verbs.networks import load_network, model_record
from sxai.progress import Progress, silent
from sxai.project.analyses import Kept, digest, keep, kept, kept_all, kept_many
from sxai.project.project import Project
from sxai.spaces.defaults import SPATIAL
from sxai.spaces.space import SemanticSpace, extract_space
from sxai.spaces.verbs.stored import newest_spaces, space_of

TEACHER, SUGGESTED, REFUSED = "suggestion-teacher", "suggested", "suggestion-refused"

CUES = ["drop", "inside", "lost", "place", "hits"]
"""Version of the cues of a superpixel: models learned from other cues are not used."""

TRAINING_SIZES = (3, 5, 8, 12, 16, 24, 36, 60, 100)
"""Numbers of masks at which the model is learned anew; above 100, the first 100 are used."""

REMEMBERED = 160
"""Pictures whose views are kept in memory, about 0.5 MB each: those learned from and those shown."""


@dataclass(frozen=True, eq=False)
class Suggestion:
    """The suggested superpixels of one picture of K superpixels for a concept.

    ``labels`` are pre-selected, none where the concept seems not to be visible; ``ranked`` all superpixels, the
    likeliest first; ``probabilities`` (K,) of each one; ``drops`` (K,) of A_s when it is filled. ``taught_by`` masks.
    ``sure`` enough to be shown unasked (:func:`.is_sure`).
    """

    concept: str
    image_id: int
    count: int
    labels: tuple[int, ...]
    ranked: tuple[int, ...]
    probabilities: tuple[float, ...]
    drops: tuple[float, ...]
    taught_by: int
    rule_model: str
    created: str
    sure: bool = True

    @property
    def sureness(self) -> float:
        """Distance of the least certain superpixel's probability from 0.5, from 0 to 0.5."""
        return min(abs(chance - 0.5) for chance in self.probabilities)

    @property
    def strength(self) -> float:
        """Probability of the likeliest superpixel."""
        return max(self.probabilities)


@dataclass(frozen=True, eq=False)
class SuggestionModel:
    """The rule learned from a concept's masks with ``count`` superpixels; ``key`` is a hash of its inputs."""

    concept: str
    count: int
    masks: int
    space: SemanticSpace
    rule: SuggestionRule
    key: str


def suggestion_model(
    project: Project, concept: str, count: int = 20, model: str | None = None, progress: Progress = silent
) -> SuggestionModel:
    """The suggestion model of ``concept``, learned anew whenever its number of masks has grown by about half.

    A_s is that of the concept's space where there is one, else of a space made from the same masks.

    Raises
    ------
    TooFewMasks
        below three masks; ModelError when the project has no network.
    """
    record = model_record(project, model)
    masks = _training_masks(project, concept)
    known = _space_in_use(project, record, concept)
    asked = {
        "concept": concept,
        "witnesses": CUES,
        "superpixels": asdict(SlicParameters(count=count)),
        "masks": [[mask.id, mask.version] for mask in masks],
        "space": None if known is None else [list(known.channels), list(known.delta)],
        "seed": project.seed,
    }
    stored = kept(
        project, record, TEACHER, asked, lambda: _taught(project, record, concept, count, masks, known, progress)
    )
    return _teacher(stored, concept, count, len(masks), digest(asked)[:16])


def _training_masks(project: Project, concept: str) -> list[MaskRecord]:
    """The masks to learn from: the earliest, so that one more mask does not change what is suggested."""
    masks = sorted(project.catalogue.masks(*split_name(concept)), key=lambda mask: mask.id)
    if len(masks) < MIN_MASKS:
        raise TooFewMasks(
            f"{concept} has {len(masks)} masks; suggestions are learned from {MIN_MASKS} or more. "
            "Mask some by hand first."
        )
    return masks[: max(step for step in TRAINING_SIZES if step <= len(masks))]


def _space_in_use(project: Project, record: ModelRecord, concept: str) -> SemanticSpace | None:
    """The concept's newest space over averages of whole pictures: one forward pass a superpixel is affordable."""
    fitting = [
        space for space in newest_spaces(project, record) if space.full_name == concept and space.estimator != SPATIAL
    ]
    return space_of(max(fitting, key=lambda space: space.id), project) if fitting else None


@dataclass(frozen=True, eq=False)
class _Seen:
    """One picture as the network saw it: ``views`` (K + 2, C) whole and with each superpixel filled in turn, ``pieces``
    (K, D) what is known of each: the features inside it, and those that the picture loses when it is filled;
    ``places`` (K, P) where each lies."""

    views: np.ndarray
    pieces: np.ndarray
    places: np.ndarray

    def drops(self, space: SemanticSpace) -> np.ndarray:
        """Drops (K,) of A_s when each superpixel is filled."""
        activations = space.activation(self.views)
        return np.asarray(activations[0] - activations[1:-1])


def _seen(project: Project, record: ModelRecord, image: ImageRecord, slic: SlicParameters) -> _Seen:
    """The network's views of an image; those of recent suggestions are cached."""
    with project.lock:
        if sum(key[0] == "seen" for key in project.cache) > REMEMBERED:
            project.forget("seen")
    key = ("seen", image.sha256, slic, record.sha256)
    look = partial(_see, project, load_network(project, record), *segmented(project, image, slic))
    seen: _Seen = project.cache.get(key) or look()
    project.cache[key] = seen
    return seen


def _see(project: Project, network: Network, pixels: np.ndarray, labels: np.ndarray) -> _Seen:
    views = extract(network, filled_views(pixels, labels), device=project.device).features
    [positions] = position_features(network, [pixels], default_reading(network), device=project.device)
    pieces = np.hstack([superpixel_features(positions[0], labels), views[:1] - views[1:-1]])
    return _Seen(views, pieces, superpixel_places(labels))


def _taught(
    project: Project,
    record: ModelRecord,
    concept: str,
    count: int,
    masks: Sequence[MaskRecord],
    known: SemanticSpace | None,
    progress: Progress,
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Compute the views of every masked picture, then fit the rule."""
    network, slic = load_network(project, record), SlicParameters(count=count)
    seen, chosen, filled = [], [], []
    for done, (image, mask) in enumerate(zip(images_of(project, masks), masks, strict=True)):
        progress("learning", done, len(masks))
        pixels, labels = segmented(project, image, slic)
        seen.append(_seen(project, record, image, slic))
        chosen.append(np.isin(np.arange(labels.max() + 1), held(project, image, mask, slic)))
        filled.append(apply_mask(pixels, stored_mask(mask)))
    progress("learning", len(masks), len(masks))
    space = known
    if space is None:
        hidden = extract(network, filled, device=project.device).features
        space = extract_space(concept, np.stack([picture.views[0] for picture in seen]), hidden).space
    tables = (
        [picture.pieces for picture in seen],
        [picture.drops(space) for picture in seen],
        [picture.places for picture in seen],
    )
    rule = fit_rule(*tables, chosen, project.seed)
    told = {"channels": list(space.channels), "delta": list(space.delta), "bias": rule.bias, "offset": rule.offset}
    told |= {"hits": rule.hits, "pictures": rule.pictures}
    return told, {"weights": rule.weights, "trust": rule.trust}


def held(project: Project, image: ImageRecord, mask: MaskRecord, slic: SlicParameters) -> list[int]:
    """The superpixels of an image that its stored mask covers, also if it was not made of superpixels."""
    if mask.labels is not None and mask.slic == asdict(slic):
        return list(mask.labels)
    return overlapping(segmented(project, image, slic)[1], decode_rle(mask.rle))


def _teacher(stored: Kept, concept: str, count: int, masks: int, key: str) -> SuggestionModel:
    result, arrays = stored.result, stored.arrays
    space = SemanticSpace(concept, tuple(result["channels"]), tuple(result["delta"]))
    rule = SuggestionRule(
        *(arrays["weights"], float(result["bias"]), arrays["trust"], float(result["offset"])),
        *(int(result["hits"]), int(result["pictures"])),
    )
    return SuggestionModel(concept, count, masks, space, rule, key)


def suggestion(
    project: Project,
    concept: str,
    image_id: int,
    count: int = 20,
    model: str | None = None,
    progress: Progress = silent,
) -> Suggestion:
    """Which superpixels of an image seem to show ``concept``, ranked; kept, so that asking again costs nothing."""
    record = model_record(project, model)
    return suggestion_by(
        project, record, suggestion_model(project, concept, count, record.name, progress), find_image(project, image_id)
    )


def suggestion_by(project: Project, record: ModelRecord, rule_model: SuggestionModel, image: ImageRecord) -> Suggestion:
    """The stored suggestion of the image if it is by this model, else a new one, stored in its place."""
    about = {"concept": rule_model.concept, "image": image.id}
    [stored] = kept_many(project, record, SUGGESTED, [about])
    if stored is None or stored.result["teacher"] != rule_model.key:
        seen = _seen(project, record, image, SlicParameters(count=rule_model.count))
        drops = seen.drops(rule_model.space)
        result = {
            "chances": rule_model.rule.probabilities(seen.pieces, drops, seen.places).tolist(),
            "drops": drops.tolist(),
        }
        by = {"count": rule_model.count, "teacher": rule_model.key, "taught_by": rule_model.masks}
        by |= {"hits": rule_model.rule.hits, "pictures": rule_model.rule.pictures}
        stored = keep(project, record, SUGGESTED, about, {**result, **by}, {})
    return _read(stored)


def _read(stored: Kept) -> Suggestion:
    about, result = stored.parameters, stored.result
    probabilities = np.asarray(result["chances"])
    return Suggestion(
        concept=about["concept"],
        image_id=about["image"],
        count=result["count"],
        labels=likely_superpixels(probabilities),
        ranked=tuple(np.argsort(-probabilities, kind="stable").tolist()),
        probabilities=tuple(result["chances"]),
        drops=tuple(result["drops"]),
        taught_by=result["taught_by"],
        rule_model=result["teacher"],
        created=stored.created,
        sure=is_sure(probabilities, int(result.get("hits", 0)), int(result.get("pictures", 0))),
    )


def known_suggestion(
    project: Project, concept: str, image_id: int, count: int = 20, model: str | None = None
) -> Suggestion | None:
    """The last suggestion for a picture of ``count`` superpixels if one was made; nothing is computed."""
    known = suggestions(project, model_record(project, model), concept, [image_id]).get(image_id)
    return known if known is not None and known.count == count else None


def suggestions(
    project: Project, record: ModelRecord, concept: str, images: Sequence[int] | None = None
) -> dict[int, Suggestion]:
    """The last suggestion for each image (for those of ``images``, looked up one by one, if given)."""
    outcomes = _about(project, record, SUGGESTED, concept, images)
    return {outcome.parameters["image"]: _read(outcome) for outcome in outcomes}


def refusals(
    project: Project, record: ModelRecord, concept: str, images: Sequence[int] | None = None
) -> dict[int, dict[str, Any]]:
    """Images whose proposal was rejected (among ``images``, if given), each with the rejected suggestion."""
    outcomes = _about(project, record, REFUSED, concept, images)
    return {outcome.parameters["image"]: outcome.result for outcome in outcomes if outcome.result["refused"]}


def _about(project: Project, record: ModelRecord, kind: str, concept: str, images: Sequence[int] | None) -> list[Kept]:
    if images is None:
        return [outcome for outcome in kept_all(project, record, kind) if outcome.parameters["concept"] == concept]
    wanted = [{"concept": concept, "image": int(image)} for image in images]
    return [outcome for outcome in kept_many(project, record, kind, wanted) if outcome is not None]
