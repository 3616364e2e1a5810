"""The built-in small network: a narrow VGG that looks at 96 × 96 pixels.

Four blocks of one or two 3 × 3 convolutions, a 2 × 2 max-pool between blocks; the last layer is a ReLU, so features are
never negative. Its weights come from ``python -m sxai.demo.recipe``.
"""

from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import nn

SIZE = 96
MEAN = (0.5, 0.5, 0.5)
STD = (0.25, 0.25, 0.25)
WIDTHS = ((24,), (48,), (64, 96), (128, 128))
CHANNELS = WIDTHS[-1][-1]


def _taps() -> Mapping[str, str]:
    """Layer names as VGG has them, each with its index in the stack."""
    taps: dict[str, str] = {}
    index = 0
    for block, widths in enumerate(WIDTHS, start=1):
        for layer in range(1, len(widths) + 1):
            taps[f"conv{block}_{layer}"] = str(index)
            taps[f"relu{block}_{layer}"] = str(index + 1)
            index += 2
        if block < len(WIDTHS):
            taps[f"pool{block}"] = str(index)
            index += 1
    return MappingProxyType(taps)


TAPS = _taps()


def small_body(batch_norm: bool = False) -> nn.Module:
    """The convolution stack: normalised pixels (n, 3, S, S) → maps (n, CHANNELS, S/8, S/8), all ≥ 0.

    With ``batch_norm`` a normalisation stands between each convolution and its ReLU, for training only;
    :func:`folded` turns such a stack into a plain one.
    """
    layers: list[nn.Module] = []
    incoming = 3
    for block, widths in enumerate(WIDTHS):
        layers += [nn.MaxPool2d(2)] if block else []
        for width in widths:
            layers.append(nn.Conv2d(incoming, width, 3, padding=1))
            layers += [nn.BatchNorm2d(width)] if batch_norm else []
            layers.append(nn.ReLU())
            incoming = width
    return nn.Sequential(*layers)


def folded(trained: nn.Module) -> nn.Module:
    """A plain stack that computes what ``trained`` (made with batch norm) computes in evaluation mode."""
    plain = small_body().eval()
    source = [layer for layer in trained.children() if isinstance(layer, nn.Conv2d | nn.BatchNorm2d)]
    targets = [layer for layer in plain.children() if isinstance(layer, nn.Conv2d)]
    for target, conv, norm in zip(targets, source[::2], source[1::2], strict=True):
        target.load_state_dict(_merged(conv.state_dict(), norm.state_dict()))
    return plain


def _merged(conv: Mapping[str, torch.Tensor], norm: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Weight and bias of the convolution that does ``conv`` and then ``norm``."""
    gain = norm["weight"] / torch.sqrt(norm["running_var"] + nn.BatchNorm2d(1).eps)
    bias = (conv["bias"] - norm["running_mean"]) * gain + norm["bias"]
    return {"weight": conv["weight"] * gain[:, None, None, None], "bias": bias}
