"""How a printed figure or table is written down."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Value = float | int | str


@dataclass(frozen=True)
class Printed:
    """One figure or table: ``where`` it stands, its ``title``, what it ``says``, and its ``values`` by quantity."""

    where: str
    title: str
    says: str
    values: Mapping[str, Value] = field(default_factory=dict)
