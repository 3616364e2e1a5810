"""The Search page: queries, completion, sliders, errors with their place, marks, export, saved searches."""

from io import BytesIO

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sxai.search.query import parse
from sxai.search.verbs.search import saved_searches, search
from widgets import search as page
from widgets.ui import gallery, session

QUERY = "cat.eyes > 0.5"


def test_the_number_of_hits_is_the_workflow_s(visit, project):
    app = visit("trust/search", q=QUERY)
    result = search(project, QUERY)
    assert any(f"**{result.total:,}** of {result.considered:,}" in text.value for text in app.markdown)


def test_the_address_gives_the_query(visit):
    assert visit("trust/search", q="dog.nose > 0.4").text_input(key="q").value == "dog.nose > 0.4"


def test_an_error_points_at_its_place_in_a_fixed_width_block(visit):
    app = visit("trust/search", q="cat.eyes > 0.5 and dog.nos > 0.2")
    block = app.code[0].value
    lines = block.splitlines()
    caret = next(at for at, line in enumerate(lines) if "^" in line)
    assert lines[caret - 1][lines[caret].index("^") :].startswith("dog.nos")
    assert "dog.nose" in block
    assert not app.exception


def test_completions_finish_the_word_that_is_typed(visit):
    app = visit("trust/search", q="cat.e")
    labels = [button.label for button in app.button if button.key.startswith("complete-")]
    assert labels[:2] == ["cat.eyes", "cat.ears"] or set(labels[:2]) == {"cat.eyes", "cat.ears"}
    app.button(key="complete-0").click().run()
    assert app.text_input(key="q").value == f"{labels[0]} "


def test_sliders_write_the_query(visit):
    app = visit("trust/search")
    app.slider(key="search-range-cat.eyes").set_range(0.6, 1.0).run()
    app.slider(key="search-range-dog.nose").set_range(0.0, 0.3).run()
    assert app.text_input(key="q").value == "cat.eyes > 0.6 and dog.nose < 0.3"
    app.button(key="search-reset").click().run()
    assert app.text_input(key="q").value == ""


def test_examples_all_parse_and_name_what_the_project_has(visit, project):
    for example in page.examples(project):
        search(project, example, limit=0)
    app = visit("trust/search")
    app.button(key="example-0").click().run()
    assert app.text_input(key="q").value == page.examples(project)[0]


def test_a_search_is_saved_and_asked_again(visit, project):
    app = visit("trust/search", q=QUERY)
    app.text_input(key="save-name").input("clear eyes").run()
    app.button(key="save-go").click().run()
    (saved,) = saved_searches(project)
    assert (saved.name, saved.query, saved.total) == ("clear eyes", QUERY, search(project, QUERY).total)
    app.text_input(key="q").input("dog.nose > 0.9").run()
    app.button(key="saved-0").click().run()
    assert app.text_input(key="q").value == QUERY


def test_picked_hits_are_marked(visit, project):
    app = visit("trust/search", q=QUERY)
    ids = [hit.image_id for hit in search(project, QUERY).hits[:2]]
    app.session_state[session.keyed(project, page.GRID)] = {"picked": {"ids": ids, "generation": 0}}
    app.run()
    app.selectbox(key=f"{page.GRID}-kind").select("bad sample")
    app.button(key=f"{page.GRID}-mark").click().run()
    assert sorted(record.image_id for record in project.catalogue.marks(kind="bad sample")) == sorted(ids)


def test_nothing_found_is_said(visit):
    assert "No image meets" in visit("trust/search", q="cat.eyes > 1.9").info[0].value


def test_before_a_query_the_page_says_how_to_begin(visit):
    assert "example" in visit("trust/search").info[0].value


def test_the_exports_hold_every_hit(project):
    total = search(project, QUERY, limit=0).total
    table = pd.read_csv(BytesIO(page.csv(project, QUERY)), encoding="utf-8-sig")
    columns = pd.read_parquet(BytesIO(page.parquet(project, QUERY)))
    assert len(table) == len(columns) == total > 0
    assert table["cat.eyes"].to_numpy() == pytest.approx(columns["cat.eyes"].to_numpy())
    assert (table["cat.eyes"] > 0.5).all()


def test_a_hit_s_tile_shows_what_the_query_names(project):
    hit = search(project, QUERY).hits[0]
    tile = gallery.hit_tile(hit, ["cat", "dog"], ["cat.eyes"], ["bad sample"])
    assert f"cat.eyes {hit.probabilities['cat.eyes']:.2f}" in tile.lines[1]
    assert tile.marks == ("bad sample",)
    assert tile.radar.startswith("<svg")
    assert dict(tile.numbers)["cat.eyes"] == f"{hit.probabilities['cat.eyes']:.2f}"


def test_of_many_probabilities_the_named_and_the_largest_are_listed():
    many = {f"c{at}.eyes": at / 100 for at in range(30)}
    listed = [name for name, _ in gallery.hit_numbers(many, ["c3.eyes"])]
    assert len(listed) == gallery.MOST_NUMBERS
    assert "c3.eyes" in listed
    assert "c29.eyes" in listed


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("cat.nose > 0.5 and p(dog) < 0.5", ["cat.nose"]),
        ("p(dog) > 0.9 and max(dog) < 0.2", ["dog.eyes", "dog.nose", "dog.ears", "dog.legs"]),
        ("split = val", []),
    ],
)
def test_a_query_concerns_the_spaces_or_the_classes_it_names(project, query, expected):
    assert sorted(page.concerned(project, query)) == sorted(expected)


bounds = st.tuples(st.integers(0, 20), st.integers(0, 20)).map(lambda pair: tuple(sorted(one / 20 for one in pair)))
names = st.sampled_from(["cat.eyes", "golden retriever.front legs", "not.nose", "dog.front-legs"])


@given(st.dictionaries(names, bounds, min_size=1))
def test_what_sliders_write_always_parses(ranges):
    text = page.written(ranges)
    narrowed = {name for name, (low, high) in ranges.items() if low > 0 or high < 1}
    assert (parse(text).names() if text else set()) == narrowed


def test_without_spaces_the_page_tells_the_next_step(visit, empty_home):
    assert any("No network yet" in text.value for text in visit("trust/search").markdown)


def test_a_query_that_asks_for_a_poor_space_is_warned_of(visit, poor):
    why = poor("cat.eyes")
    (warning,) = visit("trust/search", q="max(cat) > 0.5").warning
    assert "cat.eyes is a poor space" in warning.value
    assert why in warning.value.replace("\\", "")
    assert not visit("trust/search", q="cat.nose > 0.5").warning
