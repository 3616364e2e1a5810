"""Networks: added, named, found again with the same weights, and refused without leaving a trace."""

import numpy as np
import pytest
import torch
import toy
from safetensors.torch import save_file

from sxai.errors import ModelError, UnknownBackbone, UnknownName, WeightsError
from sxai.networks.backbones import BACKBONES
from sxai.networks.verbs.networks import (
    active_model,
    add_model,
    backbone_choices,
    body_hash,
    check_weights,
    list_models,
    load_network,
    model_detail,
    model_record,
    probabilities_of,
    use_model,
)
from sxai.networks.verbs.train import train_model


def test_a_network_of_ones_own_is_added_by_module_and_factory(empty_project):
    summary = add_model(empty_project, "mine", "toy:body")
    assert (summary.model, summary.backbone, summary.channels) == ("mine", "toy:body", toy.CHANNELS)
    assert (summary.trained, summary.active, summary.accuracy) == (False, True, {"train": None, "val": None})


def test_a_stored_network_computes_what_it_did(toy_project):
    network = load_network(toy_project, model_record(toy_project))
    pixels, _ = toy.draw("dog", 3)
    with torch.inference_mode():
        computed = network.features(network.prepare([pixels]))[0].numpy()
    np.testing.assert_allclose(computed, toy.features(pixels), rtol=2e-5)


def test_outputs_are_the_softmax_of_the_head(toy_project):
    network = load_network(toy_project, model_record(toy_project))
    table = np.random.default_rng(0).random((5, toy.CHANNELS)).astype(np.float32)
    weight, bias = (tensor.detach().numpy() for tensor in network.head.parameters())
    powers = np.exp(table.astype(np.float64) @ weight.T + bias)
    expected = powers / powers.sum(axis=1, keepdims=True)
    # Scores reach 150: float32 rounds them by some 1e-5, which is relative in a probability, and ends near 1e-38.
    np.testing.assert_allclose(probabilities_of(network, table), expected, rtol=1e-4, atol=1e-37)


def test_a_loaded_network_is_kept_until_its_weights_change(toy_project):
    network = load_network(toy_project, model_record(toy_project))
    assert load_network(toy_project, model_record(toy_project)) is network
    train_model(toy_project, "toy", learning_rate=0.3)
    assert load_network(toy_project, model_record(toy_project)) is not network


@pytest.mark.parametrize("name", ["", "two words", "../up", "-dash", "a" * 65, "sla/sh"])
def test_names_that_cannot_be_used_are_refused(empty_project, name):
    with pytest.raises(ModelError, match="cannot name a network"):
        add_model(empty_project, name, "toy:body")
    assert list_models(empty_project) == []


def test_a_name_is_given_once(toy_project):
    with pytest.raises(ModelError, match="already a network 'toy'"):
        add_model(toy_project, "toy", "small", weights="random")
    assert [model.backbone for model in list_models(toy_project)] == ["toy:body"]


def test_an_unknown_backbone_offers_close_names(empty_project):
    with pytest.raises(UnknownBackbone, match="vgg19"):
        add_model(empty_project, "paper", "vgg91")


def test_a_backbone_that_needs_a_file_says_so(empty_project):
    with pytest.raises(WeightsError, match="needs a weights file"):
        add_model(empty_project, "google", "googlenet_bvlc")


def test_weights_come_from_a_file(empty_project, tmp_path):
    state = {key: tensor + 1 for key, tensor in toy.body().state_dict().items()}
    save_file(state, tmp_path / "w.safetensors")
    summary = add_model(empty_project, "moved", "toy:body", weights=str(tmp_path / "w.safetensors"))
    assert summary.weights == str(tmp_path / "w.safetensors")
    stored = load_network(empty_project, model_record(empty_project)).body.state_dict()
    assert all(torch.equal(stored[key], value) for key, value in state.items())


def test_a_file_for_another_network_is_refused_and_nothing_is_stored(empty_project, tmp_path):
    save_file({"0.weight": torch.zeros(2, 2)}, tmp_path / "w.safetensors")
    with pytest.raises(WeightsError, match=r"w\.safetensors does not fit"):
        add_model(empty_project, "bad", "toy:body", weights=tmp_path / "w.safetensors")
    assert list_models(empty_project) == []
    assert not [path for path in (empty_project.home / "artefacts").rglob("*") if path.is_file()]


def test_weights_are_checked_without_a_project(tmp_path):
    save_file({"weight": torch.zeros(3)}, tmp_path / "w.safetensors")
    check_weights("small")
    with pytest.raises(WeightsError, match="does not fit small"):
        check_weights("small", tmp_path / "w.safetensors")


def test_random_weights_follow_the_seed(empty_project):
    add_model(empty_project, "one", "small", weights="random")
    add_model(empty_project, "two", "small", weights="random")
    one, two = (model_record(empty_project, name) for name in ("one", "two"))
    assert one.sha256 == two.sha256


def test_the_way_pictures_become_square_is_kept_and_counts_as_another_network(empty_project):
    assert add_model(empty_project, "squash", "toy:body").fit == "squash"
    assert add_model(empty_project, "crop", "toy:body", fit="crop").fit == "crop"
    assert load_network(empty_project, model_record(empty_project, "crop")).preprocessing.fit == "crop"
    assert model_record(empty_project, "crop").sha256 != model_record(empty_project, "squash").sha256


def test_an_unknown_fit_is_refused(empty_project):
    with pytest.raises(ModelError, match="stretch"):
        add_model(empty_project, "odd", "toy:body", fit="stretch")
    assert list_models(empty_project) == []


def test_the_hash_is_about_the_body_and_not_the_head(toy_project):
    network = load_network(toy_project, model_record(toy_project))
    before = body_hash(network)
    network.head.bias.data += 1
    assert body_hash(network) == before
    network.body[0].bias.data[0] += 1e-3
    assert body_hash(network) != before


def test_the_latest_network_is_active_until_another_is_chosen(toy_project):
    add_model(toy_project, "second", "toy:body")
    assert active_model(toy_project).model == "second"
    use_model(toy_project, "toy")
    assert [model.model for model in list_models(toy_project) if model.active] == ["toy"]
    assert active_model(toy_project, "second").model == "second"


def test_a_removed_network_is_no_longer_active(toy_project):
    add_model(toy_project, "second", "toy:body")
    toy_project.catalogue.remove_model(model_record(toy_project, "second").id)
    assert active_model(toy_project).model == "toy"


def test_without_a_network_the_next_step_is_told(empty_project):
    with pytest.raises(UnknownName, match="sxai model add"):
        active_model(empty_project)


def test_an_unknown_network_is_answered_with_those_there_are(toy_project):
    with pytest.raises(UnknownName, match=r"'vgg'.*has toy"):
        use_model(toy_project, "vgg")


def test_detail_before_training_has_no_results(empty_project):
    add_model(empty_project, "mine", "toy:body")
    detail = model_detail(empty_project)
    assert (detail.history, detail.confusion, detail.calibration) == ([], None, None)
    assert (detail.size, detail.mean, detail.std) == (toy.SIDE, (0.0,) * 3, (1.0,) * 3)
    assert detail.taps == ("0", "1")


def test_every_backbone_is_offered_with_the_origin_of_its_weights():
    choices = {choice.name: choice for choice in backbone_choices()}
    assert list(choices) == list(BACKBONES)
    assert choices["small"].weights == "built-in"
    assert choices["vgg19"].weights == "imagenet"
    assert choices["googlenet_bvlc"].weights == "file"
    assert choices["vgg19"].channels == 512


def test_damaged_weights_are_not_used(toy_project):
    """Sixteen bytes in the middle of a checkpoint still load, and would give other numbers."""
    record = model_record(toy_project)
    path = toy_project.artefacts.path(record.artefact)
    content = bytearray(path.read_bytes())
    content[-64:-48] = bytes(16)
    path.write_bytes(bytes(content))
    toy_project.forget("network")
    with pytest.raises(WeightsError, match=f"weights of the network {record.name} are damaged"):
        load_network(toy_project, record)
