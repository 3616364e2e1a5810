"""The Search page's pieces: the query with its helpers, the hits, marks, export, saved searches."""

import re
from collections.abc import Mapping
from io import BytesIO

import streamlit as st

from sxai.errors import QueryError
from sxai.names import split_name
from sxai.plot.table import csv_bytes
from sxai.project.project import Project
from sxai.search.figures import margin_plot, probability_histograms
from sxai.search.grammar import quote
from sxai.search.query import parse
from sxai.search.verbs.doubts import query_doubts
from sxai.search.verbs.search import SearchResult, complete_query, export_rows, save_search, saved_searches, search
from sxai.spaces.verbs.stored import list_spaces
from widgets.assess import detail
from widgets.project import samples
from widgets.ui import assessment_view, gallery
from widgets.ui.charts import chart, project_classes

QUERY = "q"
PAGE = "page.search.number"
GRID = "page.search.gallery"
RANGE = "search-range-"
SUGGESTED = 8


def examples(project: Project) -> list[str]:
    """Queries that work in this project, to start from."""
    names = [space.name for space in list_spaces(project)]
    classes = list(dict.fromkeys(split_name(name)[0] for name in names))
    first = names[0]
    last = next((name for name in names if name.startswith(f"{classes[0]}.") and name != first), first)
    owner = quote(classes[0])
    return [
        f"{quote(first)} > 0.9",
        f"{quote(last)} < 0.1 and {quote(first)} > 0.8",
        f"p({owner}) > 0.9 and max({owner}) < 0.2",
        f"true = {owner} and not predicted = {owner}",
    ]


def box(project: Project) -> str:
    """The query: typed, completed, written by sliders, or taken from an example."""
    text: str = (
        st.text_input(
            "Query",
            key=QUERY,
            bind="query-params",
            live="350ms",
            icon=":material/search:",
            placeholder="dog.nose > 0.9 and p(dog) < 0.8",
            help="Concepts (dog.nose), p(dog) for the network, max(dog), min(dog), and, or, not, true = dog, "
            "split = val.",
        )
        or ""
    )
    _completions(project, text)
    with st.container(horizontal=True):
        with st.popover("Sliders", icon=":material/tune:", type="tertiary"):
            _sliders(project)
        with st.popover("Examples", icon=":material/lightbulb:", type="tertiary"):
            for at, example in enumerate(examples(project)):
                st.button(
                    assessment_view.plain(example), key=f"example-{at}", on_click=_set, args=(example,), type="tertiary"
                )
        _saved(project, text.strip())
    return text.strip()


def _set(text: str) -> None:
    st.session_state[QUERY] = text


def completed(text: str, word: str) -> str:
    """``text`` with its last, unfinished word replaced.

    >>> completed("cat.eyes > 0.5 and ca", "cat.nose")
    'cat.eyes > 0.5 and cat.nose '
    >>> completed("p(`gol", "`golden retriever`")
    'p(`golden retriever` '
    """
    return text[: _unfinished(text)] + word + " "


def _unfinished(text: str) -> int:
    """Where the last word begins: at a quote that is still open, or after the last character that no name has."""
    for sign in ("`", '"'):
        if text.count(sign) % 2:
            return text.rindex(sign)
    return len(re.sub(r"[\w.\-]*$", "", text))


def _completions(project: Project, text: str) -> None:
    completions = complete_query(project, text, len(text)) if text else []
    # The row is there when empty too: it would else be drawn over the one below, which then moves under the pointer.
    with st.container(horizontal=True, gap="xsmall", key="completions"):
        for at, word in enumerate(completions[:SUGGESTED]):
            st.button(
                assessment_view.plain(word),
                key=f"complete-{at}",
                on_click=_set,
                args=(completed(text, word),),
                type="tertiary",
            )


def _sliders(project: Project) -> None:
    st.caption("Narrow the probability of a concept: the query is written for you.")
    for space in list_spaces(project):
        st.slider(
            assessment_view.plain(space.name),
            0.0,
            1.0,
            (0.0, 1.0),
            0.05,
            key=f"{RANGE}{space.name}",
            on_change=_written,
            persist_state="page",
        )
    st.button("Reset", on_click=_reset, key="search-reset", type="tertiary")


def _written() -> None:
    ranges = {
        key[len(RANGE) :]: st.session_state[key] for key in sorted(map(str, st.session_state)) if key.startswith(RANGE)
    }
    _set(written(ranges))


def _reset() -> None:
    for key in [key for key in st.session_state if str(key).startswith(RANGE)]:
        st.session_state[key] = (0.0, 1.0)
    _set("")


def written(ranges: Mapping[str, tuple[float, float]]) -> str:
    """The query of the sliders' ranges; a bound at an end of the scale is left out.

    >>> written({"cat.eyes": (0.9, 1.0), "cat.nose": (0.0, 1.0), "cat.legs": (0.2, 0.5)})
    'cat.eyes > 0.9 and 0.2 < cat.legs < 0.5'
    """
    parts = []
    for space, (low, high) in ranges.items():
        name = quote(space)
        if low > 0 and high < 1:
            parts.append(f"{low:g} < {name} < {high:g}")
        elif low > 0:
            parts.append(f"{name} > {low:g}")
        elif high < 1:
            parts.append(f"{name} < {high:g}")
    return " and ".join(parts)


def found(project: Project, query: str) -> SearchResult | None:
    """One page of hits; None, with the reason pointed out in the query, when it cannot be understood."""
    if st.session_state.get(f"{PAGE}.query") != query:
        st.session_state[f"{PAGE}.query"] = query
        st.session_state[PAGE] = 0
    number = int(st.session_state.get(PAGE, 0))
    try:
        return search(project, query, limit=gallery.PER_PAGE, offset=number * gallery.PER_PAGE)
    except QueryError as error:
        with st.container(key="query-error"):
            st.caption(":material/error: The query cannot be read yet.")
            st.code(str(error), language=None, wrap_lines=False)
        return None


def doubts(project: Project, query: str) -> None:
    """Warn of spaces with a poor verdict that a query reads."""
    for name, why in query_doubts(project, query).items():
        st.warning(
            f"**{assessment_view.plain(name)} is a poor space.** {assessment_view.plain(why)}",
            icon=":material/warning:",
        )


def hits(project: Project, result: SearchResult) -> None:
    """The gallery of hits with their P's, and what can be done with those picked."""
    classes = project_classes(project)
    named = concerned(project, result.query)
    marked: dict[int, list[str]] = {}
    for record in project.catalogue.marks():
        marked.setdefault(record.image_id, []).append(record.kind)
    tiles = [gallery.hit_tile(hit, classes, named, marked.get(hit.image_id, [])) for hit in result.hits]
    gallery.pager(result.total, PAGE)
    bar = st.container()
    event = gallery.gallery(project, tiles, GRID, pickable=True)
    if event.picked:
        with bar:
            samples.actions(project, event.picked, GRID)
    if event.opened is not None:
        detail.open_image(project, event.opened, [hit.image_id for hit in result.hits])


def concerned(project: Project, query: str) -> list[str]:
    """The spaces that a query asks for: those it names, else those of the classes it names."""
    known = [space.name for space in list_spaces(project)]
    parsed = parse(query)
    named = [name for name in known if name in parsed.names()]
    return named or [name for name in known if name.rpartition(".")[0] in parsed.classes()]


def charts(project: Project, result: SearchResult) -> None:
    """Margins of the hits, and their distribution in each space that the query names."""
    named = concerned(project, result.query)
    everyone = search(project, result.query, limit=None).hits
    left, right = st.columns(2, gap="large")
    with left:
        margins = [hit.margin for hit in everyone]
        chart(margin_plot(margins, [hit.file for hit in everyone], result.query, result.total), "search-margins")
    if not named:
        return
    with right:
        values = {name: [hit.probabilities[name] for hit in everyone] for name in named}
        chart(probability_histograms(values, project_classes(project)), "search-histograms")


def export(project: Project, query: str) -> None:
    """Every hit as a table to download."""
    with st.container(horizontal=True, key="search-export"):
        st.download_button(
            "CSV",
            lambda: csv(project, query),
            "search.csv",
            "text/csv",
            icon=":material/download:",
            key="search-csv",
            on_click="ignore",
        )
        st.download_button(
            "Parquet",
            lambda: parquet(project, query),
            "search.parquet",
            "application/vnd.apache.parquet",
            icon=":material/download:",
            key="search-parquet",
            on_click="ignore",
        )


def csv(project: Project, query: str) -> bytes:
    """All hits of a query as CSV, with the byte order mark that spreadsheets need."""
    return csv_bytes(export_rows(project, query))


def parquet(project: Project, query: str) -> bytes:
    """All hits of a query as a Parquet file."""
    buffer = BytesIO()
    export_rows(project, query).to_parquet(buffer, index=False)
    return buffer.getvalue()


def _saved(project: Project, query: str) -> None:
    with st.popover("Saved searches", icon=":material/bookmarks:", type="tertiary"):
        saved = saved_searches(project)
        for at, record in enumerate(saved):
            label = f"{record.name}: {record.query} ({record.total:,})"
            st.button(
                assessment_view.plain(label), key=f"saved-{at}", on_click=_set, args=(record.query,), type="tertiary"
            )
        if not saved:
            st.caption("None yet.")
        name = st.text_input("Name", key="save-name", placeholder="Over-confident cats")
        if st.button(
            "Save this search", icon=":material/bookmark_add:", key="save-go", disabled=not (query and name.strip())
        ):
            save_search(project, name.strip(), query)
            st.rerun()
