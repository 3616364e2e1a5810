import importlib.util
import sys

import nets
import numpy as np
import pytest
import torch
from torch import nn

from sxai.errors import ModelError, UnknownBackbone
from sxai.networks import backbones
from sxai.networks.backbones import BACKBONES, BackboneSpec, build, find_backbone, register
from sxai.networks.weights import load_weights
from sxai.torchvision_ import models

TORCHVISION = ["vgg19", "vgg16", "alexnet", "squeezenet1_1", "resnet50", "mobilenet_v2"]
CHANNELS = {
    "vgg19": 512,
    "vgg16": 512,
    "alexnet": 256,
    "squeezenet1_1": 512,
    "resnet50": 2048,
    "mobilenet_v2": 1280,
    "googlenet_bvlc": 1024,
    "mobilenet_v2_tf": 1280,
    "vgg19_slim": 128,
    "small": 128,
}
SIDE = 64


def shrunk(name, size=SIDE):
    """The network, for small inputs: convolutions do not care, and tests stay fast."""
    return build(name, seed=3)


def test_the_registry_offers_every_promised_backbone_the_papers_first():
    assert set(BACKBONES) == set(CHANNELS)
    assert next(iter(BACKBONES)) == "vgg19"


@pytest.mark.parametrize("name", CHANNELS)
def test_every_backbone_gives_non_negative_maps_of_its_channels(name):
    network = shrunk(name)
    assert not network.training
    with torch.inference_mode():
        maps = network.maps(torch.rand(2, 3, SIDE, SIDE))
    assert maps.ndim == 4
    assert maps.shape[:2] == (2, CHANNELS[name])
    assert network.channels == CHANNELS[name]
    assert float(maps.min()) >= 0
    assert torch.isfinite(maps).all()


@pytest.mark.parametrize("name", CHANNELS)
def test_every_tap_of_every_backbone_gives_maps_and_the_last_layer_is_among_them(name):
    network = shrunk(name)
    x = torch.rand(1, 3, SIDE, SIDE)
    with torch.inference_mode(), network.capture(*network.taps) as seen:
        final = network.maps(x)
    assert list(network.taps) == list(BACKBONES[name].taps)
    assert len(seen) == len(network.taps) >= 5
    assert all(maps.ndim == 4 and len(maps) == 1 for maps in seen.values())
    torch.testing.assert_close(seen[network.taps[-1]], final)
    sides = [seen[tap].shape[2] for tap in network.taps]
    assert sides == sorted(sides, reverse=True)


@pytest.mark.parametrize("name", TORCHVISION)
def test_features_equal_torchvisions_own_maps_pooled(name):
    network = shrunk(name)
    with torch.device("meta"):
        original = getattr(models, name)(weights=None)
    original = original.to_empty(device="cpu").eval()
    full = original.state_dict()
    spec = BACKBONES[name]
    for key, value in network.body.state_dict().items():
        full[spec.key_prefix + key].copy_(value)
    seen = {}
    last = original.layer4 if name == "resnet50" else original.features
    last.register_forward_hook(lambda module, inputs, output: seen.update(maps=output.detach().clone()))
    x = torch.rand(2, 3, SIDE, SIDE)
    statistics = torch.tensor([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]]).reshape(2, 1, 3, 1, 1)
    with torch.inference_mode():
        (last if name != "resnet50" else _resnet(original))((x - statistics[0]) / statistics[1])
        features = network.features(x)
    torch.testing.assert_close(features, seen["maps"].mean(dim=(2, 3)), rtol=1e-4, atol=1e-5)


def _resnet(model):
    def run(x):
        x = model.maxpool(model.relu(model.bn1(model.conv1(x))))
        return model.layer4(model.layer3(model.layer2(model.layer1(x))))

    return run


@pytest.mark.parametrize("name", TORCHVISION)
def test_a_torchvision_state_dict_fits_whole(name, tmp_path):
    with torch.device("meta"):
        original = getattr(models, name)(weights=None)
    state = {key: torch.full(value.shape, 0.5, dtype=value.dtype) for key, value in original.state_dict().items()}
    if name in ("vgg19", "vgg16", "alexnet"):
        # The classifiers are hundreds of megabytes; one small tensor stands for them here.
        state = {key: value for key, value in state.items() if not key.startswith("classifier.")}
        state["classifier.6.bias"] = torch.zeros(1000)
    torch.save(state, tmp_path / "w.pth")
    network = shrunk(name)
    load_weights(network, tmp_path / "w.pth")
    assert all(float(value.flatten()[0]) in (0.5, 0.0) for value in network.body.state_dict().values())


def test_vgg_taps_carry_the_published_layer_names():
    taps = BACKBONES["vgg19"].taps
    body = build("vgg19").body
    kinds = {"conv": nn.Conv2d, "relu": nn.ReLU, "pool": nn.MaxPool2d}
    assert all(isinstance(body.get_submodule(path), kinds[tap[:4]]) for tap, path in taps.items())
    assert list(taps)[-3:] == ["conv5_4", "relu5_4", "pool5"]
    assert len(taps) == len(body)
    assert {"relu5_1", "conv3_4", "pool1"} <= set(taps)
    assert "conv3_4" not in BACKBONES["vgg16"].taps


@pytest.mark.parametrize("name", CHANNELS)
def test_a_seed_gives_the_same_weights_and_leaves_chance_alone(name):
    state = torch.get_rng_state()
    first, again = (next(iter(build(name, seed=4).parameters())) for _ in range(2))
    assert torch.equal(first, again)
    assert not torch.equal(first, next(iter(build(name, seed=5).parameters())))
    assert torch.equal(torch.get_rng_state(), state)


def test_no_layer_overwrites_what_a_tap_keeps():
    for name in TORCHVISION:
        assert not any(getattr(module, "inplace", False) for module in build(name).modules())


def test_unknown_backbones_are_refused_with_close_names():
    with pytest.raises(UnknownBackbone, match="Did you mean vgg1"):
        build("vgg-19")
    with pytest.raises(UnknownBackbone, match="module:factory"):
        find_backbone("zzz")


def test_adding_a_backbone_is_one_entry(monkeypatch):
    monkeypatch.setattr(backbones, "_registry", dict(backbones._registry))
    register(BackboneSpec("mine", nets.tiny_body, 6, "for this test", size=12))
    assert build("mine").features(torch.rand(2, 3, 12, 12)).shape == (2, 6)
    with pytest.raises(ModelError, match="taken"):
        register(BackboneSpec("mine", nets.tiny_body, 6, "again"))
    with pytest.raises(ModelError, match="not allowed"):
        register(BackboneSpec("a:b", nets.tiny_body, 6, "confusing"))


@pytest.fixture(autouse=True)
def allowed(monkeypatch):
    factories = "good with_settings in_place nothing not_callable explodes a_number pooled two_outputs flat_input"
    names = [f"nets:{factory}" for factory in factories.split()]
    monkeypatch.setenv("SXAI_OWN_NETWORKS", ", ".join([*names, "no_such_module_at_all:make"]))


@pytest.mark.parametrize("name", ["os:abort", "nets:tiny_body", "sys:exit"])
def test_nothing_is_imported_that_is_not_allowed_by_name(name, monkeypatch):
    monkeypatch.setattr(backbones.importlib, "import_module", pytest.fail)
    with pytest.raises(ModelError, match=f"SXAI_OWN_NETWORKS={name}"):
        build(name)


@pytest.mark.parametrize("name", ["nets:", ":make", "../x:y", "os:abort()", "a b:c", "x" * 5000 + ":é"])
def test_what_does_not_name_a_network_is_one_sentence(name, monkeypatch):
    monkeypatch.setenv("SXAI_OWN_NETWORKS", name)
    monkeypatch.setattr(backbones.importlib, "import_module", pytest.fail)
    with pytest.raises(ModelError, match="write module:factory"):
        build(name)


def test_a_persons_own_network_is_imported_by_name():
    network = build("nets:good")
    assert network.backbone == "nets:good"
    assert network.channels == 5
    assert network.taps == ("0", "1", "2", "3")
    assert network.preprocessing.size == 224
    assert not network.training


def test_a_persons_own_network_may_bring_its_settings():
    network = build("nets:with_settings")
    assert network.preprocessing.size == 16
    assert network.preprocessing.scale == 2.0
    assert network.taps == ("early",)
    assert network.maps(torch.rand(1, 3, 16, 16), "early").shape == (1, 4, 8, 8)


def test_a_persons_own_layers_do_not_overwrite_taps():
    network = build("nets:in_place")
    assert float(network.maps(torch.zeros(1, 3, 8, 8) + 0.1, "0").detach().min()) < 0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no_such_module_at_all:make", "Cannot import"),
        ("nets:nothing", "Cannot import 'nothing'"),
        ("nets:not_callable", "not something that can be called"),
        ("nets:explodes", "called but failed.*weights.bin"),
        ("nets:a_number", "returned int"),
        ("nets:pooled", r"gives \(1, 5\), not maps"),
        ("nets:two_outputs", "gives tuple, not maps"),
        ("nets:flat_input", "cannot take a picture of 224 × 224"),
    ],
)
def test_a_persons_own_network_that_cannot_be_used_is_refused(name, words):
    with pytest.raises(ModelError, match=words):
        build(name)


def test_torchvision_is_not_imported_for_the_built_in_network():
    code = "import sys; from sxai.networks.backbones import build; build('small'); print('torchvision' in sys.modules)"
    import subprocess

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "False", done.stderr


FILES = {
    "googlenet_bvlc": ("googlenet", "googlenet_bvlc"),
    "mobilenet_v2_tf": ("mobilenet_v2", "mobilenet_v2_tf2_ptq_dequantised"),
    "vgg19_slim": ("vgg19_slim", "vgg19_slim16x_relu5_1"),
    "squeezenet1_1": ("squeezenet1_1", "squeezenet1_1_torchvision"),
}


@pytest.fixture(scope="module")
def reference(real_data):
    path = real_data / "weights" / "reference_nets.py"
    spec = importlib.util.spec_from_file_location("reference_nets", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.data
@pytest.mark.parametrize("name", FILES)
def test_our_definitions_compute_what_the_reference_computes(name, reference, real_data):
    known, file = FILES[name]
    original, prepare = reference.load(known)
    network = build(name)
    load_weights(network, real_data / "weights" / f"{file}.safetensors")
    size = network.preprocessing.size
    picture = np.random.default_rng(0).integers(0, 256, (size, size, 3), dtype=np.uint8)
    with torch.inference_mode():
        ours = network.maps(network.prepare([picture]))
        theirs = original.features(prepare(torch.from_numpy(picture).permute(2, 0, 1)[None].float()))
    assert ours.shape == theirs.shape
    assert float((ours - theirs).abs().max() / theirs.abs().max()) < 1e-4
    assert float(ours.min()) >= 0
