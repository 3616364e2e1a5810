"""Checkpoints as other programs write them: any wrapper, any prefix, several sets, and what cannot be read safely."""

import zipfile
from collections import OrderedDict

import numpy as np
import pytest
import torch

from sxai.errors import WeightsError
from sxai.networks.backbones import build
from sxai.networks.checkpoints import fitting, prefix_of, weight_sets
from sxai.networks.weights import load_weights

BACKBONE = "squeezenet1_1"


@pytest.fixture(scope="module")
def state():
    """The whole network's state as torchvision names it, with a classifier of five classes."""
    body = build(BACKBONE, seed=5).body.state_dict()
    head = {"classifier.1.weight": torch.zeros(5, 512, 1, 1), "classifier.1.bias": torch.zeros(5)}
    return OrderedDict({f"features.{key}": value for key, value in body.items()} | head)


def under(prefix, state):
    return OrderedDict((prefix + key, value) for key, value in state.items())


def shifted(state, by=0.01):
    return OrderedDict((key, value + by) for key, value in state.items())


WRAPPERS = {
    "plain": lambda s: s,
    "compiled": lambda s: under("_orig_mod.", s),
    "parallel and compiled": lambda s: under("module._orig_mod.", s),
    "compiled and parallel": lambda s: under("_orig_mod.module.", s),
    "a wrapper nobody has seen": lambda s: under("student.encoder.0.net.", s),
    "Lightning": lambda s: {"epoch": 3, "state_dict": under("model.", s), "hyper_parameters": {"lr": 0.1}, "loops": {}},
    "net": lambda s: {"net": s, "acc": 91.3, "epoch": 7},
    "model_state": lambda s: {"model_state": s, "optimizer": {"state": {0: {"exp_avg": torch.ones(3)}}}},
    "three deep": lambda s: {"checkpoint": {"trainer": {"weights": under("module.", s)}}, "step": 5},
    "averaged model": lambda s: {"n_averaged": torch.tensor(5), **under("module.", s)},
}


@pytest.mark.parametrize("kind", WRAPPERS)
def test_weights_are_found_in_any_wrapper(tmp_path, state, kind):
    torch.save(WRAPPERS[kind](state), tmp_path / "w.pth")
    network = build(BACKBONE, seed=1)
    load_weights(network, tmp_path / "w.pth")
    for key, value in network.body.state_dict().items():
        torch.testing.assert_close(value, state[f"features.{key}"], rtol=0, atol=0)


def test_of_several_sets_the_averaged_one_is_taken_and_told(tmp_path, state):
    torch.save({"state_dict": state, "state_dict_ema": shifted(state), "epoch": 4}, tmp_path / "w.pth")
    network = build(BACKBONE, seed=1)
    assert load_weights(network, tmp_path / "w.pth") == "taken: state_dict_ema; also in the file: state_dict"
    first = next(iter(network.body.state_dict().values()))
    torch.testing.assert_close(first, next(iter(state.values())) + 0.01)


def test_entries_that_are_no_weights_are_passed_over_and_told(tmp_path, state):
    torch.save({**state, "best": 0.91, "names": ["cat", "dog"]}, tmp_path / "w.pth")
    assert load_weights(build(BACKBONE), tmp_path / "w.pth") == "passed over, as no weights: best, names"


def test_what_is_no_plain_number_is_named_and_safety_stays_on(tmp_path, state):
    torch.save({"state_dict": state, "best_acc": np.float64(0.91)}, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match="a numpy number") as refused:
        weight_sets(tmp_path / "w.pth")
    assert "weights_only" not in str(refused.value)


def test_a_program_is_told_from_weights(tmp_path):
    with zipfile.ZipFile(tmp_path / "w.pt", "w") as archive:  # the parts by which torch itself knows one
        for part in ("w/data.pkl", "w/code/__torch__.py", "w/constants.pkl"):
            archive.writestr(part, b"")
    with pytest.raises(WeightsError, match="TorchScript program") as refused:
        weight_sets(tmp_path / "w.pt")
    assert "weights_only" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [({}, "an empty mapping"), ({"epoch": 3, "acc": 0.5}, "a mapping of epoch, acc"), ([1, 2], "a list"), (3, "a int")],
)
def test_a_file_without_weights_says_what_it_holds(tmp_path, content, words):
    torch.save(content, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match=f"holds no weights: it is {words}"):
        weight_sets(tmp_path / "w.pth")


def test_tensors_without_plain_values_are_one_sentence(tmp_path):
    torch.save({"a.weight": torch.zeros(3, 3).to_sparse()}, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match=r"a\.weight is sparse, quantised or without values"):
        weight_sets(tmp_path / "w.pth")


def test_the_prefix_is_the_one_of_most_keys():
    state = dict.fromkeys(["a.x.weight", "a.y.weight", "b.x.weight"])
    assert prefix_of(state, ["x.weight", "y.weight"]) == ("a.", 2)
    assert prefix_of(state, ["nothing"]) == ("", 0)


def test_the_set_that_fits_most_keys_is_taken(state, tmp_path):
    torch.save({"generator": {"a.weight": torch.zeros(2)}, "discriminator": state}, tmp_path / "w.pth")
    found, prefix, others = fitting(weight_sets(tmp_path / "w.pth"), build(BACKBONE).body.state_dict())
    assert (found.name, prefix, others) == ("discriminator", "features.", ())


@pytest.mark.parametrize("dtype", [torch.complex64, torch.int8])
def test_weights_of_another_kind_of_number_are_refused(tmp_path, state, dtype):
    odd = {key: value.to(dtype) if key == "features.0.weight" else value for key, value in state.items()}
    torch.save(odd, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match=f"another kind in 0.weight .{dtype}, not torch.float32"):
        load_weights(build(BACKBONE), tmp_path / "w.pth")
