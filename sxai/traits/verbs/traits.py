"""Common traits of a class: what its samples share in a network's features.

Every outcome is stored with all that determines it (:mod:`sxai.project.analyses`) and is reused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import numpy as np

from data_store.records import ImageRecord, ModelRecord
from sxai.errors import SpaceError, UnknownName
from sxai.networks.verbs.features import features_of
from sxai.networks.verbs.networks import load_network, model_record
from sxai.progress import Progress, silent
from sxai.project.analyses import Analysis, AnalysisVerb, Kept, Outcome
from sxai.project.project import Project
from sxai.traits.compression import compress
from sxai.traits.defaults import MIN_IMAGES, SAMPLES
from sxai.traits.sampling import sample
from sxai.traits.search.settings import Method, SearchSettings
from sxai.traits.verbs.combinations import REVISION, StoredCombination, combined_features, known_combinations

TOP = 10
"""Channels that a summary names."""

TRAITS = "traits"

Search = str | SearchSettings | None
"""How the best combinations of superpixels are found (a method or all settings); None: whole images."""


@dataclass(frozen=True, eq=False)
class CommonTraits:
    """Common traits of ``n`` samples of a class; C channels, k components (all that are not zero).

    Attributes
    ----------
    search
        method that searched the best combinations of superpixels; None for whole images.
    image_ids
        the samples, in the order of the loadings' rows.
    scores
        (C, k) principal components, one a column.
    loadings
        (n, k) weight of each sample in each component.
    ratios
        (k,) information ratios; they sum to 1.
    components_for_85
        the smallest number of components that hold 85 %.
    """

    class_name: str
    model: str
    search: str | None
    image_ids: tuple[int, ...]
    scores: np.ndarray
    loadings: np.ndarray
    ratios: np.ndarray
    components_for_85: int
    parameters: dict[str, Any]
    version: str
    created: str

    def component(self, which: int | str) -> np.ndarray:
        """Scores (C,) of the 1st, 2nd, … component (counted from 1), or of the "last"."""
        count = self.scores.shape[1]
        number = count if which == "last" else which
        if not isinstance(number, int) or not 1 <= number <= count:
            raise SpaceError(f"component {which!r}: these traits have components 1 to {count}, or 'last'")
        scores: np.ndarray = self.scores[:, number - 1]
        return scores

    def summary(self) -> dict[str, Any]:
        """The traits without their arrays, as plain JSON: first ratios and the strongest channels of the 1st."""
        first = self.component(1)
        top = np.argsort(-np.abs(first), kind="stable")[:TOP]
        return {
            "class": self.class_name,
            "model": self.model,
            "search": self.search,
            "n": len(self.image_ids),
            "components": len(self.ratios),
            "components_for_85": self.components_for_85,
            "ratios": [float(ratio) for ratio in self.ratios[:5]],
            "top": [{"channel": int(at), "score": float(first[at])} for at in top],
            "parameters": self.parameters,
            "version": self.version,
            "created": self.created,
        }


@AnalysisVerb
def common_traits(
    project: Project,
    class_name: str,
    n: int = SAMPLES,
    search: Search = "flips",
    model: str | None = None,
    draw: int = 0,
    progress: Progress = silent,
) -> Analysis[CommonTraits]:
    """Compress the features of ``n`` random images of a class into their common traits (S-XAI, Fig. 2).

    The images may be masked or not; ``draw`` gives another random sample, disjoint from the earlier ones as long as
    the class has enough images (:func:`sxai.traits.sampling.sample`). A class with fewer than ``n`` gives all it
    has. ``search`` names the method that finds each image's best combination of superpixels first; None takes whole
    images. Unfinished work resumes: features and combinations are kept image by image.

    Raises
    ------
    UnknownName, SpaceError
        for an unknown class, or one with fewer than two images.
    """
    record = model_record(project, model)
    images = drawn_images(project, class_name, n, draw)
    parameters = _traits_parameters(project, class_name, images, search, draw)

    def make() -> Outcome:
        table = sample_features(project, record, images, search, progress)
        compression = compress(table, components="all")
        result = {"components_for_85": int(np.searchsorted(np.cumsum(compression.ratios), 0.85 - 1e-12)) + 1}
        return result, {"scores": compression.scores, "loadings": compression.loadings, "ratios": compression.ratios}

    return Analysis(record, TRAITS, parameters, make, partial(_traits_of, record))


def _traits_parameters(
    project: Project, class_name: str, images: Sequence[ImageRecord], search: Search, draw: int
) -> dict[str, Any]:
    ids = [image.id for image in images]
    return {
        "class": class_name,
        "image_ids": ids,
        "search": decisive(project, search),
        "seed": project.seed,
        "draw": draw,
    }


def _traits_of(record: ModelRecord, outcome: Kept) -> CommonTraits:
    search = outcome.parameters["search"]
    return CommonTraits(
        class_name=outcome.parameters["class"],
        model=record.name,
        search=search["method"] if search else None,
        image_ids=tuple(outcome.parameters["image_ids"]),
        **outcome.arrays,
        components_for_85=outcome.result["components_for_85"],
        parameters=outcome.parameters,
        version=outcome.version,
        created=outcome.created,
    )


def searched_samples(project: Project, traits: CommonTraits) -> list[StoredCombination]:
    """The best combinations that searched traits were made from, in the order of their images; none for whole images.

    Combinations that are no longer kept are left out.
    """
    if traits.search is None:
        return []
    chosen = {name: value for name, value in traits.parameters["search"].items() if name != "revision"}
    images = project.catalogue.images(ids=traits.image_ids)
    combinations = known_combinations(project, images, SearchSettings(**chosen), traits.model)
    return [combination for combination in combinations if combination is not None]


def class_images(project: Project, class_name: str) -> list[ImageRecord]:
    """All images of a class, masked or not, in the order they were added.

    Raises
    ------
    UnknownName, SpaceError
        when there is no such class, or it has fewer than two images.
    """
    known = [record.name for record in project.catalogue.classes()]
    if class_name not in known:
        raise UnknownName(f"there is no class '{class_name}'; this project has {', '.join(known) or 'none yet'}.")
    images = project.catalogue.images(class_name=class_name)
    if len(images) < MIN_IMAGES:
        raise SpaceError(
            f"{class_name} has {len(images)} images: traits are common to at least {MIN_IMAGES}; import more."
        )
    return images


def drawn_images(project: Project, class_name: str, n: int, draw: int = 0) -> list[ImageRecord]:
    """A random sample of the images of a class: ``n``, or all when there are fewer."""
    images = class_images(project, class_name)
    if n < MIN_IMAGES:
        raise SpaceError(
            f"{n} samples were asked for: traits are common to at least {MIN_IMAGES} (the paper: {SAMPLES})."
        )
    return [images[at] for at in sample(len(images), min(n, len(images)), draw, project.seed)]


def decisive(project: Project, search: Search) -> dict[str, Any] | None:
    """The settings that determine a search's outcome, as JSON; None for whole images."""
    chosen = search_settings(project, search)
    return {**chosen.decisive(), "revision": REVISION} if chosen else None


def search_settings(project: Project, search: Search) -> SearchSettings | None:
    """All settings of a search; a method's name stands for its defaults with the project's seed."""
    if search is None or isinstance(search, SearchSettings):
        return search
    return SearchSettings(method=cast(Method, search), seed=project.seed)


def sample_features(
    project: Project, record: ModelRecord, images: Sequence[ImageRecord], search: Search, progress: Progress = silent
) -> np.ndarray:
    """GAP features (n, C) of whole images, or of their best combinations of superpixels."""
    network, chosen = load_network(project, record), search_settings(project, search)
    if chosen is None:
        return features_of(project, record, network, images, progress).features
    return combined_features(project, record, network, images, chosen, progress)
