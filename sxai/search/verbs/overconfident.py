"""Over-confidence: images of which the CNN is certain although it shows nothing of the class that it names."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from sxai.errors import QueryError
from sxai.progress import Progress, silent
from sxai.project.project import Project
from sxai.search.grammar import quote
from sxai.search.verbs.search import Evaluated, evaluated

CONFIDENCE = 0.9
UNSEEN = 0.2


@dataclass(frozen=True)
class OverConfident:
    """One image: the CNN's ``confidence`` in ``predicted``, and the ``concept`` with the largest P, ``p_max``.

    ``familiarity`` is the p-value of how like the training pictures it is; None where that is not asked.
    """

    image_id: int
    file: str
    class_name: str | None
    split: str
    predicted: str
    confidence: float
    concept: str
    p_max: float
    familiarity: float | None = None


@dataclass(frozen=True)
class OverConfidentResult:
    """Images with softmax above ``confidence`` and every P of the predicted class below ``unseen``.

    Ranked by how far the CNN's certainty exceeds what is seen (confidence − P_max). ``certain`` of ``considered``
    images are above ``confidence``; ``unjudged`` of the certain ones have a predicted class without a space.
    """

    confidence: float
    unseen: float
    considered: int
    certain: int
    unjudged: int
    images: tuple[OverConfident, ...]


def overconfident(
    project: Project,
    confidence: float = CONFIDENCE,
    unseen: float = UNSEEN,
    model: str | None = None,
    progress: Progress = silent,
) -> OverConfidentResult:
    """Images of the project with softmax > ``confidence`` and max P of the predicted class < ``unseen``, ranked.

    Raises
    ------
    QueryError
        for bounds that are no probabilities.
    """
    for name, value in (("confidence", confidence), ("unseen", unseen)):
        if not 0 <= value <= 1:
            raise QueryError(f"{name} {value} is no probability: give a number from 0 to 1.")
    known = evaluated(project, model, progress)
    p_max, concepts = _clearest(known)
    outputs = np.array([known.frame.output(name)[row] for row, name in enumerate(known.predicted)])
    certain = outputs > confidence
    # An unknown P (NaN) is not below anything: such images are counted as unjudged instead.
    rows = np.flatnonzero(certain & (p_max < unseen))
    ranked = rows[np.argsort(-(outputs[rows] - p_max[rows]), kind="stable")]
    familiarity = known.frame.p_values() if known.frame.familiarity is not None and len(ranked) else None
    return OverConfidentResult(
        confidence=confidence,
        unseen=unseen,
        considered=len(outputs),
        certain=int(certain.sum()),
        unjudged=int((certain & np.isnan(p_max)).sum()),
        images=tuple(
            _one(known, row, float(outputs[row]), concepts[row], float(p_max[row]), familiarity)
            for row in ranked.tolist()
        ),
    )


def _clearest(known: Evaluated) -> tuple[np.ndarray, list[str]]:
    """The largest P (n,) among the predicted class's concepts, NaN where it has none, and that concept's name."""
    p_max, concepts = np.full(len(known.predicted), np.nan), [""] * len(known.predicted)
    predicted = np.array(known.predicted, dtype=object)
    for class_name in set(known.predicted):
        names = [name for name in known.frame.probabilities if name.rpartition(".")[0] == class_name]
        rows = np.flatnonzero(predicted == class_name)
        if not names:
            continue
        table = np.stack([known.frame.probability(name)[rows] for name in names])
        for row, values in zip(rows.tolist(), table.T, strict=True):
            p_max[row], concepts[row] = values.max(), names[int(values.argmax())]
    return p_max, concepts


def _one(
    known: Evaluated, row: int, confidence: float, concept: str, p_max: float, familiarity: np.ndarray | None
) -> OverConfident:
    image = known.images[row]
    return OverConfident(
        image_id=image.id,
        file=image.name,
        class_name=image.class_name,
        split=image.split,
        predicted=known.predicted[row],
        confidence=confidence,
        concept=concept,
        p_max=p_max,
        familiarity=None if familiarity is None else float(familiarity[row]),
    )


def overconfident_query(class_name: str, confidence: float = CONFIDENCE, unseen: float = UNSEEN) -> str:
    """The search that finds the over-confident images of one class.

    >>> overconfident_query("cat")
    'p(cat) > 0.9 and max(cat) < 0.2'
    """
    return f"p({quote(class_name)}) > {confidence:g} and max({quote(class_name)}) < {unseen:g}"


def overconfident_table(images: Sequence[OverConfident]) -> pd.DataFrame:
    """The list as a table, ready to export."""
    columns = [*OverConfident.__dataclass_fields__]
    return pd.DataFrame([asdict(image) for image in images], columns=columns)
