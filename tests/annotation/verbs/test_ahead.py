"""Suggestions made ahead, in a thread that nobody waits for."""

import threading

import pytest

from sxai.annotation.verbs import ahead as module
from sxai.annotation.verbs.ahead import Ahead, Wish, ahead_of
from sxai.annotation.verbs.suggest import known_suggestion
from sxai.errors import MaskError
from sxai.masks.verbs.save import add_concept, mask_queue

CONCEPT, COUNT, PATIENCE = "cat.eyes", 16, 60


@pytest.fixture
def waiting(toy_project):
    return tuple(mask_queue(toy_project, CONCEPT))


def wish_for(images, **changes):
    return Wish(**{"concept": CONCEPT, "count": COUNT, "images": images, **changes})


def test_the_picture_looked_at_and_those_that_come_get_suggestions(toy_project, waiting):
    ahead = ahead_of(toy_project)
    assert ahead is ahead_of(toy_project)
    ahead.ask(wish_for(waiting[:3]))
    ahead.settle(PATIENCE)
    assert all(known_suggestion(toy_project, CONCEPT, image, COUNT) for image in waiting[:3])
    assert not ahead.busy(CONCEPT, waiting[0])
    assert ahead.records[CONCEPT].concept == CONCEPT
    assert set(ahead.sharp) == set(waiting)


def test_asking_returns_while_the_rule_is_learned(toy_project, waiting, monkeypatch):
    go_on, learn = threading.Event(), module.suggestion_model
    monkeypatch.setattr(module, "suggestion_model", lambda *given: go_on.wait(PATIENCE) and learn(*given))
    ahead = Ahead(toy_project)
    ahead.ask(wish_for(waiting[:1]))
    assert ahead.busy(CONCEPT, waiting[0])
    assert not ahead.busy(CONCEPT, waiting[1])
    assert known_suggestion(toy_project, CONCEPT, waiting[0], COUNT) is None
    go_on.set()
    ahead.settle(PATIENCE)
    assert not ahead.busy(CONCEPT, waiting[0])
    assert known_suggestion(toy_project, CONCEPT, waiting[0], COUNT) is not None


def test_a_newer_wish_comes_before_the_rest_of_an_older_one(toy_project, waiting, monkeypatch):
    ahead = Ahead(toy_project)
    seen, suggest = [], module.suggestion_by

    def first_then_newer(project, record, rule, image):
        seen.append(image.id)
        ahead.wish = wish_for(waiting[5:6]) if len(seen) == 1 else ahead.wish
        return suggest(project, record, rule, image)

    monkeypatch.setattr(module, "suggestion_by", first_then_newer)
    ahead.ask(wish_for(waiting[:3]))
    ahead.settle(PATIENCE)
    assert seen[:2] == [waiting[0], waiting[5]]


def test_without_enough_masks_or_switched_off_nothing_is_suggested(toy_project, waiting):
    add_concept(toy_project, "cat.tail")
    ahead = Ahead(toy_project)
    for wish in (wish_for(waiting[:1], concept="cat.tail"), wish_for(waiting[:1], suggest=False)):
        ahead.ask(wish)
        ahead.settle(PATIENCE)
        assert not ahead.busy(wish.concept, waiting[0])
        assert known_suggestion(toy_project, wish.concept, waiting[0], COUNT) is None


def test_a_failure_is_kept_for_the_page_and_the_thread_goes_on(toy_project, waiting, monkeypatch):
    def refuse(*given):
        raise MaskError("the masks hold no superpixel")

    ahead = Ahead(toy_project)
    with monkeypatch.context() as patch:
        patch.setattr(module, "suggestion_model", refuse)
        ahead.ask(wish_for(waiting[:1]))
        ahead.settle(PATIENCE)
    assert ahead.problems == {CONCEPT: "the masks hold no superpixel"}
    assert not ahead.busy(CONCEPT, waiting[0])
    ahead.ask(wish_for(waiting[1:2]))
    ahead.settle(PATIENCE)
    assert ahead.problems == {}


def test_the_sharpest_come_first_before_anything_was_suggested(toy_project, monkeypatch):
    add_concept(toy_project, "cat.tail")
    usual = mask_queue(toy_project, "cat.tail")
    known = toy_project.catalogue.part_presence("tail", "cat")
    monkeypatch.setattr(module, "sharpness", lambda pixels: float(pixels.sum()))
    ahead = Ahead(toy_project)
    images = ahead.queue("cat.tail", "strong").images
    assert set(images) == set(usual)
    assert images == tuple(sorted(usual, key=lambda image: (not known.get(image, False), -ahead.sharp[image])))
    assert ahead.queue("cat.tail", "project").images == tuple(usual)
