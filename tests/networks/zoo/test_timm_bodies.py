"""timm's classifiers as backbones: maps of any family, patch tokens, weights by timm's own keys, clear errors."""

import sys
import threading

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from sxai.errors import ModelError, UnknownBackbone, WeightsError
from sxai.networks.backbones import build, find_backbone, is_own
from sxai.networks.features import extract
from sxai.networks.weights import load_checkpoint, load_weights, save_checkpoint
from sxai.networks.zoo import timm_bodies
from sxai.networks.zoo.timm_bodies import TimmBody, timm_facts

pytest.importorskip("sxai.torchvision_")  # timm needs torchvision mended first
timm = pytest.importorskip("timm")

VIT, CNN = "timm:test_vit", "timm:test_resnet"
FAMILIES = {
    "convnext_atto": (320, (7, 7)),
    "vit_small_patch14_reg4_dinov2": (384, (37, 37)),
    "swin_tiny_patch4_window7_224": (768, (7, 7)),
    "efficientnet_b0": (1280, (7, 7)),
    "mixer_s16_224": (512, (14, 14)),
    "deit_tiny_distilled_patch16_224": (192, (14, 14)),
    "xcit_nano_12_p16_224": (128, (14, 14)),
    "vit_base_patch16_siglip_224": (768, (14, 14)),
}


def noise(network, n=2):
    size = network.preprocessing.size
    return torch.rand(n, 3, size, size, generator=torch.Generator().manual_seed(1))


def original(name, seed=0):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return timm.create_model(name.removeprefix("timm:")).eval()


@pytest.fixture(params=[VIT, CNN])
def published(request, tmp_path):
    """A file as timm publishes them, classifier and all, with the model that it holds."""
    model = original(request.param, seed=8)
    save_file(model.state_dict(), tmp_path / "model.safetensors")
    return request.param, model, tmp_path / "model.safetensors"


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_gives_maps_of_its_channels(name):
    """On no device at all: the structure alone decides."""
    channels, sides = FAMILIES[name]
    with torch.device("meta"):
        model = timm.create_model(name, num_classes=0).eval()
        maps = TimmBody(model)(torch.zeros(2, *model.pretrained_cfg["input_size"]))
    assert tuple(maps.shape) == (2, channels, *sides)
    assert channels == model.num_features


def test_pooled_features_are_the_mean_of_the_patch_tokens():
    network = build(VIT, seed=2)
    x = noise(network)
    with torch.inference_mode():
        tokens = network.body.model.forward_features(network.normalise(x))
        features = network.features(x)
    assert tokens.shape == (2, 1 + 100, 64)
    torch.testing.assert_close(features, tokens[:, 1:].mean(dim=1))


def test_each_token_lies_where_its_patch_is():
    body = TimmBody(nn.Module())
    body.model.num_prefix_tokens = 2
    tokens = torch.arange(8.0).reshape(1, 8, 1)
    body.model.patch_embed = nn.Module()
    body.model.patch_embed.grid_size = (2, 3)
    assert body.arrange(tokens)[0, 0].tolist() == [[2, 3, 4], [5, 6, 7]]


@pytest.mark.parametrize("output", [torch.zeros(1, 7, 4), torch.zeros(1, 4), (1, 2)])
def test_what_fills_no_grid_is_refused(output):
    with pytest.raises(ModelError, match="Choose another model"):
        TimmBody(nn.Module()).arrange(output)


def test_transformers_may_be_negative_and_relu_networks_are_not():
    found = {name: build(name) for name in (VIT, CNN)}
    assert {name: network.features_nonnegative for name, network in found.items()} == {VIT: False, CNN: True}
    for network in found.values():
        with torch.inference_mode():
            assert bool(network.features(noise(network, 4)).min() >= 0) is network.features_nonnegative


@pytest.mark.parametrize("name", [VIT, CNN])
def test_every_tap_gives_maps_and_the_last_one_what_is_pooled(name):
    network = build(name)
    with torch.inference_mode(), network.capture(*network.taps) as seen:
        maps = network.maps(noise(network))
    assert len(seen) == len(network.taps) >= 5
    assert all(layer.ndim == 4 for layer in seen.values())
    torch.testing.assert_close(seen[network.taps[-1]], maps)


def test_preprocessing_is_timms():
    expected = find_backbone(VIT).preprocessing
    data = timm.data.resolve_model_data_config(original(VIT))
    assert expected.size == data["input_size"][-1] == 160
    assert (expected.mean, expected.std) == (data["mean"], data["std"])
    assert expected.interpolation == data["interpolation"] == "bicubic"
    assert "interpolation" not in find_backbone(CNN).preprocessing.recorded()
    assert expected.recorded()["interpolation"] == "bicubic"


def test_bicubic_is_how_pictures_are_shrunk():
    picture = np.random.default_rng(0).integers(0, 256, (200, 220, 3), dtype=np.uint8)
    vit, cnn = build(VIT), build(CNN)
    assert vit.preprocessing.size == cnn.preprocessing.size
    assert not torch.equal(vit.prepare([picture]), cnn.prepare([picture]))


def test_a_published_file_fits_and_gives_the_same_features(published):
    name, model, file = published
    network = build(name, seed=1)
    load_weights(network, file)
    x = noise(network)
    with torch.inference_mode():
        theirs = model.forward_features(network.normalise(x))
        ours = network.features(x)
    expected = theirs[:, 1:].mean(dim=1) if theirs.ndim == 3 else theirs.mean(dim=(2, 3))
    torch.testing.assert_close(ours, expected)


def test_a_file_of_another_model_changes_nothing(published, tmp_path):
    name, _, file = published
    other = build(CNN if name == VIT else VIT)
    before = {key: value.clone() for key, value in other.state_dict().items()}
    with pytest.raises(WeightsError, match="does not fit"):
        load_weights(other, file)
    assert all(torch.equal(value, before[key]) for key, value in other.state_dict().items())


@pytest.mark.parametrize("name", [VIT, CNN])
def test_a_checkpoint_keeps_everything(name, tmp_path):
    network = build(name, seed=4)
    save_checkpoint(network, tmp_path / "c.safetensors")
    again = load_checkpoint(tmp_path / "c.safetensors")
    assert again.preprocessing == network.preprocessing
    assert again.features_nonnegative is network.features_nonnegative
    x = noise(network, 1)
    assert torch.equal(again.features(x), network.features(x))
    other = build(name, seed=5)
    load_weights(other, tmp_path / "c.safetensors")
    assert torch.equal(other.features(x), network.features(x))


def test_a_seed_gives_the_same_weights():
    first, again, other = (next(iter(build(VIT, seed=seed).parameters())) for seed in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("timm:resnet1", UnknownBackbone, "Did you mean .*resnet18"),
        ("timm:hf-hub:somebody/something", UnknownBackbone, "list_models"),
        ("timm:local-dir:/tmp", UnknownBackbone, "timm has no model"),
        ("timm:", UnknownBackbone, "timm has no model"),
        ("timm:resnet18.nobody", ModelError, "Invalid pretrained tag"),
    ],
)
def test_names_that_timm_does_not_have_are_refused(name, error, words):
    with pytest.raises(error, match=words):
        build(name)


def test_a_model_without_maps_is_refused(monkeypatch):
    class Flat(nn.Module):
        pretrained_cfg = timm.create_model("test_resnet").pretrained_cfg

        def forward_features(self, x):
            return x.mean(dim=(2, 3))

    monkeypatch.setattr(timm, "create_model", lambda *_, **__: Flat())
    with pytest.raises(ModelError, match="cannot take a picture of 160 × 160"):
        timm_facts.__wrapped__(CNN)


def test_without_timm_the_command_to_install_it_is_told(monkeypatch):
    timm_facts.cache_clear()
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(ModelError, match=r"pip install 'sxai\[timm\]'"):
        build(VIT)


def test_a_download_that_fails_says_what_to_do(monkeypatch):
    def offline(*_, **__):
        raise OSError("no route to host")

    network = build(CNN)
    monkeypatch.setattr(timm, "create_model", offline)
    with pytest.raises(WeightsError, match=r"no route to host.*as the weights file"):
        load_weights(network, "pretrained")


def test_a_download_is_timms_own(monkeypatch):
    network, model = build(CNN, seed=1), original(CNN, seed=9)
    asked = []
    monkeypatch.setattr(timm, "create_model", lambda name, **settings: asked.append((name, settings)) or model)
    model.fc = nn.Identity()
    load_weights(network, "pretrained")
    assert asked == [("test_resnet", {"pretrained": True, "num_classes": 0})]
    assert torch.equal(network.body.model.conv1[0].weight, model.conv1[0].weight)
    with pytest.raises(WeightsError, match="timm:NAME"):
        load_weights(build("small"), "pretrained")


def test_timm_names_are_nobodys_own_code():
    assert not is_own(VIT)
    assert is_own("timm_like:factory")
    assert timm_bodies.PREFIX == "timm:"


def test_two_threads_take_turns_with_one_network():
    """A network is shared by the app's sessions; moving it under another thread's feet would break both."""
    network = build(CNN)
    pictures = [np.full((20, 20, 3), value, dtype=np.uint8) for value in (10, 90, 200)]
    expected = extract(network, pictures, device="cpu").features
    found = {}

    def work(at):
        found[at] = [extract(network, pictures, device="cpu").features for _ in range(3)]

    threads = [threading.Thread(target=work, args=(at,)) for at in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(batch, expected) for batches in found.values() for batch in batches)
