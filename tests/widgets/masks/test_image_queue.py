"""Walking through pictures: forward to what waits, back to what was seen, past what was skipped."""

from hypothesis import given
from hypothesis import strategies as st

from widgets.masks.image_queue import ImageQueue


def walk(images, waiting, *steps):
    shown = [images.here(lambda: waiting)]
    for step in steps:
        images.go(step, shown[-1])
        shown.append(images.here(lambda: waiting))
    return shown


def test_it_begins_with_the_first_that_waits():
    assert walk(ImageQueue("c"), [5, 3, 9]) == [5]


def test_next_follows_the_queue_and_previous_goes_back():
    assert walk(ImageQueue("c"), [5, 3, 9], "next", "next", "previous", "previous", "next") == [5, 3, 9, 3, 5, 3]


def test_previous_at_the_beginning_stays():
    assert walk(ImageQueue("c"), [5, 3], "previous") == [5, 5]


def test_at_the_end_there_is_none_and_back_returns():
    queue = ImageQueue("c")
    assert walk(queue, [5], "next") == [5, None]
    queue.back()
    assert queue.here(lambda: [5]) == 5


def test_a_skipped_picture_does_not_come_again():
    queue = ImageQueue("c")
    walk(queue, [5, 3], "skip")
    queue.visited.clear()
    queue.at = 0
    assert queue.here(lambda: [5, 3]) == 3


def test_an_order_from_another_picture_is_ignored():
    queue = ImageQueue("c")
    queue.here(lambda: [5, 3, 9])
    queue.go("next", 5)
    queue.here(lambda: [5, 3, 9])
    queue.go("next", 5)
    assert queue.here(lambda: [5, 3, 9]) == 3


def test_opening_a_picture_shows_it_and_remembers_it_once():
    queue = ImageQueue("c")
    queue.here(lambda: [5, 3])
    queue.open(8)
    assert queue.here(list) == 8
    queue.open(5)
    assert queue.here(list) == 5
    assert queue.visited == [5, 8]


def test_the_queue_is_asked_only_when_it_is_needed():
    asked = []
    queue = ImageQueue("c")
    for _ in range(4):
        queue.here(lambda: asked.append(1) or [5])
    assert len(asked) == 1


def test_cutting_finer_holds_here_and_for_the_pictures_that_follow():
    queue = ImageQueue("c")
    queue.cut(5, 45)
    assert queue.chosen == {5: 45}
    assert queue.pieces == 45


@given(st.lists(st.integers(0, 30), unique=True), st.lists(st.sampled_from(["next", "skip", "previous"]), max_size=40))
def test_nobody_is_sent_to_a_picture_outside_the_queue_or_twice_forward(waiting, steps):
    queue = ImageQueue("c")
    for step in steps:
        here = queue.here(lambda: waiting)
        if here is None:
            break
        assert here in waiting
        queue.go(step, here)
    assert len(set(queue.visited)) == len(queue.visited)


def test_coming_pictures_are_those_that_next_would_show():
    queue = ImageQueue("cat.eyes")
    waiting = lambda: [4, 5, 6, 7, 8]  # noqa: E731
    assert queue.here(waiting) == 4
    assert queue.coming(waiting, 2) == (5, 6)
    queue.go("skip", 4)
    queue.here(waiting)
    queue.back()
    assert queue.coming(waiting, 3) == (5, 6, 7)
    assert queue.seen == {4, 5}
    assert queue.coming(waiting, 9) == (5, 6, 7, 8)
