"""Spread and growth of the first component: equal to the formula by hand, with sizes that fit."""

import numpy as np
import pytest
import toy

from sxai.errors import SpaceError
from sxai.traits.sampling import sample
from sxai.traits.verbs import spread
from sxai.traits.verbs.spread import trait_spread

SIZES = (4, 8, 20)


def test_the_spread_is_that_of_first_components_drawn_by_hand(toy_project):
    found = trait_spread(toy_project, "cat", SIZES)
    images = toy_project.catalogue.images(class_name="cat")
    for point, scores in zip(found.points, found.scores, strict=True):
        drawn = [sample(len(images), point.size, at, toy_project.seed) for at in range(3)]
        expected = np.stack([toy.first_trait(toy.features_of([images[at] for at in rows]))[0] for rows in drawn])
        np.testing.assert_allclose(scores, expected, rtol=1e-3, atol=1e-4)
        average = expected.mean(axis=0)
        assert point.percent == pytest.approx(100 * (np.abs(expected - average) / np.abs(average)).mean(), rel=1e-2)
        assert point.literal_percent == pytest.approx(100 * np.abs(expected - average).mean(), rel=1e-2)


def test_more_samples_spread_less_and_scores_grow_with_their_root(toy_project):
    found = trait_spread(toy_project, "cat", SIZES)
    assert [point.size for point in found.points] == list(SIZES)
    assert found.points[0].percent > found.points[-1].percent
    assert found.exponent == pytest.approx(0.5, abs=0.1)
    for point in found.points:
        assert point.expected_scale == pytest.approx(np.sqrt(point.size / 20))
        assert point.scale == pytest.approx(point.expected_scale, rel=0.15)
        assert point.cosine > 0.95
        assert point.correlation <= 1.0


def test_repeats_tell_whether_they_share_images(toy_project):
    assert [point.disjoint for point in trait_spread(toy_project, "cat", SIZES).points] == [True, True, False]


def test_sizes_that_the_class_is_too_small_for_are_dropped_and_listed(toy_project):
    found = trait_spread(toy_project, "dog", (100, 4, 8, 300, 8))
    assert [point.size for point in found.points] == [4, 8]
    assert found.dropped == (100, 300)
    assert found.summary()["dropped"] == [100, 300]


def test_one_size_has_no_exponent(toy_project):
    assert trait_spread(toy_project, "cat", (6,)).exponent is None


def test_it_is_computed_once(toy_project, monkeypatch):
    assert trait_spread.known(toy_project, "cat", SIZES) is None
    first = trait_spread(toy_project, "cat", SIZES)
    monkeypatch.setattr(spread, "sample_features", lambda *_: pytest.fail("computed again"))
    again = trait_spread.known(toy_project, "cat", SIZES)
    assert again.summary() == first.summary() == trait_spread(toy_project, "cat", SIZES).summary()
    np.testing.assert_array_equal(again.scores, first.scores)
    assert trait_spread.known(toy_project, "cat", SIZES, repeats=4) is None


@pytest.mark.parametrize(
    ("sizes", "repeats", "message"),
    [((500,), 3, r"none of the sizes \[500\] .* 24 images of cat"), ((4,), 1, "1 repeats: a spread compares")],
)
def test_what_cannot_be_compared_is_refused(toy_project, sizes, repeats, message):
    with pytest.raises(SpaceError, match=message):
        trait_spread(toy_project, "cat", sizes, repeats)
