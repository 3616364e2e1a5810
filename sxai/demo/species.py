"""Cats, dogs and twenty invented species, each a combination of shared part styles.

The styles form an orthogonal array: with five styles of each part, any two parts' styles meet in exactly one cell,
so no style predicts another. Cat and dog are two of the 25 cells, the invented species are twenty others.
A network that tells the species apart must therefore look at every part for itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

EARS = ("pointed", "floppy", "round", "long", "fan")
EYES = ("slit", "round", "ring", "bar", "wide")
NOSES = ("triangle", "button", "oval", "snout", "beak")
LEGS = ("slim", "hoof", "webbed", "sturdy", "striped")

STYLES: Mapping[str, tuple[str, ...]] = MappingProxyType({"eyes": EYES, "nose": NOSES, "ears": EARS, "legs": LEGS})


@dataclass(frozen=True)
class Anatomy:
    """The part styles of one species."""

    ears: str
    eyes: str
    nose: str
    legs: str


def _cell(row: int, column: int) -> Anatomy:
    return Anatomy(EARS[row], EYES[column], NOSES[(row + column) % 5], LEGS[(row + 2 * column) % 5])


PETS = ("cat", "dog")

SPECIES = (
    "alvo",
    "belka",
    "corru",
    "dimmo",
    "elund",
    "fennit",
    "gorri",
    "hobbin",
    "ilka",
    "jorro",
    "kiva",
    "lumo",
    "mirru",
    "nubbin",
    "opko",
    "pirrel",
    "quolo",
    "rivik",
    "sorrel",
    "tumbo",
)

# The diagonal is left out (cat and dog lie on it), so that every style is worn by exactly four species.
_CELLS = [(row, column) for row in range(5) for column in range(5) if row != column]

ANATOMY: Mapping[str, Anatomy] = MappingProxyType(
    {"cat": _cell(0, 0), "dog": _cell(1, 1)} | {name: _cell(*cell) for name, cell in zip(SPECIES, _CELLS, strict=True)}
)
