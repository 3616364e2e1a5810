"""The visibility limit of a faint pattern: its visible difference ΔE (S-CIELAB), and projection to a limit.

On plain grey S-CIELAB (:mod:`sxai.occluders.s_cielab`) is linear in the linear-light intensity ℓ of a faint pattern:
its visible difference is V ℓ, where V maps each spatial frequency of ℓ, a colour, to a colour of CIELAB. So the limit
‖V ℓ‖ ≤ s is a convex set with an exact projection. ℓ is linear light, not pixel values: fine detail that is as far
below a pixel value as above it is lighter on average, which is visible.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.optimize import brentq
from skimage.color import rgb2xyz, xyz2lab

from sxai.occluders.s_cielab import BLURS, OPPONENT, SAMPLES

BACKGROUND_GREY = 0.4
"""The grey background on which visibility is computed, in pixel values of [0, 1]."""

SRGB_LINEAR_END = 0.04045
"""Pixel value up to which sRGB is linear in light; above, it is a power."""

_GREY_LIGHT = ((np.float32(BACKGROUND_GREY) + 0.055) / 1.055) ** 2.4
_GREY_SLOPE = 2.4 / 1.055 * ((BACKGROUND_GREY + 0.055) / 1.055) ** 1.4


@dataclass(frozen=True, eq=False)
class VisibilityFilter:
    """Visibility of patterns (3, S, S) on grey: the eigendecomposition of VᵀV at every frequency.

    Linear light is scaled so that for a faint pattern it equals the pixel values.

    Attributes
    ----------
    strengths
        float32 (S, S/2 + 1, 3), eigenvalues: squared ΔE for a unit of linear light, seldom over 1e5.
    directions
        float32 (S, S/2 + 1, 3, 3), eigenvectors (colours), one a column.
    weights
        float32 (S/2 + 1, 1), weight of a squared coefficient in a mean over pixels.
    """

    strengths: NDArray[np.float32]
    directions: NDArray[np.float32]
    weights: NDArray[np.float32]

    def seen(self, pattern: np.ndarray) -> float:
        """Visible difference of a pattern (3, S, S) in the unit range: root mean square ΔE.

        >>> flat = np.full((3, 16, 16), 0.02)
        >>> round(visibility_filter(16).seen(flat), 1)  # two hundredths lighter everywhere
        2.1
        """
        return float(np.sqrt(self._energies(self._split(_light(pattern))).sum()))

    def within(self, pattern: np.ndarray, most: float) -> NDArray[np.float32]:
        """Projection of ``pattern`` to a visible difference of at most ``most``; unchanged when it is within the limit.

        The distance is in linear light. With v the eigenvalues of VᵀV at a frequency, the nearest light is ℓ / (1 + μ
        v), with the μ ≥ 0 that gives a visible difference of ``most`` > 0.
        """
        split = self._split(_light(pattern))
        energies = self._energies(split).astype(np.float64)
        goal = most**2
        if energies.sum() <= goal:
            return np.asarray(pattern, np.float32)
        strengths = self.strengths.astype(np.float64)

        def beyond(price: float) -> float:
            return float((energies / (1 + price * strengths) ** 2).sum()) - goal

        high = 1e-6
        while beyond(high) > 0:
            high *= 10
        price = brentq(beyond, 0, high, rtol=1e-6)
        return _pattern(self._joined(split / (1 + np.float32(price) * self.strengths)))

    def _split(self, light: np.ndarray) -> NDArray[np.complex64]:
        """Fourier coefficients (S, S/2 + 1, 3) of a pattern's linear light along the eigenvectors of VᵀV."""
        frequencies = fft.rfft2(np.asarray(light, np.float32)).transpose(1, 2, 0)
        coefficients: NDArray[np.complex64] = np.matmul(frequencies[..., None, :], self.directions)[..., 0, :]
        return coefficients

    def _joined(self, split: NDArray[np.complex64]) -> NDArray[np.float32]:
        frequencies = np.matmul(self.directions, split[..., None])[..., 0].transpose(2, 0, 1)
        side = self.strengths.shape[0]
        return np.asarray(fft.irfft2(frequencies, s=(side, side)), np.float32)

    def _energies(self, split: NDArray[np.complex64]) -> NDArray[np.float32]:
        """Contribution of each Fourier coefficient to the mean squared ΔE."""
        energies: NDArray[np.float32] = (split.real**2 + split.imag**2) * self.strengths * self.weights
        return energies


@lru_cache(maxsize=4)
def visibility_filter(side: int, samples: float = SAMPLES) -> VisibilityFilter:
    """The filter for patterns (3, side, side) at ``samples`` pixels a degree of visual angle."""
    squared = np.fft.fftfreq(side)[:, None] ** 2 + np.fft.rfftfreq(side)[None] ** 2
    passed = np.stack([_passed(squared, blurs, samples) for blurs in BLURS], axis=2)
    grey = np.full(3, BACKGROUND_GREY)
    to_opponent = OPPONENT @ _slopes(rgb2xyz, grey)
    to_lab = _slopes(xyz2lab, rgb2xyz(grey)) @ np.linalg.inv(OPPONENT)
    eye = np.einsum("ij,yxj,jk->yxik", to_lab, passed, to_opponent)
    strengths, directions = np.linalg.eigh(np.swapaxes(eye, 2, 3) @ eye)
    weights = np.full((squared.shape[1], 1), 2.0)
    weights[0] = 1
    if side % 2 == 0:
        weights[-1] = 1
    parts = (strengths.clip(min=0), directions, weights / side**4)
    return VisibilityFilter(*(np.ascontiguousarray(part, np.float32) for part in parts))


def _light(pattern: np.ndarray) -> np.ndarray:
    """Linear light of a pattern on grey, scaled so that for a faint pattern it equals the pixel values."""
    values = np.float32(BACKGROUND_GREY) + np.asarray(pattern, np.float32)
    power = ((values.clip(min=SRGB_LINEAR_END) + 0.055) / 1.055) ** 2.4
    light: np.ndarray = (np.where(values > SRGB_LINEAR_END, power, values / 12.92) - _GREY_LIGHT) / _GREY_SLOPE
    return light


def _pattern(light: np.ndarray) -> NDArray[np.float32]:
    """The pattern on grey with this linear light, the inverse of :func:`_light`."""
    values = _GREY_LIGHT + light * _GREY_SLOPE
    root = 1.055 * values.clip(min=SRGB_LINEAR_END / 12.92) ** (1 / 2.4) - 0.055
    return np.asarray(np.where(values > SRGB_LINEAR_END / 12.92, root, 12.92 * values) - BACKGROUND_GREY, np.float32)


def _passed(squared: np.ndarray, blurs: tuple[tuple[float, float], ...], samples: float) -> np.ndarray:
    """Transfer function of the eye's blur at squared frequencies in cycles a pixel."""
    whole = sum(weight for weight, _ in blurs)
    parts = [weight / whole * np.exp(-((np.pi * width * samples) ** 2) * squared) for weight, width in blurs]
    transfer: np.ndarray = np.sum(parts, axis=0)
    return transfer


def _slopes(function: Callable[[np.ndarray], np.ndarray], at: np.ndarray) -> np.ndarray:
    """Jacobian (3, 3) of a map of colours by central differences, one column for each input."""
    step = 1e-5
    return np.stack([(function(at + shift) - function(at - shift)) / (2 * step) for shift in step * np.eye(3)], axis=1)
