"""The pointing game on two-class pictures, plain and with the gate of a class."""

import numpy as np
import pytest

from sxai.errors import SpaceError, UnknownName
from sxai.vectors.vectors import Gate
from sxai.vectors.verbs import pointing_game as game
from sxai.vectors.verbs.pointing_game import class_saliency, pointing_game, two_in_one
from sxai.vectors.verbs.vectors import semantic_vectors


def test_a_stopped_game_goes_on_where_it_was(demo_project, monkeypatch):
    monkeypatch.setattr(game, "BLOCK", 2)
    found = semantic_vectors(demo_project)
    whole = pointing_game(demo_project, found, 3)
    monkeypatch.setattr(game._Block, "_played", lambda *_: pytest.fail("played again"))
    seen = []
    again = pointing_game(demo_project, found, 3, progress=lambda stage, done, total, detail=None: seen.append(done))
    assert again.summary() == whole.summary()
    assert seen == [0, 2, 3]


def test_another_gate_plays_only_what_it_changes(demo_project, monkeypatch):
    found = semantic_vectors(demo_project)
    first = pointing_game(demo_project, found, 2)
    methods = []
    played = game.saliency
    monkeypatch.setattr(game, "saliency", lambda *given: methods.append((given[3], given[4] is None)) or played(*given))
    other = pointing_game(demo_project, found, 2, gate=Gate(share=0.3))
    assert set(methods) == {("guided-backprop", False), ("gradient-input", False)}
    for key, gain in other.gains.items():
        np.testing.assert_array_equal(gain.plain, first.gains[key].plain)


def test_a_gate_that_no_unit_passes_is_refused(demo_project):
    found = semantic_vectors(demo_project)
    with pytest.raises(SpaceError, match="lower the gate"):
        class_saliency(demo_project, found, found.nearest("cat", 1)[0][0], ["cat"], gate=Gate(rate=1.0))


def test_two_classes_on_one_picture(demo_project):
    found = semantic_vectors(demo_project)
    cat, dog = found.nearest("cat", 1)[0][0], found.nearest("dog", 1)[0][0]
    pixels = two_in_one(demo_project, cat, dog)
    shown = class_saliency(demo_project, found, pixels, ["cat", "dog"])
    assert shown.pixels.shape == (256, 256, 3)
    assert set(shown.outputs) == {"cat", "dog"}
    assert len(shown.maps) == 2 * 5
    assert all(heat.shape == (256, 256) and heat.min() >= 0 for heat in shown.maps.values())
    assert not np.allclose(shown.maps["cat", "gradient-input", True], shown.maps["cat", "gradient-input", False])
    plain = class_saliency(demo_project, found, cat, methods=())
    assert max(plain.outputs, key=lambda name: plain.outputs[name]) == "cat"
    with pytest.raises(UnknownName, match="no class 'cow'"):
        class_saliency(demo_project, found, cat, ["cow"])
