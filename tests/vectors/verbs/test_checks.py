"""All tests of a set of semantic vectors, kept and looked up."""

import numpy as np
import pytest

from sxai.errors import SpaceError
from sxai.search.verbs.search import save_search
from sxai.vectors.perturbation import WAYS
from sxai.vectors.verbs import pointing_game, tests
from sxai.vectors.verbs.checks import known_tests, vector_tests
from sxai.vectors.verbs.vectors import diversity_accuracy, semantic_vectors


def test_all_tests_are_kept_and_known(demo_project):
    found = semantic_vectors(demo_project)
    assert known_tests(demo_project, found) is None
    made = vector_tests(demo_project, composites=3)
    known = known_tests(demo_project, found)
    assert known is not None
    assert known.summary() == made.summary()
    assert set(known.table.total) == set(WAYS)
    assert known.table.total["SeVec"].n == (~found.made).sum()
    assert known.table.total["SeVec"].value > known.table.total["permuted SeVec"].value
    assert {row.name for row in known.colour.classes} == {"cat", "dog"}
    assert known.colour.accuracy >= known.colour.grey_accuracy
    game = known.game
    assert game is not None
    assert game.n == 3
    for gain in game.gains.values():
        np.testing.assert_allclose(gain.gain, gain.gated - gain.plain)
    rows, related = diversity_accuracy(demo_project, found)
    assert [row.name for row in rows] == ["cat", "dog"]
    assert related.r is None


def test_a_look_up_gives_the_settings_asked_for_last_and_computes_nothing(demo_project, monkeypatch):
    vectors = semantic_vectors(demo_project)
    for composites, threshold in ((2, None), (4, 0.3)):
        vector_tests(demo_project, composites=composites, threshold=threshold)

    def refuse(*_, **__):
        raise AssertionError("computed again")

    for module, name in ((tests, "probability_shifts"), (tests, "extract"), (pointing_game, "saliency")):
        monkeypatch.setattr(module, name, refuse)
    known = known_tests(demo_project, vectors)
    assert known is not None
    assert (known.table.threshold, known.game.n) == (0.3, 4)


def test_one_class_alone_has_no_pointing_game(demo_project):
    save_search(demo_project, "cat", "true = cat")
    checks = vector_tests(demo_project, "searches", composites=2)
    assert checks.game is None
    assert checks.summary()["game"] is None
    assert list(checks.table.classes) == ["cat"]
    [row] = checks.colour.classes
    assert (row.name, row.other) == ("cat", None)
    assert (row.accuracy, row.grey_accuracy) == (checks.colour.accuracy, checks.colour.grey_accuracy)
    assert known_tests(demo_project, semantic_vectors(demo_project, "searches")).game is None


def test_vectors_of_positions_have_no_tests(demo_project):
    positions = semantic_vectors(demo_project, tap="relu4_2", n=8)
    assert known_tests(demo_project, positions) is None
    with pytest.raises(SpaceError, match="these vectors read relu4_2; the head reads"):
        tests.perturbation_table(demo_project, positions)
