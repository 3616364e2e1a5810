"""Frozen records that the catalogue returns and takes, never live rows.

Moments are ISO text in UTC; JSON columns are plain dicts and lists; a full name is ``class.concept``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

MASK_SOURCES = ("manual", "keypoints", "parts", "import", "auto")


@dataclass(frozen=True, slots=True)
class ClassRecord:
    """A class and how many images it has in each split (splits without images are left out)."""

    id: int
    name: str
    images: dict[str, int]


@dataclass(frozen=True, slots=True)
class DatasetRecord:
    """One import and how many images came with it."""

    id: int
    name: str
    source: str
    images: int
    created: str


@dataclass(frozen=True, slots=True)
class NewImage:
    """An image to add; ``class_name`` None: its class is not known. The class is made when it is new."""

    dataset_id: int
    class_name: str | None
    split: str
    sha256: str
    artefact: str
    name: str
    width: int
    height: int
    format: str


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """An image; ``artefact`` is the relative path of its file, width and height are in pixels."""

    id: int
    name: str
    class_name: str | None
    split: str
    sha256: str
    artefact: str
    width: int
    height: int
    format: str
    dataset: str


class PartRecord(NamedTuple):
    """Known ground truth for one part of one image: whether it shows, and its run-length mask if known."""

    visible: bool
    rle: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class ConceptRecord:
    """A concept of a class and its number of masks."""

    id: int
    class_name: str
    name: str
    masks: int

    @property
    def full_name(self) -> str:
        """``class.concept``, e.g. ``cat.eyes``."""
        return f"{self.class_name}.{self.name}"


@dataclass(frozen=True, slots=True)
class MaskEdit:
    """A mask to save; ``expected_version`` is the version that was read, None when there was none.

    ``restored`` is the earlier version whose contents these are, None when they are new.
    """

    image_id: int
    class_name: str
    concept: str
    labels: Sequence[int] | None
    slic: Mapping[str, Any] | None
    fill_label: int | None
    fill: Sequence[int] | None
    rle: Mapping[str, Any]
    source: str
    author: str
    expected_version: int | None = None
    note: str = ""
    restored: int | None = None


@dataclass(frozen=True, slots=True)
class MaskRecord:
    """A stored mask: superpixel ``labels`` under ``slic`` (None: free-hand), ``fill`` (r, g, b), pixels."""

    id: int
    image_id: int
    image_name: str
    class_name: str
    concept: str
    labels: tuple[int, ...] | None
    slic: dict[str, Any] | None
    fill_label: int | None
    fill: tuple[int, int, int] | None
    rle: dict[str, Any]
    source: str
    author: str
    version: int
    updated: str
    note: str = ""

    @property
    def full_name(self) -> str:
        """``class.concept``, e.g. ``cat.eyes``."""
        return f"{self.class_name}.{self.concept}"


@dataclass(frozen=True, slots=True)
class MaskEventRecord:
    """One edit of a mask; ``before`` and ``after`` are the mask's contents, None where there was no mask.

    ``restored``: the earlier version that it brought back (0: no mask), None for a new state.
    """

    id: int
    mask_id: int | None
    image_id: int
    author: str
    action: str
    version: int
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    created: str
    restored: int | None = None


@dataclass(frozen=True, slots=True)
class MaskLogRecord:
    """One edit without the contents: who did what to the mask of which concept in which image, and when."""

    id: int
    image_id: int
    image_name: str
    class_name: str
    concept: str
    author: str
    action: str
    version: int
    restored: int | None
    created: str

    @property
    def full_name(self) -> str:
        """``class.concept``, e.g. ``cat.eyes``."""
        return f"{self.class_name}.{self.concept}"


@dataclass(frozen=True, slots=True)
class MaskConflictRecord:
    """An edit by ``author`` that was refused: it had read ``expected_version`` (None: no mask).

    It ran into version ``stored_version`` by ``stored_author``; ``attempt`` is what it would have stored, None for a
    deletion.
    """

    id: int
    image_id: int
    image_name: str
    class_name: str
    concept: str
    author: str
    expected_version: int | None
    attempt: dict[str, Any] | None
    stored_author: str
    stored_version: int
    created: str

    @property
    def full_name(self) -> str:
        """``class.concept``, e.g. ``cat.eyes``."""
        return f"{self.class_name}.{self.concept}"


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """A network; ``artefact`` is its checkpoint file, ``history`` one entry an epoch."""

    id: int
    name: str
    backbone: str
    head: str | None
    channels: int
    classes: tuple[str, ...]
    preprocessing: dict[str, Any]
    artefact: str | None
    sha256: str | None
    weights_source: str | None
    parameters: dict[str, Any]
    history: list[Any]
    evaluation: dict[str, Any] | None
    trained: bool
    created: str
    updated: str


class FeatureRow(NamedTuple):
    """The features of ``image_id`` are row ``row`` of the arrays in ``artefact``."""

    image_id: int
    artefact: str
    row: int


@dataclass(frozen=True, slots=True)
class ReferenceRecord:
    """A reference distribution: the normal fit of ``n`` activations and its goodness of fit."""

    n: int
    mean: float
    std: float
    minimum: float
    maximum: float
    r2: float
    ks: float
    artefact: str | None = None


@dataclass(frozen=True, slots=True)
class SpaceRecord:
    """A semantic space: its channels, signed score differences, parameters, and reference distribution.

    ``full_name`` is ``class.concept``, e.g. ``cat.eyes``.
    """

    id: int
    model_id: int
    model: str
    class_name: str
    concept: str
    full_name: str = field(repr=False)
    estimator: str
    channels: tuple[int, ...]
    delta: tuple[float, ...]
    parameters: dict[str, Any]
    n_masks: int
    masking: dict[str, Any] | None
    ratios: dict[str, Any] | None
    artefact: str | None
    version: str
    created: str
    reference: ReferenceRecord | None


@dataclass(frozen=True, slots=True)
class SpaceMaskRecord:
    """A mask a space was made from; ``current_version`` differs when it was edited since, None: deleted."""

    mask_id: int
    mask_version: int
    current_version: int | None


@dataclass(frozen=True, slots=True)
class AnalysisRecord:
    """A kept outcome: ``result`` in JSON, larger arrays in the file ``artefact``; ``version`` of the software."""

    id: int
    model_id: int
    kind: str
    key: str
    parameters: dict[str, Any]
    result: dict[str, Any]
    artefact: str | None
    version: str
    created: str


@dataclass(frozen=True, slots=True)
class AssessmentRecord:
    """The assessment of one image, or of a ``file`` from outside the catalogue."""

    id: int
    model_id: int
    model: str
    image_id: int | None
    file: str | None
    result: dict[str, Any]
    created: str


@dataclass(frozen=True, slots=True)
class SearchRecord:
    """A query that was asked and how many images it found; ``name`` None: not saved on purpose."""

    id: int
    name: str | None
    query: str
    total: int
    parameters: dict[str, Any]
    created: str


@dataclass(frozen=True, slots=True)
class MarkRecord:
    """A person's remark on an image."""

    id: int
    image_id: int
    image_name: str
    kind: str
    note: str
    created: str


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job and its progress; ``heartbeat`` is the last report of process ``pid``."""

    id: int
    verb: str
    arguments: dict[str, Any]
    state: str
    stage: str
    done: int
    total: int
    detail: dict[str, Any] | None
    pid: int | None
    heartbeat: str | None
    cancel_requested: bool
    error: str | None
    result: dict[str, Any] | None
    log: str | None
    created: str
    started: str | None
    finished: str | None
