"""The share of held-out pairs whose activation falls."""

import numpy as np
import pytest
import toy

from sxai.spaces.verbs.directions import held_out_share


def test_the_held_out_share_is_that_of_five_spaces_made_without_the_fold():
    rng = np.random.default_rng(5)
    unmasked = rng.random((23, 9)) + np.array([2, 2, 1, 0, 0, 0, 0, 0, 0])
    masked = unmasked - np.outer(rng.normal(0.15, 0.3, 23), [1, 1, 1, 0, 0, 0, 0, 0, 0]) + rng.normal(0, 0.2, (23, 9))
    folds = np.random.default_rng(3).permutation(23) % 5
    falls = []
    for fold in range(5):
        inside, outside = folds != fold, folds == fold
        channels, delta, _ = toy.space_by_hand(unmasked[inside], masked[inside], n_ssn=2)
        before, after = (toy.activation(table[outside], channels, delta) for table in (unmasked, masked))
        falls += list(after < before)
    share = held_out_share("cat.eyes", unmasked, masked, 2, seed=3)
    assert share == pytest.approx(np.mean(falls))
    assert 0 < share < 1


def test_too_few_pairs_have_no_held_out_share():
    table = np.random.default_rng(0).random((14, 6))
    assert held_out_share("cat.eyes", table, table / 2, 2, seed=0) is None
