from sxai.figures.rules import word_map
from sxai.figures.theme import alt_text


def test_words_stand_in_their_cells():
    nan = float("nan")
    fig = word_map(["low", "high"], ["P"], [["none", "cannot<br>occur"]], [[0.0, nan]], ("Δ", "P"), "Words")
    assert [(note.x, note.y, note.text) for note in fig.layout.annotations] == [
        ("low", "P", "none"),
        ("high", "P", "cannot<br>occur"),
    ]
    assert "P and high: cannot occur" in alt_text(fig)
