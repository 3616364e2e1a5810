"""Overview of a project: its contents, the next step, and pages of images."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np

from data_store.records import ImageRecord
from sxai.assess.verbs.assess import assess_image
from sxai.assess.verdict import ImageAssessment
from sxai.demo.verbs.fill import is_demo
from sxai.errors import SxaiError
from sxai.images.verbs.stored import find_image
from sxai.masks.verbs.save import ConceptSummary, list_concepts
from sxai.networks.verbs.features import features_of
from sxai.networks.verbs.networks import (
    ModelSummary,
    active_model,
    list_models,
    load_network,
    model_record,
    probabilities_of,
)
from sxai.plot.notebook import card, table
from sxai.project.project import Project
from sxai.search.verbs.search import search
from sxai.spaces.defaults import MIN_MASKS
from sxai.spaces.verbs.stored import SpaceSummary, list_spaces


@dataclass(frozen=True)
class Step:
    """One line of the checklist: what to do, whether it is done, a hint, and the page where it is done."""

    title: str
    done: bool
    hint: str
    page: str


@dataclass(frozen=True)
class Overview:
    """The state of a project; ``classes`` are (name, train, val, reference, total)."""

    classes: list[tuple[str, int, int, int, int]]
    model: ModelSummary | None
    concepts: list[ConceptSummary]
    spaces: list[SpaceSummary]
    jobs_running: int
    checklist: list[Step]
    demo: bool
    home: str

    @property
    def next_step(self) -> Step | None:
        """The first step that is not done."""
        return next((step for step in self.checklist if not step.done), None)

    def _repr_html_(self) -> str:
        """What is there and what comes next, for notebooks."""
        step = self.next_step
        steps = [("done" if item.done else "open", item.title) for item in self.checklist]
        tables = [table(("class", "train", "val", "reference", "in all"), self.classes), table(("", "step"), steps)]
        return card(self.home, [f"Next: {step.title}. {step.hint}" if step else "Everything is ready."], tables)


def overview(project: Project) -> Overview:
    """Everything that the overview page and ``sxai status`` show."""
    classes = class_counts(project)
    model = active_model(project) if project.catalogue.models() else None
    concepts = list_concepts(project)
    spaces = list_spaces(project) if model else []
    return Overview(
        classes=classes,
        model=model,
        concepts=concepts,
        spaces=spaces,
        jobs_running=len(project.catalogue.jobs(states=("queued", "running"))),
        checklist=checklist(classes, model, concepts, spaces, bool(project.catalogue.assessments(limit=1))),
        demo=is_demo(project),
        home=str(project.home),
    )


def class_counts(project: Project) -> list[tuple[str, int, int, int, int]]:
    """(name, train, val, reference, total) of every class."""
    rows = []
    for record in project.catalogue.classes():
        train, val, reference = (record.images.get(split, 0) for split in ("train", "val", "reference"))
        rows.append((record.name, train, val, reference, train + val + reference))
    return rows


def checklist(
    classes: Sequence[Any],
    model: ModelSummary | None,
    concepts: list[ConceptSummary],
    spaces: list[SpaceSummary],
    assessed: bool = False,
) -> list[Step]:
    """The steps from an empty project to an explained prediction, each done or not."""
    masked = max((concept.masks for concept in concepts), default=0)
    known = {concept.class_name for concept in concepts if concept.masks >= MIN_MASKS}
    without = [row[0] for row in classes if row[0] not in known]
    missing = {space.name for space in spaces if not space.stale}
    waiting = [concept.name for concept in concepts if concept.masks >= MIN_MASKS and concept.name not in missing]
    return [
        Step("Import photographs", len(classes) > 1, "Two classes or more, in folders or a zip.", "data/samples"),
        Step("Choose a network", model is not None, "A backbone with pretrained weights.", "data/networks"),
        Step("Train its head", bool(model and model.trained), "Teaches it your classes, in minutes.", "data/networks"),
        Step("Mask a concept", masked >= MIN_MASKS, f"{masked} images masked; the paper uses 100.", "concepts/mask"),
        Step("Mask another class too", len(known) > 1, _compare_with(without), "concepts/mask"),
        Step("Extract semantic spaces", bool(spaces) and not waiting, _to_extract(waiting), "concepts/spaces"),
        Step("Assess an image", assessed and bool(missing), "See how far a prediction can be trusted.", "trust/assess"),
    ]


def _compare_with(classes: Sequence[str]) -> str:
    return f"{', '.join(classes[:3]) or 'One class'} has no concept yet, so there is nothing to compare with."


def _to_extract(waiting: Sequence[str]) -> str:
    if not waiting:
        return "Finds the neurons that carry each concept."
    more = "" if len(waiting) < 4 else f" and {len(waiting) - 3} more"
    return f"New masks since, or no space yet: {', '.join(waiting[:3])}{more}."


@dataclass(frozen=True)
class SampleImage:
    """One image of the gallery; prediction and confidence are None without a trained network."""

    id: int
    name: str
    class_name: str | None
    split: str
    predicted: str | None
    confidence: float | None
    marks: list[str]


@dataclass(frozen=True)
class SamplePage:
    """One page of the gallery, how many images match the filters, and how many pages they make."""

    images: list[SampleImage]
    total: int
    pages: int


def samples(
    project: Project,
    class_name: str | None = None,
    split: str | None = None,
    correctness: str | None = None,
    query: str | None = None,
    mark: str | None = None,
    page: int = 0,
    per_page: int = 40,
) -> SamplePage:
    """One page of images that pass the filters, ``query`` among them as in Search.

    ``correctness`` is "right", "wrong" or "unfamiliar".
    """
    images = matching(project, class_name, split, correctness, query, mark)
    shown = images[page * per_page : (page + 1) * per_page]
    predicted = predictions(project, shown)
    marked = _marks(project)
    return SamplePage(
        [_sample(image, predicted.get(image.id), marked.get(image.id, [])) for image in shown],
        len(images),
        ceil(len(images) / per_page),
    )


def matching(
    project: Project,
    class_name: str | None = None,
    split: str | None = None,
    correctness: str | None = None,
    query: str | None = None,
    mark: str | None = None,
) -> list[ImageRecord]:
    """All images that pass the filters of :func:`samples`, in its order; ``class_name`` "" means those without one."""
    images = project.catalogue.images(class_name=class_name or None, split=split, mark=mark)
    if class_name == "":
        images = [image for image in images if image.class_name is None]
    if correctness == "unfamiliar":
        query, correctness = f"({query}) and unfamiliar" if query else "unfamiliar", None
    if query:
        rank = {hit.image_id: place for place, hit in enumerate(search(project, query, limit=None).hits)}
        images = sorted((image for image in images if image.id in rank), key=lambda image: rank[image.id])
    if correctness:
        images = _judged(images, predictions(project, images), correctness == "right")
    return images


def _judged(images: Sequence[ImageRecord], predicted: dict[int, tuple[str, float]], wanted: bool) -> list[ImageRecord]:
    """The images predicted correctly (or wrongly); without a known class a prediction is neither."""
    known = [image for image in images if image.class_name is not None and image.id in predicted]
    return [image for image in known if (predicted[image.id][0] == image.class_name) is wanted]


def _sample(image: ImageRecord, prediction: tuple[str, float] | None, marks: list[str]) -> SampleImage:
    predicted, confidence = prediction or (None, None)
    return SampleImage(image.id, image.name, image.class_name, image.split, predicted, confidence, marks)


def _marks(project: Project) -> dict[int, list[str]]:
    marks: dict[int, list[str]] = {}
    for record in project.catalogue.marks():
        marks.setdefault(record.image_id, []).append(record.kind)
    return marks


def predictions(project: Project, images: Sequence[ImageRecord]) -> dict[int, tuple[str, float]]:
    """Predicted class and its probability by image id; empty while there is no trained network."""
    if not images or not any(model.trained and model.active for model in list_models(project)):
        return {}
    record = model_record(project)
    network = load_network(project, record)
    outputs = probabilities_of(network, features_of(project, record, network, images).features)
    best = outputs.argmax(axis=1)
    confidence = outputs[np.arange(len(best)), best]
    return {
        image.id: (record.classes[index], float(value))
        for image, index, value in zip(images, best.tolist(), confidence, strict=True)
    }


@dataclass(frozen=True)
class SampleDetail:
    """One image with its masks (concept, version, pixels), its known parts, and its assessment if possible."""

    sample: SampleImage
    width: int
    height: int
    format: str
    masks: list[dict[str, Any]]
    parts: dict[str, bool]
    assessment: ImageAssessment | None


def sample_detail(project: Project, image_id: int) -> SampleDetail:
    """The details of one image, as the gallery shows them."""
    image = find_image(project, image_id)
    masks = [
        {"concept": record.full_name, "version": record.version, "source": record.source, "author": record.author}
        for record in project.catalogue.masks(image_id=image_id)
    ]
    try:
        assessment = assess_image(project, image_id, keep=False)
    except SxaiError:
        assessment = None
    return SampleDetail(
        sample=_sample(image, predictions(project, [image]).get(image.id), _marks(project).get(image.id, [])),
        width=image.width,
        height=image.height,
        format=image.format,
        masks=masks,
        parts={name: part.visible for name, part in project.catalogue.parts(image_id).items()},
        assessment=assessment,
    )
