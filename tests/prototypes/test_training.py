"""Training on planted patches: each kind is found, the same seed gives the same outcome."""

import numpy as np
import pytest

from sxai.errors import SpaceError
from sxai.prototypes.losses import off_diagonal
from sxai.prototypes.settings import LossWeights, ProtoSettings
from sxai.prototypes.training import MapTable, class_scores, similarity_maps, train_prototypes

QUICK = ProtoSettings(per_class=3, width=16, rounds=2, warm_up=1, joint=6, batch=8, rate=1e-2, head_steps=30)


@pytest.fixture(scope="module")
def planted():
    """Two classes, each with two kinds of patch of its own on a common ground; where each was planted."""
    rng = np.random.default_rng(0)
    kinds = rng.normal(0, 3, size=(4, 12))
    maps = rng.normal(0, 0.3, size=(64, 12, 5, 5))
    labels = np.arange(64) % 2
    where = rng.integers(0, 5, size=(64, 2, 2))
    for row in range(64):
        for kind in (0, 1):
            y, x = where[row, kind]
            maps[row, :, y, x] = kinds[2 * labels[row] + kind] + rng.normal(0, 0.3, 12)
    return MapTable(maps.astype(np.float32), labels), where


@pytest.fixture(scope="module")
def trained(planted):
    return train_prototypes(planted[0], 2, QUICK)


def test_classes_are_told_apart(planted, trained):
    peaks = similarity_maps(trained.model, planted[0].maps).max(axis=(2, 3))
    assert (class_scores(trained.model, peaks).argmax(axis=1) == planted[0].labels).mean() >= 0.95


def test_some_prototype_points_at_what_was_planted(planted, trained):
    table, where = planted
    similarity = similarity_maps(trained.model, table.maps)
    for label in (0, 1):
        rows = np.flatnonzero(table.labels == label)
        own = similarity[rows, 3 * label : 3 * label + 3].reshape(len(rows), 3, 25).argmax(axis=2)
        last = where[rows, 1, 0] * 5 + where[rows, 1, 1]  # what was planted last lies on top
        assert (own == last[:, None]).mean(axis=0).max() >= 0.8


def test_patches_are_of_the_own_class_and_what_they_say(planted, trained):
    similarity = similarity_maps(trained.model, planted[0].maps)
    for index, place in enumerate(trained.places):
        assert planted[0].labels[place.image] == index // 3
        at = similarity[place.image, index, place.row, place.column]
        own = similarity[planted[0].labels == index // 3, index]
        assert at == pytest.approx(own.max(), abs=1e-5)


def test_the_loss_makes_vectors_orthogonal(planted, trained):
    free = train_prototypes(
        planted[0], 2, ProtoSettings(**{**QUICK.__dict__, "weights": LossWeights(orthonormality=0)})
    )
    assert off_diagonal(trained.model.basis) < 0.15 < off_diagonal(free.model.basis)


def test_the_same_seed_gives_the_same(planted, trained):
    again = train_prototypes(planted[0], 2, QUICK)
    np.testing.assert_array_equal(again.model.basis.detach(), trained.model.basis.detach())
    assert again.history == trained.history
    assert len(trained.history) == 13


def test_every_term_has_a_curve(trained):
    assert {"cross-entropy", "aggregation", "separation", "orthonormality", "subspaces"} <= set(trained.history[0])


def test_a_class_without_images(planted):
    with pytest.raises(SpaceError, match="without images"):
        train_prototypes(planted[0], 3, QUICK)
    with pytest.raises(SpaceError, match="table"):
        MapTable(planted[0].maps, planted[0].labels[:3])
