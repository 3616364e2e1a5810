import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors

from sxai.assess.novelty import METHODS, Known, Neighbours, fit, unit
from sxai.errors import SpaceError

CHANNELS = 24


@pytest.fixture(scope="module")
def world():
    """Two classes, pictures of the same kind kept aside, and strangers that vary in other channels."""
    rng = np.random.default_rng(0)
    basis = np.eye(CHANNELS)[:8] * 3
    centres = np.array([basis[:4].sum(axis=0), basis[4:].sum(axis=0)])
    labels = np.repeat([0, 1], 150)

    def draw(labels):
        spread = np.where(np.arange(CHANNELS) < 8, 0.5, 0.05)
        return np.abs(centres[labels] + rng.normal(size=(len(labels), CHANNELS)) * spread)

    train, aside = draw(labels), draw(labels[::3])
    strangers = np.abs(rng.normal(size=(80, CHANNELS)))
    weights = np.stack([centres[0] - centres[1], centres[1] - centres[0]]) / 40
    return Known(train, labels, weights, np.array([0.1, -0.1])), aside, strangers


@pytest.mark.parametrize("method", METHODS)
def test_every_detector_tells_strangers_from_pictures_of_the_same_kind(world, method):
    known, aside, strangers = world
    detector = fit(method, known)
    scores = np.concatenate([detector.score(aside), detector.score(strangers)])
    assert scores.shape == (len(aside) + len(strangers),)
    assert roc_auc_score(np.repeat([0, 1], [len(aside), len(strangers)]), scores) > 0.9


@pytest.mark.parametrize("method", METHODS)
def test_a_score_does_not_depend_on_the_other_pictures(world, method):
    known, aside, _ = world
    detector = fit(method, known)
    alone = [float(detector.score(row[None])[0]) for row in aside[:5]]
    assert alone == pytest.approx(detector.score(aside)[:5].tolist(), rel=1e-4)


def test_the_distance_to_the_second_neighbour_is_scikit_learns(world):
    known, aside, _ = world
    oracle = NearestNeighbors(n_neighbors=2).fit(unit(known.features)).kneighbors(unit(aside))
    index, distances = Neighbours.of(known.features).nearest(aside)
    assert distances == pytest.approx(oracle[0], abs=1e-3)
    assert (index == oracle[1]).mean() > 0.99


def test_the_length_of_features_makes_no_difference_to_neighbours(world):
    known, aside, _ = world
    bank = Neighbours.of(known.features)
    assert bank.score(aside * 7) == pytest.approx(bank.score(aside), abs=1e-3)


def test_a_picture_left_out_meets_only_the_others(world):
    known, _, _ = world
    bank = Neighbours.of(known.features[:30])
    expected = [
        Neighbours.of(np.delete(known.features[:30], row, 0)).score(known.features[row])[0] for row in range(30)
    ]
    assert bank.among_others(range(30)) == pytest.approx(expected, abs=1e-3)


def test_fewer_pictures_than_neighbours_are_enough():
    bank = Neighbours.of(np.eye(3)[1:2], k=5)
    assert bank.k == 1
    assert bank.score(np.eye(3)[:1])[0] == pytest.approx(2**0.5, abs=1e-3)


def test_features_without_length_are_far_from_all():
    bank = Neighbours.of(np.ones((6, 4)))
    assert np.isfinite(bank.score(np.zeros((1, 4)))).all()


def test_detectors_that_read_the_head_say_so_where_it_is_another(world):
    known, _, _ = world
    with pytest.raises(SpaceError, match="choose neighbours"):
        fit("energy", Known(known.features, known.labels))


def test_an_unknown_detector_lists_those_there_are(world):
    with pytest.raises(SpaceError, match="neighbours, mahalanobis"):
        fit("guess", world[0])


def test_tables_that_do_not_match_are_refused():
    with pytest.raises(SpaceError, match="n classes"):
        Known(np.ones((3, 2)), np.zeros(2, dtype=int))
