import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score, jaccard_score

from sxai.errors import MaskError
from sxai.masks.agreement import iou, kappa

ANSWERS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40)


@given(ANSWERS)
def test_kappa_is_cohen_s(answers):
    first, second = map(list, zip(*answers, strict=True))
    found = kappa(first, second)
    if len(set(first + second)) == 1:
        assert found is None
    else:
        assert found == pytest.approx(cohen_kappa_score(first, second))


def test_overlap_is_the_jaccard_index(rng):
    first, second = rng.random((20, 30)) < 0.4, rng.random((20, 30)) < 0.4
    assert iou(first, second) == pytest.approx(jaccard_score(first.ravel(), second.ravel()))
    assert iou(first, first) == iou(np.zeros((2, 2), bool), np.zeros((2, 2), bool)) == 1
    assert iou(first, ~first) == 0


def test_masks_of_different_pictures_are_not_compared():
    with pytest.raises(MaskError, match="same picture"):
        iou(np.ones((2, 2), bool), np.ones((2, 3), bool))
    with pytest.raises(MaskError, match="3 and 2 answers"):
        kappa([True] * 3, [True] * 2)
    with pytest.raises(MaskError, match="0 and 0 answers"):
        kappa([], [])
