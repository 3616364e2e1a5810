"""MobileNetV2 in TensorFlow's form: "same" padding as TensorFlow does it, batch normalisation folded away."""

import torch
from torch import nn
from torch.nn.functional import pad, relu6

STEM = 32
LAST = 1280
# expansion, output channels, repeats, stride of the first repeat
STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


class SameConv2d(nn.Conv2d):
    """A convolution whose output has ⌈input / stride⌉ positions; an odd pixel of padding goes right and
    below."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        height, width = input.shape[-2:]
        top, bottom = self._margins(height, 0)
        left, right = self._margins(width, 1)
        return super().forward(pad(input, (left, right, top, bottom)))

    def _margins(self, length: int, axis: int) -> tuple[int, int]:
        kernel, stride = self.kernel_size[axis], self.stride[axis]
        total = max((-(-length // stride) - 1) * stride + kernel - length, 0)
        return total // 2, total - total // 2


class Block(nn.Module):
    """Expand, filter each channel, project; added to its input where both have the same shape."""

    def __init__(self, channels: int, out: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = channels * expansion
        self.expand = nn.Conv2d(channels, hidden, 1) if expansion > 1 else None
        self.depthwise = SameConv2d(hidden, hidden, 3, stride, groups=hidden)
        self.project = nn.Conv2d(hidden, out, 1)
        self.residual = stride == 1 and channels == out

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = x if self.expand is None else relu6(self.expand(x))
        y = self.project(relu6(self.depthwise(y)))
        return x + y if self.residual else y


class MobileNetV2Body(nn.Module):
    """RGB in −1…1, (n, 3, 224, 224) → maps (n, 1280, 7, 7), from 0 to 6."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = SameConv2d(3, STEM, 3, 2)
        blocks, channels = [], STEM
        for expansion, out, repeats, stride in STAGES:
            for repeat in range(repeats):
                blocks.append(Block(channels, out, stride if repeat == 0 else 1, expansion))
                channels = out
        self.blocks = nn.Sequential(*blocks)
        self.conv_last = nn.Conv2d(channels, LAST, 1)
        self.last = nn.ReLU6()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.last(self.conv_last(self.blocks(relu6(self.conv(x)))))


TAPS = {f"block{i + 1}": f"blocks.{i}" for i in range(sum(stage[2] for stage in STAGES))} | {"last": "last"}
