"""Visualisations on a page: the stored ones, a button that makes the missing ones, and a live preview."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from data_store.records import JobRecord
from sxai.images.decode import encode
from sxai.project.project import Project
from sxai.traits.defaults import SAMPLES
from sxai.visualisation.figures import loss_curves
from sxai.visualisation.settings import METHODS
from sxai.visualisation.verbs.visualise import Visual, stored_visuals
from widgets.jobs import work
from widgets.ui.charts import chart, project_classes
from widgets.ui.session import plain

METHOD_NAMES = {"fast": "Fast", "paper": "Paper", "deep-image-prior": "Deep image prior"}
METHOD_HELP = (
    "**Fast** and **Paper** minimise the same function, ‖Φ(z) − Φ₀‖² + λ R(z). The paper takes 4,000 steps of gradient "
    "descent; the fast way a few hundred that follow the function's curvature. **Deep image prior** lets a small "
    "untrained network draw the picture instead of the regulariser R."
)
ACROSS = 3
"""Pictures in a row."""

TINY, HUGE = 1e-4, 1e7
"""Losses outside are written with an exponent."""

MIN_GREY_STEP, BLANK_LOSS_SHARE = 1.0, 0.9
"""Below so many grey levels between neighbouring pixels a picture is empty; above that share of a blank picture's loss
it is hardly improved."""


def pictures(
    project: Project,
    targets: Sequence[str],
    key: str,
    n: int = SAMPLES,
    search: str | None = "flips",
    primary: bool = True,
) -> None:
    """The visualisations of ``targets`` (as :func:`.visualise` names them), and how to make them.

    ``n`` and ``search`` say which common traits are meant; ``primary`` whether making them is the page's next step. A
    page calls this once: it shows the job that runs.
    """
    job = work.follow(project, "visualise", _early)
    method = _method(key)
    source: dict[str, Any] = {"method": method, "n": n, "search": search}
    visuals = dict(zip(targets, stored_visuals(project, targets, **source), strict=True))
    missing = [name for name, visual in visuals.items() if visual is None]
    if not work.busy(job):
        _passed_over(job, targets)
        _button(project, missing, len(targets), source, key, primary)
    shown = [visual for visual in visuals.values() if visual is not None]
    if shown:
        _grid(shown, key)
        _details(project, shown, key)


def _method(key: str) -> str:
    chosen = st.segmented_control(
        "How",
        list(METHODS),
        default="fast",
        key=f"{key}-method",
        format_func=METHOD_NAMES.__getitem__,
        required=True,
        help=METHOD_HELP,
        persist_state="session",
        label_visibility="collapsed",
    )
    return str(chosen)


def _button(project: Project, missing: list[str], total: int, source: dict[str, Any], key: str, primary: bool) -> None:
    """The button that makes missing visualisations; nothing when none is missing."""
    if not missing:
        return
    words = "Visualise" if len(missing) == total else f"Visualise {len(missing)} missing"
    with st.container(horizontal=True, vertical_alignment="center"):
        kind = "primary" if primary else "secondary"
        if st.button(words, icon=":material/imagesmode:", key=f"{key}-go", type=kind):  # type: ignore[arg-type]
            work.begin(project, "visualise", {"targets": missing, **source})
        st.caption(
            "Finds a picture whose features come closest to the target. "
            + ("This way takes an hour on a processor, minutes on a GPU." if source["method"] == "paper" else "")
        )


def _passed_over(job: JobRecord | None, targets: Sequence[str]) -> None:
    """Targets with nothing to make visible, from the job that has just ended."""
    for name, reason in (job.result or {}).get("skipped", []) if job else []:
        if name in targets:
            st.info(f"{plain(name)}: {plain(reason)}", icon=":material/info:")


def _grid(shown: Sequence[Visual], key: str) -> None:
    """Pictures side by side, each with its loss, its crops and what to know about it."""
    for start in range(0, len(shown), ACROSS):
        columns = st.columns(ACROSS, gap="medium")
        for column, visual in zip(columns, shown[start : start + ACROSS], strict=False):
            with column:
                _card(visual, f"{key}-{visual.summary.target}")


def _card(visual: Visual, key: str) -> None:
    summary = visual.summary
    name = title(summary.target)
    st.image(encode(visual.picture), width="stretch", alt=f"Visualisation of {name}")
    st.markdown(f"**{plain(name)}**")
    st.caption(words(visual))
    for remark in filter(None, (*summary.remarks, doubt(visual))):
        st.caption(f":material/warning: {plain(remark)}")
    if visual.crops:
        with st.container(horizontal=True, gap="small"):
            for at, crop in enumerate(visual.crops, start=1):
                st.image(encode(crop.of(visual.picture)), width=84, alt=f"Clear part {at} of {name}")
    st.download_button(
        "PNG",
        encode(visual.picture),
        f"{summary.target.replace(':', '-')}.png",
        "image/png",
        key=f"{key}-png",
        on_click="ignore",
        icon=":material/download:",
        type="tertiary",
    )


def title(target: str) -> str:
    """A target in words.

    >>> title("cat:1"), title("cat:12"), title("cat:last"), title("cat.eyes"), title("image:12")
    ('1st common trait of cat', '12th common trait of cat', 'last common trait of cat', 'cat.eyes', 'image 12')
    """
    before, colon, after = target.rpartition(":")
    if not colon:
        return target
    if before == "image":
        return f"image {after}"
    ordinal = after if after == "last" else f"{after}{_ending(after)}"
    return f"{ordinal} common trait of {before}"


def _ending(number: str) -> str:
    """What makes a number an ordinal."""
    teens = number[-2:] in ("11", "12", "13")
    return "th" if teens else {"1": "st", "2": "nd", "3": "rd"}.get(number[-1:], "th")


def words(visual: Visual) -> str:
    """The loss beside that of a blank picture, and what it took."""
    summary = visual.summary
    share = 100 * summary.loss / summary.blank_loss if summary.blank_loss else 0.0
    return f"loss {_number(summary.loss)}, {share:.3g} % of a blank picture's · {summary.steps:,} steps"


def doubt(visual: Visual) -> str:
    """The reason why the picture shows little or nothing; empty when it shows something."""
    summary = visual.summary
    share = summary.loss / summary.blank_loss if summary.blank_loss else 0.0
    pixels = visual.picture.astype(float)
    detail = float(np.mean([np.abs(np.diff(pixels, axis=axis)).mean() for axis in (0, 1)]))
    if share > BLANK_LOSS_SHARE:
        return "hardly closer to the target than a blank picture: the network's features of no picture come near it"
    if detail < MIN_GREY_STEP:
        return "a plain colour comes closest: the search found no shapes that this target stands for"
    return ""


def _number(loss: float) -> str:
    return f"{loss:,.4g}" if TINY <= abs(loss) < 1000 else f"{loss:,.0f}" if abs(loss) < HUGE else f"{loss:.2e}"


def _details(project: Project, shown: Sequence[Visual], key: str) -> None:
    """Loss curves and numbers, out of the way until asked for."""
    box = st.expander("Loss curves and numbers", icon=":material/show_chart:", key=f"{key}-numbers", on_change="rerun")
    if not box.open:
        return
    with box:
        curves = {visual.summary.target: (visual.steps, visual.losses) for visual in shown}
        chart(loss_curves(curves, project_classes(project)), f"{key}-losses")
        rows = [
            {
                "target": visual.summary.target,
                "loss": visual.summary.loss,
                "misfit": visual.summary.misfit,
                "variation R": visual.summary.variation,
                "blank": visual.summary.blank_loss,
                "steps": visual.summary.steps,
                "batch": visual.summary.batch,
                "seconds": visual.summary.seconds,
                "made": visual.summary.created,
                "version": visual.summary.version,
            }
            for visual in shown
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, alt="Losses of the visualisations")


def _early(detail: dict[str, Any]) -> None:
    """The running batch: the pictures as they are now, and how the losses fall."""
    preview = Path(str(detail.get("preview", "")))
    if "targets" not in detail or not preview.is_file():
        return
    try:
        picture = preview.read_bytes()
    except OSError:  # the batch has just ended
        return
    names = [str(name) for name in detail["targets"]]
    st.image(picture, alt=f"Preview of {', '.join(names)} at step {detail['step']}")
    st.caption(plain(" · ".join(f"{name} {_number(loss)}" for name, loss in zip(names, detail["losses"], strict=True))))
    if len(detail["steps"]) > 1:
        curves = {name: (detail["steps"], curve) for name, curve in zip(names, detail["curves"], strict=True)}
        st.plotly_chart(loss_curves(curves), key="visuals-live", width="stretch", theme="streamlit")
