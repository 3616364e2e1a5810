"""The record of a printed figure or table."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Value = float | int | str


@dataclass(frozen=True)
class Printed:
    """One figure or table: its place (``where``), ``title``, conclusion (``says``) and ``values`` by quantity."""

    where: str
    title: str
    says: str
    values: Mapping[str, Value] = field(default_factory=dict)
