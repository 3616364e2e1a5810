"""Fixtures for every test: seeds, and the real photographs and weights where a machine has them."""

import os
import random
from pathlib import Path

import numpy as np
import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def seeds():
    """Every test starts from the same random state, so that a failure comes back when it is run alone."""
    random.seed(0)
    np.random.seed(0)
    try:
        import torch
    except ImportError:
        return
    torch.manual_seed(0)


@pytest.fixture
def rng():
    """A seeded numpy generator."""
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def real_data():
    """The folder of real photographs and weights; tests that need it are skipped where there is none."""
    folder = Path(os.environ.get("SXAI_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
    if not (folder / "weights").is_dir():
        pytest.skip("no real data here: set SXAI_TEST_DATA to the folder")
    return folder
