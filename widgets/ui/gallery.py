"""Pictures in a grid: cached JPEG bytes, a click opens one, tick boxes pick several, hovering shows numbers."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from sxai.assess.figures import radar_thumbnail
from sxai.images.verbs.stored import thumbnail_path
from sxai.project.project import Project
from widgets.ui.session import keyed

PER_PAGE = 40
MOST_NUMBERS = 8
HERE = Path(__file__).parent / "grid"


@dataclass(frozen=True)
class Tile:
    """One picture: its number, what is written under it, and what hovering shows.

    ``tone`` is "right" or "wrong" (an icon, never a colour alone), ``numbers`` pairs of name and value, ``radar``
    an SVG by :func:`sxai.assess.figures.radar_thumbnail`.
    """

    id: int
    title: str
    lines: tuple[str, ...] = ()
    tone: str | None = None
    marks: tuple[str, ...] = ()
    numbers: tuple[tuple[str, str], ...] = ()
    radar: str = ""


@dataclass(frozen=True)
class Event:
    """The person's last action: the picture opened by this run (once), and all picked pictures."""

    opened: int | None = None
    picked: tuple[int, ...] = field(default_factory=tuple)


def gallery(project: Project, tiles: Sequence[Tile], key: str, pickable: bool = False, tile: str = "8.5rem") -> Event:
    """Show ``tiles``; ``key`` must stay the same from run to run. :func:`unpick` clears what is picked.

    The browser keeps its state for each project separately.
    """
    cards = [{**asdict(card), "src": _source(project, card.id), "alt": _alt(card)} for card in tiles]
    generation = st.session_state.get(_generation(key), 0)
    body = {"tiles": cards, "pickable": pickable, "tile": tile, "generation": generation, "picked": []}
    version = hashlib.sha256(json.dumps(body).encode()).hexdigest()[:16]
    own = keyed(project, key)
    _component()(key=own, data={**body, "version": version}, on_opened_change=_noticed, on_picked_change=_noticed)
    return _event(own, {card.id for card in tiles}, generation)


def unpick(key: str) -> None:
    """Forget what is picked in the gallery ``key``, from the next run on."""
    st.session_state[_generation(key)] = st.session_state.get(_generation(key), 0) + 1


def sample_tile(sample: Any) -> Tile:
    """The tile of an image of the Samples page."""
    known = sample.predicted is not None and sample.class_name is not None
    tone = None if not known else "right" if sample.predicted == sample.class_name else "wrong"
    prediction = f"{sample.predicted} {sample.confidence:.0%}" if sample.predicted is not None else "no prediction yet"
    lines = (prediction, f"{sample.class_name or 'no class'} · {sample.split}")
    return Tile(sample.id, sample.name, lines, tone, tuple(sample.marks))


def number_tiles(project: Project, pairs: Sequence[tuple[int, float]], symbol: str) -> list[Tile]:
    """Tiles of images with one number each, e.g. a probability or a distance."""
    names = {image.id: image.name for image in project.catalogue.images(ids=[image_id for image_id, _ in pairs])}
    return [
        Tile(image_id, names.get(image_id, str(image_id)), (f"{symbol} {value:.2f}".replace("-", "−"),))
        for image_id, value in pairs
    ]


def hit_numbers(probabilities: Mapping[str, float], shown: Sequence[str] = ()) -> tuple[tuple[str, str], ...]:
    """Semantic probabilities as they stand in a tile's hover list; of many those ``shown`` and the largest."""
    first = sorted(probabilities, key=lambda name: (name not in shown, -_known(probabilities[name])))[:MOST_NUMBERS]
    return tuple((name, _written(probabilities[name])) for name in probabilities if name in first)


def _known(value: float) -> float:
    return -1.0 if value != value else value


def _written(value: float) -> str:
    return "–" if value != value else f"{value:.2f}".replace("-", "−")


def hit_tile(hit: Any, classes: Sequence[str], shown: Sequence[str], marks: Sequence[str] = ()) -> Tile:
    """The tile of a search hit; ``shown`` are the spaces whose P stand in the caption."""
    tone = None if hit.class_name is None else "right" if hit.predicted == hit.class_name else "wrong"
    prediction = f"{hit.predicted} {hit.outputs[hit.predicted]:.0%}"
    numbers = "  ".join(
        f"{name} {_written(hit.probabilities[name])}" for name in list(shown)[:2] if name in hit.probabilities
    )
    radar = radar_thumbnail(hit.probabilities, classes)
    lines = (prediction, numbers) if numbers else (prediction,)
    return Tile(hit.image_id, hit.file, lines, tone, tuple(marks), hit_numbers(hit.probabilities, shown), radar)


def pager(total: int, key: str, per_page: int = PER_PAGE) -> int:
    """Controls to step through pages of ``total`` items; the page shown, from 0, clipped to the last page."""
    pages = max(1, -(-total // per_page))
    page = min(int(st.session_state.get(key, 0)), pages - 1)
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}-pager"):
        back = st.button("Previous page", icon=":material/chevron_left:", disabled=page == 0, key=f"{key}-back")
        onward = st.button("Next page", icon=":material/chevron_right:", disabled=page >= pages - 1, key=f"{key}-next")
        first = page * per_page + 1
        st.caption(f"{first:,} to {min(total, first + per_page - 1):,} of {total:,}" if total else "none")
    if back or onward:
        st.session_state[key] = page + (1 if onward else -1)
        st.rerun()
    return page


def _component() -> Any:
    return st.components.v2.component(
        "sxai_gallery", html='<div class="gallery"></div>', css=_text("gallery.css"), js=_text("gallery.js")
    )


@lru_cache
def _text(name: str) -> str:
    return (HERE / name).read_text("utf-8")


def _event(key: str, shown: set[int], generation: int) -> Event:
    state = st.session_state.get(key) or {}
    picked = state.get("picked") or {}
    ids = picked.get("ids", []) if picked.get("generation") == generation else []
    opened = state.get("opened") or {}
    seen = f"{key}.seen"
    fresh = opened.get("id") in shown and opened.get("at") != st.session_state.get(seen)
    if fresh:
        st.session_state[seen] = opened.get("at")
    return Event(opened["id"] if fresh else None, tuple(number for number in ids if number in shown))


def _generation(key: str) -> str:
    return f"{key}.generation"


def _source(project: Project, image_id: int) -> str:
    return _encoded(str(thumbnail_path(project, image_id)))


@lru_cache(maxsize=4000)
def _encoded(path: str) -> str:
    """A thumbnail for the page itself: its file is named after its content, so it never changes."""
    return "data:image/jpeg;base64," + base64.b64encode(Path(path).read_bytes()).decode("ascii")


def _alt(tile: Tile) -> str:
    return ", ".join((tile.title, *tile.lines, *tile.marks))


def _noticed() -> None:
    """Streamlit keeps state only for names with a callback."""
