"""The tables of the catalogue: images, masks, models, spaces, findings, jobs.

A change here needs a migration beside it (``data_store/migrations``); a test compares the two.
"""

from datetime import datetime
from typing import Annotated, Any

from sqlalchemy import DDL, JSON, CheckConstraint, Double, Index, MetaData, String, Text, UniqueConstraint, event
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from data_store.columns import UtcDateTime, one_of, reference, utc_now
from data_store.records import MASK_SOURCES

SPLITS = ("train", "val", "reference")
MASK_ACTIONS = ("created", "changed", "deleted")
JOB_STATES = ("queued", "running", "done", "failed", "cancelled")

# Ids are never used twice, also after a removal: caches, events and spaces remember those that are gone.
NUMBERED = {"sqlite_autoincrement": True}
LongText = Annotated[str, mapped_column(Text)]


class Table(DeclarativeBase):
    """Base of all tables. Constraints have predictable names, so that later migrations can address them."""

    __table_args__: Any = NUMBERED
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy reads it as a plain class attribute
        str: String(255),
        float: Double,
        datetime: UtcDateTime,
        dict[str, Any]: JSON(none_as_null=True),
        list[Any]: JSON(none_as_null=True),
    }


class Setting(Table):
    """One named value of the project; ``value`` is any JSON, null included."""

    __tablename__ = "setting"
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSON(none_as_null=False))
    updated: Mapped[datetime] = mapped_column(default=utc_now, onupdate=utc_now)


class ClassLabel(Table):
    """A class that images belong to, e.g. cat."""

    __tablename__ = "class_label"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    created: Mapped[datetime] = mapped_column(default=utc_now)


class Dataset(Table):
    """One import: where images came from."""

    __tablename__ = "dataset"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    source: Mapped[LongText]
    created: Mapped[datetime] = mapped_column(default=utc_now)


class Image(Table):
    """A photograph; ``sha256`` is over its decoded pixels, so that the same picture is held once."""

    __tablename__ = "image"
    __table_args__ = (
        one_of("split", SPLITS),
        CheckConstraint("width > 0 AND height > 0", name="size"),
        Index(None, "class_id", "split"),
        NUMBERED,
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = reference("dataset", index=True)
    class_id: Mapped[int | None] = reference("class_label", "RESTRICT")
    split: Mapped[str]
    sha256: Mapped[str] = mapped_column(unique=True)
    artefact: Mapped[str]
    name: Mapped[str] = mapped_column(String(768), index=True)
    width: Mapped[int]
    height: Mapped[int]
    format: Mapped[str]
    created: Mapped[datetime] = mapped_column(default=utc_now)


class Part(Table):
    """Known ground truth: whether a part (eyes, nose …) is visible in an image, and where."""

    __tablename__ = "part"
    image_id: Mapped[int] = reference("image", primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True, index=True)
    visible: Mapped[bool]
    rle: Mapped[dict[str, Any] | None]


class Concept(Table):
    """A named part or property of one class, e.g. eyes of cat."""

    __tablename__ = "concept"
    __table_args__ = (UniqueConstraint("class_id", "name"), NUMBERED)
    id: Mapped[int] = mapped_column(primary_key=True)
    class_id: Mapped[int] = reference("class_label")
    name: Mapped[str]
    created: Mapped[datetime] = mapped_column(default=utc_now)


class Mask(Table):
    """A mask: where a concept is in an image. ``version`` counts the edits; saving states the version that was read."""

    __tablename__ = "mask"
    __table_args__ = (
        UniqueConstraint("image_id", "concept_id"),
        one_of("source", MASK_SOURCES),
        CheckConstraint("version >= 1", name="version"),
        NUMBERED,
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    image_id: Mapped[int] = reference("image")
    concept_id: Mapped[int] = reference("concept", index=True)
    labels: Mapped[list[Any] | None]
    slic: Mapped[dict[str, Any] | None]
    fill_label: Mapped[int | None]
    fill: Mapped[list[Any] | None]
    rle: Mapped[dict[str, Any]]
    source: Mapped[str]
    author: Mapped[str]
    note: Mapped[LongText] = mapped_column(default="")
    version: Mapped[int]
    created: Mapped[datetime] = mapped_column(default=utc_now)
    updated: Mapped[datetime] = mapped_column(default=utc_now)


class MaskEvent(Table):
    """One edit of a mask, never changed later. ``version`` is the mask's after it; deleting counts as one.

    ``restored`` is the earlier version whose contents the edit brought back (0: no mask), None for a new state.
    """

    __tablename__ = "mask_event"
    __table_args__ = (one_of("action", MASK_ACTIONS), Index(None, "image_id", "concept_id"), NUMBERED)
    id: Mapped[int] = mapped_column(primary_key=True)
    mask_id: Mapped[int | None]
    image_id: Mapped[int] = reference("image")
    concept_id: Mapped[int] = reference("concept", index=True)
    author: Mapped[str]
    action: Mapped[str]
    version: Mapped[int]
    restored: Mapped[int | None]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    created: Mapped[datetime] = mapped_column(default=utc_now)


APPEND_ONLY = (
    "CREATE TRIGGER mask_event_append_only BEFORE UPDATE ON mask_event "
    "BEGIN SELECT RAISE(ABORT, 'edits of masks are never changed'); END"
)
event.listen(MaskEvent.__table__, "after_create", DDL(APPEND_ONLY).execute_if(dialect="sqlite"))


class MaskConflict(Table):
    """An edit that was refused because somebody else's came between; ``attempt`` None: it would have deleted.

    ``stored_author`` and ``stored_version`` are of the edit that it ran into.
    """

    __tablename__ = "mask_conflict"
    __table_args__ = (Index(None, "image_id", "concept_id"), NUMBERED)
    id: Mapped[int] = mapped_column(primary_key=True)
    image_id: Mapped[int] = reference("image")
    concept_id: Mapped[int] = reference("concept", index=True)
    author: Mapped[str]
    expected_version: Mapped[int | None]
    attempt: Mapped[dict[str, Any] | None]
    stored_author: Mapped[str]
    stored_version: Mapped[int]
    created: Mapped[datetime] = mapped_column(default=utc_now)


class Model(Table):
    """A network: its backbone, training and evaluation."""

    __tablename__ = "model"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    backbone: Mapped[str]
    head: Mapped[str | None]
    channels: Mapped[int]
    classes: Mapped[list[Any]]
    preprocessing: Mapped[dict[str, Any]]
    artefact: Mapped[str | None]
    sha256: Mapped[str | None]
    weights_source: Mapped[LongText | None]
    parameters: Mapped[dict[str, Any]]
    history: Mapped[list[Any]]
    evaluation: Mapped[dict[str, Any] | None]
    trained: Mapped[bool]
    created: Mapped[datetime] = mapped_column(default=utc_now)
    updated: Mapped[datetime] = mapped_column(default=utc_now, onupdate=utc_now)


class FeatureBlock(Table):
    """One file with the features of ``n`` images under one model."""

    __tablename__ = "feature_block"
    id: Mapped[int] = mapped_column(primary_key=True)
    model_id: Mapped[int] = reference("model", index=True)
    artefact: Mapped[str]
    n: Mapped[int]
    created: Mapped[datetime] = mapped_column(default=utc_now)


class Feature(Table):
    """In which row of which block the features of an image are."""

    __tablename__ = "feature"
    model_id: Mapped[int] = reference("model", primary_key=True)
    image_id: Mapped[int] = reference("image", primary_key=True, index=True)
    block_id: Mapped[int] = reference("feature_block", index=True)
    row: Mapped[int]


class Space(Table):
    """The semantic space of a concept in a model; ``version`` is the software that made it."""

    __tablename__ = "space"
    __table_args__ = (UniqueConstraint("model_id", "concept_id", "estimator"), NUMBERED)
    id: Mapped[int] = mapped_column(primary_key=True)
    model_id: Mapped[int] = reference("model")
    concept_id: Mapped[int] = reference("concept", index=True)
    estimator: Mapped[str]
    channels: Mapped[list[Any]]
    delta: Mapped[list[Any]]
    parameters: Mapped[dict[str, Any]]
    n_masks: Mapped[int]
    masking: Mapped[dict[str, Any] | None]
    ratios: Mapped[dict[str, Any] | None]
    artefact: Mapped[str | None]
    version: Mapped[str]
    created: Mapped[datetime] = mapped_column(default=utc_now)


class SpaceMask(Table):
    """Which version of which mask a space was made from. No foreign key: the fact outlives the mask."""

    __tablename__ = "space_mask"
    space_id: Mapped[int] = reference("space", primary_key=True)
    mask_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    mask_version: Mapped[int]


class ReferenceDistribution(Table):
    """The reference distribution of a space: the fit over the images of its class."""

    __tablename__ = "reference_distribution"
    id: Mapped[int] = mapped_column(primary_key=True)
    space_id: Mapped[int] = reference("space", unique=True)
    n: Mapped[int]
    mean: Mapped[float]
    std: Mapped[float]
    minimum: Mapped[float]
    maximum: Mapped[float]
    r2: Mapped[float]
    ks: Mapped[float]
    artefact: Mapped[str | None]


class Analysis(Table):
    """The kept outcome of an analysis of a model; ``key`` stands for all that determines it."""

    __tablename__ = "analysis"
    __table_args__ = (UniqueConstraint("model_id", "kind", "key"), NUMBERED)
    id: Mapped[int] = mapped_column(primary_key=True)
    model_id: Mapped[int] = reference("model")
    kind: Mapped[str]
    key: Mapped[str]
    parameters: Mapped[dict[str, Any]]
    result: Mapped[dict[str, Any]]
    artefact: Mapped[str | None]
    version: Mapped[str]
    created: Mapped[datetime] = mapped_column(default=utc_now)


class Assessment(Table):
    """The assessment of one image; ``image_id`` is null for pictures that are not in the catalogue."""

    __tablename__ = "assessment"
    id: Mapped[int] = mapped_column(primary_key=True)
    model_id: Mapped[int] = reference("model", index=True)
    image_id: Mapped[int | None] = reference("image", "SET NULL", index=True)
    file: Mapped[LongText | None]
    result: Mapped[dict[str, Any]]
    created: Mapped[datetime] = mapped_column(default=utc_now)


class Search(Table):
    """A query that was asked; those with a name were saved on purpose."""

    __tablename__ = "search"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(index=True)
    query: Mapped[LongText]
    total: Mapped[int]
    parameters: Mapped[dict[str, Any]]
    created: Mapped[datetime] = mapped_column(default=utc_now)


class Mark(Table):
    """A person's remark on an image, e.g. mislabelled."""

    __tablename__ = "mark"
    __table_args__ = (UniqueConstraint("image_id", "kind"), Index(None, "kind"), NUMBERED)
    id: Mapped[int] = mapped_column(primary_key=True)
    image_id: Mapped[int] = reference("image")
    kind: Mapped[str]
    note: Mapped[LongText] = mapped_column(default="")
    created: Mapped[datetime] = mapped_column(default=utc_now)


class Job(Table):
    """A job run by another process: its verb and arguments, progress, and outcome."""

    __tablename__ = "job"
    __table_args__ = (one_of("state", JOB_STATES), NUMBERED)
    id: Mapped[int] = mapped_column(primary_key=True)
    verb: Mapped[str]
    arguments: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(default="queued", index=True)
    stage: Mapped[str] = mapped_column(default="")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    detail: Mapped[dict[str, Any] | None]
    pid: Mapped[int | None]
    heartbeat: Mapped[datetime | None]
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    error: Mapped[LongText | None]
    result: Mapped[dict[str, Any] | None]
    log: Mapped[LongText | None]
    created: Mapped[datetime] = mapped_column(default=utc_now)
    started: Mapped[datetime | None]
    finished: Mapped[datetime | None]
