"""Deep image prior: feature inversion over the weights of a small untrained network that draws the picture.

For comparison with the paper's regulariser (Supplementary Fig. 8): the network's shape alone makes pictures natural,
so the loss is the misfit ``‖Φ(z) − Φ₀‖²`` without R.
"""

import math
from collections.abc import Iterator

import torch
from torch import nn
from torch.nn.functional import interpolate, leaky_relu

from sxai.networks.device import seeded
from sxai.networks.network import Network
from sxai.visualisation.iterate import Iterate
from sxai.visualisation.objective import Objective
from sxai.visualisation.settings import InversionSettings

WIDTHS = (32, 32, 24, 16, 12)
"""Channels of the painter's layers; the picture doubles in size between them."""

LEARNING_RATE = 0.01


class Painter(nn.Module):
    """Convolutions that turn fixed noise into one picture (1, 3, S, S) of pixels in (0, 1)."""

    seed_picture: torch.Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size
        smallest = math.ceil(size / 2 ** (len(WIDTHS) - 1))
        self.register_buffer("seed_picture", 0.1 * torch.randn(1, WIDTHS[0], smallest, smallest))
        pairs = zip((WIDTHS[0], *WIDTHS[:-1]), WIDTHS, strict=True)
        self.layers = nn.ModuleList(nn.Conv2d(before, after, 3, padding=1) for before, after in pairs)
        self.norms = nn.ModuleList(nn.GroupNorm(4, width) for width in WIDTHS)
        self.colours = nn.Conv2d(WIDTHS[-1], 3, 1)

    def forward(self) -> torch.Tensor:
        """The picture as its weights now paint it."""
        x = self.seed_picture
        for at, (layer, norm) in enumerate(zip(self.layers, self.norms, strict=True)):
            if at:
                x = interpolate(x, scale_factor=2, mode="nearest")
            x = leaky_relu(norm(layer(x)), 0.1)
        return torch.sigmoid(self.colours(x))[..., : self.size, : self.size]


def paint(objective: Objective, settings: InversionSettings) -> Iterator[Iterate]:
    """Train one painter a target with Adam; every painter starts from the same seeded weights."""
    network, count = objective.network, len(objective.targets)
    painters = [_painter(network, objective.targets, settings.seed) for _ in range(count)]
    optimiser = torch.optim.Adam([weights for painter in painters for weights in painter.parameters()], LEARNING_RATE)
    best = objective.blank()
    lowest = torch.full((count,), torch.inf, dtype=torch.float64)
    for step in range(1, settings.budget + 1):
        with torch.enable_grad():
            z = _normalised(objective, torch.cat([painter() for painter in painters]))
            losses = (objective.features(z) - objective.targets).square().sum(dim=1)
            optimiser.zero_grad()
            losses.sum().backward()
        optimiser.step()
        now = losses.detach().cpu().double()
        better = now < lowest
        best[better], lowest = z.detach()[better], torch.minimum(lowest, now)
        yield Iterate(lowest.clone(), best.clone, (step,) * count, ((),) * count)


def _painter(network: Network, like: torch.Tensor, seed: int) -> Painter:
    with seeded(seed):
        return Painter(network.preprocessing.size).to(like)


def _normalised(objective: Objective, pixels: torch.Tensor) -> torch.Tensor:
    """Pixels in [0, 1] in z's space, in the precision they come in."""
    network = objective.network
    own = (pixels * network.preprocessing.scale - network.mean.to(pixels)) / network.std.to(pixels)
    return own / objective.unit
