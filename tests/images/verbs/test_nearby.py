"""One image among many: words, neighbours, and a list that stays short."""

import pytest

from sxai.images.verbs.nearby import nearby


def test_without_words_the_first_image_is_chosen(toy_project):
    images = toy_project.catalogue.images()
    found = nearby(toy_project)
    assert (found.chosen, found.total, found.before, found.after) == (images[0], 48, None, images[1].id)
    assert found.listed == tuple(images)


def test_the_current_image_keeps_its_place_among_those_that_match(toy_project):
    dogs = toy_project.catalogue.images(class_name="dog")
    found = nearby(toy_project, "DOG", dogs[5].id)
    assert (found.chosen, found.place, found.total) == (dogs[5], 5, 24)
    assert (found.before, found.after) == (dogs[4].id, dogs[6].id)


@pytest.mark.parametrize("words", ["cat val", "val  CAT-", "cat-0 val"])
def test_every_word_must_fit(toy_project, words):
    found = nearby(toy_project, words)
    assert found.total
    assert all(image.class_name == "cat" and image.split == "val" for image in found.listed)


def test_an_image_that_does_not_match_gives_way_to_the_first_that_does(toy_project):
    cat = toy_project.catalogue.images(class_name="cat")[3]
    assert nearby(toy_project, "dog", cat.id).chosen.class_name == "dog"
    assert nearby(toy_project, "no such thing", cat.id).chosen is None


@pytest.mark.parametrize("place", [0, 3, 24, 46, 47])
def test_the_list_is_short_and_holds_the_chosen_one(toy_project, place):
    images = toy_project.catalogue.images()
    found = nearby(toy_project, "", images[place].id, most=10)
    assert len(found.listed) == 10
    assert images[place] in found.listed
    assert found.after == (images[place + 1].id if place < 47 else None)
