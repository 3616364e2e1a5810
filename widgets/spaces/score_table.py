"""The table of the Scoreboard page: what matters in sight, the other numbers folded."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from sxai.spaces.verbs.score import SpaceScore

VERDICTS = {"good": "● good", "weak": "◆ weak", "poor": "✕ poor", "unknown": "○ unknown"}
"""Verdicts with the symbols that stand for them on the chart."""
MAIN = ("space", "verdict", "auc", "interval", "selectivity", "stability")
"""Columns of the table in sight; the rest is folded."""


def table(spaces: Sequence[SpaceScore]) -> None:
    """Every space in numbers, with its verdict."""
    rows = [
        {
            "space": space.name,
            "verdict": VERDICTS[space.verdict],
            "auc": space.auc,
            "interval": _interval(space.auc_interval),
            "visible": space.n_visible,
            "hidden": space.n_hidden,
            "ece": space.ece,
            "calibrated": space.ece_calibrated,
            "selectivity": space.selectivity,
            "own": None if space.dominant is None else "yes" if space.dominant else "no",
            "stability": space.stability,
            "needed": space.masks_needed,
            "R²": space.r2,
            "estimator": space.estimator,
        }
        for space in spaces
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        key="score-table",
        column_config=_columns(),
        column_order=MAIN,
        alt="Semantic spaces with verdict, presence AUC, selectivity and stability",
    )
    with st.expander("All numbers", icon=":material/table:"):
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            key="score-all",
            column_config=_columns(),
            column_order=("space", *(name for name in rows[0] if name not in MAIN)) if rows else None,
            alt="Counts of labelled images, calibration error, masks needed, R² and estimator of each space",
        )


def _columns() -> dict[str, Any]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    return {
        "space": text(help="The concept, after the class whose images it was made from"),
        "verdict": text(help="What a high P is worth, by all the numbers; the reasons stand below"),
        "estimator": text(help="How the neurons of the space are chosen and weighed"),
        "auc": number("AUC", format="%.3f", help="Presence AUC: how often P is higher where the part is visible"),
        "interval": text("95 % interval", help="Of the AUC, by bootstrap"),
        "visible": number(help="Images known to show the part, those masked for it apart"),
        "hidden": number(help="Images known not to show it"),
        "ece": number("ECE", format="%.3f", help="Expected calibration error of P taken as a chance"),
        "calibrated": number(
            "ECE calibrated", format="%.3f", help="The same after calibration, on images it was not fitted to"
        ),
        "selectivity": number(
            format="%.2f",
            help="Fall of its P when the concept is masked, less the largest fall of another concept of its class",
        ),
        "own": text("own first", help="Masking the concept lowers its own space most"),
        "stability": number(format="%.2f", help="Mean cosine of its direction over masks drawn again"),
        "needed": number("masks needed", format="%d", help="From so many on, more hardly change the direction"),
        "R²": number(format="%.3f", help="q-q plot of the reference distribution"),
    }


def _interval(ends: tuple[float, float] | None) -> str | None:
    return None if ends is None else f"{ends[0]:.3f} to {ends[1]:.3f}"
