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
    "Desk",
    "Edit",
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
) -> None:
    """Draw the picker for one picture; ``can`` says whether "next", "previous" and "skip" lead anywhere.

    ``suggested`` is shown where nothing is stored yet if it is sure, and stored only when the person accepts it; while
    the page is ``learning`` the browser asks for it. ``strip`` are the pictures around this one in the queue.
    """
    sync.saw(canvas, concept)
    data: dict[str, Any] = canvas_payload(canvas)
    data |= {
        "canvas": f"{project}:{concept}:{canvas.image_id}:{canvas.slic.count}",
        "concept": concept,
        "project": project,
        "progress": progress,
        "can": can,
        "suggested": suggestion_payload(canvas, suggested),
        "learning": learning,
        "strip": list(strip),
        "receipt": sync.receipt,
        "notice": {"kind": sync.notice.kind, "text": sync.notice.text} if sync.notice else None,
    }
    component.mount(key, data)
