"""The tests of a set of vectors: perturbations, the role of colour, and the pointing game."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from sxai.assess.pointing_figures import gain_band, pointing_curves
from sxai.errors import SxaiError
from sxai.project.project import Project
from sxai.vectors.figures import grey_dumbbells, shift_bars
from sxai.vectors.verbs.checks import known_tests
from sxai.vectors.verbs.pointing_game import PointingGame
from sxai.vectors.verbs.tests import ColourRole, PerturbationTable
from sxai.vectors.verbs.vectors import VectorSet
from widgets.jobs import work
from widgets.ui.charts import chart
from widgets.ui.session import plain, sentence

METHODS = {"guided-backprop": "Guided backprop", "gradient-input": "Gradient × input"}
READINGS = {"most": "more than half of the kept pixels", "every": "every kept pixel"}


def section(project: Project, vectors: VectorSet) -> None:
    """The stored results of the tests, or the button that runs them."""
    st.header("Put to the test")
    try:
        known = known_tests(project, vectors)
    except SxaiError as error:
        st.info(plain(sentence(error)), icon=":material/info:")
        return
    if known is None:
        _offer(project, vectors)
        return
    left, right = st.columns(2, gap="large")
    with left:
        _perturbations(known.table)
    with right:
        _colour(known.colour)
    if known.game is not None:
        _game(known.game)


def _offer(project: Project, vectors: VectorSet) -> None:
    st.write(
        "Change the features as the paper does, take the colour out of the images, and ask whether saliency points at "
        "its class on pictures of two classes."
    )
    arguments: dict[str, Any] = {key: vectors.parameters[key] for key in ("source", "dataset", "n", "level")}
    if not work.busy(work.follow(project, "vector-tests")) and st.button(
        "Run the tests", icon=":material/science:", key="vectors-test-go"
    ):
        work.begin(project, "vector-tests", arguments)


def _perturbations(table: PerturbationTable) -> None:
    shifts = list(table.total.values())
    fig = shift_bars(
        list(table.total),
        [shift.value for shift in shifts],
        [shift.low for shift in shifts],
        [shift.high for shift in shifts],
    )
    chart(fig, "vectors-shifts")
    with st.expander("By class", icon=":material/table:"):
        rows = [
            {"class": name} | {way: shift.value for way, shift in ways.items()} for name, ways in table.classes.items()
        ]
        numbers = {way: st.column_config.NumberColumn(format="%+.3f") for way in table.total}
        st.dataframe(pd.DataFrame(rows), hide_index=True, alt="Rise of P(class) by class", column_config=numbers)
    st.caption(
        f"P(class) is {table.before:.3f} before. The gate lets units pass that are active in more than "
        f"{table.threshold:.0%} of a class's images: {table.kept:.0%} of them on average."
    )


def _colour(role: ColourRole) -> None:
    rows = role.classes
    same = sum(row.same for row in rows) / len(rows)
    caption = (
        f"Accuracy is {role.accuracy:.1%} in colour and {role.grey_accuracy:.1%} in grey over {role.n:,} held-out "
        f"images; vectors from both are alike with a mean cosine of {same:.2f}."
    )
    names = [row.name for row in rows]
    fig = grey_dumbbells(
        names, [row.accuracy for row in rows], [row.grey_accuracy for row in rows], "accuracy", caption
    )
    chart(fig, "vectors-colour")


def _game(game: PointingGame) -> None:
    st.header("Does saliency point at its class?")
    with st.container(horizontal=True, key="vectors-game-choice"):
        method = _choice("Method", METHODS, "vectors-game-method")
        reading = _choice("A hit is when these lie in the box", READINGS, "vectors-game-reading")
    gain = game.gains[method, reading]
    left, right = st.columns(2, gap="large")
    with left:
        fig = pointing_curves(
            game.shares, gain.plain, gain.gated, game.beside[reading], METHODS[method], READINGS[reading]
        )
        chart(fig, "vectors-pointing")
    with right:
        chart(gain_band(game.shares, gain.gain, gain.low, gain.high, METHODS[method]), "vectors-gain")
    st.caption(
        f"{game.n} composites of two held-out images of different classes; each class is asked for in turn. The gate "
        f"lets {game.gate} pass."
    )


def _choice(label: str, options: dict[str, str], key: str) -> str:
    keys: Sequence[str] = list(options)
    picked = st.segmented_control(
        label, keys, default=keys[0], required=True, key=key, format_func=options.__getitem__, persist_state="session"
    )
    return str(picked or keys[0])
