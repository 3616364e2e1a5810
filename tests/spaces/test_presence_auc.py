import time

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from sxai.errors import SpaceError
from sxai.spaces.presence_auc import presence_auc, selectivity

values = st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=2, max_size=60)


@given(values)
def test_the_area_is_scikit_learns_ties_included(pairs):
    scores, visible = map(np.array, zip(*pairs, strict=True))
    assume(visible.any() and not visible.all())
    assert presence_auc(scores, visible, draws=0).value == pytest.approx(roc_auc_score(visible, scores))


@given(values)
def test_only_the_order_of_scores_counts(pairs):
    scores, visible = map(np.array, zip(*pairs, strict=True))
    assume(visible.any() and not visible.all())
    assert presence_auc(np.exp(scores / 3), visible, draws=20) == presence_auc(scores, visible, draws=20)


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    truth = 0.760  # P(N(1, 1) > N(0, 1)) = Φ(1/√2)
    covered = 0
    for _ in range(120):
        visible = np.arange(90) < 60
        found = presence_auc(rng.normal(visible * 1.0, 1.0), visible, draws=300)
        assert found.low <= found.value <= found.high
        covered += found.low <= truth <= found.high
    assert 0.87 <= covered / 120 <= 1.0


def test_more_images_make_the_interval_narrower_and_the_seed_repeats_it():
    rng = np.random.default_rng(1)
    widths = []
    for n in (40, 400):
        visible = np.arange(n) % 2 == 0
        scores = rng.normal(visible * 1.0, 1.0)
        found = presence_auc(scores, visible)
        assert found == presence_auc(scores, visible)
        assert found != presence_auc(scores, visible, seed=1)
        widths.append(found.high - found.low)
    assert widths[1] < widths[0] / 2


@pytest.mark.parametrize(
    ("scores", "visible", "message"),
    [
        ([1.0, 2.0], [True, True], "none of 2 images is without"),
        ([1.0, 2.0], [False, False], "none of 2 images is with the part"),
        ([1.0, np.nan], [True, False], "1 scores are not finite"),
        ([1.0, 2.0, 3.0], [True, False], "do not match"),
    ],
)
def test_what_cannot_be_measured_is_refused(scores, visible, message):
    with pytest.raises(SpaceError, match=message):
        presence_auc(scores, visible)


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=6), st.data())
def test_selectivity_is_positive_where_the_own_fall_is_the_largest(falls, data):
    own = data.draw(st.integers(0, len(falls) - 1))
    rest = [fall for at, fall in enumerate(falls) if at != own]
    assert selectivity(falls, own) == pytest.approx(falls[own] - max(rest))
    assert (selectivity(falls, own) > 0) == all(falls[own] > fall for fall in rest)


@pytest.mark.parametrize(("falls", "own"), [([0.5], 0), ([0.5, 0.1], 2), ([[0.5, 0.1]], 0)])
def test_selectivity_needs_another_concept(falls, own):
    with pytest.raises(SpaceError, match="at least two concepts"):
        selectivity(falls, own)


def test_a_thousand_draws_over_two_thousand_images_take_no_time(rng):
    visible = np.arange(2000) % 3 > 0
    began = time.process_time()
    presence_auc(rng.normal(visible * 1.0, 1.0), visible, draws=1000)
    assert time.process_time() - began < 5  # 0.4 s on an idle machine
