"""What surrounds every page: what was imported is looked at by the garbage collector once."""

import gc
import sys
from types import ModuleType

import pytest

from widgets.ui import shell


@pytest.fixture
def thawed():
    yield
    gc.unfreeze()


def test_what_is_imported_is_frozen_once_and_again_when_more_is(thawed, monkeypatch):
    monkeypatch.setattr(shell, "_imported", 0)
    shell._settle()
    frozen, mine = gc.get_freeze_count(), [[]]
    shell._settle()
    assert gc.get_freeze_count() == frozen > 10_000
    assert any(one is mine for one in gc.get_objects())
    monkeypatch.setitem(sys.modules, "one_more", ModuleType("one_more"))
    shell._settle()
    assert gc.get_freeze_count() > frozen
    assert not any(one is mine for one in gc.get_objects())


# What is collected here may be of earlier tests, such as font files that fpdf leaves open.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_garbage_is_not_kept(thawed, monkeypatch):
    class Told:
        gone = False

        def __del__(self):
            Told.gone = True

    circle = [Told()]
    circle.append(circle)
    del circle
    monkeypatch.setattr(shell, "_imported", 0)
    shell._settle()
    assert Told.gone
