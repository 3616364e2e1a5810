import random

import numpy as np
import pytest
import torch

from sxai.errors import ModelError
from sxai.networks.device import fast_bfloat16, resolve_device, seeded


def test_auto_takes_an_accelerator_if_there_is_one():
    expected = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    assert resolve_device("auto").type == expected
    assert resolve_device("cpu") == torch.device("cpu")


@pytest.mark.parametrize("name", ["gpu", "", "cpu:x", "tpu"])
def test_unknown_devices_are_refused_with_the_choices(name):
    with pytest.raises(ModelError, match="auto, cpu, cuda, mps"):
        resolve_device(name)


@pytest.mark.parametrize("name", ["cuda:99", "meta"])
def test_devices_that_are_not_here_are_refused(name):
    with pytest.raises(ModelError, match="not available"):
        resolve_device(name)


def draw():
    return random.random(), np.random.rand(), float(torch.rand(1))


def test_a_seed_makes_chance_repeatable():
    with seeded(5):
        first = draw()
    draw()
    with seeded(5):
        assert draw() == first
    with seeded(6):
        assert draw() != first


def test_the_random_state_outside_is_left_alone():
    expected = [draw(), draw()]
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)
    seen = [draw()]
    with pytest.raises(AttributeError), seeded(9):
        draw().missing()
    seen.append(draw())
    assert seen == expected


def test_bfloat16_is_chosen_where_it_is_fast(monkeypatch):
    for able, fast in (({"amx_bf16": True}, True), ({"avx512_bf16": True}, True), ({"avx512_f": True}, False)):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda able=able: able)
        assert fast_bfloat16(torch.device("cpu")) is fast
    assert not fast_bfloat16(torch.device("mps"))
