"""The species: every style is shared, and no style of one part tells the style of another."""

from itertools import combinations

from sxai.demo.canvas import PARTS
from sxai.demo.species import ANATOMY, PETS, SPECIES, STYLES


def test_there_are_twenty_invented_species_besides_cat_and_dog():
    assert len(set(SPECIES)) == 20
    assert set(ANATOMY) == set(SPECIES) | set(PETS)
    assert not set(SPECIES) & set(PETS)


def test_all_species_differ():
    assert len(set(ANATOMY.values())) == len(ANATOMY)


def test_any_two_styles_of_different_parts_meet_in_at_most_one_species():
    for one, other in combinations(PARTS, 2):
        pairs = [(getattr(anatomy, one), getattr(anatomy, other)) for anatomy in ANATOMY.values()]
        assert len(set(pairs)) == len(pairs)


def test_every_style_is_worn_by_four_invented_species():
    for part in PARTS:
        worn = [getattr(ANATOMY[name], part) for name in SPECIES]
        assert set(worn) == set(STYLES[part])
        assert all(worn.count(style) == 4 for style in STYLES[part])


def test_cats_and_dogs_share_no_style():
    for part in PARTS:
        assert getattr(ANATOMY["cat"], part) != getattr(ANATOMY["dog"], part)
