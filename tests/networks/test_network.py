import numpy as np
import pytest
import torch
from nets import canvases, tiny_network
from PIL import Image
from torch import nn

from sxai.errors import ModelError
from sxai.networks.network import Preprocessing


def test_a_prepared_batch_holds_plain_pixels():
    x = tiny_network(size=12).prepare(canvases(3))
    assert x.shape == (3, 3, 12, 12)
    assert x.dtype == torch.float32
    assert float(x.min()) >= 0
    assert float(x.max()) <= 1


def test_a_picture_of_the_right_size_is_not_touched():
    picture = canvases(1, height=12, width=12)[0]
    x = tiny_network(size=12).prepare([picture])
    np.testing.assert_array_equal((x[0] * 255).round().permute(1, 2, 0).numpy(), picture)


def test_squashing_resizes_the_whole_picture():
    picture = canvases(1, height=40, width=64)[0]
    x = tiny_network(size=12).prepare([picture])
    expected = np.asarray(Image.fromarray(picture).resize((12, 12), Image.Resampling.BILINEAR))
    np.testing.assert_array_equal((x[0] * 255).round().permute(1, 2, 0).numpy(), expected)


@pytest.mark.parametrize(("height", "width"), [(24, 44), (44, 24), (24, 24)])
def test_cropping_shrinks_the_shorter_side_and_takes_the_central_square(height, width):
    picture = canvases(1, height=height, width=width)[0]
    whole = Image.fromarray(picture).resize((width // 2, height // 2), Image.Resampling.BILINEAR)
    left, top = (width // 2 - 12) // 2, (height // 2 - 12) // 2
    x = tiny_network(size=12, fit="crop").prepare([picture])
    expected = np.asarray(whole)[top : top + 12, left : left + 12]
    np.testing.assert_allclose((x[0] * 255).permute(1, 2, 0), expected, atol=1.01)


def test_no_pictures_make_an_empty_batch():
    assert tiny_network().prepare([]).shape == (0, 3, 12, 12)


@pytest.mark.parametrize("canvas", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 3))])
def test_what_is_no_canvas_is_refused(canvas):
    with pytest.raises(ModelError, match="canvas uint8"):
        tiny_network().prepare([canvas])


def test_normalisation_happens_inside_and_scales_first():
    network = tiny_network(mean=(10.0, 20.0, 30.0), std=(2.0, 4.0, 5.0), scale=255.0)
    x = torch.rand(2, 3, 12, 12)
    expected = (x.numpy() * 255 - np.reshape([10, 20, 30], (1, 3, 1, 1))) / np.reshape([2, 4, 5], (1, 3, 1, 1))
    np.testing.assert_allclose(network.normalise(x), expected, rtol=1e-5)
    torch.testing.assert_close(network.maps(x), network.body(torch.from_numpy(expected).float()))


def test_features_are_the_mean_of_the_maps():
    network = tiny_network()
    x = network.prepare(canvases(4))
    maps = network.maps(x)
    assert maps.shape == (4, 6, 6, 6)
    np.testing.assert_allclose(network.features(x).detach(), maps.detach().numpy().mean(axis=(2, 3)), rtol=1e-5)


def test_scores_come_from_the_head():
    network = tiny_network()
    network.head = nn.Linear(6, 2)
    x = network.prepare(canvases(3))
    expected = network.features(x) @ network.head.weight.T + network.head.bias
    torch.testing.assert_close(network(x), expected)


def test_without_a_head_the_next_step_is_told():
    network = tiny_network()
    with pytest.raises(ModelError, match="sxai model train"):
        network(network.prepare(canvases(1)))


def test_taps_give_the_maps_of_inner_layers():
    network = tiny_network()
    x = network.prepare(canvases(2))
    torch.testing.assert_close(network.maps(x, "relu1"), network.body[:2](network.normalise(x)))
    torch.testing.assert_close(network.maps(x, "relu2"), network.maps(x))
    assert network.taps == ("relu1", "relu2")


def test_several_taps_can_be_captured_at_once():
    network = tiny_network()
    x = network.prepare(canvases(2))
    with network.capture("relu2", "relu1") as seen:
        network.maps(x)
    torch.testing.assert_close(seen["relu1"], network.maps(x, "relu1"))
    torch.testing.assert_close(seen["relu2"], network.maps(x, "relu2"))


def hooks(network):
    return sum(len(module._forward_hooks) for module in network.modules())


def test_the_network_is_left_without_hooks_whatever_happens():
    network = tiny_network()
    network.maps(network.prepare(canvases(1)), "relu1")
    assert hooks(network) == 0
    with pytest.raises(RuntimeError):
        network.maps(torch.rand(1, 5, 4, 4), "relu1")
    assert hooks(network) == 0
    with pytest.raises(ModelError), network.capture("relu1", "nothing"):
        pass
    assert hooks(network) == 0


def test_unknown_taps_are_refused_with_close_names():
    with pytest.raises(ModelError, match="Did you mean relu1"):
        tiny_network().maps(torch.rand(1, 3, 12, 12), "relu_1")
    with pytest.raises(ModelError, match="There are: relu1, relu2"):
        tiny_network().maps(torch.rand(1, 3, 12, 12), "xyz")


def test_gradients_reach_the_pixels():
    x = torch.rand(1, 3, 12, 12, requires_grad=True)
    tiny_network().features(x).sum().backward()
    assert float(x.grad.abs().sum()) > 0


def test_the_normalisation_is_not_part_of_the_weights():
    assert set(tiny_network().state_dict()) == {"body.0.weight", "body.0.bias", "body.2.weight", "body.2.bias"}


def test_the_preprocessing_can_be_changed():
    network = tiny_network()
    network.use_preprocessing(Preprocessing(20, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), fit="crop"))
    x = network.prepare(canvases(1))
    assert x.shape[2:] == (20, 20)
    torch.testing.assert_close(network.normalise(x), x)


@pytest.mark.parametrize("values", [{"size": 0}, {"std": (1.0, 0.0, 1.0)}, {"fit": "stretch"}])
def test_senseless_preprocessing_is_refused(values):
    with pytest.raises(ModelError, match="Preprocessing needs"):
        Preprocessing(**({"size": 8} | values))
