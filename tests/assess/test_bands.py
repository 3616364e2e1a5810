import pytest

from sxai.assess.bands import HIGH, LOW, MIDDLE, above, band


def test_the_edges_are_those_of_the_paper():
    assert (LOW, MIDDLE, HIGH) == (0.2, 0.35, 0.5)


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (-1.0, "low"),
        (0.0, "low"),
        (0.2, "low"),
        (0.2001, "middle"),
        (0.35, "middle"),
        (0.3501, "high"),
        (0.5, "high"),
        (0.5001, "top"),
        (1.3, "top"),
    ],
)
def test_a_boundary_belongs_to_the_lower_band(value, word):
    assert band(value, "low", "middle", "high", "top") == word


@pytest.mark.parametrize(
    ("first", "second", "edge"), [(0.9, 0.7, LOW), (0.8, 0.6, LOW), (0.85, 0.5, MIDDLE), (1.1, 0.6, HIGH)]
)
def test_rounding_in_a_difference_does_not_lift_it_over_a_boundary(first, second, edge):
    assert not above(first - second, edge)
    assert above(first - second + 1e-6, edge)
