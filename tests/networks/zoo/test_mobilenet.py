import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sxai.networks.zoo.mobilenet import TAPS, Block, MobileNetV2Body, SameConv2d


def slow_same_convolution(x, weight, stride):
    """One position after the other, reading zero outside: output i covers stride·i − before … + kernel."""
    kernel = weight.shape[-1]
    sizes = [math.ceil(side / stride) for side in x.shape[1:]]
    before = [max((out - 1) * stride + kernel - side, 0) // 2 for out, side in zip(sizes, x.shape[1:], strict=True)]
    result = np.zeros((weight.shape[0], *sizes))
    for row in range(sizes[0]):
        for column in range(sizes[1]):
            for i in range(kernel):
                for j in range(kernel):
                    y, z = row * stride - before[0] + i, column * stride - before[1] + j
                    if 0 <= y < x.shape[1] and 0 <= z < x.shape[2]:
                        result[:, row, column] += weight[:, :, i, j] @ x[:, y, z]
    return result


@settings(max_examples=25)
@given(st.integers(2, 9), st.integers(2, 9), st.sampled_from([1, 2]), st.sampled_from([1, 3, 5]))
def test_same_padding_equals_a_slow_convolution(height, width, stride, kernel):
    layer = SameConv2d(2, 3, kernel, stride, bias=False)
    x = torch.rand(1, 2, height, width)
    expected = slow_same_convolution(x[0].double().numpy(), layer.weight.detach().double().numpy(), stride)
    np.testing.assert_allclose(layer(x)[0].detach(), expected, atol=1e-5)


@pytest.mark.parametrize(("channels", "out", "stride", "added"), [(8, 8, 1, True), (8, 8, 2, False), (8, 9, 1, False)])
def test_a_block_is_added_to_its_input_only_where_both_have_one_shape(channels, out, stride, added):
    block = Block(channels, out, stride, 6)
    for parameter in block.parameters():
        torch.nn.init.zeros_(parameter)
    x = torch.rand(1, channels, 6, 6)
    assert torch.equal(block(x), x) == added if added else float(block(x).detach().abs().sum()) == 0


def test_the_first_block_does_not_expand():
    assert Block(32, 16, 1, 1).expand is None


def test_there_are_seventeen_blocks_and_maps_stay_between_zero_and_six():
    body = MobileNetV2Body().eval()
    assert len(body.blocks) == 17
    assert list(TAPS) == [*(f"block{index}" for index in range(1, 18)), "last"]
    with torch.inference_mode():
        maps = body(20 * torch.rand(1, 3, 64, 64) - 10)
    assert maps.shape == (1, 1280, 2, 2)
    assert float(maps.min()) >= 0
    assert float(maps.max()) <= 6
