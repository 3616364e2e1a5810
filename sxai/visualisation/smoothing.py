"""Preconditioning of feature inversion: cosine coordinates in which the regulariser's curvature is diagonal."""

import math
from dataclasses import dataclass

import torch

FLOOR = 0.005
"""Smallest curvature, for frequencies on which the regulariser has almost none."""


@dataclass(frozen=True, eq=False)
class SmoothBasis:
    """Coordinates w of pictures z in which ``½ FLOOR ‖z‖² + R(z)`` (β = 2) is ``½ ‖w‖²``.

    With zero differences at the border, R is diagonal in the cosine basis (DCT-II): its curvature at frequency (i, j)
    is ``2 (4 − 2 cos(πi/S) − 2 cos(πj/S))``. Scaling each frequency by the root of its curvature removes the
    ill-conditioning that slows gradient descent down.

    Attributes
    ----------
    cosines
        (S, S) orthonormal DCT-II, one frequency a row.
    scale
        (S, S) ``1/√(FLOOR + curvature)``.
    """

    cosines: torch.Tensor
    scale: torch.Tensor

    def to_picture(self, w: torch.Tensor) -> torch.Tensor:
        """z (…, S, S) of coordinates w (…, S, S)."""
        return self.cosines.T @ (w * self.scale) @ self.cosines

    def pull_back(self, gradient: torch.Tensor) -> torch.Tensor:
        """The gradient by w of a function whose gradient by z is ``gradient`` (…, S, S)."""
        return (self.cosines @ gradient @ self.cosines.T) * self.scale


def smooth_basis(size: int, like: torch.Tensor, floor: float = FLOOR) -> SmoothBasis:
    """The basis for S × S pictures in the precision and on the device of ``like``."""
    at = torch.arange(size, dtype=torch.float64)
    cosines = torch.cos(math.pi / size * at[:, None] * (at[None, :] + 0.5)) * math.sqrt(2 / size)
    cosines[0] /= math.sqrt(2)
    wave = 2 - 2 * torch.cos(math.pi * at / size)
    scale = (floor + 2 * (wave[:, None] + wave[None, :])).rsqrt()
    return SmoothBasis(cosines.to(like), scale.to(like))
