import torch
from torch.nn.functional import conv2d, pad

from sxai.networks.backbones import BACKBONES
from sxai.networks.zoo.vgg_slim import TAPS, vgg19_slim_body


def test_it_has_the_layers_of_vgg19_up_to_relu5_1():
    full = list(BACKBONES["vgg19"].taps)
    assert list(TAPS) == full[: full.index("relu5_1") + 1]


def test_borders_are_mirrored():
    body = vgg19_slim_body()
    x = torch.rand(1, 3, 6, 6)
    layer = body.get_submodule("conv11")
    expected = conv2d(pad(x, (1, 1, 1, 1), mode="reflect"), layer.weight, layer.bias)
    torch.testing.assert_close(layer(x), expected)


def test_each_block_halves_the_picture():
    body = vgg19_slim_body().eval()
    sides = []
    for block in range(1, 5):
        body.get_submodule(f"pool{block}").register_forward_hook(
            lambda module, inputs, output: sides.append(tuple(output.shape[1:]))
        )
    with torch.inference_mode():
        assert body(torch.rand(1, 3, 64, 64)).shape == (1, 128, 4, 4)
    assert sides == [(16, 32, 32), (32, 16, 16), (64, 8, 8), (128, 4, 4)]
