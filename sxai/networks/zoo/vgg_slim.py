"""VGG-19 up to relu5_1 at a quarter of its width, with padding by reflection; small, for tests and trials."""

from collections import OrderedDict

from torch import nn

CONVOLUTIONS = (2, 2, 4, 4, 1)
WIDTHS = (16, 32, 64, 128, 128)


def vgg19_slim_body() -> nn.Module:
    """RGB in 0…1, (n, 3, 224, 224) → maps (n, 128, 14, 14), ≥ 0. The first layer does the colour
    arithmetic."""
    layers: OrderedDict[str, nn.Module] = OrderedDict(conv0=nn.Conv2d(3, 3, 1))
    channels = 3
    for block, (count, width) in enumerate(zip(CONVOLUTIONS, WIDTHS, strict=True), start=1):
        for index in range(1, count + 1):
            layers[f"conv{block}{index}"] = nn.Conv2d(channels, width, 3, padding=1, padding_mode="reflect")
            layers[f"relu{block}{index}"] = nn.ReLU()
            channels = width
        if block < len(WIDTHS):
            layers[f"pool{block}"] = nn.MaxPool2d(2)
    return nn.Sequential(layers)


def _taps() -> dict[str, str]:
    taps = {}
    for block, count in enumerate(CONVOLUTIONS, start=1):
        for index in range(1, count + 1):
            taps[f"conv{block}_{index}"] = f"conv{block}{index}"
            taps[f"relu{block}_{index}"] = f"relu{block}{index}"
        if block < len(CONVOLUTIONS):
            taps[f"pool{block}"] = f"pool{block}"
    return taps


TAPS = _taps()
