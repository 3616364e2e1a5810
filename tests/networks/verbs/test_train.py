"""Training: what is learned, what is measured, what becomes out of date, and what an interruption leaves."""

import numpy as np
import pytest
import torch
import toy

from sxai.assess.verbs.assess import assess_image, assessment_fingerprint
from sxai.assess.verbs.evidence import evidence_image
from sxai.errors import Cancelled, ModelError, SpaceError, UnknownName
from sxai.networks.verbs.networks import load_network, model_detail, model_record
from sxai.networks.verbs.train import train_model
from sxai.project.analyses import BY_HEAD, keep, kept
from sxai.spaces.verbs.stored import list_spaces
from sxai.traits.verbs.combinations import KIND, best_combinations, known_combinations
from sxai.traits.verbs.spread import SPREAD
from sxai.traits.verbs.traits import TRAITS, common_traits


def by_hand(project, images):
    """Softmax outputs (n, 2) of the stored head on features that numpy made."""
    head = load_network(project, model_record(project)).head
    (weight, bias) = (tensor.detach().double().numpy() for tensor in head.parameters())
    scores = toy.features_of(images) @ weight.T + bias
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("split", ["train", "val"])
def test_accuracy_is_the_share_of_right_answers_of_the_stored_head(toy_project, split):
    summary = train_model(toy_project, "toy", classes=["cat", "dog"], learning_rate=0.2)
    images = toy_project.catalogue.images(split=split)
    said = by_hand(toy_project, images).argmax(axis=1)
    truth = np.array([("cat", "dog").index(image.class_name) for image in images])
    assert summary.accuracy[split] == pytest.approx((said == truth).mean())


def test_the_confusion_matrix_counts_validation_images_by_true_class(toy_project):
    images = toy_project.catalogue.images(split="val")
    said = by_hand(toy_project, images).argmax(axis=1)
    expected = np.zeros((2, 2), dtype=int)
    for image, answer in zip(images, said, strict=True):
        expected[("cat", "dog").index(image.class_name), answer] += 1
    np.testing.assert_array_equal(model_detail(toy_project).confusion, expected)


def test_calibration_counts_every_validation_image_once(toy_project):
    calibration = model_detail(toy_project).calibration
    assert sum(calibration["count"]) == toy_project.catalogue.count_images(split="val")
    assert 0 <= calibration["ece"] <= 1


def test_classes_that_differ_in_colour_are_learned(toy_project):
    assert train_model(toy_project, "toy", learning_rate=0.2).accuracy == {"train": 1.0, "val": 1.0}


def test_every_epoch_is_told_with_its_results(toy_project):
    told = []
    train_model(
        toy_project,
        "toy",
        learning_rate=0.2,
        progress=lambda stage, done, total, detail=None: told.append((stage, detail)),
    )
    epochs = [detail for stage, detail in told if stage == "head" and detail]
    assert epochs
    assert all(set(epoch) >= {"epoch", "loss", "train_accuracy", "val_accuracy"} for epoch in epochs)
    assert [entry["epoch"] for entry in model_detail(toy_project).history] == list(
        range(1, len(model_detail(toy_project).history) + 1)
    )


def test_what_was_asked_for_is_kept_with_the_network(toy_project):
    train_model(toy_project, "toy", epochs=2, batch=8, learning_rate=0.01)
    kept = model_record(toy_project).parameters
    assert (kept["epochs"], kept["batch"], kept["learning_rate"], kept["head_only"]) == (2, 8, 0.01, True)
    assert kept["best_epoch"] >= 1


def test_the_same_seed_learns_the_same_head(toy_project):
    heads = []
    for _ in range(2):
        train_model(toy_project, "toy", learning_rate=0.2)
        heads.append(load_network(toy_project, model_record(toy_project)).head.state_dict())
    assert all(torch.equal(heads[0][key], heads[1][key]) for key in heads[0])


def test_a_new_head_leaves_features_and_spaces_valid(spaced_project):
    features = len(spaced_project.catalogue.feature_rows(model_record(spaced_project).id))
    train_model(spaced_project, "toy", epochs=1, learning_rate=0.2)
    assert len(spaced_project.catalogue.feature_rows(model_record(spaced_project).id)) == features
    assert not any(space.stale for space in list_spaces(spaced_project))


def test_fine_tuning_makes_features_and_spaces_out_of_date(spaced_project):
    before = model_record(spaced_project)
    train_model(spaced_project, "toy", epochs=1, head_only=False, learning_rate=0.01)
    after = model_record(spaced_project)
    assert after.sha256 != before.sha256
    assert all(space.stale for space in list_spaces(spaced_project))
    with pytest.raises(SpaceError, match="sxai space extract"):
        assess_image(spaced_project, spaced_project.catalogue.images()[0].id)


def test_features_after_fine_tuning_are_those_of_the_new_weights(spaced_project):
    train_model(spaced_project, "toy", epochs=1, head_only=False, learning_rate=0.01)
    record = model_record(spaced_project)
    network = load_network(spaced_project, record)
    (row, *_) = spaced_project.catalogue.feature_rows(record.id)
    image = spaced_project.catalogue.image(row.image_id)
    pixels, _ = toy.draw(image.class_name, toy.seed_of(image))
    with torch.inference_mode():
        expected = network.features(torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255)[0].numpy()
    stored = spaced_project.artefacts.read_arrays(row.artefact)["features"][row.row]
    np.testing.assert_allclose(stored, expected, rtol=1e-4, atol=1e-5)
    assert np.abs(stored - toy.features(pixels)).max() > 1e-4


@pytest.mark.parametrize("head_only", [True, False])
def test_stopping_leaves_the_network_as_it_was(spaced_project, head_only):
    before = model_record(spaced_project)

    def stop(stage, done, total, detail=None):
        if stage in ("head", "fine-tuning") and done:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        train_model(spaced_project, "toy", epochs=3, head_only=head_only, progress=stop)
    assert model_record(spaced_project) == before
    assert not any(space.stale for space in list_spaces(spaced_project))


def test_stopping_after_the_weights_are_kept_leaves_no_accuracy_of_the_old_ones(toy_project):
    weights = model_record(toy_project).sha256

    def stop(stage, done, total, detail=None):
        if stage == "features" and model_record(toy_project).sha256 != weights:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        train_model(toy_project, "toy", epochs=1, head_only=False, learning_rate=0.01, progress=stop)
    detail = model_detail(toy_project)
    assert detail.summary.accuracy == {"train": None, "val": None}
    assert detail.confusion is None
    assert len(toy_project.catalogue.feature_rows(model_record(toy_project).id)) == 0


def test_some_of_the_classes_can_be_chosen(toy_project):
    toy.add_pictures(toy_project, "cat", range(50, 56), "birds")
    toy_project.catalogue.set_class([image.id for image in toy_project.catalogue.images(dataset="birds")], "bird")
    assert train_model(toy_project, "toy", classes=["dog", "cat"], learning_rate=0.2).classes == ("dog", "cat")
    assert train_model(toy_project, "toy", learning_rate=0.2).classes == ("bird", "cat", "dog")


def test_one_class_is_not_enough(toy_project):
    toy_project.catalogue.remove_images([image.id for image in toy_project.catalogue.images(class_name="dog")])
    before = model_record(toy_project)
    with pytest.raises(ModelError, match="two classes"):
        train_model(toy_project, "toy", learning_rate=0.2)
    assert model_record(toy_project) == before


def test_a_class_without_training_images_is_named(toy_project):
    with pytest.raises(ModelError, match="bird"):
        train_model(toy_project, "toy", classes=["cat", "bird"])


def test_an_unknown_network_is_named(toy_project):
    with pytest.raises(UnknownName, match=r"'vgg'.*toy"):
        train_model(toy_project, "vgg")


def test_without_validation_images_there_is_no_validation_accuracy(toy_project):
    toy_project.catalogue.set_split([image.id for image in toy_project.catalogue.images(split="val")], "reference")
    summary = train_model(toy_project, "toy", learning_rate=0.2)
    assert summary.accuracy["val"] is None
    assert model_detail(toy_project).confusion is None
    assert summary.trained


def test_another_head_forgets_what_the_former_one_had_a_say_in(spaced_project):
    images = spaced_project.catalogue.images(class_name="cat", limit=3)
    best_combinations(spaced_project, images)
    common_traits(spaced_project, "cat", 3)
    evidence_image(spaced_project, images[0].id, 6)
    kept(spaced_project, model_record(spaced_project), "visualisation", {"target": "cat:1"}, lambda: ({}, {}))
    before = assessment_fingerprint(spaced_project)
    train_model(spaced_project, "toy", epochs=1, learning_rate=0.03)
    record = model_record(spaced_project)
    assert known_combinations(spaced_project, images) == [None] * 3
    assert common_traits.known(spaced_project, "cat", 3) is None
    assert not spaced_project.catalogue.analyses(record.id, "evidence")
    assert spaced_project.catalogue.analyses(record.id, "visualisation")
    assert assessment_fingerprint(spaced_project) != before


def test_what_the_former_head_said_is_not_kept_for_the_new_one(toy_project):
    before = model_record(toy_project)
    train_model(toy_project, "toy", epochs=1, learning_rate=0.03)
    with pytest.raises(ModelError, match="was changed while it was analysed"):
        keep(toy_project, before, KIND, {"image": 1}, {}, {})
    assert keep(toy_project, before, "visualisation", {"target": "cat:1"}, {}, {}).fresh


def test_the_kinds_that_a_head_decides_go_by_their_names():
    vectors = {f"vector {what}" for what in ("checks", "colour", "pointing", "shifts")}
    assert {KIND, SPREAD, TRAITS, "evidence", *vectors} == set(BY_HEAD)
