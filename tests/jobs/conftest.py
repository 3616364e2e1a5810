"""Workers that a test has started are waited for, so that none is left behind."""

import subprocess

import pytest

from sxai.jobs import launch


@pytest.fixture(autouse=True)
def reap():
    """Wait for every worker of this test; one that does not end by itself is killed."""
    yield
    for child in launch._children.values():
        try:
            child.wait(timeout=30)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    launch._children.clear()
