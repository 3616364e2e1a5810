"""What results show of themselves in a notebook."""

from sxai.plot.notebook import MOST_ROWS, card, table


def test_texts_are_escaped_everywhere():
    made = card("<b>", ["<script>"], [table(["<i>"], [["<u>"]])])
    for tag in ("<b>", "<script>", "<i>", "<u>"):
        assert tag not in made
    assert "&lt;script&gt;" in made


def test_numbers_have_two_places_and_what_is_missing_is_a_dash():
    made = table(["P", "n", "none"], [[0.123, 7, None]])
    assert ">0.12<" in made
    assert ">7<" in made
    assert ">–<" in made


def test_long_tables_are_cut_and_say_so():
    made = table(["n"], [[row] for row in range(MOST_ROWS + 3)])
    assert made.count("<tr>") == MOST_ROWS + 1
    assert "and 3 more" in made


def test_nothing_is_shown_of_nothing():
    assert table(["n"], []) == ""
    assert card("title", ["", "text"]) == "<div><strong>title</strong><div>text</div></div>"
