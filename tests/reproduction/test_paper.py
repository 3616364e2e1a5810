"""The printed values, against the paper's text where it states them in words."""

from sxai.assess.assessment import assess
from sxai.reproduction.paper import GOLDEN, PRINTED


def test_values_stand_as_printed():
    assert PRINTED["fig-2c"].values["ratio of PC 2"] == 0.0732
    assert PRINTED["fig-2c"].values["ratio of PC 3"] == 0.0353
    assert PRINTED["fig-2d"].values["spread at N_s = 300"] == 0.039
    rates = [PRINTED["suppl-table-2"].values[f"detection rate, ε = {epsilon}"] for epsilon in (0.05, 0.01, 0.005)]
    assert rates == [1.0, 0.38, 0.0]


def test_every_item_says_where_it_stands_and_what_it_shows():
    assert len(PRINTED) == 43
    for name, printed in PRINTED.items():
        assert printed.where
        assert printed.title
        assert printed.says.endswith(".")
        assert printed.values, name


def test_golden_probabilities_earn_the_papers_level():
    levels = {name: assess(said, 0.95, values, ("cat", "dog")).level for name, (said, values, _) in GOLDEN.items()}
    assert levels == {
        "golden retriever": "probably",
        "Maine Coon, front": "sure",
        "Maine Coon, side": "probably",
        "Maine Coon, back": "unsure",
        "white blanket": "unsure",
    }
