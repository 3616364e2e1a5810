import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sxai.assess.typical import TypicalRange
from sxai.errors import SpaceError


def test_four_of_five_images_lie_in_the_range():
    values = np.random.default_rng(0).uniform(size=5000)
    found = TypicalRange.of(values)
    assert np.mean((values >= found.low) & (values <= found.high)) == pytest.approx(0.8, abs=0.002)
    assert np.mean(values < found.least) == pytest.approx(0.02, abs=0.002)


@pytest.mark.parametrize(("p", "word"), [(0.01, "absent"), (0.05, "faint"), (0.5, "typical"), (0.95, "strong")])
def test_words_follow_the_place(p, word):
    assert TypicalRange(0.02, 0.1, 0.5, 0.9).place(p) == word


@given(st.lists(st.floats(-1, 2), min_size=1, max_size=50), st.floats(-1, 2), st.floats(-1, 2))
def test_more_is_never_a_weaker_word(values, one, other):
    found, order = TypicalRange.of(values), ("absent", "faint", "typical", "strong")
    low, high = sorted((one, other))
    assert order.index(found.place(low)) <= order.index(found.place(high))
    assert 0 <= found.least <= found.low <= found.middle <= found.high <= 1


def test_without_images_there_is_no_range():
    with pytest.raises(SpaceError, match="no images"):
        TypicalRange.of([])
