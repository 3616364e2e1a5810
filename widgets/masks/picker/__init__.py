"""The superpixel picker: click where a concept is, see the picture without it, and find every click saved."""

from collections.abc import Sequence
from typing import Any

from sxai.annotation.verbs.suggest import Suggestion
from sxai.masks.verbs.save import MaskCanvas
from widgets.masks.picker import component
from widgets.masks.picker.edit_sync import EditSync, Notice, join
from widgets.masks.picker.payload import (
    Command,
    Edit,
    Outbox,
    canvas_payload,
    read_outbox,
    runs,
    suggestion_payload,
    undo_runs,
)

__all__ = [
    "Command",
    "Edit",
    "EditSync",
    "Notice",
    "Outbox",
    "canvas_payload",
    "join",
    "read_outbox",
    "received",
    "runs",
    "show",
    "suggestion_payload",
    "undo_runs",
]


def received(key: str) -> Outbox | None:
    """What the browser sent since the component was drawn last; read it before :func:`show`."""
    return read_outbox(component.sent(key))


def show(
    key: str,
    canvas: MaskCanvas,
    concept: str,
    sync: EditSync,
    *,
    project: str,
    progress: str,
    can: dict[str, bool],
    suggested: Suggestion | None = None,
    learning: bool = False,
    strip: Sequence[dict[str, object]] = (),
    levels: bool = False,
    ahead: tuple[MaskCanvas, Suggestion | None] | None = None,
) -> None:
    """Draw the picker for one picture; ``can`` says whether "next", "previous" and "skip" lead anywhere.

    ``suggested`` is shown where nothing is stored yet if it is sure, and stored only when the person accepts it; while
    the page is ``learning`` the browser asks for it. ``strip`` are the pictures around this one in the queue.
    ``levels`` sends the coarse and fine superpixels too; ``ahead`` is the next picture, which the browser may show at
    once.
    """
    sync.saw(canvas, concept)
    data: dict[str, Any] = _picture(project, concept, canvas, suggested, levels)
    data |= {
        "concept": concept,
        "project": project,
        "progress": progress,
        "can": can,
        "ahead": _picture(project, concept, *ahead, levels) if ahead else None,
        "learning": learning,
        "strip": list(strip),
        "receipt": sync.receipt,
        "notice": {"kind": sync.notice.kind, "text": sync.notice.text} if sync.notice else None,
    }
    component.mount(key, data)


def _picture(
    project: str, concept: str, canvas: MaskCanvas, suggested: Suggestion | None, levels: bool
) -> dict[str, Any]:
    """What the browser needs to show one picture of the queue."""
    return {
        **canvas_payload(canvas, levels),
        "canvas": f"{project}:{concept}:{canvas.image_id}:{canvas.slic.count}",
        "suggested": suggestion_payload(canvas, suggested),
    }
