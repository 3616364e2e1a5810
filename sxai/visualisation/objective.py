"""The objective of feature inversion, for several targets at once (S-XAI, "Feature visualization")."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import ArrayLike

from sxai.errors import SpaceError
from sxai.networks.network import IMAGENET_STD, Network


def total_variation(z: torch.Tensor, exponent: float = 2.0) -> torch.Tensor:
    """``R(z) = Σ ((horizontal difference)² + (vertical difference)²)^{β/2}`` of each of (T, c, H, W): (T,).

    Differences are forward; the one beyond the border is zero.
    """
    across = torch.zeros_like(z)
    down = torch.zeros_like(z)
    across[..., :-1] = z[..., 1:] - z[..., :-1]
    down[..., :-1, :] = z[..., 1:, :] - z[..., :-1, :]
    squares = across.square() + down.square()
    if exponent == 2.0:
        return squares.sum(dim=(1, 2, 3))
    # The power's slope at 0 is infinite for β < 2; a flat place must not move.
    smooth = torch.where(squares > 0, squares, torch.ones_like(squares)).pow(exponent / 2)
    return torch.where(squares > 0, smooth, torch.zeros_like(squares)).sum(dim=(1, 2, 3))


@dataclass(frozen=True, eq=False)
class Objective:
    """``‖Φ(z) − Φ₀‖² + λ · R(z)`` for T targets, each with its own z.

    Attributes
    ----------
    network
        gives Φ; z is in the paper's space, pixels less the network's own mean, in ImageNet's standard
        deviations, whatever units the network itself is fed in: R and the steps mean the same for each.
    targets
        (T, C) on the network's device, Φ₀ of each.
    weight, exponent
        λ and β.
    """

    network: Network
    targets: torch.Tensor
    weight: float = 2.0
    exponent: float = 2.0

    @cached_property
    def unit(self) -> torch.Tensor:
        """(1, 3, 1, 1) what a step of 1 in z is in the network's own normalised space; 1 for torchvision's networks."""
        std = torch.tensor(IMAGENET_STD, dtype=self.targets.dtype, device=self.targets.device).reshape(1, 3, 1, 1)
        return std * self.network.preprocessing.scale / self.network.std.to(self.targets)

    def maps(self, z: torch.Tensor) -> torch.Tensor:
        """Feature maps (n, C, h, w) of pictures (n, 3, S, S) in z's space."""
        return self.network.body((z * self.unit).contiguous(memory_format=torch.channels_last))

    def features(self, z: torch.Tensor) -> torch.Tensor:
        """Φ(z): GAP features (n, C)."""
        return self.maps(z).mean(dim=(2, 3))

    def losses(self, z: torch.Tensor, rows: torch.Tensor | None = None) -> torch.Tensor:
        """The loss (n,) of each of ``z`` (n, 3, S, S); ``rows`` (n,) says which targets those are (all)."""
        targets = self.targets if rows is None else self.targets[rows]
        misfit = (self.features(z) - targets).square().sum(dim=1)
        return misfit + self.weight * total_variation(z, self.exponent) if self.weight else misfit

    def evaluate(self, z: torch.Tensor, rows: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """Losses (n,) and gradients (n, 3, S, S) at ``z``.

        The gradient is that of the losses' sum: no loss depends on another target's z, so they do not mix.
        """
        with torch.enable_grad():
            point = z.detach().requires_grad_()
            losses = self.losses(point, rows)
            [gradient] = torch.autograd.grad(losses.sum(), point)
        return losses.detach(), gradient

    def blank(self) -> torch.Tensor:
        """The start (T, 3, S, S): zero everywhere, the mean colour that the network expects."""
        size = self.network.preprocessing.size
        return torch.zeros(len(self.targets), 3, size, size, dtype=self.targets.dtype, device=self.targets.device)


def objective_of(network: Network, targets: ArrayLike, weight: float, exponent: float) -> Objective:
    """The objective of (T, C) ``targets`` in the network's own precision.

    Raises
    ------
    SpaceError
        unless there is at least one target with one finite value a channel of the network.
    """
    table = np.atleast_2d(np.asarray(targets, dtype=np.float64))
    if table.ndim != 2 or len(table) == 0 or table.shape[1] != network.channels:
        raise SpaceError(
            f"targets have shape {table.shape}: give (targets, {network.channels}), one value a channel of the network"
        )
    if not np.isfinite(table).all():
        row = int(np.flatnonzero(~np.isfinite(table).all(axis=1))[0])
        raise SpaceError(f"target {row} is not finite: nothing can look like it")
    precision = next((weights.dtype for weights in network.parameters()), torch.float32)
    return Objective(network, torch.as_tensor(table, dtype=precision, device=network.device), weight, exponent)


@contextmanager
def frozen(network: torch.nn.Module) -> Iterator[None]:
    """Inside the block no parameter of the network takes part in gradients; as it was afterwards."""
    learning = [parameter for parameter in network.parameters() if parameter.requires_grad]
    try:
        for parameter in learning:
            parameter.requires_grad_(False)
        yield
    finally:
        for parameter in learning:
            parameter.requires_grad_(True)
