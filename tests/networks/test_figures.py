"""Learning curves, confusion and calibration."""

import numpy as np
import pytest

from sxai.networks.figures import confusion_matrix, learning_curves, reliability_diagram
from sxai.plot.table import figure_data
from sxai.plot.theme import alt_text, describe

HISTORY = [
    {"epoch": 1, "loss": 0.7, "train_accuracy": 0.6, "val_accuracy": 0.65},
    {"epoch": 2, "loss": 0.5, "train_accuracy": 0.8, "val_accuracy": 0.9},
    {"epoch": 3, "loss": 0.4, "train_accuracy": 0.9, "val_accuracy": 0.85},
]


def test_the_best_epoch_is_named():
    assert "90.0%, in epoch 2" in describe(learning_curves(HISTORY))


def test_curves_follow_the_history():
    fig = learning_curves(HISTORY)
    lines = {one.name: list(one.y) for one in fig.data}
    assert lines == {
        "training loss": [0.7, 0.5, 0.4],
        "training accuracy": [0.6, 0.8, 0.9],
        "validation accuracy": [0.65, 0.9, 0.85],
    }


def test_the_caption_of_a_finished_training_counts_its_epochs():
    words = describe(learning_curves(HISTORY, over=True))
    assert words.startswith("3 epochs ran.")
    assert "so far" not in words


def test_the_axis_of_a_running_job_reaches_its_last_epoch():
    assert learning_curves(HISTORY[:1], epochs=10).layout.xaxis.range[1] == pytest.approx(10.3)


def test_before_the_first_epoch_the_chart_says_so():
    assert "not finished" in describe(learning_curves([], epochs=3))


def test_without_validation_images_only_the_training_curves_are_drawn():
    fig = learning_curves([{**entry, "val_accuracy": None} for entry in HISTORY])
    assert {one.name for one in fig.data} == {"training loss", "training accuracy"}
    assert "no validation split" in describe(fig)


def test_the_two_panels_keep_their_own_columns_in_the_table():
    columns = set(figure_data(learning_curves(HISTORY)).columns)
    assert columns == {"series", "epoch", "cross-entropy loss (nats)", "accuracy"}


def test_confusion_rows_are_true_classes():
    counts = [[9, 1], [4, 6]]
    fig = confusion_matrix(counts, ["cat", "dog"])
    assert np.asarray(fig.data[0].z).tolist() == counts
    assert np.asarray(fig.data[0].customdata).tolist() == [[0.9, 0.1], [0.4, 0.6]]
    assert "4 × dog taken for cat" in describe(fig)
    assert "75.0% of 20" in describe(fig)
    assert fig.layout.yaxis.title.text == "true class"


def test_a_perfect_and_an_empty_confusion_are_said_in_words():
    assert "no confusion" in describe(confusion_matrix([[5, 0], [0, 5]], ["cat", "dog"]))
    assert "No images" in describe(confusion_matrix([[0, 0], [0, 0]], ["cat", "dog"]))


def test_empty_bins_are_left_out_of_the_calibration():
    fig = reliability_diagram([0.55, 0.75, 0.95], [0.5, 0.0, 0.9], [10, 0, 30], 0.05)
    model = fig.data[1]
    assert list(model.x) == [0.55, 0.95]
    assert list(model.customdata) == [10, 30]
    assert model.marker.size[1] > model.marker.size[0]
    assert "5.0%" in alt_text(fig)


@pytest.mark.parametrize(
    ("accuracy", "words"), [(0.8, "is over-confident"), (0.99, "is under-confident"), (0.95, "neither over-")]
)
def test_the_lean_of_the_confidence_is_named(accuracy, words):
    assert words in describe(reliability_diagram([0.95], [accuracy], [100], 0.1))


def test_nothing_evaluated_is_said_in_words():
    assert "No images" in describe(reliability_diagram([0.5], [0.0], [0], 0.0))


def test_a_matrix_of_many_classes_writes_its_filled_cells_only():
    names = [f"class{at}" for at in range(20)]
    counts = np.diag(np.arange(1, 21))
    counts[3, 7] = 2
    fig = confusion_matrix(counts, names)
    text = {(note.y, note.x): note.text for note in fig.layout.annotations}
    assert len(text) == 21
    assert text["class3", "class7"] == "2"
    assert text["class19", "class19"] == "20"
