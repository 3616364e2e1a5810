import json

import numpy as np
import pytest

from sxai.errors import SpaceError
from sxai.traits.search.settings import Combination, SearchSettings


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"method": "luck"}, "no method 'luck': choose one of flips, genetic, script, exhaustive"),
        ({"mutation": "rarely"}, "no mutation 'rarely'"),
        ({"ranking": "int8"}, "no ranking 'int8'"),
        ({"population": 1}, "population ≥ 2, not 1"),
        ({"generations": 0}, "generations ≥ 1, not 0"),
        ({"superpixels": 0}, "superpixels ≥ 1, not 0"),
        ({"seed": -1}, "seed ≥ 0, not -1"),
        ({"budget": 0}, "budget ≥ 1 or none, not 0"),
        ({"mutation_probability": 1.5}, "not 1.5"),
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong, message):
    with pytest.raises(SpaceError, match=message):
        SearchSettings(**wrong)


def test_only_what_decides_the_outcome_is_told():
    ours = SearchSettings(population=7).decisive()
    assert ours == SearchSettings(generations=3, mutation="per-gene", include_full=False).decisive()
    assert ours != SearchSettings(seed=1).decisive()
    assert SearchSettings("genetic", population=7).decisive() != SearchSettings("genetic").decisive()
    assert SearchSettings("script", include_full=False).decisive() == SearchSettings("script").decisive()
    assert json.loads(json.dumps(ours)) == ours


def test_a_gain_is_above_the_untouched_picture():
    nothing = np.ones(1, dtype=bool)
    found = Combination(nothing, 3.5, 0.97, 2.0, 5, 1, ((1, 2.0), (4, 3.5)), np.zeros(2))
    assert found.gain == 1.5
