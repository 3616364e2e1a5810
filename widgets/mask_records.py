"""Below the picker: what happened to the masks of a concept, whether they are good, and files of them."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from sxai import jobs
from sxai import workflows as verbs
from sxai.figures import class_colour, mask_effects_strip, mask_growth, mask_places
from sxai.workflows import AgreementResult, EditsMet, MaskChange, MaskCoverage, MaskEffects, Workspace
from widgets.charts import chart, project_classes
from widgets.joblist import moment
from widgets.jobs import job_progress
from widgets.session import boundary, image_number, plain, progress_bar

HISTORY, QUALITY, EXCHANGE = "History", "Quality", "Exchange"
CHECK, OPEN = "mask-quality", "page.image"
SHOWN, TOLD = 12, 3
FINDINGS = {
    "nothing": "changes nothing when filled",
    "raises": "raises the activation when filled",
    "alone": "steers the direction alone",
}
LOOKS = {
    "sxai": ("masks.json", False), "coco": ("coco.json", True), "png": ("masks.zip", False),
    "label-studio": ("label-studio.json", True), "cvat": ("cvat.zip", True),
}  # fmt: skip
"""For each format the name of its file, and whether it knows outlines."""


def conflicts(ws: Workspace, author: str) -> None:
    """Tell both sides at once when two edits met; looks again every few seconds."""
    st.fragment(_conflicts, run_every=5)(ws, author)


def _conflicts(ws: Workspace, author: str) -> None:
    with boundary():
        met = verbs.unseen_conflicts(ws, author)
        if not met:
            return
        with st.container(border=True, key="mask-conflicts"):
            for one in met[:TOLD]:
                st.markdown(f":material/call_merge: {_met(one, author)}")
            if len(met) > TOLD:
                st.caption(f"… and earlier ones; all of them are under {HISTORY}.")
            st.button("Seen", icon=":material/check:", key="mask-conflicts-seen", type="tertiary",
                      on_click=verbs.saw_conflicts, args=(ws, author, met[0].id))  # fmt: skip


def _met(one: EditsMet, author: str) -> str:
    """One conflict as one of its two sides reads it."""
    first, second = ("your" if name == author else f"{plain(name)}'s" for name in (one.other, one.author))
    if one.author == one.other:
        second = "your own other" if one.author == author else f"{second} other"
    settled = f"went into version {one.settled}" if one.settled else "was refused, and has not been made again"
    return (
        f"**{first[0].upper()}{first[1:]}** and **{second}** edits of {plain(one.concept)} on {plain(one.image_name)} "
        f"met: version {one.version} came first, {second} edit {settled}."
    )


def panels(ws: Workspace, concept: str, author: str) -> None:
    """History, quality and exchange of the masks of a concept; each is worked out only when it is looked at."""
    conflicts(ws, author)
    chosen = st.segmented_control("The masks of this concept", (HISTORY, QUALITY, EXCHANGE), key="mask-records")
    with boundary():
        if chosen == HISTORY:
            _history(ws, concept, author)
        elif chosen == QUALITY:
            _quality(ws, concept)
        elif chosen == EXCHANGE:
            _exchange(ws, concept, author)


# ---- History -------------------------------------------------------------------------------------------------------


def _history(ws: Workspace, concept: str, author: str) -> None:
    _this_picture(ws, concept, author)
    st.markdown("**Who masked**")
    people = verbs.annotators(ws, concept)
    if not people:
        st.caption("Nobody yet: every change is kept from the first click on.")
        return
    pace = {"seconds an edit": st.column_config.NumberColumn(format="%.1f")}
    st.dataframe(_people(people), hide_index=True, column_config=pace, key="mask-people",
                 alt="What each annotator did")  # fmt: skip
    st.markdown("**Latest edits**")
    edits = verbs.mask_edits(ws, concept, limit=200)
    st.dataframe(pd.DataFrame([_edit_row(edit) for edit in edits]), hide_index=True, height=260, key="mask-edits",
                 alt="Edits of masks, newest first")  # fmt: skip
    met = verbs.mask_conflicts(ws, concept, limit=200)
    if met:
        st.markdown("**Edits that met**")
        st.dataframe(pd.DataFrame([_met_row(one) for one in met]), hide_index=True, key="mask-met",
                     alt="Edits of two people that met")  # fmt: skip


def _this_picture(ws: Workspace, concept: str, author: str) -> None:
    """Every version of the mask on the picker's picture, each of which can be brought back."""
    image_id = image_number(str(st.query_params.get("image", "")))
    st.markdown("**This picture**")
    changes = verbs.mask_history(ws, image_id, concept) if image_id is not None else []
    if not changes:
        st.caption("No mask was ever saved here. Mark something: every change can be taken back later.")
        return
    if st.button("Undo the latest edit", icon=":material/undo:", key="mask-undo"):
        verbs.undo_mask(ws, int(image_id or 0), concept, author)
        st.rerun()
    for change in changes[: -SHOWN - 1 : -1]:
        _version(ws, int(image_id or 0), concept, author, change, change is changes[-1])
    if len(changes) > SHOWN:
        st.caption(f"… and {len(changes) - SHOWN} earlier versions: sxai mask history {concept} --image {image_id}")


def _version(ws: Workspace, image_id: int, concept: str, author: str, change: MaskChange, now: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"mask-version-{change.version}"):
        st.markdown(
            f"**{change.version}** {plain(change.author)} {_did(change)}, {change.pixels:,} pixels "
            f"(+{change.added:,} −{change.removed:,}) :gray[{_when(change.created)}]",
            width="stretch",
        )
        if now:
            st.badge("now")
        elif st.button("Bring back", key=f"mask-back-{change.version}", type="tertiary", icon=":material/history:"):
            verbs.restore_mask(ws, image_id, concept, change.version, author)
            st.rerun()


def _did(change: Any) -> str:
    if change.restored is None:
        return str(change.action)
    return f"brought back version {change.restored}" if change.restored else "took the mask away again"


def _when(text: str) -> str:
    made = moment(text)
    return f"{made.astimezone():%-d %b %H:%M:%S}" if made else ""


def _people(people: Sequence[verbs.Annotator]) -> pd.DataFrame:
    return pd.DataFrame([
        {
            "who": one.author, "masks now": one.masks, "images": one.images, "edits": one.edits, "made": one.created,
            "changed": one.changed, "deleted": one.deleted, "brought back": one.restored, "conflicts": one.conflicts,
            "seconds an edit": one.seconds, "last": _when(one.last),
        }
        for one in people
    ])  # fmt: skip


def _edit_row(edit: Any) -> dict[str, Any]:
    return {
        "when": _when(edit.created), "who": edit.author, "what": _did(edit), "version": edit.version,
        "image": edit.image_id, "name": edit.image_name,
    }  # fmt: skip


def _met_row(one: EditsMet) -> dict[str, Any]:
    return {
        "when": _when(one.created), "refused": one.author, "came first": one.other, "version": one.version,
        "settled in": f"version {one.settled}" if one.settled else "not yet", "name": one.image_name,
    }  # fmt: skip


# ---- Quality -------------------------------------------------------------------------------------------------------


def _quality(ws: Workspace, concept: str) -> None:
    covered = verbs.mask_coverage(ws, concept)
    if not covered.masks:
        st.info("Nothing is masked yet. Four masks can be checked against each other; a hundred make a steady space.")
        return
    _numbers(covered)
    _check(ws, concept)
    left, right = st.columns(2, gap="large")
    with left:
        chart(mask_places(covered.where, covered.masks), "mask-places")
    with right:
        _agreement(ws, concept)


def _numbers(covered: MaskCoverage) -> None:
    with st.container(horizontal=True, key="mask-numbers"):
        st.metric("Masked", f"{covered.masks} of {covered.images}", help="Images of the class that have a mask")
        st.metric("Median area", f"{covered.area[2]:.1%}", help="Share of the picture that a mask covers")
        st.metric("Extremes", f"{covered.area[0]:.1%} to {covered.area[4]:.0%}", help="Least and most of a picture")
        if covered.superpixels is not None:
            st.metric("Superpixels", f"{covered.superpixels:g}", help="Median number in a mask made of them")
        if covered.waiting:
            st.metric("Waiting", f"{covered.waiting}", help="Images known to show the concept, without a mask")
    odd = [(covered.small, "hardly anything"), (covered.large, "most of the picture")]
    for images, what in odd:
        if images:
            st.caption(f"{len(images)} cover {what}: images {', '.join(map(str, images[:8]))}.")


def _check(ws: Workspace, concept: str) -> None:
    """What each mask does in the network: as it was found, while it is worked out, or the button that starts it."""
    with boundary():
        found = verbs.known_mask_effects(ws, concept) if ws.catalogue.models() else None
        if found is not None:
            _effects(ws, found)
            return
        running = [job for job in ws.catalogue.jobs(states=("queued", "running")) if job.verb == CHECK]
        if running:
            job_progress(ws, running[0].id)
            return
        st.markdown("**Do the masks work, and are there enough?** Each is filled and judged by a space of the others.")
        if st.button("Check the masks", icon=":material/fact_check:", key="mask-check"):
            jobs.start(ws, CHECK, {"concept": concept})
            st.rerun()


def _effects(ws: Workspace, found: MaskEffects) -> None:
    (st.success if found.enough else st.info)(found.advice, icon=":material/scatter_plot:")
    colour = class_colour(found.concept, project_classes(ws))
    left, right = st.columns(2, gap="large")
    with left:
        growth = found.growth
        fig = mask_growth([one.n for one in growth], [one.to_all for one in growth], [one.between for one in growth],
                          [one.spread for one in growth], found.advice, colour)  # fmt: skip
        chart(fig, "mask-growth", caption=False)
    with right:
        effects = found.effects
        fig = mask_effects_strip([one.image_name for one in effects], [one.effect for one in effects],
                                 [one.turned for one in effects], [one.finding for one in effects], colour)  # fmt: skip
        chart(fig, "mask-effects")
    odd = [one for one in found.effects if one.finding]
    if odd:
        st.markdown("**Worth a look**")
        with st.container(horizontal=True, key="mask-odd"):
            for one in odd[:SHOWN]:
                _card(ws, one)


def _card(ws: Workspace, one: verbs.MaskEffect) -> None:
    with st.container(width=160, key=f"mask-card-{one.image_id}"):
        st.image(str(verbs.thumbnail_path(ws, one.image_id)), width=150, alt=one.image_name)
        st.caption(f"{plain(one.image_name)} {FINDINGS[one.finding]}")
        st.button("Open", key=f"mask-odd-{one.image_id}", on_click=_open, args=(one.image_id,), type="tertiary")


def _open(image_id: int) -> None:
    st.session_state[OPEN] = image_id


def _agreement(ws: Workspace, concept: str) -> None:
    """How far annotators agree, when two of them marked the same images."""
    st.markdown("**Do annotators agree?**")
    people = [one.author for one in verbs.annotators(ws, concept)]
    if len(people) < 2:
        st.caption(
            "One person masked so far. Somebody else may mask some of the images in a project of their own: export "
            "their masks there, and compare with `sxai mask agreement CONCEPT --against FILE`."
        )
        return
    if st.button("Compare annotators", icon=":material/compare:", key="mask-compare"):
        with progress_bar() as progress:
            _pairs(verbs.mask_agreement(ws, concept, progress=progress))


def _pairs(found: AgreementResult) -> None:
    rows = [
        {
            "first": pair.first, "second": pair.second, "images": pair.images, "begun from the other's": pair.edited,
            "IoU": pair.iou, "95 %": f"{pair.interval[0]:.2f} to {pair.interval[1]:.2f}", "κ": pair.kappa,
            "least alike": ", ".join(one.image_name for one in pair.worst[:3]),
        }
        for pair in found.pairs
    ]  # fmt: skip
    numbers = {key: st.column_config.NumberColumn(format="%.3f") for key in ("IoU", "κ")}
    st.dataframe(pd.DataFrame(rows), hide_index=True, column_config=numbers, key="mask-pairs",
                 alt="Agreement of annotators, pair by pair")  # fmt: skip


# ---- Exchange ------------------------------------------------------------------------------------------------------


def _exchange(ws: Workspace, concept: str, author: str) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        _take_out(ws, concept)
    with right:
        _bring_in(ws, author)


def _take_out(ws: Workspace, concept: str) -> None:
    st.markdown("**Take the masks elsewhere**")
    format = st.selectbox("Format", verbs.FORMATS, format_func=verbs.FORMATS.__getitem__, key="mask-format")
    everything = st.toggle("All concepts", key="mask-all")
    name, outlines = LOOKS[format]
    polygons = outlines and st.toggle("Outlines instead of pixels", key="mask-polygons")
    st.download_button(
        "Download", lambda: _file(ws, None if everything else concept, format, name, polygons), name,
        key="mask-download", icon=":material/download:", on_click="ignore",
    )  # fmt: skip
    st.caption("Whatever is written is read back without loss, and pixels changed elsewhere come back as new versions.")


def _file(ws: Workspace, concept: str | None, format: str, name: str, polygons: bool) -> bytes:
    with tempfile.TemporaryDirectory(dir=_scratch(ws)) as folder:
        path = Path(folder) / name
        verbs.export_masks(ws, path, concept, format, polygons)
        return path.read_bytes()


def _scratch(ws: Workspace) -> Path:
    """Nothing is written outside the project's home."""
    folder = ws.home / "cache"
    folder.mkdir(exist_ok=True)
    return folder


def _bring_in(ws: Workspace, author: str) -> None:
    st.markdown("**Bring masks in**")
    given = st.file_uploader(
        "COCO, Label Studio or CVAT, PNG masks in a zip, or masks of another project", ["json", "xml", "zip"],
        key="mask-file",
    )  # fmt: skip
    replace = st.toggle("Replace masks that are there (they stay as earlier versions)", key="mask-replace")
    if given is not None and st.button("Import", icon=":material/upload:", key="mask-import"):
        with boundary(), progress_bar() as progress, tempfile.TemporaryDirectory(dir=_scratch(ws)) as folder:
            path = Path(folder) / f"masks{Path(given.name).suffix.lower()}"
            path.write_bytes(given.getvalue())
            st.session_state["page.mask-imported"] = verbs.import_masks(
                ws, path, author, replace=replace, progress=progress
            )
            st.rerun()
    for result in st.session_state.pop("page.mask-imported", []):
        _imported(result)


def _imported(result: verbs.MaskResult) -> None:
    st.success(f"{plain(result.concept)}: {result.added} added, {result.replaced} replaced, {result.masks} masks now.")
    if result.skipped:
        st.warning(f"{len(result.skipped)} were not used.", icon=":material/error:")
        st.dataframe(list(result.skipped), hide_index=True, height=160)
