"""Search by meaning: queries over semantic probabilities and network outputs, saved searches, and marks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from data_store.records import ImageRecord, SearchRecord
from sxai.assess.familiarity import RATE
from sxai.assess.verbs.assess import Assessor
from sxai.images.verbs.stored import find_image
from sxai.networks.verbs.networks import probabilities_of
from sxai.plot.notebook import card, table
from sxai.progress import Progress, silent
from sxai.project.project import Project
from sxai.search.completion import complete
from sxai.search.frame import Frame
from sxai.search.query import parse

PLAIN = ("image_id", "file", "class_name", "split", "margin", "predicted")
"""The columns of an export that come before outputs and probabilities."""


@dataclass(frozen=True)
class Hit:
    """One image that a query found; ``margin`` says by how much it meets the query."""

    image_id: int
    file: str
    class_name: str | None
    split: str
    margin: float
    probabilities: dict[str, float]
    outputs: dict[str, float]
    predicted: str


@dataclass(frozen=True)
class SearchResult:
    """What a query found: ``total`` hits among ``considered`` images, and one page of them by falling margin."""

    query: str
    total: int
    hits: tuple[Hit, ...]
    considered: int

    def _repr_html_(self) -> str:
        """How many were found, and the first of them, for notebooks."""
        rows = [(hit.image_id, hit.file, hit.class_name, hit.predicted, hit.margin) for hit in self.hits]
        found = f"{self.total} of {self.considered} images"
        return card(self.query, [found], [table(("image", "file", "class", "predicted", "margin"), rows)])


@dataclass(frozen=True)
class Evaluated:
    """The project's images with all that a query can ask for, row by row."""

    images: Sequence[ImageRecord]
    frame: Frame
    predicted: list[str]


def evaluated(project: Project, model: str | None = None, progress: Progress = silent) -> Evaluated:
    """P_s, outputs and labels of every image of the project under one network; new images are computed first."""
    assessor = Assessor.of(project, model, progress)
    images = project.catalogue.images()
    features = assessor.reader.images(images, progress)
    outputs = probabilities_of(assessor.network, features)
    predicted = [assessor.record.classes[index] for index in outputs.argmax(axis=1)]
    frame = Frame(
        n=len(images),
        probabilities={space.name: space.probability(features) for space in assessor.spaces},
        outputs={name: outputs[:, index] for index, name in enumerate(assessor.record.classes)},
        labels={
            "true": [image.class_name for image in images],
            "predicted": predicted,
            "split": [image.split for image in images],
            "dataset": [image.dataset for image in images],
        },
        familiarity=partial(_p_values, assessor, images, features) if assessor.tests else None,
        rate=assessor.tests.familiarity.rate if assessor.tests else RATE,
    )
    return Evaluated(images, frame, predicted)


def _p_values(assessor: Assessor, images: Sequence[ImageRecord], features: np.ndarray) -> np.ndarray:
    """Conformal p-values (n,) of familiarity."""
    found = assessor.familiarity(features, [image.id for image in images])
    return np.array([np.nan if one is None else one.p_value for one in found])


def search(
    project: Project,
    query: str,
    limit: int | None = 60,
    offset: int = 0,
    model: str | None = None,
    progress: Progress = silent,
) -> SearchResult:
    """Find the images that meet ``query`` (method.md 8), the clearest first.

    Raises
    ------
    QueryError
        when the query does not parse or names something unknown; the message points at the place.
    """
    parsed = parse(query)
    known = evaluated(project, model, progress)
    classes = {*known.frame.outputs, *(record.name for record in project.catalogue.classes())}
    parsed.check(known.frame.probabilities, classes, known.frame.labels)
    found = parsed.select(known.frame)
    page = found.order[offset : None if limit is None else offset + limit]
    hits = tuple(_hit(known, int(row), float(found.margin[row])) for row in page)
    return SearchResult(query, len(found.order), hits, len(known.images))


def _hit(known: Evaluated, row: int, margin: float) -> Hit:
    image = known.images[row]
    return Hit(
        image_id=image.id,
        file=image.name,
        class_name=image.class_name,
        split=image.split,
        margin=margin,
        probabilities={name: float(known.frame.probability(name)[row]) for name in known.frame.probabilities},
        outputs={name: float(known.frame.output(name)[row]) for name in known.frame.outputs},
        predicted=known.predicted[row],
    )


def complete_query(project: Project, text: str, cursor: int | None = None, model: str | None = None) -> list[str]:
    """What may stand at the cursor (the end, when None): names of concepts, classes and functions."""
    assessor = Assessor.of(project, model)
    names = [space.name for space in assessor.spaces]
    return complete(text, len(text) if cursor is None else cursor, names, assessor.record.classes)


def save_search(project: Project, name: str, query: str) -> SearchRecord:
    """Keep a query under a name, with the number of images it finds today; a former one of that name gives way."""
    total = search(project, query, limit=0).total
    with project.catalogue.write():
        for former in saved_searches(project):
            if former.name == name:
                project.catalogue.remove_search(former.id)
        project.catalogue.add_search(query=query, total=total, parameters={}, name=name)
    return next(record for record in project.catalogue.searches() if record.name == name)


def saved_searches(project: Project) -> list[SearchRecord]:
    """Searches that were kept under a name, the newest first."""
    return [record for record in project.catalogue.searches() if record.name]


def export_rows(project: Project, query: str, model: str | None = None) -> pd.DataFrame:
    """All hits of a query as a table: file, class, split, prediction, margin, every output and every P_s."""
    rows: list[dict[str, Any]] = []
    for hit in search(project, query, limit=None, model=model).hits:
        plain = {name: getattr(hit, name) for name in PLAIN}
        outputs = {f"p({name})": value for name, value in hit.outputs.items()}
        rows.append({**plain, **outputs, **hit.probabilities})
    if rows:
        return pd.DataFrame(rows)
    assessor = Assessor.of(project, model)
    numbers = [*(f"p({name})" for name in assessor.record.classes), *(space.name for space in assessor.spaces)]
    return pd.DataFrame(columns=[*PLAIN, *numbers])


def mark(project: Project, image_ids: Iterable[int], kind: str, note: str = "") -> int:
    """Mark images, for example as "bad sample"; marking twice changes the note. The number of images."""
    ids = [find_image(project, image_id).id for image_id in image_ids]
    for image_id in ids:
        project.catalogue.mark_image(image_id, kind, note)
    return len(ids)


def unmark(project: Project, image_ids: Iterable[int], kind: str) -> None:
    """Take a mark off images; those without it are left alone."""
    for image_id in image_ids:
        project.catalogue.unmark_image(image_id, kind)


def marks(project: Project, image_id: int) -> list[str]:
    """The kinds of marks of one image."""
    return [record.kind for record in project.catalogue.marks(image_id=image_id)]
