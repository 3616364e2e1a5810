"""Many annotators at once and annotators killed while saving, as ``benchmarks.annotators`` does it at length."""

import sys
from types import ModuleType

import pytest

from benchmarks.annotators import killed, page, together


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    home = tmp_path_factory.mktemp("annotators")
    with pytest.MonkeyPatch.context() as patch:
        # a test of a page leaves its script as the main module, and every child would run that first
        patch.setitem(sys.modules, "__main__", ModuleType("__main__"))
        return {"together": together(home / "together", 4, 6, 2), "killed": killed(home / "killed", 4, 2)}


def test_of_edits_made_at_once_none_is_lost_and_every_conflict_is_reported_to_both_sides(outcome):
    found = outcome["together"]
    assert (found["acknowledged"], found["processes that failed"]) == (24, 0)
    assert found["conflicts"] == found["conflicts kept for both sides"]
    for key in (
        "lost",
        "edits in the log that nobody was told of",
        "breaks in the chain of before and after",
        "masks that are not as the log says",
        "conflicts not reported",
        "conflicts without another side",
        "corrupt",
        "orphans",
    ):
        assert found[key] == 0, key


def test_what_was_acknowledged_before_a_kill_is_there_and_the_catalogue_sound(outcome):
    found = outcome["killed"]
    assert found["acknowledged"] >= found["kills"]
    assert found["edits stored just before their acknowledgement"] <= found["kills"]
    for key in (
        "acknowledged and lost",
        "catalogues found corrupt",
        "catalogues that could not be written afterwards",
        "breaks in the chain of before and after",
        "orphans",
    ):
        assert found[key] == 0, key


def test_both_are_told_on_one_page(outcome):
    assert "| acknowledged | 24 |" in page(outcome)
    assert "| kills | 4 |" in page(outcome)
