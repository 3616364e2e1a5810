"""Column types and small schema pieces that are the same on every database."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, Dialect, ForeignKey
from sqlalchemy.orm import mapped_column
from sqlalchemy.types import TypeDecorator


def utc_now() -> datetime:
    """The present moment, timezone-aware, in UTC."""
    return datetime.now(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """A timezone-aware datetime in UTC. SQLite has no time zones: UTC is removed on writing and restored on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive datetimes, whose time zone is ambiguous."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone: use datetime.now(UTC)")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the datetime as UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def iso(moment: datetime | None) -> str | None:
    """ISO text of a stored moment, e.g. ``2026-01-31T12:00:00.000000+00:00``; None stays None."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="microseconds")


def to_json(value: Any) -> str:
    """JSON text; arrays and numpy scalars become lists and numbers, numbers that are not finite become null.

    >>> to_json({"loss": [0.5, float("nan")], "size": (3, 4)})
    '{"loss": [0.5, null], "size": [3, 4]}'
    """
    try:
        return json.dumps(value, allow_nan=False, ensure_ascii=False, default=_plain)
    except ValueError:
        return json.dumps(_finite(value), allow_nan=False, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):  # numpy arrays and scalars, without importing numpy for every catalogue
        return _finite(value.tolist())
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} cannot be stored as JSON: give plain values")


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """CHECK that ``column`` holds one of ``values``; named after the column."""
    return CheckConstraint(f"{column} IN ({', '.join(repr(value) for value in values)})", name=column)


def reference(target: str, on_delete: str = "CASCADE", **options: Any) -> Any:
    """A foreign key column to ``target``'s id, with the action for this row when the target is deleted."""
    return mapped_column(ForeignKey(f"{target}.id", ondelete=on_delete), **options)
