"""A trained classifier in a checkpoint is kept and answers as it did, under the names of its classes."""

import json

import numpy as np
import pytest
import torch

from sxai.errors import WeightsError
from sxai.networks.backbones import build
from sxai.networks.kept_head import classes_for, linear_classifier
from sxai.networks.verbs.networks import add_model, load_network, model_record
from sxai.networks.weights import load_weights
from sxai.torchvision_ import models

CLASSES = ("crab", "fox", "owl")


@pytest.fixture(scope="module")
def theirs():
    """A network as somebody trained it elsewhere: torchvision's own class, with a classifier of three classes."""
    torch.manual_seed(3)
    return models.mobilenet_v2(weights=None, num_classes=len(CLASSES)).eval()


def wrapped(kind, state):
    if kind == "Lightning":
        return {"state_dict": {f"model.{k}": v for k, v in state.items()}, "hyper_parameters": {"class_names": CLASSES}}
    if kind == "parallel":
        return {
            "net": {f"module.{k}": v for k, v in state.items()},
            "class_to_idx": {n: i for i, n in enumerate(CLASSES)},
        }
    return {"state_dict": state, "classes": list(CLASSES)}


@pytest.mark.parametrize("kind", ["plain", "Lightning", "parallel"])
def test_the_file_s_own_predictions_come_out(tmp_path, theirs, kind):
    torch.save(wrapped(kind, theirs.state_dict()), tmp_path / "w.ckpt")
    network = build("mobilenet_v2")
    assert load_weights(network, tmp_path / "w.ckpt").endswith("its trained classifier is kept: crab, fox, owl")
    assert network.classes == CLASSES
    pictures = torch.rand(20, 3, 96, 96, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        expected = torch.softmax(theirs(pictures), dim=1)
        ours = torch.softmax(network.logits(network.features(pictures)), dim=1)
    torch.testing.assert_close(ours, expected, rtol=0, atol=1e-5)


def test_a_network_with_its_classifier_needs_no_training(tmp_path, theirs, empty_project):
    torch.save(theirs.state_dict(), tmp_path / "w.pth")
    summary = add_model(empty_project, "mine", "mobilenet_v2", tmp_path / "w.pth", classes=CLASSES)
    assert (summary.trained, summary.classes, summary.head) == (True, CLASSES, "linear")
    network = load_network(empty_project, model_record(empty_project))
    pixels = np.random.default_rng(0).integers(0, 255, (60, 80, 3)).astype(np.uint8)
    with torch.inference_mode():
        batch = network.prepare([pixels])
        torch.testing.assert_close(network.logits(network.features(batch)), theirs(batch), rtol=1e-4, atol=1e-5)


def test_a_classifier_whose_classes_nothing_names_is_told(tmp_path, theirs):
    torch.save(theirs.state_dict(), tmp_path / "w.pth")
    network = build("mobilenet_v2")
    assert "a trained classifier of 3 classes, which nothing names" in load_weights(network, tmp_path / "w.pth")
    assert network.head is None


def test_another_number_of_names_is_refused(tmp_path, theirs):
    torch.save(theirs.state_dict(), tmp_path / "w.pth")
    with pytest.raises(WeightsError, match="has 3 classes, not 2"):
        load_weights(build("mobilenet_v2"), tmp_path / "w.pth", ["cat", "dog"])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("classes.txt", "crab\nfox\nowl\n"),
        ("w.json", json.dumps(["crab", "fox", "owl"])),
        ("config.json", json.dumps({"id2label": {"0": "crab", "1": "fox", "2": "owl"}})),
        ("labels.json", json.dumps({"owl": 2, "crab": 0, "fox": 1})),
    ],
)
def test_names_are_found_beside_the_file(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    assert classes_for({}, tmp_path / "w.pth", 3) == CLASSES


@pytest.mark.parametrize("text", ["[", '{"0": 3}', "[1, 2, 3]", '{"a": 0, "b": 0, "c": 1}', '["a", "b"]'])
def test_what_names_other_things_is_passed_over(tmp_path, text):
    (tmp_path / "classes.json").write_text(text)
    assert classes_for({}, tmp_path / "w.pth", 3) == ()


def test_only_one_linear_layer_on_the_features_is_kept():
    one = {"fc.weight": torch.zeros(3, 8), "fc.bias": torch.zeros(3)}
    assert linear_classifier(one, ["fc."], 8) is not None
    assert linear_classifier(one, ["fc."], 9) is None
    assert linear_classifier(one | {"fc.2.weight": torch.zeros(3, 3)}, ["fc."], 8) is None
    assert linear_classifier({"classifier.1.weight": torch.zeros(3, 8, 1, 1)}, ["classifier."], 8) is None
    assert linear_classifier({}, ["fc."], 8) is None
