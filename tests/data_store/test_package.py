import doctest
import importlib
import inspect
import pkgutil

import pytest

import data_store
from data_store.catalogue import Catalogue
from data_store.errors import CatalogueError, Conflict

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(data_store.__path__, "data_store.")
    if not module.name.startswith("data_store.migrations.")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_hold(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder()
    found = [test for name in MODULES for test in finder.find(importlib.import_module(name)) if test.examples]
    assert len(found) >= 2


def test_every_method_of_the_catalogue_has_types_and_a_docstring():
    for name, method in inspect.getmembers(Catalogue, inspect.isfunction):
        if not name.startswith("_"):
            assert method.__doc__, name
            hints = method.__annotations__
            assert "return" in hints, name
            assert set(inspect.signature(method).parameters) - {"self"} <= set(hints), name


def test_every_error_hangs_on_one_root():
    errors = importlib.import_module("data_store.errors")
    found = [error for _, error in inspect.getmembers(errors, inspect.isclass) if issubclass(error, Exception)]
    assert len(found) == 6
    assert all(issubclass(error, CatalogueError) for error in found)
    assert all(error.__name__ in (errors.__doc__ or "") for error in found)
    assert Conflict("text", None).stored is None
