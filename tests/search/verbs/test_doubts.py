"""Which poor spaces a query reads."""

import pytest

from sxai.errors import QueryError
from sxai.networks.verbs.networks import model_record
from sxai.search.verbs.doubts import query_doubts
from sxai.spaces.verbs.stored import space_record
from sxai.spaces.verbs.verdicts import StoredVerdict, keep_verdict

WHY = "P says little of it."


def judge(project, name, verdict="poor", draws=100):
    """Keep a verdict as if the space had been scored."""
    told = StoredVerdict(name, verdict, WHY, 0.5)
    keep_verdict(project, model_record(project), space_record(project, name), draws, told, (0.4, 0.6))


@pytest.mark.parametrize(
    ("query", "doubted"),
    [
        ("cat.eyes > 0.5", ["cat.eyes"]),
        ("cat.nose > 0.5 or dog.nose > 0.5", ["dog.nose"]),
        ("not max(cat) < 0.2", ["cat.eyes"]),
        ("min(cat.eyes, dog) > 0.1", ["cat.eyes", "dog.nose"]),
        ("p(cat) > 0.5 and true = cat", []),
        ("cat.nose > 0.5", []),
    ],
)
def test_a_query_tells_which_of_its_spaces_are_poor(spaced_project, query, doubted):
    judge(spaced_project, "cat.eyes")
    judge(spaced_project, "dog.nose")
    judge(spaced_project, "cat.nose", "good")
    assert query_doubts(spaced_project, query) == dict.fromkeys(doubted, WHY)


def test_queries_on_a_project_without_verdicts_have_no_doubts(spaced_project):
    assert query_doubts(spaced_project, "cat.eyes > 0.5") == {}
    with pytest.raises(QueryError):
        query_doubts(spaced_project, "cat.eyes >")
