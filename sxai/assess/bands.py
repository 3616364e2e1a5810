"""The bands of the trustworthiness assessment: from numbers to words.

S-XAI, Extended Data Table 1 (two classes) and supplement S.4 (more classes). A value on a boundary belongs to
the lower band, also when rounding has pushed it a hair above: 0.9 − 0.7 counts as 0.2.
"""

LOW = 0.2
MIDDLE = 0.35
HIGH = 0.5

ROUNDING = 1e-9


def above(value: float, edge: float) -> bool:
    """Whether ``value`` lies above ``edge`` by more than rounding.

    >>> above(0.9 - 0.7, LOW), above(0.21, LOW)
    (False, True)
    """
    return value > edge + ROUNDING


def band(value: float, low: str, middle: str, high: str, top: str) -> str:
    """The word for ``value``: ``low`` up to 0.2, ``middle`` to 0.35, ``high`` to 0.5, ``top`` above.

    >>> [band(value, "a", "b", "c", "d") for value in (0.2, 0.35, 0.5, 0.51)]
    ['a', 'b', 'c', 'd']
    """
    for edge, word in ((HIGH, top), (MIDDLE, high), (LOW, middle)):
        if above(value, edge):
            return word
    return low
