import numpy as np
import pytest

from sxai.errors import SpaceError
from sxai.names import split_name
from sxai.spaces.direction import ConceptDirection, as_features
from sxai.spaces.space import SemanticSpace


class LinearConcept:
    """Another estimator: any hyperplane."""

    name = "cat.eyes"

    def activation(self, features):
        return np.asarray(features).sum(axis=1)

    def probability(self, features):
        return self.activation(features) / 10


def test_a_semantic_space_and_another_estimator_both_are_directions():
    assert isinstance(SemanticSpace("cat.eyes", (0,), (1.0,)), ConceptDirection)
    assert isinstance(LinearConcept(), ConceptDirection)


def test_something_without_probability_is_no_direction():
    assert not isinstance(object(), ConceptDirection)


@pytest.mark.parametrize(
    ("full_name", "classes", "parts"),
    [
        ("cat.eyes", (), ("cat", "eyes")),
        ("golden_retriever.front-legs", (), ("golden_retriever", "front-legs")),
        ("st. bernard.eyes", (), ("st. bernard", "eyes")),
        ("cat.eyes.left", ("cat",), ("cat", "eyes.left")),
        ("cat.wild.eyes", ("cat", "cat.wild"), ("cat.wild", "eyes")),
        ("dog.eyes", ("cat",), ("dog", "eyes")),
        ("catfish.eyes", ("cat",), ("catfish", "eyes")),
    ],
)
def test_names_split_into_class_and_concept(full_name, classes, parts):
    assert split_name(full_name, classes) == parts


@pytest.mark.parametrize("name", ["cat", "", ".", ".eyes", "cat.", "  .eyes", "cat. "])
def test_a_name_without_both_parts_is_refused(name):
    with pytest.raises(SpaceError, match=r"class\.concept|has no name"):
        split_name(name)


def test_features_pass_in_their_own_precision():
    features = np.ones((2, 3), dtype=np.float32)
    assert as_features(features, 3) is features


@pytest.mark.parametrize("features", [np.ones(3), np.ones((1, 2, 3)), [["a", "b"]], [[1j, 2]]])
def test_what_is_no_table_of_numbers_is_refused(features):
    with pytest.raises(SpaceError, match="one row of numbers an image"):
        as_features(features, 1)


def test_features_of_another_network_are_refused():
    with pytest.raises(SpaceError, match="4 channels but channel 7 is needed"):
        as_features(np.ones((2, 4)), 8)
