import pytest
import torch
from torch import nn
from torch.nn.functional import conv2d, max_pool2d

from sxai.networks.zoo.googlenet import BLOCKS, TAPS, GoogLeNetBody, Inception, Normalisation

PUBLISHED_DEPTHS = {"3a": 256, "3b": 480, "4a": 512, "4b": 512, "4c": 512, "4d": 528, "4e": 832, "5a": 832, "5b": 1024}


def test_the_blocks_have_the_published_depths():
    assert {name: branches.total for name, branches in BLOCKS.items()} == PUBLISHED_DEPTHS


def test_the_parameters_are_as_many_as_published():
    # 6,998,552 of the published network, less its 1024 × 1000 classifier with biases.
    assert sum(parameter.numel() for parameter in GoogLeNetBody().parameters()) == 6_998_552 - 1_025_000


def test_an_inception_block_joins_four_branches_in_their_order():
    block = Inception(8, BLOCKS["3a"])
    x = torch.rand(2, 8, 9, 9)

    def layer(name, value, padding=0):
        module = getattr(block, name)
        return conv2d(value, module.weight, module.bias, padding=padding).clamp(min=0)

    branches = [
        layer("b1x1", x),
        layer("b3x3", layer("r3", x), 1),
        layer("b5x5", layer("r5", x), 2),
        layer("pool_proj", max_pool2d(x, 3, 1, 1)),
    ]
    torch.testing.assert_close(block(x), torch.cat(branches, dim=1))


@pytest.mark.parametrize("channels", [3, 64, 192])
def test_responses_are_normalised_as_published(channels):
    x = torch.randn(2, channels, 6, 5, dtype=torch.float64).mul(300).requires_grad_()
    ours = Normalisation(channels).double()(x)
    published = nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1.0)(x)
    torch.testing.assert_close(ours, published)
    weights = torch.randn_like(x)
    slopes = [torch.autograd.grad((outcome * weights).sum(), x, retain_graph=True)[0] for outcome in (ours, published)]
    torch.testing.assert_close(*slopes)


def test_maps_of_a_full_picture_have_the_published_sizes():
    body = GoogLeNetBody().eval()
    sizes = {}
    for tap, path in TAPS.items():
        body.get_submodule(path).register_forward_hook(
            lambda module, inputs, output, tap=tap: sizes.update({tap: tuple(output.shape[1:])})
        )
    with torch.inference_mode():
        assert body(torch.rand(1, 3, 224, 224)).shape == (1, 1024, 7, 7)
    assert sizes["pool1"] == (64, 56, 56)
    assert sizes["pool2"] == (192, 28, 28)
    assert sizes["inception_3b"] == (480, 28, 28)
    assert sizes["inception_4e"] == (832, 14, 14)
    assert sizes["inception_5b"] == (1024, 7, 7)
