"""What each mask does, against masks that were made to do it."""

import numpy as np
import pytest

from sxai.annotation.influence import influence
from sxai.errors import TooFewMasks
from sxai.spaces.space import extract_space
from tests.annotation.test_accumulation import pairs


def test_a_mask_that_changes_nothing_and_one_that_does_the_opposite_are_found():
    unmasked, masked = pairs(20, 0.05)
    masked[3] = unmasked[3]
    masked[7] = unmasked[7] + (unmasked[7] - masked[7])
    found = influence(unmasked, masked)
    findings = found.findings()
    assert (findings[3], findings[7]) == ("nothing", "raises")
    assert found.effect[3] == pytest.approx(0, abs=1e-12)
    usual = np.delete(found.effect, [3, 7])
    assert usual.min() > 0.8
    assert usual.max() < 1.2


def test_a_mask_that_steers_the_direction_alone_is_found():
    unmasked, masked = pairs(20, 0.02)
    masked[5, 11] -= 60.0
    findings = influence(unmasked, masked).findings()
    assert findings[5] == "alone"
    assert findings.count("") == 19


def test_each_is_judged_by_the_space_of_all_others():
    unmasked, masked = pairs(8, 1.0)
    found = influence(unmasked, masked)
    rest = np.arange(8) != 2
    space = extract_space("x", unmasked[rest], masked[rest])
    falls = []
    for row in range(8):
        others = np.arange(8) != row
        one = extract_space("x", unmasked[others], masked[others]).space
        falls.append((one.activation(unmasked[[row]]) - one.activation(masked[[row]]))[0])
    np.testing.assert_allclose(found.effect, np.array(falls) / np.median(np.abs(falls)))
    whole = extract_space("x", unmasked, masked).difference
    cosine = space.difference @ whole / np.linalg.norm(space.difference) / np.linalg.norm(whole)
    assert found.turned[2] == pytest.approx(1 - cosine)


def test_many_masks_are_left_out_in_groups(monkeypatch):
    from sxai.annotation import influence as module

    monkeypatch.setattr(module, "MAX_GROUPS", 5)
    unmasked, masked = pairs(40, 0.05)
    masked[3] = unmasked[3]
    found = influence(unmasked, masked)
    assert found.findings()[3] == "nothing"
    assert len(set(found.turned.round(14))) <= 5


def test_three_masks_cannot_be_judged_by_each_other():
    with pytest.raises(TooFewMasks, match="at least 4"):
        influence(*pairs(3, 0.1))
