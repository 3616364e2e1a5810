import json
import os
import pickle
import urllib.error

import pytest
import torch
from nets import canvases, tiny_network
from safetensors.torch import save_file
from torch import nn

from sxai.errors import WeightsError
from sxai.networks.backbones import BACKBONES, build
from sxai.networks.heads import make_head
from sxai.networks.network import Preprocessing
from sxai.networks.weights import load_checkpoint, load_weights, read_metadata, read_state, save_checkpoint
from sxai.torchvision_ import models

NAME = "squeezenet1_1"


@pytest.fixture
def network():
    return build(NAME, seed=1)


@pytest.fixture(scope="module")
def state():
    """The body of the same network with other weights, keys as the body has them."""
    return dict(build(NAME, seed=2).body.state_dict())


def same(network, state):
    own = network.body.state_dict()
    return own.keys() == state.keys() and all(torch.equal(own[key], state[key]) for key in own)


def under(prefix, state):
    return {prefix + key: value for key, value in state.items()}


CLASSIFIER = {"classifier.1.weight": torch.ones(1000, 512, 1, 1), "classifier.1.bias": torch.ones(1000)}


@pytest.mark.parametrize(
    ("prefix", "extra"),
    [
        ("", {}),
        ("features.", {}),
        ("features.", CLASSIFIER),
        ("module.features.", under("module.", CLASSIFIER)),
        ("body.", {"head.weight": torch.ones(2, 512), "head.bias": torch.ones(2)}),
        ("", CLASSIFIER),
    ],
)
@pytest.mark.parametrize("kind", ["pth", "safetensors"])
def test_state_dicts_are_found_whatever_stands_before_their_keys(tmp_path, network, state, prefix, extra, kind):
    path = tmp_path / f"weights.{kind}"
    content = under(prefix, state) | extra
    if kind == "pth":
        torch.save(content, path)
    else:
        save_file(content, path)
    load_weights(network, path)
    assert same(network, state)


@pytest.mark.parametrize("wrapper", ["state_dict", "model", "model_state_dict"])
def test_wrapped_and_legacy_state_dicts_are_read(tmp_path, network, state, wrapper):
    torch.save(
        {wrapper: under("features.", state), "epoch": 3}, tmp_path / "w.pth", _use_new_zipfile_serialization=False
    )
    load_weights(network, tmp_path / "w.pth")
    assert same(network, state)


def test_half_precision_becomes_single(tmp_path, network, state):
    torch.save({key: value.half() for key, value in state.items()}, tmp_path / "w.pth")
    load_weights(network, tmp_path / "w.pth")
    assert same(network, {key: value.half().float() for key, value in state.items()})


def refused(network, path, words):
    before = {key: value.clone() for key, value in network.body.state_dict().items()}
    with pytest.raises(WeightsError, match=words):
        load_weights(network, path)
    assert same(network, before)


def test_missing_unexpected_and_misshapen_weights_are_named_and_nothing_is_loaded(tmp_path, network, state):
    wrong = dict(state) | {"extra.weight": torch.zeros(2)}
    del wrong["0.bias"]
    wrong["0.weight"] = torch.zeros(64, 3, 5, 5)
    torch.save(wrong, tmp_path / "w.pth")
    words = (
        r"w\.pth does not fit squeezenet1_1: 1 missing: 0\.bias; 1 unexpected: extra\.weight; "
        r"1 of another shape: 0\.weight \(64, 3, 5, 5\) instead of \(64, 3, 3, 3\)"
    )
    refused(network, tmp_path / "w.pth", words)


def test_only_the_first_few_keys_are_named(tmp_path, network):
    torch.save({f"layer{i}.weight": torch.zeros(1) for i in range(40)}, tmp_path / "w.pth")
    with pytest.raises(WeightsError) as caught:
        load_weights(network, tmp_path / "w.pth")
    assert "40 unexpected: layer0.weight, layer1.weight, layer2.weight, …" in str(caught.value)
    assert len(str(caught.value)) < 500


def test_weights_of_another_network_are_refused(tmp_path, network):
    torch.save(under("features.", build("alexnet").body.state_dict()), tmp_path / "alexnet.pth")
    refused(network, tmp_path / "alexnet.pth", "alexnet.pth does not fit squeezenet1_1")


def test_weights_that_are_not_numbers_are_refused(tmp_path, network, state):
    broken = dict(state) | {"0.bias": torch.full((64,), float("nan"))}
    torch.save(broken, tmp_path / "w.pth")
    refused(network, tmp_path / "w.pth", r"not numbers in 0\.bias")


class Payload:
    """Would create a file when unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.mark.parametrize("how", ["torch", "torch in a state dict", "legacy", "pickle"])
def test_a_file_that_would_run_code_never_does(tmp_path, network, state, how):
    trap, path = tmp_path / "trapped", tmp_path / "w.pth"
    payload = Payload(str(trap))
    content = dict(state) | {"0.weight": payload} if "dict" in how else payload
    if how == "pickle":
        path.write_bytes(pickle.dumps(content, protocol=2))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=how != "legacy")
    refused(network, path, "would run code")
    assert not trap.exists()
    torch.load(path, weights_only=False) if how != "pickle" else pickle.loads(path.read_bytes())
    assert trap.exists(), "the trap works when it is opened carelessly"


def test_damaged_files_are_refused(tmp_path, network, state):
    path = tmp_path / "w.pth"
    torch.save(state, path)
    whole = path.read_bytes()
    for data in (whole[:200], whole[: len(whole) // 2], b"", b"PK", b"\x80", b"hello", b"\x80\x02}q\x00."):
        path.write_bytes(data)
        refused(network, path, r"w\.pth")


def test_damaged_safetensors_are_refused(tmp_path, network, state):
    path = tmp_path / "w.safetensors"
    save_file(state, path)
    path.write_bytes(path.read_bytes()[:-10])
    refused(network, path, "damaged")


@pytest.mark.parametrize("content", [[1, 2], {"a": 1}, {}, torch.zeros(2), nn.Linear(2, 2)])
def test_what_is_no_state_dict_is_refused(tmp_path, network, content):
    torch.save(content, tmp_path / "w.pth")
    refused(network, tmp_path / "w.pth", r"state_dict\(\)")


def test_files_and_sources_that_do_not_exist_are_refused(tmp_path, network):
    refused(network, tmp_path / "none.pth", "Check the path")
    refused(network, tmp_path, "no weights file")
    refused(network, "imagenett", "imagenett")
    refused(network, "packaged", "come with the package")
    refused(build("googlenet_bvlc"), "imagenet", "weights file")
    refused(tiny_network(), "imagenet", "weights file")


@pytest.mark.parametrize("error", [urllib.error.URLError("no route"), OSError("disk full"), RuntimeError("bad hash")])
def test_a_failed_download_says_how_to_get_the_file_by_hand(monkeypatch, network, error):
    def fail(*args, **options):
        raise error

    monkeypatch.setattr(models.SqueezeNet1_1_Weights, "get_state_dict", fail)
    refused(network, "imagenet", r"https://download\.pytorch\.org/models/squeezenet1_1.*weights file")


def test_imagenet_weights_come_from_torchvision(monkeypatch, network, state):
    asked = {}

    def give(self, **options):
        asked.update(options, name=str(self))
        return under("features.", state) | CLASSIFIER

    monkeypatch.setattr(models.SqueezeNet1_1_Weights, "get_state_dict", give)
    load_weights(network, "imagenet")
    assert same(network, state)
    assert asked == {"progress": False, "check_hash": True, "name": "SqueezeNet1_1_Weights.IMAGENET1K_V1"}


@pytest.mark.parametrize("name", [name for name, spec in BACKBONES.items() if spec.torchvision_weights])
def test_every_promised_download_exists_in_torchvision_and_expects_our_normalisation(name):
    weights = models.get_weight(BACKBONES[name].torchvision_weights)
    transforms = weights.transforms()
    assert tuple(transforms.mean) == BACKBONES[name].mean
    assert tuple(transforms.std) == BACKBONES[name].std
    assert weights.url.endswith(".pth")


def trained(head="linear"):
    network = build("nets:good", seed=7)
    network.use_preprocessing(Preprocessing(16, (0.1, 0.2, 0.3), (0.9, 0.8, 0.7), fit="crop", scale=3.0))
    network.head = make_head(head, 5, 3, seed=1).eval()
    network.classes = ("cat", "dog", "Кошка")
    return network


@pytest.mark.parametrize("head", ["linear", "vgg"])
def test_a_checkpoint_gives_back_the_same_network(tmp_path, head):
    network, path = trained(head), tmp_path / "deep" / "model.safetensors"
    save_checkpoint(network, path, {"accuracy": "0.97", "parameters": json.dumps({"epochs": 3})})
    back = load_checkpoint(path, backbone="nets:good")
    x = network.prepare(canvases(2))
    torch.testing.assert_close(back(x), network(x), rtol=0, atol=0)
    assert back.classes == network.classes
    assert back.preprocessing == network.preprocessing
    assert back.channels == 5
    assert not back.training
    metadata = read_metadata(path)
    assert metadata["accuracy"] == "0.97"
    assert json.loads(metadata["classes"]) == ["cat", "dog", "Кошка"]
    assert os.listdir(path.parent) == ["model.safetensors"]


def test_a_network_without_head_can_be_kept_too(tmp_path):
    network = build("small", seed=3)
    save_checkpoint(network, tmp_path / "m.safetensors")
    back = load_checkpoint(tmp_path / "m.safetensors")
    assert back.head is None
    assert back.classes == ()
    assert back.taps == network.taps
    assert same(back, dict(network.body.state_dict()))


def test_a_checkpoint_can_serve_as_weights(tmp_path):
    network = build("small", seed=3)
    network.head, network.classes = make_head("linear", network.channels, 2), ("a", "b")
    save_checkpoint(network, tmp_path / "m.safetensors")
    other = build("small", seed=9)
    load_weights(other, tmp_path / "m.safetensors")
    assert same(other, dict(network.body.state_dict()))
    assert other.head is None


def test_a_checkpoint_never_decides_which_code_is_imported(tmp_path, monkeypatch):
    save_checkpoint(trained(), tmp_path / "m.safetensors")
    called = []
    monkeypatch.setattr("nets.good", lambda: called.append(1))
    with pytest.raises(WeightsError, match="if you trust that module"):
        load_checkpoint(tmp_path / "m.safetensors")
    with pytest.raises(WeightsError, match="not a 'small'"):
        load_checkpoint(tmp_path / "m.safetensors", backbone="small")
    assert called == []


def test_own_names_in_the_header_cannot_be_overwritten(tmp_path):
    with pytest.raises(WeightsError, match="'backbone' is reserved"):
        save_checkpoint(trained(), tmp_path / "m.safetensors", {"backbone": "other"})
    assert os.listdir(tmp_path) == []


def test_a_failed_save_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "m.safetensors"
    save_checkpoint(trained(), path)
    before = path.read_bytes()

    def fail(*args):
        raise OSError("disk full")

    monkeypatch.setattr("sxai.networks.weights.os.replace", fail)
    with pytest.raises(OSError, match="disk full"):
        save_checkpoint(trained(), path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["m.safetensors"]


def rewritten(path, **changes):
    state, metadata = read_state(path), read_metadata(path)
    save_file(state, path, metadata={key: value for key, value in (metadata | changes).items() if value is not None})


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "sxai-network-99"},
        {"format": None},
        {"classes": "not json"},
        {"classes": '["a"]'},
        {"classes": None},
        {"head": "deep"},
        {"preprocessing": "{}"},
        {"preprocessing": None},
        {"head": ""},
        {"classes": '["a", "b", "c", "d"]'},
    ],
)
def test_a_damaged_header_is_refused(tmp_path, changes):
    path = tmp_path / "m.safetensors"
    save_checkpoint(trained(), path)
    rewritten(path, **changes)
    with pytest.raises(WeightsError, match=r"m\.safetensors"):
        load_checkpoint(path, backbone="nets:good")


def test_files_that_are_no_checkpoints_are_refused(tmp_path):
    (tmp_path / "m.safetensors").write_bytes(b"hello")
    for path in (tmp_path / "m.safetensors", tmp_path / "none.safetensors", tmp_path):
        with pytest.raises(WeightsError, match="Cannot read the checkpoint"):
            load_checkpoint(path)


@pytest.mark.data
def test_the_published_squeezenet_file_fits_torchvisions_network(real_data):
    network = build(NAME)
    path = real_data / "weights" / "squeezenet1_1_torchvision.safetensors"
    load_weights(network, path)
    original = models.squeezenet1_1(weights=None).eval()
    original.load_state_dict(read_state(path), strict=True)
    assert same(network, dict(original.features.state_dict()))
