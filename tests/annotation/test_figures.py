import numpy as np

from sxai.annotation.figures import mask_effects_strip, mask_growth, mask_places
from sxai.plot.theme import alt_text, describe


def test_growth_draws_both_cosines_and_says_what_to_do():
    fig = mask_growth([3, 5, 10], [0.5, 0.7, 0.9], [0.2, 0.4, None], [40, 30, 20], "Mask more.", "#0072B2")
    assert [trace.name for trace in fig.data] == ["to Δ of all masks", "between sets of different masks"]
    assert list(fig.data[1].y) == [0.2, 0.4, None]
    assert describe(fig) == "Mask more."
    assert "3 to 10 masks" in alt_text(fig)


def test_each_kind_of_mask_has_its_own_marker_and_those_worth_a_look_are_counted():
    fig = mask_effects_strip(["a", "b", "c"], [1.0, 0.0, -0.4], [0.1, 0.0, 0.2], ["", "nothing", "raises"], "#0072B2")
    assert [trace.name for trace in fig.data] == ["as usual", "changes nothing", "raises the activation"]
    assert len({trace.marker.symbol for trace in fig.data}) == 3
    assert describe(fig).startswith("2 of 3 masks are worth a look")
    assert "All 1 masks lower" in describe(mask_effects_strip(["a"], [1.0], [0.0], [""], "#0072B2"))


def test_the_first_row_of_places_is_the_top_of_the_picture():
    where = np.zeros((3, 3))
    where[0] = 0.5
    fig = mask_places(where, 8)
    np.testing.assert_allclose(fig.data[0].z[-1], 0.5)
    assert "50% of 8" in describe(fig)
