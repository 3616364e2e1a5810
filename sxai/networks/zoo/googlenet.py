"""GoogLeNet as first published: no batch normalisation, local response normalisation, plain ReLU.

Its parameter names are those of the published BVLC weights; it is not torchvision's later variant.
"""

from typing import NamedTuple

import torch
from torch import nn
from torch.nn.functional import conv2d, relu


class Branches(NamedTuple):
    """Output channels of an inception block's branches (and of the 1 × 1 layers that reduce their input)."""

    one: int
    reduce_three: int
    three: int
    reduce_five: int
    five: int
    pool: int

    @property
    def total(self) -> int:
        """Channels after the branches are joined."""
        return self.one + self.three + self.five + self.pool


BLOCKS = {
    "3a": Branches(64, 96, 128, 16, 32, 32),
    "3b": Branches(128, 128, 192, 32, 96, 64),
    "4a": Branches(192, 96, 208, 16, 48, 64),
    "4b": Branches(160, 112, 224, 24, 64, 64),
    "4c": Branches(128, 128, 256, 24, 64, 64),
    "4d": Branches(112, 144, 288, 32, 64, 64),
    "4e": Branches(256, 160, 320, 32, 128, 128),
    "5a": Branches(256, 160, 320, 32, 128, 128),
    "5b": Branches(384, 192, 384, 48, 128, 128),
}
POOLED_AFTER = ("3b", "4e")


class Inception(nn.Module):
    """Four branches over the same input, joined along the channels."""

    def __init__(self, channels: int, out: Branches) -> None:
        super().__init__()
        self.b1x1 = nn.Conv2d(channels, out.one, 1)
        self.r3 = nn.Conv2d(channels, out.reduce_three, 1)
        self.b3x3 = nn.Conv2d(out.reduce_three, out.three, 3, padding=1)
        self.r5 = nn.Conv2d(channels, out.reduce_five, 1)
        self.b5x5 = nn.Conv2d(out.reduce_five, out.five, 5, padding=2)
        self.pool = nn.MaxPool2d(3, stride=1, padding=1)
        self.pool_proj = nn.Conv2d(channels, out.pool, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        three = self.b3x3(relu(self.r3(x)))
        five = self.b5x5(relu(self.r5(x)))
        return relu(torch.cat([self.b1x1(x), three, five, self.pool_proj(self.pool(x))], dim=1))


class Normalisation(nn.Module):
    """Local response normalisation x / (1 + α/5 · Σ x²)^¾ over windows of five neighbouring channels.

    The windows are summed by a 1 × 1 convolution with a band of ones, several times faster than the sliding
    pooling of :class:`torch.nn.LocalResponseNorm`, which gives the same values.
    """

    band: torch.Tensor
    one: torch.Tensor

    def __init__(self, channels: int, size: int = 5, alpha: float = 1e-4) -> None:
        super().__init__()
        index = torch.arange(channels)
        near = (index[:, None] - index[None]).abs() <= size // 2
        self.register_buffer("band", (near * (alpha / size))[:, :, None, None], persistent=False)
        self.register_buffer("one", torch.ones(channels), persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        scale = conv2d(x * x, self.band, self.one)
        return x / (scale * scale.sqrt()).sqrt()


class GoogLeNetBody(nn.Module):
    """RGB 0…255 minus (123, 117, 104), (n, 3, 224, 224) → maps (n, 1024, 7, 7), ≥ 0."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3)
        self.pool1 = _pool()
        self.norm1 = Normalisation(64)
        self.conv2_reduce = nn.Conv2d(64, 64, 1)
        self.conv2 = nn.Conv2d(64, 192, 3, padding=1)
        self.norm2 = Normalisation(192)
        self.pool2 = _pool()
        channels = 192
        for name, branches in BLOCKS.items():
            self.add_module(f"inception_{name}", Inception(channels, branches))
            if name in POOLED_AFTER:
                self.add_module(f"pool{name[0]}", _pool())
            channels = branches.total

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.norm1(self.pool1(relu(self.conv1(x))))
        x = relu(self.conv2_reduce(x))
        x = self.pool2(self.norm2(relu(self.conv2(x))))
        for name in BLOCKS:
            x = self.get_submodule(f"inception_{name}")(x)
            if name in POOLED_AFTER:
                x = self.get_submodule(f"pool{name[0]}")(x)
        return x


def _pool() -> nn.MaxPool2d:
    return nn.MaxPool2d(3, stride=2, ceil_mode=True)


TAPS = {
    name: name
    for name in (
        "pool1",
        "pool2",
        "inception_3a",
        "inception_3b",
        "inception_4a",
        "inception_4b",
        "inception_4c",
        "inception_4d",
        "inception_4e",
        "inception_5a",
        "inception_5b",
    )
}
