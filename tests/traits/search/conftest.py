"""A network whose every value can be worked out: three colours, pooled, then two or three classes."""

import numpy as np
import pytest
import torch
from torch import nn

from sxai.networks.network import Network, Preprocessing

SIDE = 12


class Squares(nn.Module):
    """Six maps of colours and of products of neighbouring positions, so that superpixels work on one another."""

    def forward(self, x):
        shifted = torch.roll(x, 4, dims=3)
        return torch.cat([x, x * shifted], dim=1)


@pytest.fixture
def network():
    """Classes "cat", "dog" and "fox" over six features, with fixed weights."""
    weights = np.random.default_rng(5).normal(0, 20, (3, 6))
    head = nn.Linear(6, 3)
    head.weight.data = torch.tensor(weights, dtype=torch.float32)
    head.bias.data = torch.tensor([0.5, 0.0, -0.5])
    preprocessing = Preprocessing(SIDE, (0.4, 0.5, 0.6), (0.5, 0.5, 0.5))
    return Network("squares", Squares(), preprocessing, 6, head=head, classes=("cat", "dog", "fox"))


@pytest.fixture
def scene():
    """``scene(columns, seed)``: pixels (12, 12, 3) and 3 × columns superpixels."""

    def make(columns, seed):
        rng = np.random.default_rng(seed)
        pixels = rng.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
        rows, places = np.indices((SIDE, SIDE))
        return pixels, (rows // 4) * columns + places * columns // SIDE

    return make
