"""Assessments: probabilities by hand, sentences from the rules, averages, likeness, and what is kept."""

import numpy as np
import pytest
import toy
from toy_spaces import table_by_hand

from sxai.assess.assessment import assess, flags
from sxai.assess.sentences import cnn_line, sentence
from sxai.assess.verbs.assess import assess_bytes, assess_image, similar
from sxai.assess.verbs.assess_many import assess_files
from sxai.errors import ImageError, ModelError, SpaceError, UnknownName
from sxai.images.decode import encode
from sxai.networks.verbs.networks import add_model, load_network, model_record
from sxai.spaces.verbs.stored import list_spaces


@pytest.fixture
def stranger():
    """A cat that the project does not have: its pixels, and as a PNG."""
    pixels, _ = toy.draw("cat", 999)
    return pixels, encode(pixels, "png")


def test_probabilities_of_a_new_picture_are_the_maths_by_hand(spaced_project, stranger):
    pixels, data = stranger
    said = assess_bytes(spaced_project, "new.png", data)
    (expected,) = table_by_hand(spaced_project, toy.features(pixels)[None])
    assert list(said.probabilities) == [space.name for space in list_spaces(spaced_project)]
    np.testing.assert_allclose(list(said.probabilities.values()), expected, atol=2e-3)


def test_activations_are_weighted_averages(spaced_project, stranger):
    pixels, data = stranger
    said = assess_bytes(spaced_project, "new.png", data)
    for space in list_spaces(spaced_project):
        expected = toy.activation(toy.features(pixels)[None], list(space.channels), np.array(space.delta))[0]
        assert said.activations[space.name] == pytest.approx(expected, rel=1e-3, abs=1e-6)


def test_outputs_are_probabilities_of_the_networks_classes(spaced_project, stranger):
    said = assess_bytes(spaced_project, "new.png", stranger[1])
    assert set(said.outputs) == {"cat", "dog"}
    assert sum(said.outputs.values()) == pytest.approx(1)
    assert said.predicted == max(said.outputs, key=said.outputs.get) == "cat"
    assert said.confidence == said.outputs["cat"]


def test_words_are_those_of_the_rules_for_these_numbers(spaced_project, stranger):
    said = assess_bytes(spaced_project, "new.png", stranger[1])
    paper = assess(said.predicted, said.confidence, said.probabilities, ["cat", "dog"])
    assert (said.assessment, said.sentence, said.cnn_line) == (paper.level, sentence(paper), cnn_line(paper))
    assert said.findings == paper.concepts
    gates = {"adversarial", "unfamiliar"}
    assert set(said.flags) - gates == set(flags(paper)) - gates


def test_probabilities_are_not_clipped(spaced_project):
    red = np.full((toy.SIDE, toy.SIDE, 3), (255, 0, 0), dtype=np.uint8)
    said = assess_bytes(spaced_project, "red.png", encode(red, "png"))
    (expected,) = table_by_hand(spaced_project, toy.features(red)[None])
    np.testing.assert_allclose(list(said.probabilities.values()), expected, atol=2e-3)
    assert said.probabilities["cat.eyes"] > 1
    assert "beyond-reference" in said.flags


def test_a_file_an_upload_and_an_image_of_the_project_agree(spaced_project, tmp_path):
    image = spaced_project.catalogue.images(class_name="dog")[5]
    data = spaced_project.artefacts.path(image.artefact).read_bytes()
    (tmp_path / "dog.png").write_bytes(data)
    (from_file,) = assess_files(spaced_project, [tmp_path / "dog.png"]).images
    uploaded = assess_bytes(spaced_project, "dog.png", data)
    known = assess_image(spaced_project, image.id)
    assert (from_file.file, uploaded.file, known.file) == (str(tmp_path / "dog.png"), "dog.png", image.name)
    assert (from_file.image_id, uploaded.image_id, known.image_id) == (None, None, image.id)
    for other in (uploaded, known):
        assert other.probabilities == pytest.approx(from_file.probabilities, abs=1e-4)
        assert (other.sentence, other.predicted) == (from_file.sentence, from_file.predicted)


def test_an_upload_that_is_no_picture_is_refused(spaced_project):
    with pytest.raises(ImageError):
        assess_bytes(spaced_project, "x.jpg", b"no picture")
    assert spaced_project.catalogue.assessments() == []


def test_what_was_said_is_kept(spaced_project, stranger):
    said = assess_bytes(spaced_project, "new.png", stranger[1])
    (kept,) = spaced_project.catalogue.assessments()
    assert (kept.file, kept.image_id, kept.model) == ("new.png", None, "toy")
    assert kept.result["sentence"] == said.sentence
    assert kept.result["probabilities"] == pytest.approx(said.probabilities)
    image = spaced_project.catalogue.images()[0]
    assess_image(spaced_project, image.id)
    assess_image(spaced_project, image.id, keep=False)
    assert [record.image_id for record in spaced_project.catalogue.assessments()] == [image.id, None]


def test_similar_images_are_nearest_in_semantic_probabilities(spaced_project):
    images = spaced_project.catalogue.images()
    matrix = table_by_hand(spaced_project, toy.features_of(images))
    target = matrix[7]
    names = [space.name for space in list_spaces(spaced_project)]
    found = similar(spaced_project, dict(zip(names, target.tolist(), strict=True)), limit=6)
    distance = np.sqrt(((matrix - target) ** 2).mean(axis=1))
    assert [image_id for image_id, _ in found] == [images[i].id for i in np.argsort(distance)[:6]]
    np.testing.assert_allclose([d for _, d in found], np.sort(distance)[:6], atol=3e-3)
    assert found[0][0] == images[7].id


def test_an_image_is_not_similar_to_itself_when_told_so(spaced_project):
    image = spaced_project.catalogue.images()[7]
    said = assess_image(spaced_project, image.id)
    found = similar(spaced_project, said.probabilities, limit=100, skip=image.id)
    assert image.id not in dict(found)
    assert len(found) == spaced_project.catalogue.count_images() - 1


def test_likeness_uses_the_concepts_that_both_know(spaced_project):
    image = spaced_project.catalogue.images()[7]
    value = assess_image(spaced_project, image.id).probabilities["dog.nose"]
    assert similar(spaced_project, {"dog.nose": value, "dog.wings": 0.5})[0] == (image.id, pytest.approx(0, abs=1e-6))
    with pytest.raises(SpaceError, match=r"dog\.wings"):
        similar(spaced_project, {"dog.wings": 0.5})


def test_a_network_without_head_sends_to_training(toy_project, stranger):
    add_model(toy_project, "raw", "toy:body")
    with pytest.raises(ModelError, match="sxai model train raw"):
        assess_bytes(toy_project, "new.png", stranger[1])


def test_a_network_without_spaces_sends_to_extraction(toy_project, stranger):
    with pytest.raises(SpaceError, match="sxai space extract --all"):
        assess_bytes(toy_project, "new.png", stranger[1])


def test_an_empty_project_sends_to_adding_a_network(empty_project, stranger):
    with pytest.raises(UnknownName, match="sxai model add"):
        assess_bytes(empty_project, "new.png", stranger[1])


def test_an_image_that_is_not_there_is_told(spaced_project):
    with pytest.raises(UnknownName, match="no image 4711"):
        assess_image(spaced_project, 4711)


def test_spaces_of_former_weights_are_not_used(spaced_project):
    record = model_record(spaced_project)
    network = load_network(spaced_project, record)
    assert network.head is not None
    spaced_project.catalogue.update_model(record.id, sha256="0" * 64)
    with pytest.raises(SpaceError, match="no semantic space"):
        similar(spaced_project, {})


def test_an_assessment_reads_its_rules_in_one_transaction_and_keeps_in_one(spaced_project, transactions):
    image = spaced_project.catalogue.images()[0]
    data = spaced_project.artefacts.path(image.artefact).read_bytes()
    assess_bytes(spaced_project, "first.png", data)  # what pictures are compared with is read once
    transactions.clear()
    assess_bytes(spaced_project, "a.png", data)
    assert len(transactions) == 2
