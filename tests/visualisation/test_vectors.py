import numpy as np
import pytest

from sxai.errors import SpaceError
from sxai.visualisation.vectors import space_target, trait_target


def test_negative_scores_become_zero():
    assert trait_target([1.0, -2.0, 0.5]).tolist() == [1.0, 0.0, 0.5]


def test_a_component_without_positive_scores_cannot_be_shown():
    with pytest.raises(SpaceError, match="negative or zero"):
        trait_target([-1.0, 0.0])


def test_a_spaces_channels_are_proportional_with_the_largest_at_30():
    target = space_target((4, 1, 3), (6.0, 3.0, 1.5), 6)
    assert target.tolist() == [0.0, 15.0, 0.0, 7.5, 30.0, 0.0]


def test_a_negative_difference_is_left_out_and_does_not_set_the_scale():
    target = space_target((0, 1, 2), (-9.0, 3.0, 1.0), 3)
    np.testing.assert_allclose(target, [0.0, 30.0, 10.0])


def test_a_space_of_negative_differences_cannot_be_shown():
    with pytest.raises(SpaceError, match="nothing to make visible"):
        space_target((0, 1), (-1.0, -2.0), 3)


def test_where_features_may_be_negative_targets_keep_their_sign():
    assert trait_target([1.0, -2.0, 0.5], signed=True).tolist() == [1.0, -2.0, 0.5]
    assert space_target((0, 2), (-4.0, 2.0), 3, signed=True).tolist() == [-30.0, 0.0, 15.0]
