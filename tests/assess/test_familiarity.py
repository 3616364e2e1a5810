import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sxai.assess.conformal import discoveries
from sxai.assess.familiarity import Distances, FamiliarityTest, strangers
from sxai.assess.novelty import Neighbours


def features(n, seed=0, shift=0.0):
    return np.abs(np.random.default_rng(seed).normal(2 + shift * np.arange(6), 0.3, size=(n, 6)))


def prepared(learned=50, aside=40, rate=0.05):
    bank = Neighbours.of(features(learned))
    ids = np.arange(100, 100 + learned)
    return FamiliarityTest("neighbours", bank, bank, ids, bank.score(features(aside, 1)), rate)


def test_a_picture_of_the_same_kind_is_familiar_and_a_stranger_is_not():
    test = prepared()
    [same], [other] = test.judge(features(1, 2)), test.judge(features(1, 2, shift=3.0))
    assert same.familiar
    assert same.known
    assert same.p_value > 0.05
    assert not other.familiar
    assert other.p_value == pytest.approx(1 / 41)
    assert other.stranger_than == 40
    assert other.score > other.limit > other.typical
    assert (same.learned, same.kept_aside) == (50, 40)


def test_the_nearest_training_pictures_are_named_nearest_first():
    bank_rows = features(50)
    [found] = prepared().judge(bank_rows[7:8] + 1e-4)
    assert found.nearest[0][0] == 107
    assert [distance for _, distance in found.nearest] == sorted(distance for _, distance in found.nearest)


def test_a_training_picture_is_not_its_own_neighbour():
    [found] = prepared().judge(features(50)[7:8], skip=[107])
    assert 107 not in [image_id for image_id, _ in found.nearest]
    assert found.score == pytest.approx(Neighbours.of(features(50)).among_others([7])[0], abs=1e-3)


def test_with_too_few_pictures_kept_aside_nobody_is_a_stranger():
    [found] = prepared(aside=10).judge(features(1, 2, shift=3.0))
    assert found.familiar
    assert not found.known
    assert found.limit == np.inf


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_distances_that_follow_additions_and_removals_are_those_computed_anew(data):
    rows, k = features(30, 3), 3
    every = list(range(30))
    pick = st.lists(st.sampled_from(every), min_size=4, max_size=15, unique=True)
    first, second = data.draw(pick), data.draw(pick)
    aside = [data.draw(st.lists(st.sampled_from(range(20)), min_size=1, max_size=8, unique=True)) for _ in range(2)]
    held = features(20, 4)

    def between(learned, kept):
        return Distances.between(kept, held[kept], learned, Neighbours.of(rows[learned], k))

    old = between(first, aside[0])
    found = old.updated(aside[1], held[aside[1]], second, Neighbours.of(rows[second], k))
    fresh = between(second, aside[1])
    assert found.distances == pytest.approx(fresh.distances, abs=1e-3)
    assert found.aside.tolist() == aside[1]
    assert found.learned.tolist() == second


def test_left_out_distances_name_other_pictures_only():
    bank, ids = Neighbours.of(features(20)), np.arange(20)
    found = Distances.left_out(ids, bank)
    assert (found.nearest != ids[:, None]).all()
    assert found.scores == pytest.approx(bank.among_others(range(20)), abs=1e-3)


def test_of_many_pictures_the_strangers_are_listed_at_the_chosen_share_of_wrong_alarms():
    test = prepared(aside=199)
    judged = [*test.judge(features(40, 5)), None, *test.judge(features(5, 6, shift=3.0))]
    reported = strangers(judged)
    expected = discoveries([found.p_value for found in judged if found is not None], 0.05)
    assert np.delete(reported, 40).tolist() == expected.tolist()
    assert not reported[40]
    assert reported[41:].all()


def test_without_a_judgement_there_is_no_list_of_strangers():
    assert strangers([None, None]) is None
    assert strangers(prepared(aside=10).judge(features(3, 5))) is None
