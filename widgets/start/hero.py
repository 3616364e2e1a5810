"""A worked example at the head of the start page: the picture, its verdict, why, and more like it.

Importing this loads nothing heavy, so that it is there while the rest of the app is still being loaded.
"""

from collections.abc import Sequence

import streamlit as st

from sxai.example.card import Example, Part
from widgets.ui.levels import GATES, LEVELS
from widgets.ui.plain import plain

ABOUT = (
    "sxai opens up image classifiers: it finds the parts that a network decides by, and says in plain words how far "
    "each prediction can be trusted."
)


def about() -> None:
    """The name and what it is, in a sentence."""
    st.title("How far can this prediction be trusted?", anchor=False)
    st.markdown(ABOUT)


def hero(example: Example, key: str) -> None:
    """One example: the picture on the left, what is known about it on the right."""
    with st.container(border=True, key=key):
        left, right = st.columns([2, 3], gap="large", vertical_alignment="center")
        with left:
            st.image(example.picture, width="stretch", alt=_alt(example))
        with right:
            verdict(example, key)
            if example.parts:
                legend(example.parts)
            more(example, key)


def verdict(example: Example, key: str) -> None:
    """The badge, the gates, the sentence, and what the network itself says."""
    title, icon, colour = LEVELS[example.level]
    with st.container(horizontal=True, key=f"{key}-gates"):
        st.badge(title, icon=icon, color=colour)
        for gate in example.gates:
            mark, tone = GATES[gate.passed]
            st.badge(gate.name, icon=mark, color=tone, help=plain(gate.why))
    st.markdown(f"## {plain(_short(example.verdict))}")
    st.caption(plain(example.cnn_line))


def legend(parts: Sequence[Part]) -> None:
    """Why, in one line: each outlined part with the colour of its line and P."""
    dots = "".join(
        f'<span style="white-space:nowrap;margin-right:1.1em"><span style="display:inline-block;width:.75em;'
        f'height:.75em;border-radius:50%;background:{part.colour};margin-right:.4em"></span>{plain(part.concept)} '
        f"<b>{part.probability:.2f}</b></span>"
        for part in parts
    )
    st.html(f'<p role="note" aria-label="Parts that decide">{dots}</p>')


def more(example: Example, key: str) -> None:
    """Pictures like this one: what the search found, or the nearest that the network knows."""
    if not example.alike:
        return
    if example.query:
        st.markdown(plain("**More like this**: ").replace("\\*", "*") + f"`{example.query}` finds {example.total:,}.")
    else:
        st.markdown("**The nearest pictures that it knows** are no such animal:")
    with st.container(horizontal=True, gap="xsmall", key=f"{key}-alike"):
        for at, picture in enumerate(example.alike):
            st.image(picture, width=76, alt=f"picture {at + 1} of those like it")


def _short(verdict_text: str) -> str:
    """The first two sentences: what it is and why."""
    parts = verdict_text.split(". ")
    return ". ".join(parts[:2]).rstrip(".") + "."


def _alt(example: Example) -> str:
    seen = ", ".join(part.concept for part in example.parts)
    return f"The picture with {seen} outlined" if seen else "The picture"
