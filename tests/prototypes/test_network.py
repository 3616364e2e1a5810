"""Proto-CNN and its settings: shapes, bounds, and coming back from arrays."""

import pytest
import torch

from sxai.errors import SpaceError
from sxai.prototypes.network import ProtoCNN
from sxai.prototypes.settings import LossWeights, ProtoSettings


@pytest.fixture
def model():
    return ProtoCNN(channels=5, classes=3, per_class=4, width=16, seed=1)


def test_shapes_and_ranges(model):
    maps = torch.randn(2, 5, 7, 7)
    embedded = model.embed(maps)
    assert embedded.shape == (2, 16, 7, 7)
    assert (embedded >= 0).all()
    torch.testing.assert_close(embedded.norm(dim=1), torch.ones(2, 7, 7))
    similarity = model.similarity(embedded)
    assert similarity.shape == (2, 12, 7, 7)
    assert similarity.abs().max() <= 1 + 1e-6
    assert model(maps).shape == (2, 3)


def test_the_last_layer_starts_at_one_and_minus_a_half_and_stays_within(model):
    own = model.own_weights()
    assert own.sum() == 12
    assert (model.last[own] == 1).all()
    assert (model.last[~own] == -0.5).all()
    with torch.no_grad():
        model.last += 3
    model.bound()
    assert model.last.max() == 1
    assert model.last.min() >= -0.5


def test_noise_only_where_it_is_asked_for(model):
    embedded = model.embed(torch.randn(1, 5, 3, 3))
    plain = model.similarity(embedded)
    torch.testing.assert_close(plain, model.similarity(embedded))
    shaken = model.similarity(embedded, 0.01, torch.Generator().manual_seed(0))
    assert 0 < (shaken - plain).abs().max() < 0.1


def test_it_comes_back_from_its_arrays(model):
    maps = torch.randn(2, 5, 4, 4)
    torch.testing.assert_close(ProtoCNN.restored(model.arrays())(maps), model(maps))
    damaged = model.arrays()
    del damaged["net.basis"]
    with pytest.raises(SpaceError, match="train them again"):
        ProtoCNN.restored(damaged)


@pytest.mark.parametrize(
    "wrong", [{"per_class": 200}, {"rounds": 0}, {"rate": 0.0}, {"start": "zeros"}, {"per_class": 0}]
)
def test_settings_that_cannot_be(wrong):
    with pytest.raises(SpaceError):
        ProtoSettings(**wrong)


def test_a_weight_cannot_be_negative():
    with pytest.raises(SpaceError, match="separation"):
        LossWeights(separation=-0.08)
