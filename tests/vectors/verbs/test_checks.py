"""All tests of a set of semantic vectors, kept and looked up."""

import numpy as np

from sxai.networks.verbs.networks import model_record
from sxai.vectors.perturbation import WAYS
from sxai.vectors.verbs.checks import known_tests, vector_tests
from sxai.vectors.verbs.tests import COLOUR, colour_role, perturbation_table
from sxai.vectors.verbs.vectors import diversity_accuracy, semantic_vectors


def test_all_tests_are_kept_and_known(demo_project):
    found = semantic_vectors(demo_project)
    assert known_tests(demo_project, found) is None
    assert semantic_vectors.known(demo_project).key == found.key
    assert perturbation_table.known(demo_project, found) is None
    made = vector_tests(demo_project, composites=3)
    known = known_tests(demo_project, found)
    assert known is not None
    assert known.summary() == made.summary()
    assert perturbation_table.known(demo_project, found) == made.table
    assert perturbation_table.known(demo_project, found, 0.3) is None
    assert colour_role.known(demo_project, found) == made.colour
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
    demo_project.catalogue.remove_analyses(model_record(demo_project).id, COLOUR)
    assert known_tests(demo_project, found) is None
