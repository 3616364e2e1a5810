"""A chart with its conclusion in words, and downloads of its data and picture."""

import plotly.graph_objects as go
import streamlit as st

from sxai.plot.table import figure_csv, figure_data
from sxai.plot.theme import alt_text, config, describe
from sxai.project.project import Project


def project_classes(project: Project) -> list[str]:
    """The project's classes in the order that gives each its colour on every page."""
    return [record.name for record in project.catalogue.classes()]


def chart(fig: go.Figure, key: str, caption: bool = True, select: bool = False) -> list[int]:
    """Draw a figure under ``key``, its conclusion below, with downloads.

    With ``select`` a click on a point runs the page again; the numbers of the points that are selected.
    """
    name = str((fig.layout.meta or {}).get("title", key))
    image = st.session_state.get(f"{key}-image") or "png"
    settings = config(name, image)
    asked = {"on_select": "rerun", "selection_mode": "points"} if select else {}
    event = st.plotly_chart(
        fig, key=key, width="stretch", theme="streamlit", alt=alt_text(fig), config=settings, **asked
    )  # type: ignore[call-overload]
    with st.container(horizontal=True, vertical_alignment="top", gap="small", wrap=False):
        if caption:
            st.caption(describe(fig), width="stretch")
        else:
            st.container(width="stretch")
        _take_away(fig, key, str(settings["toImageButtonOptions"]["filename"]))  # type: ignore[index]
    return [int(point["point_index"]) for point in event.selection.points] if select else []


def _take_away(fig: go.Figure, key: str, stem: str) -> None:
    box = st.popover("Data", icon=":material/download:", type="tertiary", key=f"{key}-data", on_change="rerun")
    if not box.open:
        return
    with box:
        st.dataframe(figure_data(fig), height=220, hide_index=True)
        with st.container(horizontal=True):
            st.download_button(
                "CSV",
                figure_csv(fig),
                f"{stem}.csv",
                "text/csv",
                key=f"{key}-csv",
                on_click="ignore",
                icon=":material/table:",
            )
            st.download_button(
                "Interactive page",
                lambda: fig.to_html(include_plotlyjs="cdn"),
                f"{stem}.html",
                "text/html",
                key=f"{key}-html",
                on_click="ignore",
                icon=":material/web:",
            )
        st.segmented_control(
            "The camera in the chart's tool bar saves",
            ["png", "svg"],
            default="png",
            key=f"{key}-image",
            format_func=str.upper,
            required=True,
            persist_state="session",
        )
