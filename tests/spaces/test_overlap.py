import numpy as np
import pytest
from sklearn.metrics.pairwise import cosine_similarity

from sxai.errors import SpaceError
from sxai.spaces.overlap import MaskingEffect, cosine, crosstalk, dominant_rows, masking_effect, shared_channels
from sxai.spaces.space import SemanticSpace


class Plain:
    """A direction whose probability is one feature, so that expectations can be written down."""

    def __init__(self, name, channel):
        self.name, self.channel = name, channel

    def activation(self, features):
        return np.asarray(features)[:, self.channel]

    def probability(self, features):
        return self.activation(features)


def test_shared_channels_name_every_pair_once():
    spaces = [
        SemanticSpace("cat.eyes", (263, 7, 9), (3.0, 2.0, 1.0)),
        SemanticSpace("cat.nose", (9, 263), (3.0, 2.0)),
        SemanticSpace("cat.legs", (1,), (3.0,)),
    ]
    assert shared_channels(spaces) == {
        ("cat.eyes", "cat.nose"): (9, 263),
        ("cat.eyes", "cat.legs"): (),
        ("cat.nose", "cat.legs"): (),
    }


def test_one_space_shares_with_nobody():
    assert shared_channels([SemanticSpace("cat.eyes", (1,), (1.0,))]) == {}


def test_the_same_concept_twice_is_refused():
    space = SemanticSpace("cat.eyes", (1,), (1.0,))
    with pytest.raises(SpaceError, match="more than once"):
        shared_channels([space, space])


def test_cosine_equals_scikit_learn():
    differences = np.random.default_rng(0).normal(size=(5, 40))
    np.testing.assert_allclose(cosine(differences), cosine_similarity(differences), atol=1e-12)


def test_cosine_of_parallel_opposite_and_orthogonal_vectors():
    matrix = cosine([[1.0, 0.0], [2.0, 0.0], [-1.0, 0.0], [0.0, 3.0]])
    np.testing.assert_allclose(matrix[0], [1, 1, -1, 0], atol=1e-15)


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_cosine_survives_extreme_units(scale):
    differences = np.array([[1.0, 2.0, 3.0], [3.0, -1.0, 0.5]])
    np.testing.assert_allclose(cosine(differences * scale), cosine(differences))


def test_a_difference_of_zeros_has_no_direction():
    with pytest.raises(SpaceError, match="difference 1 is zero in every channel"):
        cosine([[1.0, 2.0], [0.0, 0.0]])


def test_crosstalk_is_the_mean_fall_in_each_space():
    spaces = [Plain("cat.eyes", 0), Plain("cat.nose", 1), Plain("dog.eyes", 2)]
    unmasked = {"cat.eyes": [[0.9, 0.5, 0.2], [0.7, 0.5, 0.2]], "cat.nose": [[0.5, 0.8, 0.1]]}
    masked = {"cat.nose": [[0.4, 0.2, 0.3]], "cat.eyes": [[0.1, 0.4, 0.2], [0.3, 0.4, 0.0]]}
    matrix = crosstalk(spaces, unmasked, masked)
    np.testing.assert_allclose(matrix, [[0.6, 0.1, 0.1], [0.1, 0.6, -0.2]])


def test_the_diagonal_of_crosstalk_is_the_masking_effect():
    space = Plain("cat.eyes", 0)
    unmasked, masked = np.random.default_rng(1).random((2, 20, 3))
    effect = masking_effect(space, unmasked, masked)
    matrix = crosstalk([space], {"cat.eyes": unmasked}, {"cat.eyes": masked})
    assert matrix[0, 0] == pytest.approx(effect.mean_unmasked - effect.mean_masked)


def test_a_concept_given_in_one_version_only_is_refused():
    with pytest.raises(SpaceError, match=r"cat\.nose"):
        crosstalk([Plain("cat.eyes", 0)], {"cat.eyes": [[1.0]]}, {"cat.eyes": [[1.0]], "cat.nose": [[1.0]]})


def test_different_numbers_of_images_are_refused():
    with pytest.raises(SpaceError, match="1 unmasked and 2 masked images"):
        masking_effect(Plain("cat.eyes", 0), [[1.0]], [[1.0], [0.5]])


def test_no_image_at_all_is_refused():
    with pytest.raises(SpaceError, match="at least one"):
        masking_effect(Plain("cat.eyes", 0), np.empty((0, 1)), np.empty((0, 1)))


def test_masking_effect_counts_only_pairs_that_really_fall():
    effect = masking_effect(Plain("cat.eyes", 0), [[0.9], [0.5], [0.5], [0.1]], [[0.1], [0.5], [0.6], [0.0]])
    assert effect == MaskingEffect(pytest.approx(0.5), pytest.approx(0.3), 0.5)


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        ([[0.4, 0.2], [0.1, 0.3]], [True, True]),
        ([[0.4, 0.4], [0.5, 0.3]], [False, False]),
        ([[-0.1, -0.2], [0.0, np.nan]], [True, False]),
        ([[0.2]], [True]),
    ],
)
def test_a_row_is_dominant_when_its_own_column_is_strictly_largest(matrix, expected):
    assert dominant_rows(matrix).tolist() == expected


def test_dominance_needs_the_same_concepts_in_rows_and_columns():
    with pytest.raises(SpaceError, match=r"shape \(1, 2\)"):
        dominant_rows([[1.0, 2.0]])
