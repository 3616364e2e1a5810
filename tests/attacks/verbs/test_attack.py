"""Attacks of a project's network: kept, resumed, repeatable, assessed by today's rule."""

import numpy as np
import pytest
import torch

from sxai.assess.verbs.assess import Assessor
from sxai.attacks.attack import AttackSettings
from sxai.attacks.verbs import attack as module
from sxai.attacks.verbs.attack import Goal, attack_image, attacked_features, known_attacks
from sxai.attacks.verbs.calibrate_detection import reset_detection
from sxai.errors import Cancelled, ModelError, SpaceError, UnknownName
from sxai.images.decode import encode
from sxai.images.verbs.stored import read_canvas


@pytest.fixture
def image(spaced_project):
    return spaced_project.catalogue.images(class_name="cat")[7]


def test_a_picture_is_attacked_towards_the_other_class(spaced_project, image):
    found = attack_image(spaced_project, image.id, epsilon=0.2)
    assert (found.clean.predicted, found.goal) == ("cat", "dog")
    assert found.flipped
    assert found.reached
    assert found.adversarial.predicted == "dog"
    assert found.norms.largest <= 0.2 + 1e-6
    clean, adversarial, change = (found.pictures[name] for name in ("clean", "adversarial", "change"))
    np.testing.assert_array_equal(clean, read_canvas(spaced_project, image))  # the toy sees pictures at their own size
    assert adversarial.dtype == np.uint8
    assert np.abs(adversarial / 255 - clean / 255).max() <= 0.2 + 0.5 / 255 + 1e-6
    np.testing.assert_allclose(change, adversarial / 255 - clean / 255, atol=0.6 / 255)
    assert found.flagged == ("adversarial" in found.adversarial.flags)


def test_a_small_epsilon_does_not_flip_what_is_clear(spaced_project, image):
    found = attack_image(spaced_project, image.id, epsilon=1e-4)
    assert not found.flipped
    assert not found.reached
    assert found.clean.predicted == found.adversarial.predicted == "cat"


@pytest.mark.parametrize("method", ["fgsm", "l2-pgd"])
def test_other_methods_and_untargeted(spaced_project, image, method):
    found = attack_image(spaced_project, image.id, epsilon=0.2, method=method, target="untargeted")
    assert found.goal is None
    assert found.flipped == found.reached
    assert found.settings == AttackSettings(method, 0.2, 40)
    assert found.adversarial.outputs["cat"] < found.clean.outputs["cat"]


def test_the_same_attack_is_made_once_and_is_the_same_for_the_picture_s_bytes(spaced_project, image, monkeypatch):
    first = attack_image(spaced_project, image.id, epsilon=0.1)
    monkeypatch.setattr(module, "attack", lambda *given: pytest.fail("attacked again"))
    again = attack_image(spaced_project, image.id, epsilon=0.1)
    assert again.created == first.created
    np.testing.assert_array_equal(again.pictures["adversarial"], first.pictures["adversarial"])
    uploaded = attack_image(
        spaced_project, encode(read_canvas(spaced_project, image), "png"), epsilon=0.1, name="mine.png"
    )
    assert uploaded.adversarial.probabilities == first.adversarial.probabilities
    assert (uploaded.clean.image_id, uploaded.clean.file, uploaded.adversarial.file) == (
        None,
        "mine.png",
        "mine.png, attacked",
    )


def test_another_head_is_attacked_anew(spaced_project, image):
    first = attack_image(spaced_project, image.id, epsilon=0.05)
    assessor = Assessor.of(spaced_project)
    changed = spaced_project.catalogue.update_model(assessor.record.id, artefact=_other_head(spaced_project, assessor))
    assert changed.sha256 == assessor.record.sha256
    second = attack_image(spaced_project, image.id, epsilon=0.05)
    assert (first.goal, second.goal) == ("dog", "cat")
    assert second.created != first.created


def _other_head(project, assessor):
    from sxai.networks.verbs.networks import _checkpoint

    head = assessor.network.head
    with torch.no_grad():
        next(head.parameters()).mul_(-1)
    try:
        return _checkpoint(project, assessor.network, {})
    finally:
        with torch.no_grad():
            next(head.parameters()).mul_(-1)


def test_attacks_of_many_are_kept_and_resumed(spaced_project):
    assessor = Assessor.of(spaced_project)
    images = spaced_project.catalogue.images()[:20]
    goals = [Goal("dog", True)] * 20
    settings = AttackSettings(epsilon=0.05, steps=3)
    whole = attacked_features(spaced_project, assessor, images, goals, AttackSettings(epsilon=0.05, steps=4))
    assert known_attacks(spaced_project, assessor, images, goals, settings) is None

    def stop_after_ten(stage, done, total, detail=None):
        assert (stage, total) == ("attack", 20)
        if done >= 10:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        attacked_features(spaced_project, assessor, images, goals, settings, stop_after_ten)
    told = []
    found = attacked_features(
        spaced_project, assessor, images, goals, settings, lambda stage, done, total, detail=None: told.append(done)
    )
    assert told[0] == 16  # the batch in which it was stopped had been kept
    assert told[-1] == 20
    assert len(known_attacks(spaced_project, assessor, images, goals, settings)) == 20
    alone = attacked_features(spaced_project, assessor, images[3:4], goals[:1], AttackSettings(epsilon=0.05, steps=4))
    np.testing.assert_array_equal(alone[0].arrays["features"], whole[3].arrays["features"])
    assert not np.array_equal(found[3].arrays["features"], whole[3].arrays["features"])


def test_targeted_and_untargeted_may_be_mixed(spaced_project):
    assessor = Assessor.of(spaced_project)
    images = spaced_project.catalogue.images()[:4]
    goals = [Goal("dog", True), Goal("cat", False), Goal("dog", True), Goal("cat", False)]
    found = attacked_features(spaced_project, assessor, images, goals, AttackSettings(epsilon=0.05, steps=2))
    assert [kept.parameters["targeted"] for kept in found] == [True, False, True, False]


@pytest.mark.parametrize(
    ("wrong", "error", "told"),
    [
        ({"target": "owl"}, UnknownName, "does not tell 'owl'; attack towards other, cat, dog"),
        ({"epsilon": 2.0}, ModelError, "ε is 2.0"),
        ({"method": "magic"}, ModelError, "magic"),
        ({"image": 999}, UnknownName, "no image 999"),
        ({"model": "nobody"}, UnknownName, "nobody"),
    ],
)
def test_what_cannot_be_attacked_is_told(spaced_project, image, wrong, error, told):
    with pytest.raises(error, match=told):
        attack_image(spaced_project, **({"image": image.id} | wrong))


def test_without_spaces_the_next_step_is_told(toy_project):
    with pytest.raises(SpaceError, match="sxai space extract"):
        attack_image(toy_project, 1)
    assert reset_detection(toy_project).calibrated is None
