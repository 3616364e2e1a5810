"""How P of a concept compares with the class's own images, in words.

P is a rank among the images of the class, not a chance: an average cat has 0.5. The range that most images of the class
have, and a word for the place of a picture in it, keep it from being read as weak.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from sxai.errors import SpaceError

Place = Literal["absent", "faint", "typical", "strong"]

ABSENT, LOW, HIGH = 0.02, 0.1, 0.9
"""Shares of the class's images below which a concept is absent, faint, and from which on it is strong."""


@dataclass(frozen=True)
class TypicalRange:
    """P of a concept over the images of its class.

    Attributes
    ----------
    least
        below it only one image in fifty shows so little.
    low, middle, high
        10 %, 50 % and 90 % quantile: four of five images lie between the outer two.
    """

    least: float
    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, probabilities: ArrayLike) -> "TypicalRange":
        """The range of P (n,), clipped to [0, 1].

        Raises
        ------
        SpaceError
            without images.
        """
        values = np.clip(np.asarray(probabilities, dtype=np.float64), 0.0, 1.0)
        if not len(values):
            raise SpaceError("the class has no images to take a typical range from; import some first")
        return cls(*(float(value) for value in np.quantile(values, [ABSENT, LOW, 0.5, HIGH])))

    def place(self, probability: float) -> Place:
        """Where a picture's P stands among them.

        >>> TypicalRange(0.02, 0.1, 0.5, 0.9).place(0.3)
        'typical'
        """
        if probability < self.least:
            return "absent"
        if probability < self.low:
            return "faint"
        return "strong" if probability > self.high else "typical"
