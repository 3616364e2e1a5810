"""Occluders of a small demo: learned once, counted against what the network says, ranked, and laid over pictures."""

from dataclasses import replace

import numpy as np
import pytest

from sxai.errors import Cancelled, ModelError, UnknownName
from sxai.images.decode import encode
from sxai.images.verbs.stored import read_canvases
from sxai.networks.verbs.networks import load_network, model_record, probabilities_of
from sxai.networks.verbs.train import train_model
from sxai.occluders.effects import MeanEffect
from sxai.occluders.learn import occluded, packed
from sxai.occluders.verbs.learn import learn_occluders, occlude_picture, occluders_in_use, stored_occluders
from sxai.occluders.visibility_limit import visibility_filter
from sxai.project.analyses import keep, kept_all
from tests.occluders.verbs.conftest import STRONG


def said_under(project, delta, class_name, split, most=16):
    """What the network says of a class's pictures, by hand: pixels, features, head."""
    record = model_record(project)
    network = load_network(project, record)
    images = list(project.catalogue.images(class_name=class_name, split=split))
    chosen = sorted(np.random.default_rng(0).permutation(len(images))[:most].tolist())
    pictures = packed(network, read_canvases(project, [images[at] for at in chosen]))
    features = network.features(occluded(pictures, delta)).detach().numpy()
    return np.asarray(record.classes)[probabilities_of(network, features).argmax(axis=1)]


def test_accuracies_are_what_the_network_says_of_the_pictures(occluded_ws):
    found = occluders_in_use(occluded_ws)
    cat = found.of("cat")
    assert found.names == ("cat", "dog")
    assert np.abs(cat.delta).max() == pytest.approx(0.1)
    for split in ("train", "val"):
        own, other = (said_under(occluded_ws, cat.delta, name, split) for name in ("cat", "dog"))
        assert cat.matched(split).occluded.share == pytest.approx((own == "cat").mean())
        assert cat.matched(split).occluded.of == len(own)
        assert cat.unmatched(split).occluded == pytest.approx((other == "dog").mean())
        clean = said_under(occluded_ws, np.zeros_like(cat.delta), "cat", split)
        assert cat.matched(split).clean.share == pytest.approx((clean == "cat").mean())
    assert found.matched().occluded == pytest.approx(np.mean([one.matched().occluded.share for one in found.each]))
    assert found.pairs("matched")[0] == (cat.matched().clean.share, cat.matched().occluded.share)
    assert found.pairs("unmatched")[0] == (cat.unmatched().clean, cat.unmatched().occluded)
    changes = found.changes()
    assert changes[0, 0] == pytest.approx(cat.matched().occluded.share - cat.matched().clean.share)
    assert changes[1, 0] == pytest.approx(
        found.of("dog").on("cat").occluded.share - found.of("dog").on("cat").clean.share
    )


def test_a_strong_occluder_hides_its_class_alone(occluded_ws):
    found = occluders_in_use(occluded_ws)
    assert found.matched().left < 0.25
    assert found.unmatched().left > 2 / 3
    assert found.of("cat").becomes().get("dog", 0) > 0


def test_how_much_a_person_sees_is_measured_on_unseen_images_and_limited(occluded_ws):
    found = occluders_in_use(occluded_ws)
    cat = found.of("cat")
    by_hand = [occlude_picture(occluded_ws, cat, image).seen for image in cat.image_ids["val"]]
    assert cat.seen == pytest.approx(np.mean(by_hand), abs=1e-6)
    assert found.seen == pytest.approx(np.mean([one.seen for one in found.each]))
    assert found.summary()["seen"] == found.seen
    faint = learn_occluders(occluded_ws, **STRONG | {"seen": 0.2})
    assert visibility_filter(cat.delta.shape[1]).seen(faint.of("cat").delta) <= 0.202
    assert faint.seen < 0.5 * found.seen
    assert [one.each[0].settings.seen for one in stored_occluders(occluded_ws)] == [0.2, None]


def test_occluders_of_before_there_was_a_limit_are_still_told(occluded_ws):
    record = model_record(occluded_ws)
    for one in kept_all(occluded_ws, record, "occluder"):
        earlier = {key: value for key, value in one.parameters.items() if key not in ("seen", "others", "network")}
        result = {key: value for key, value in one.result.items() if key != "seen"}
        keep(occluded_ws, record, "occluder", earlier | {"epsilon": 0.07}, result, one.arrays)
    found = occluders_in_use(occluded_ws, 0.07)
    assert found.names == ("cat", "dog")
    assert found.each[0].settings.seen is found.seen is found.summary()["seen"] is None
    assert found.each[0].settings.others == 8


def test_what_is_learned_is_not_learned_again_and_a_sweep_adds_to_it(occluded_ws, monkeypatch):
    before = occluders_in_use(occluded_ws)
    monkeypatch.setattr("sxai.occluders.verbs.learn.learn_occluder", None)
    again = learn_occluders(occluded_ws, **STRONG)
    np.testing.assert_array_equal(again.of("dog").delta, before.of("dog").delta)
    monkeypatch.undo()
    last = learn_occluders(occluded_ws, ["dog"], [0.02, 0.05], steps=2, images=4)
    assert (last.epsilon, last.names) == (0.05, ("dog",))
    assert [one.epsilon for one in stored_occluders(occluded_ws)] == [0.05, 0.02, 0.1]
    assert occluders_in_use(occluded_ws, 0.1).names == ("cat", "dog")
    with pytest.raises(UnknownName, match=r"some at ε = 0.05, 0.02, 0.1"):
        occluders_in_use(occluded_ws, 0.07)
    with pytest.raises(UnknownName, match="sxai occlude learn cat"):
        last.of("cat")


def test_a_run_that_was_stopped_goes_on_with_the_next_class(demo_project):
    seen = []

    def stop(stage, done, total, detail=None):
        seen.append((stage, done, total))
        if detail and detail.get("class") == "dog" and detail["step"] == 2:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        learn_occluders(demo_project, steps=3, images=4, progress=stop)
    assert [one.names for one in stored_occluders(demo_project)] == [("cat",)]
    assert ("occluders", 5, 6) in seen
    seen.clear()
    learn_occluders(demo_project, steps=3, images=4, progress=lambda *told, **_: seen.append(told[:3]))
    assert [done for stage, done, _ in seen if stage == "occluders"] == [4, 5, 6, 6]
    assert stored_occluders(demo_project)[0].names == ("cat", "dog")


def test_another_head_has_other_occluders(occluded_ws):
    train_model(occluded_ws, "pets", epochs=1, learning_rate=0.01)
    assert stored_occluders(occluded_ws) == []
    with pytest.raises(UnknownName, match="sxai occlude learn"):
        occluders_in_use(occluded_ws)


def test_a_picture_is_told_before_and_after(occluded_ws):
    cat = occluders_in_use(occluded_ws).of("cat")
    image = occluded_ws.catalogue.image(cat.image_ids["val"][0])
    found = occlude_picture(occluded_ws, cat, image.id)
    assert 0 < found.seen < 10
    assert replace(found, pictures={**found.pictures, "occluded": found.pictures["clean"]}).seen == 0
    assert found.summary()["seen"] == round(found.seen, 2)
    assert found.name == image.name
    assert sum(found.after.values()) == pytest.approx(1.0)
    assert found.after["cat"] < found.before["cat"]
    assert np.abs(found.pictures["occluded"].astype(int) - found.pictures["clean"]).max() <= round(0.1 * 255) + 1
    np.testing.assert_array_equal(found.pictures["change"].transpose(2, 0, 1), cat.delta)
    [canvas] = read_canvases(occluded_ws, [image])
    other = occlude_picture(occluded_ws, cat, encode(canvas, "png"), "mine")
    assert other.name == "mine"
    assert other.after == pytest.approx(found.after)
    assert other.summary()["says"] == found.said[1]


def test_classes_without_images_count_for_nothing(occluded_ws):
    found = occluders_in_use(occluded_ws)
    cat = found.of("cat")
    none = replace(cat.tried["val"][1], before=np.empty(0, np.int16), after=np.empty(0, np.int16))
    bare = replace(cat, tried={**cat.tried, "val": (cat.tried["val"][0], none)})
    assert np.isnan(bare.unmatched().clean)
    assert np.isnan(bare.unmatched().left)
    assert np.isnan(replace(found, each=(bare,)).changes()[0, 1])
    assert replace(found, each=(bare,)).summary()["unmatched"]["val"] == {"clean": None, "occluded": None, "left": None}
    assert np.isnan(MeanEffect(0.0, 0.0).left)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"classes": ["cow"]}, UnknownName, "tells no class 'cow'; it knows cat, dog"),
        ({"epsilon": []}, ModelError, "give one or more"),
        ({"epsilon": 2.0}, ModelError, "up to 1"),
        ({"steps": 0}, ModelError, "1 or more"),
        ({"images": 0}, ModelError, "no images in train"),
    ],
)
def test_what_cannot_be_learned_is_one_line(demo_project, arguments, error, words):
    with pytest.raises(error, match=words):
        learn_occluders(demo_project, **arguments)


def test_without_a_head_the_next_step_is_told(demo_project):
    from sxai.networks.verbs.networks import add_model

    add_model(demo_project, "bare", "small")
    with pytest.raises(ModelError, match="sxai model train bare"):
        learn_occluders(demo_project)
