import pytest

from data_store.errors import NotFound
from data_store.records import PartRecord

RLE = {"size": [4, 4], "counts": [3, 2, 11]}


def test_parts_come_back_by_name(catalogue, add_pictures):
    [id] = add_pictures(catalogue, 1)
    catalogue.set_parts(id, {"nose": (False, None), "eyes": (True, RLE)})
    parts = catalogue.parts(id)
    assert list(parts.items()) == [("eyes", PartRecord(True, RLE)), ("nose", PartRecord(False, None))]
    assert parts["eyes"].visible is True


def test_setting_parts_replaces_all_that_was_known(catalogue, add_pictures):
    one, two = add_pictures(catalogue, 2)
    catalogue.set_parts(one, {"eyes": (True, None), "nose": (True, None)})
    catalogue.set_parts(two, {"eyes": (True, None)})
    catalogue.set_parts(one, {"ears": (False, None)})
    assert catalogue.parts(one) == {"ears": PartRecord(False, None)}
    catalogue.set_parts(one, {})
    assert catalogue.parts(one) == {}
    assert catalogue.parts(two) == {"eyes": PartRecord(True, None)}


def test_what_is_known_can_be_given_back_unchanged(catalogue, add_pictures):
    one, two = add_pictures(catalogue, 2)
    catalogue.set_parts(one, {"eyes": (True, RLE), "nose": (False, None)})
    catalogue.set_parts(two, catalogue.parts(one))
    assert catalogue.parts(two) == catalogue.parts(one)


def test_presence_is_told_only_for_images_where_it_is_known(catalogue, add_pictures):
    cats, dogs = add_pictures(catalogue, 3), add_pictures(catalogue, 2, "dog")
    catalogue.set_parts(cats[0], {"eyes": (True, None)})
    catalogue.set_parts(cats[1], {"eyes": (False, None), "nose": (True, None)})
    catalogue.set_parts(dogs[0], {"eyes": (True, None)})
    assert catalogue.part_presence("eyes") == {cats[0]: True, cats[1]: False, dogs[0]: True}
    assert catalogue.part_presence("eyes", "cat") == {cats[0]: True, cats[1]: False}
    assert catalogue.part_presence("tail") == {}


def test_parts_of_an_unknown_image_are_refused(catalogue):
    with pytest.raises(NotFound, match="no image has the id 5"):
        catalogue.set_parts(5, {"eyes": (True, None)})


def test_one_part_can_be_said_changed_and_taken_back_without_touching_the_others(catalogue, add_pictures):
    [id] = add_pictures(catalogue, 1)
    catalogue.set_parts(id, {"eyes": (True, RLE)})
    catalogue.set_part(id, "nose", False)
    assert catalogue.parts(id) == {"eyes": PartRecord(True, RLE), "nose": PartRecord(False, None)}
    catalogue.set_part(id, "eyes", False)
    assert catalogue.parts(id)["eyes"] == PartRecord(False, RLE)  # what was drawn is kept
    catalogue.set_part(id, "nose", None)
    catalogue.set_part(id, "nose", None)
    assert list(catalogue.parts(id)) == ["eyes"]
    with pytest.raises(NotFound):
        catalogue.set_part(id + 99, "eyes", True)
