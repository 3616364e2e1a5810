"""Toy projects with spatial spaces, alone and among others."""

import pytest
from toy_spaces import MIXED, NAMES

from sxai.spaces.verbs.extract import extract_spaces


@pytest.fixture
def spatial_ws(toy_project):
    """The toy project with a spatial space of every concept."""
    extract_spaces(toy_project, NAMES, estimator="spatial", n_ssn=2)
    return toy_project


@pytest.fixture
def mixed_ws(toy_project):
    """The toy project with two spatial spaces and two over pooled features."""
    for name, estimator in MIXED.items():
        extract_spaces(toy_project, [name], estimator=estimator, n_ssn=2)
    return toy_project
