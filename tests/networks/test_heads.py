import pytest
import torch
from torch import nn

from sxai.errors import ModelError
from sxai.networks.heads import head_kind, make_head


@pytest.mark.parametrize("kind", ["linear", "vgg"])
def test_heads_give_one_score_a_class(kind):
    head = make_head(kind, 8, 3).eval()
    assert head(torch.rand(5, 8)).shape == (5, 3)
    assert head_kind(head) == kind


def test_the_vgg_head_has_the_published_sizes():
    sizes = [(m.in_features, m.out_features) for m in make_head("vgg", 512, 2).modules() if isinstance(m, nn.Linear)]
    assert sizes == [(512, 4096), (4096, 4096), (4096, 2)]


def test_a_seed_gives_the_same_head_and_leaves_chance_alone():
    state = torch.get_rng_state()
    first, again, other = (make_head("linear", 4, 2, seed).weight for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), state)


def test_senseless_heads_are_refused():
    with pytest.raises(ModelError, match="linear, vgg"):
        make_head("deep", 4, 2)
    with pytest.raises(ModelError, match="at least two classes"):
        make_head("linear", 4, 1)
