import numpy as np
import pytest

from sxai.search.conditions import Truth, conjunction, expand, leaves, negation
from sxai.search.query import parse

YES, NO, UNKNOWN = (True, False), (False, True), (False, False)


def truth(*verdicts):
    margins = {YES: 0.5, NO: -0.5, UNKNOWN: np.nan}
    yes, no = (np.array(part) for part in zip(*verdicts, strict=True))
    return Truth(yes, no, np.array([margins[verdict] for verdict in verdicts]))


def verdicts(result):
    return list(zip(result.yes.tolist(), result.no.tolist(), strict=True))


def test_conjunction_follows_kleenes_table():
    left = truth(YES, YES, YES, NO, NO, NO, UNKNOWN, UNKNOWN, UNKNOWN)
    right = truth(YES, NO, UNKNOWN, YES, NO, UNKNOWN, YES, NO, UNKNOWN)
    expected = [YES, NO, UNKNOWN, NO, NO, NO, UNKNOWN, NO, UNKNOWN]
    result = conjunction([left, right])
    assert verdicts(result) == expected
    assert np.isnan(result.margin).tolist() == [verdict == UNKNOWN for verdict in expected]


def test_negation_swaps_and_keeps_the_unknown():
    assert verdicts(negation(truth(YES, NO, UNKNOWN))) == [NO, YES, UNKNOWN]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cat", ["cat.eyes", "cat.nose"]),
        ("cat.nose", ["cat.nose"]),
        ("st. bernard", ["st. bernard.eyes"]),
        ("ca", []),
        ("eyes", []),
    ],
)
def test_a_class_stands_for_its_concepts_and_a_concept_for_itself(name, expected):
    assert expand(name, ["cat.eyes", "catfish.eyes", "cat.nose", "st. bernard.eyes"]) == expected


def test_leaves_come_in_the_order_of_the_text():
    condition = parse("a.b > 0.1 and (not max(c) < 0.2 or true = d)").condition
    assert [type(leaf).__name__ for leaf in leaves(condition)] == ["Concept", "Number", "Extreme", "Number", "Equality"]
