"""What a semantic space was made with, as it is stored beside it."""

from typing import TypedDict

from sxai.spaces.defaults import Fit


class StoredReading(TypedDict):
    """A :class:`~sxai.networks.reading.Reading` as JSON."""

    taps: list[str]
    size: int
    grid: int


class SpaceParameters(TypedDict, total=False):
    """All that determines a space besides its masks; spaces of earlier versions lack what came later.

    Attributes
    ----------
    n_ssn
        number of channels that the paper's estimator reads.
    seed
        where every random choice starts from.
    network
        hash of the weights.
    reference
        the data set that the reference images were taken from; None: all.
    fit, fit_asked, fit_bar
        the reference distribution in use, the one asked for, and the least R² of a normal one under "auto".
    reading, strongest, channels, direction
        of a spatial space: the layers that are read, the share of positions that counts, the columns before its
        own, and the key of its direction.
    version
        of the software.
    """

    n_ssn: int
    seed: int
    network: str | None
    reference: str | None
    fit: Fit
    fit_asked: Fit
    fit_bar: float | None
    reading: StoredReading
    strongest: float
    channels: int
    direction: str
    version: str
