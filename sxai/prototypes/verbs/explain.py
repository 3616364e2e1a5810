"""Explanations of pictures by automatic concepts: region, P and PCS of each; also of unknown classes."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from data_store.records import ModelRecord
from sxai.assess.verbs.assess_many import Picture, pictures_at
from sxai.errors import SpaceError
from sxai.images.verbs.stored import find_image, read_canvas
from sxai.networks.features import extract
from sxai.networks.network import Network
from sxai.networks.verbs.maps import maps_of_pictures
from sxai.networks.verbs.networks import load_network, model_record, probabilities_of
from sxai.progress import Progress, silent
from sxai.project.project import Project
from sxai.prototypes.assessment import Likeness, ProtoAssessment, assess_prototypes, foreign_likeness
from sxai.prototypes.concepts import AutoConcept, Prototypes
from sxai.prototypes.importance import PAPER_SCALE, pcs
from sxai.prototypes.perception import hsv_likeness
from sxai.prototypes.training import class_scores, similarity_maps
from sxai.prototypes.verbs.names import named_groups
from sxai.prototypes.verbs.regions import concept_region
from sxai.prototypes.verbs.train import prototypes_in_use
from sxai.spaces.distribution import fit_reference

MIN_PROBABILITY = 0.1
"""Smallest P of a region that counts as similar to a concept."""


@dataclass(frozen=True)
class ConceptSeen:
    """A concept in a picture: largest similarity, P, share of its class's importance, PCS, and area."""

    name: str
    similarity: float
    probability: float
    share: float
    pcs: float
    area: float


@dataclass(frozen=True, eq=False)
class ProtoExplanation:
    """A picture in automatic concepts.

    Attributes
    ----------
    predicted, confidence
        the network's prediction (None without a head), ``by_prototypes`` that of the prototypes.
    similarity
        the mean largest cosine with the prototypes of each class; ``with_hsv`` the same times the likeness
        of colour and structure between the picture and the patches that the prototypes stand for.
    likenesses
        for each concept word the class whose concept is most like it (AS-XAI, Fig. 5).
    regions
        bool (H, W) of each concept seen; ``pixels`` uint8 (H, W, 3).
    """

    file: str
    predicted: str | None
    confidence: float | None
    by_prototypes: str
    similarity: dict[str, float]
    with_hsv: dict[str, float]
    concepts: tuple[ConceptSeen, ...]
    assessment: ProtoAssessment
    likenesses: tuple[Likeness, ...]
    strange: str
    pixels: np.ndarray
    regions: Mapping[str, np.ndarray]

    def summary(self) -> dict[str, Any]:
        """The explanation without pictures and regions, as plain JSON."""
        return {
            "file": self.file,
            "predicted": self.predicted,
            "confidence": self.confidence,
            "by_prototypes": self.by_prototypes,
            "similarity": self.similarity,
            "with_hsv": self.with_hsv,
            "concepts": [asdict(concept) for concept in self.concepts],
            "assessment": self.assessment.level,
            "delta_max": self.assessment.largest,
            "sentence": self.assessment.sentence,
            "likenesses": [asdict(likeness) for likeness in self.likenesses],
            "strange": self.strange,
        }


@dataclass(frozen=True)
class ProtoExplanations:
    """Pictures that were explained, and those that could not be read."""

    images: tuple[ProtoExplanation, ...]
    failed: tuple[tuple[str, str], ...]

    def summary(self) -> dict[str, Any]:
        """As plain JSON."""
        return {"images": [entry.summary() for entry in self.images], "failed": [list(entry) for entry in self.failed]}


def explain_files(
    project: Project,
    paths: Sequence[Path | str],
    model: str | None = None,
    scale: float = PAPER_SCALE,
    progress: Progress = silent,
) -> ProtoExplanations:
    """Explain pictures from anywhere by the concepts that a network's prototypes found.

    ``scale`` multiplies every PCS: 2 as in the authors' scripts, 1 as the paper's Eq. 13 has it.
    """
    explainer = Explainer.of(project, model, scale)
    explanations, failed = [], []
    pictures: list[Picture] = pictures_at(paths)
    for done, picture in enumerate(pictures):
        progress("explaining", done, len(pictures))
        try:
            explanations.append(explainer.explain(picture.read(), picture.name))
        except (SpaceError, OSError) as error:
            failed.append((picture.name, str(error)))
    progress("explaining", len(pictures), len(pictures))
    return ProtoExplanations(tuple(explanations), tuple(failed))


def explain_image(
    project: Project, image_id: int, model: str | None = None, scale: float = PAPER_SCALE
) -> ProtoExplanation:
    """Explain a picture of the project."""
    image = find_image(project, image_id)
    return Explainer.of(project, model, scale).explain(read_canvas(project, image), image.name)


@dataclass(frozen=True, eq=False)
class Explainer:
    """The network, prototypes and names that explanations need, read once."""

    project: Project
    record: ModelRecord
    network: Network
    found: Prototypes
    groups: Mapping[str, Sequence[AutoConcept]]
    scale: float

    @classmethod
    def of(cls, project: Project, model: str | None = None, scale: float = PAPER_SCALE) -> "Explainer":
        """For the prototypes in use; SpaceError without any. Unnamed concepts go by their id until one has a name."""
        prototypes = prototypes_in_use(project, model)
        record = model_record(project, prototypes.model)
        groups = named_groups(prototypes) or {
            f"{concept.class_name}.{concept.id.rpartition(':')[2]}": [concept]
            for concept in prototypes.concepts
            if concept.name != ""
        }
        return cls(project, record, load_network(project, record), prototypes, groups, scale)

    def explain(self, pixels: np.ndarray, name: str) -> ProtoExplanation:
        """One picture, uint8 (H, W, 3)."""
        maps = maps_of_pictures(self.project, self.network, [pixels], self.found.reading)
        similarity = similarity_maps(self.found.proto, maps)[0]
        seen, regions = self._seen(maps[0], similarity, pixels)
        predicted, confidence = self._said(pixels)
        peaks = similarity.max(axis=(1, 2))
        best = self.found.classes[int(class_scores(self.found.proto, peaks[None])[0].argmax())]
        judged = predicted if predicted in self.found.classes else best
        likenesses = tuple(self._likenesses(seen))
        values = {concept.name: concept.pcs for concept in seen}
        return ProtoExplanation(
            file=name,
            predicted=predicted,
            confidence=confidence,
            by_prototypes=best,
            similarity=self._by_class(peaks),
            with_hsv=self._by_class(peaks * self._colours(similarity, pixels)),
            concepts=seen,
            assessment=assess_prototypes(judged, values, self.found.classes),
            likenesses=likenesses,
            strange=foreign_likeness(likenesses),
            pixels=pixels,
            regions=regions,
        )

    def _seen(
        self, maps: np.ndarray, similarity: np.ndarray, pixels: np.ndarray
    ) -> tuple[tuple[ConceptSeen, ...], dict[str, np.ndarray]]:
        seen, regions = [], {}
        fit = self.network.preprocessing.fit
        for name, members in self.groups.items():
            peak, probability = self._group(members, similarity)
            share = self._share(members)
            covered = np.any([concept_region(self.found, member, maps, pixels, fit) for member in members], axis=0)
            value = pcs(float(np.clip(probability, 0, 1)), share, self.scale)
            seen.append(ConceptSeen(name, peak, probability, share, value, float(covered.mean())))
            regions[name] = covered
        return tuple(seen), regions

    def _share(self, members: Sequence[AutoConcept]) -> float:
        """Share of a concept's R_s in its class: among named concepts if there are any, else among all."""
        rivals = [
            concept
            for group in self.groups.values()
            for concept in group
            if concept.class_name == members[0].class_name
        ]
        whole = sum(concept.share for concept in rivals)
        return sum(concept.share for concept in members) / whole if whole > 0 else 0.0

    def _group(self, members: Sequence[AutoConcept], similarity: np.ndarray) -> tuple[float, float]:
        """Largest similarity with the clearest member of a concept, and P of the whole.

        With several members, P is that of the clearest (in standard deviations from its mean), within the distribution
        of the clearest member over the class's training images; otherwise P would grow with the number of members.
        """
        peaks = [float(self.found.maps(one, similarity[None]).max()) for one in members]
        references = [one.reference for one in members]
        above = [(peak - one.mean) / max(one.std, 1e-12) for peak, one in zip(peaks, references, strict=True)]
        at = int(np.argmax(above))
        known = [own for member in members if (own := self.found.arrays.get(f"peaks.{member.id}")) is not None]
        if len(members) == 1 or len(known) < len(members):
            return peaks[at], float(np.asarray(references[at].probability(peaks[at])))
        usual = np.max(
            [
                (own - reference.mean) / max(reference.std, 1e-12)
                for own, reference in zip(known, references, strict=True)
            ],
            axis=0,
        )
        return peaks[at], float(np.asarray(fit_reference(usual.astype(np.float64)).probability(above[at])))

    def _said(self, pixels: np.ndarray) -> tuple[str | None, float | None]:
        if self.network.head is None:
            return None, None
        features = extract(self.network, [pixels], device=self.project.device).features
        output = probabilities_of(self.network, features)[0]
        return self.network.classes[int(output.argmax())], float(output.max())

    def _by_class(self, peaks: np.ndarray) -> dict[str, float]:
        means = peaks.reshape(len(self.found.classes), -1).mean(axis=1)
        return dict(zip(self.found.classes, means.tolist(), strict=True))

    def _colours(self, similarity: np.ndarray, pixels: np.ndarray) -> np.ndarray:
        """(K·M,) likeness in HSV of each prototype's patch to the patch of this picture that is closest to it."""
        grid = similarity.shape[1:]
        own = [divmod(int(map_.argmax()), grid[1]) for map_ in similarity]
        likeness = np.ones(len(similarity))
        for concept in self.found.concepts:
            for column, patch in zip(self.found.columns(concept), concept.patches, strict=True):
                key = ("proto patch", self.found.key, column)
                source = self.project.remember(key, partial(self._canvas, patch[0]))
                likeness[column] = hsv_likeness(source, (patch[1], patch[2]), pixels, own[column], grid)
        return likeness

    def _canvas(self, image_id: int) -> np.ndarray:
        return read_canvas(self.project, find_image(self.project, image_id))

    def _likenesses(self, seen: Sequence[ConceptSeen]) -> list[Likeness]:
        """For each concept word with a region in the picture, the class in which it is most probable."""
        best: dict[str, Likeness] = {}
        for concept in seen:
            class_name, _, word = concept.name.rpartition(".")
            if (
                concept.probability >= MIN_PROBABILITY
                and concept.area > 0
                and (word not in best or concept.probability > best[word].probability)
            ):
                best[word] = Likeness(word, class_name, concept.probability, concept.pcs)
        return sorted(best.values(), key=lambda item: -item.pcs)
