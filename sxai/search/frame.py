"""The table that a query is evaluated on: one row an image, one column a quantity."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sxai.errors import QueryError

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Frame:
    """The values that a query is evaluated on, for n images.

    Attributes
    ----------
    n
        number of images.
    probabilities
        ``class.concept`` → (n,) semantic probabilities, unclipped; NaN or None is unknown.
    outputs
        class → (n,) probabilities by the CNN.
    labels
        e.g. ``true``, ``predicted``, ``split`` → n texts; None is unknown.
    familiarity
        gives (n,) conformal p-values of familiarity, asked only by queries that read them; None where there are none.
    rate
        the p-value up to which an image counts as unfamiliar.
    """

    n: int
    probabilities: Mapping[str, ArrayLike]
    outputs: Mapping[str, ArrayLike] = field(default_factory=dict)
    labels: Mapping[str, Sequence[str | None]] = field(default_factory=dict)
    familiarity: Callable[[], Floats] | None = None
    rate: float = 0.05

    def __post_init__(self) -> None:
        object.__setattr__(self, "probabilities", self._columns(self.probabilities))
        object.__setattr__(self, "outputs", self._columns(self.outputs))
        for name, texts in self.labels.items():
            self._check_length(name, len(texts))

    def probability(self, name: str) -> Floats:
        """Semantic probabilities (n,) of one concept."""
        return np.asarray(self.probabilities[name], dtype=np.float64)

    def output(self, class_name: str) -> Floats:
        """The CNN's probabilities (n,) of one class."""
        return np.asarray(self.outputs[class_name], dtype=np.float64)

    def p_values(self) -> Floats:
        """Familiarity (n,) of the images.

        Raises
        ------
        QueryError
            where the project has nothing to compare with.
        """
        if self.familiarity is None:
            raise QueryError("familiarity is not known here: the gates are off, or no training picture is there")
        return np.asarray(self.familiarity(), dtype=np.float64)

    def _columns(self, values: Mapping[str, ArrayLike]) -> dict[str, Floats]:
        columns = {name: np.asarray(column, dtype=np.float64) for name, column in values.items()}
        for name, column in columns.items():
            self._check_length(name, len(column) if column.ndim == 1 else -1)
        return columns

    def _check_length(self, name: str, length: int) -> None:
        if length != self.n:
            raise QueryError(
                f"{name} does not have one value for each of the {self.n} images: compute its values again"
            )
