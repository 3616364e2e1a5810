from sxai.plot.theme import alt_text
from sxai.plot.word_map import word_map


def test_words_stand_in_their_cells():
    nan = float("nan")
    fig = word_map(["low", "high"], ["P"], [["none", "cannot<br>occur"]], [[0.0, nan]], ("Δ", "P"), "Words")
    assert [(note.x, note.y, note.text) for note in fig.layout.annotations] == [
        ("low", "P", "none"),
        ("high", "P", "cannot<br>occur"),
    ]
    assert "P and high: cannot occur" in alt_text(fig)
