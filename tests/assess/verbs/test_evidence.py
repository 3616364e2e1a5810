"""Evidence on stored and uploaded pictures: numbers by numpy alone, what is kept, what moves with the spaces."""

import numpy as np
import pytest
import toy
from scipy import stats

from sxai.assess.verbs import evidence
from sxai.assess.verbs.evidence import centres, evidence_bytes, evidence_document, evidence_image
from sxai.errors import MaskError, UnknownName
from sxai.images.decode import encode
from sxai.spaces.verbs.details import distribution
from sxai.spaces.verbs.extract import extract_spaces
from sxai.spaces.verbs.stored import list_spaces

COUNT = 6


@pytest.fixture
def looks(monkeypatch):
    """How often a network was asked."""
    calls = []
    look = evidence.superpixel_views
    monkeypatch.setattr(evidence, "superpixel_views", lambda *given: calls.append(1) or look(*given))
    return calls


def filled(pixels, labels, wanted):
    """The picture with some superpixels filled with the mean colour of those that share an edge with each."""
    view = pixels.copy()
    for label in wanted:
        inside = np.pad(labels == label, 1)
        near = (inside[:-2, 1:-1] | inside[2:, 1:-1] | inside[1:-1, :-2] | inside[1:-1, 2:]) & (labels != label)
        view[labels == label] = np.rint(pixels[np.isin(labels, labels[near])].mean(axis=0))
    return view


def activations_by_hand(project, pixels, labels):
    """A (m, K + 2) of the picture, with each superpixel filled, and with all of them."""
    every = range(int(labels.max()) + 1)
    views = [pixels, *(filled(pixels, labels, [label]) for label in every), filled(pixels, labels, every)]
    table = np.stack([toy.features(view) for view in views])
    return np.stack([toy.activation(table, list(s.channels), np.array(s.delta)) for s in list_spaces(project)])


def test_drops_of_a_stored_picture_are_the_maths_by_hand(spaced_project):
    image = spaced_project.catalogue.images(class_name="cat")[2]
    shown = evidence_image(spaced_project, image.id, COUNT)
    pixels, _ = toy.draw("cat", toy.seed_of(image))
    expected = activations_by_hand(spaced_project, pixels, shown.found.labels)
    np.testing.assert_array_equal(shown.pixels, pixels)
    np.testing.assert_allclose(shown.found.activation_drops, expected[:, :1] - expected[:, 1:-1], rtol=1e-3, atol=1e-5)
    for row, space in enumerate(list_spaces(spaced_project)):
        values = toy.probability(expected[row], distribution(spaced_project, space.name).values)
        np.testing.assert_allclose(shown.found.probability_drops[row], values[0] - values[1:-1], atol=3e-3)
        assert shown.found.probability_together[row] == pytest.approx(values[0] - values[-1], abs=3e-3)


def test_grad_cam_of_the_toy_network_is_its_class_activation_map(spaced_project):
    image = spaced_project.catalogue.images(class_name="dog")[4]
    shown = evidence_image(spaced_project, image.id, COUNT)
    pixels, _ = toy.draw("dog", toy.seed_of(image))
    from sxai.networks.verbs.networks import load_network, model_record

    head = load_network(spaced_project, model_record(spaced_project)).head
    state = {name: value.double().numpy() for name, value in head.state_dict().items()}
    weights = next(value for value in state.values() if value.ndim == 2)[["cat", "dog"].index(shown.found.predicted)]
    maps = np.maximum(pixels / 255 @ toy.WEIGHTS.T + toy.BIAS, 0)
    expected = np.maximum(maps @ weights, 0) / toy.SIDE**2
    np.testing.assert_allclose(shown.heat, expected, rtol=1e-3, atol=1e-7)


def test_agreement_is_the_rank_correlation_over_superpixels(spaced_project):
    image = spaced_project.catalogue.images()[1]
    shown = evidence_image(spaced_project, image.id, COUNT)
    predicted = shown.found.predicted
    means = [shown.heat[shown.found.labels == label].mean() for label in range(len(shown.heat_means))]
    for name, drops in [(f"p({predicted})", shown.found.confidence_drops), (shown.own[0], shown.drops(shown.own[0]))]:
        expected = stats.spearmanr(drops, means).statistic if np.ptp(means) else None
        assert shown.agreement[name] == pytest.approx(expected)


def test_own_concepts_are_those_of_the_predicted_class(spaced_project):
    shown = evidence_image(spaced_project, spaced_project.catalogue.images()[0].id, COUNT)
    assert shown.own == tuple(f"{shown.found.predicted}.{part}" for part in ("eyes", "nose"))
    np.testing.assert_array_equal(shown.drops(f"p({shown.found.predicted})"), shown.found.confidence_drops)


def test_a_stored_picture_is_looked_at_once(spaced_project, looks):
    image = spaced_project.catalogue.images()[0]
    first, second = (evidence_image(spaced_project, image.id, COUNT) for _ in range(2))
    assert len(looks) == 1
    np.testing.assert_array_equal(first.found.probability_drops, second.found.probability_drops)
    assert (first.created, first.version) == (second.created, second.version)
    evidence_image(spaced_project, image.id, COUNT + 3)
    evidence_image(spaced_project, image.id, COUNT, again=True)
    assert len(looks) == 3


def test_evidence_fits_the_spaces_of_today_without_another_look(spaced_project, looks):
    image = spaced_project.catalogue.images(class_name="cat")[0]
    before = evidence_image(spaced_project, image.id, COUNT)
    for other in spaced_project.catalogue.images(class_name="cat")[6:10]:
        toy.mask_part(spaced_project, "cat.nose", other)
    extract_spaces(spaced_project, ["cat.nose"])
    after = evidence_image(spaced_project, image.id, COUNT)
    row = after.found.names.index("cat.nose")
    assert len(looks) == 1
    assert np.abs(after.found.activation_drops[row] - before.found.activation_drops[row]).max() > 0


def test_an_upload_gives_the_same_numbers_and_is_not_kept(spaced_project, looks):
    image = spaced_project.catalogue.images()[3]
    stored = evidence_image(spaced_project, image.id, COUNT)
    data = spaced_project.artefacts.path(image.artefact).read_bytes()
    for _ in range(2):
        shown = evidence_bytes(spaced_project, "mine.png", data, COUNT)
    assert (shown.file, shown.image_id, shown.created) == ("mine.png", None, None)
    np.testing.assert_allclose(shown.found.probability_drops, stored.found.probability_drops, atol=1e-6)
    assert len(looks) == 3


def test_the_document_holds_every_drop(spaced_project):
    shown = evidence_image(spaced_project, spaced_project.catalogue.images()[0].id, COUNT)
    document = evidence_document(shown)
    assert [entry["name"] for entry in document["concepts"]] == list(shown.found.names)
    assert len(document["centres"]) == len(document["grad_cam"]) == len(document["concepts"][0]["probability_drops"])
    assert document["superpixels"]["count"] == COUNT


def test_centres_are_means_of_pixel_places():
    labels = np.array([[0, 0, 1], [0, 0, 1]])
    np.testing.assert_allclose(centres(labels), [[1, 1], [2.5, 1]])


def test_what_cannot_be_shown_is_told(spaced_project):
    with pytest.raises(UnknownName, match="no image 4711"):
        evidence_image(spaced_project, 4711)
    plain = encode(np.full((40, 40, 3), 90, dtype=np.uint8), "png")
    with pytest.raises(MaskError, match="ask for more"):
        evidence_bytes(spaced_project, "plain.png", plain, count=1)
