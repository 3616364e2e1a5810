"""Walking through pictures: forward to what waits, back to what was seen, past what was skipped."""

from hypothesis import given
from hypothesis import strategies as st

from widgets.masks.image_queue import Trail


def walk(trail, queue, *steps):
    shown = [trail.here(lambda: queue)]
    for step in steps:
        trail.go(step, shown[-1])
        shown.append(trail.here(lambda: queue))
    return shown


def test_it_begins_with_the_first_that_waits():
    assert walk(Trail("c"), [5, 3, 9]) == [5]


def test_next_follows_the_queue_and_previous_goes_back():
    assert walk(Trail("c"), [5, 3, 9], "next", "next", "previous", "previous", "next") == [5, 3, 9, 3, 5, 3]


def test_previous_at_the_beginning_stays():
    assert walk(Trail("c"), [5, 3], "previous") == [5, 5]


def test_at_the_end_there_is_none_and_back_returns():
    trail = Trail("c")
    assert walk(trail, [5], "next") == [5, None]
    trail.back()
    assert trail.here(lambda: [5]) == 5


def test_a_skipped_picture_does_not_come_again():
    trail = Trail("c")
    walk(trail, [5, 3], "skip")
    trail.visited.clear()
    trail.at = 0
    assert trail.here(lambda: [5, 3]) == 3


def test_an_order_from_another_picture_is_ignored():
    trail = Trail("c")
    trail.here(lambda: [5, 3, 9])
    trail.go("next", 5)
    trail.here(lambda: [5, 3, 9])
    trail.go("next", 5)
    assert trail.here(lambda: [5, 3, 9]) == 3


def test_opening_a_picture_shows_it_and_remembers_it_once():
    trail = Trail("c")
    trail.here(lambda: [5, 3])
    trail.open(8)
    assert trail.here(list) == 8
    trail.open(5)
    assert trail.here(list) == 5
    assert trail.visited == [5, 8]


def test_the_queue_is_asked_only_when_it_is_needed():
    asked = []
    trail = Trail("c")
    for _ in range(4):
        trail.here(lambda: asked.append(1) or [5])
    assert len(asked) == 1


def test_cutting_finer_holds_here_and_for_the_pictures_that_follow():
    trail = Trail("c")
    trail.cut(5, 45)
    assert trail.chosen == {5: 45}
    assert trail.pieces == 45


@given(st.lists(st.integers(0, 30), unique=True), st.lists(st.sampled_from(["next", "skip", "previous"]), max_size=40))
def test_nobody_is_sent_to_a_picture_outside_the_queue_or_twice_forward(queue, steps):
    trail = Trail("c")
    for step in steps:
        here = trail.here(lambda: queue)
        if here is None:
            break
        assert here in queue
        trail.go(step, here)
    assert len(set(trail.visited)) == len(trail.visited)
