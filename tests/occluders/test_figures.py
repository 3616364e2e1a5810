"""What the charts of occluders draw and say."""

import numpy as np
import pytest

from sxai.occluders.attribution import ConceptShare
from sxai.occluders.figures import concept_shares, epsilon_sweep, occluder_curves, occluder_dumbbells, occluder_matrix
from sxai.occluders.learn import OccluderStep
from sxai.plot.theme import alt_text, describe

POINTS = [OccluderStep(step, 5 - step / 4, 5 - step / 8, 0.0, step / 40, 1 - step / 80) for step in range(1, 41)]


def test_curves_are_means_over_the_steps_before():
    fig = occluder_curves(POINTS, 100)
    assert [trace.name for trace in fig.data] == [
        "images of the class that leave it",
        "images of other classes that stay",
        "margin of the class",
        "margin, if features only fell",
    ]
    assert fig.data[0].y[0] == pytest.approx(1 / 40)
    assert fig.data[0].y[-1] == pytest.approx(np.mean([one.fooled for one in POINTS[-10:]]))
    assert fig.layout.xaxis.range == (0, 100)
    assert "After 40 steps 89% of the class's images leave it and 56% of the others stay" in describe(fig)
    assert describe(occluder_curves([])) == "Nothing learned yet."


def test_dumbbells_tell_both_means_beside_the_paper():
    fig = occluder_dumbbells(["cat", "dog"], [(1.0, 0.2), (0.8, 0.0)], [(0.9, 0.8), (0.9, 0.6)])
    assert "falls from 90% to 10%" in describe(fig)
    assert "from 90% to 70%" in describe(fig)
    assert "74% to 16%" in describe(fig)
    marks = {trace.name: list(trace.x) for trace in fig.data if trace.mode == "markers"}
    assert marks["its own class, occluded"] == [0.2, 0.0]
    assert marks["the other classes, clean"] == [0.9, 0.9]
    assert "2 classes" in alt_text(fig)


def test_the_matrix_names_the_largest_side_effect():
    changes = np.array([[-0.9, -0.05, np.nan], [-0.2, -0.7, -0.01]])
    fig = occluder_matrix(["cat", "dog"], ["cat", "dog", "cow"], changes)
    assert "falls by 80 points on average" in describe(fig)
    assert "dog's occluder: −20 points" in describe(fig)
    assert list(fig.data[0].text[0]) == ["−90", "−5", ""]
    assert fig.data[0].colorscale[0][1] != fig.data[0].colorscale[-1][1]
    assert occluder_matrix(["a"], [f"c{at}" if at else "a" for at in range(30)], np.zeros((1, 30))).data[0].text is None


def test_a_sweep_begins_at_nothing_and_says_where_a_quarter_is_left():
    fig = epsilon_sweep([10 / 255, 5 / 255], [(0.8, 0.1), (0.8, 0.5)], [(0.8, 0.7), (0.8, 0.8)])
    assert list(fig.data[0].x) == pytest.approx([0, 5, 10])
    assert list(fig.data[0].y) == pytest.approx([0.8, 0.5, 0.1])
    assert "From ε = 10/255 on" in describe(fig)
    assert "At no ε" in describe(epsilon_sweep([5 / 255], [(0.8, 0.5)], [(0.8, 0.8)]))


def test_concepts_stand_against_random_directions():
    bars = [
        ConceptShare("cat.eyes", 0.3, 0.25, 0.35, 0.0, 0.1, 0.01),
        ConceptShare("cat.nose", 0.12, 0.05, 0.2, 0.0, 0.1, 0.2),
    ]
    fig = concept_shares("cat", bars, 0.4, ["cat", "dog"])
    assert list(fig.data[0].x) == [0.1, 0.1]
    assert list(fig.data[1].x) == [0.3, 0.12]
    np.testing.assert_allclose(fig.data[1].error_x.arrayminus, [0.05, 0.07])
    assert "40% of what cat's score loses is taken away" in describe(fig)
    assert describe(fig).endswith("whole interval: eyes.")
    assert "No concept stands out" in describe(concept_shares("cat", bars[1:], 0.4))
