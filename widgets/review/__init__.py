"""Proposed masks of a class in a grid, judged by keyboard: accept, reject, or fix in the picker."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from data_store.errors import CatalogueError
from sxai import workflows as verbs
from sxai.errors import EditConflict, SxaiError
from sxai.workflows import Suggestion, Workspace
from widgets.picker import component

__all__ = ["VERDICTS", "Bench", "Verdict", "read_verdicts", "received", "show"]

HERE = Path(__file__).parent
VERDICTS = ("accept", "reject", "open")
PER_BATCH = 24


@dataclass(frozen=True)
class Verdict:
    """What the person did: a verdict on ``image_id``, or ``kind`` "fix" (open it in the picker) or "more"."""

    seq: int
    kind: str
    image_id: int


@dataclass
class Bench:
    """One person's sitting over the proposals for a concept: the batch on the table and what is dealt with."""

    concept: str
    author: str = "me"
    batch: list[Suggestion] = field(default_factory=list)
    client: str = ""
    done: dict[str, int] = field(default_factory=dict)
    notice: str = ""

    @property
    def receipt(self) -> dict[str, object]:
        """What the browser may drop from its outbox."""
        return {"client": self.client, "seq": self.done.get(self.client, 0)}

    def take(self, ws: Workspace, sent: tuple[str, str, tuple[Verdict, ...]] | None) -> list[Verdict]:
        """Carry out every verdict not yet dealt with, once and in order; returns the other wishes."""
        wishes: list[Verdict] = []
        if sent is None or sent[1] != str(ws.home):
            return wishes
        self.client = sent[0]
        for one in sent[2]:
            if one.seq <= self.done.get(self.client, 0):
                continue
            if one.kind not in VERDICTS:
                wishes.append(one)
            elif not self._judge(ws, one):
                break
            self.done[self.client] = one.seq
        return wishes

    def fill(self, ws: Workspace, more: bool = False) -> None:
        """Lay out the next proposals when ``more`` are asked for; else fill what is free on the table."""
        if len(self.batch) >= PER_BATCH and not more:
            return
        seen = {one.image_id for one in self.batch}
        waiting = verbs.proposals(ws, self.concept)
        fresh = [one for one in waiting if one.image_id not in seen]
        self.batch = ((fresh or waiting) if more else self.batch + fresh)[:PER_BATCH]

    def _judge(self, ws: Workspace, verdict: Verdict) -> bool:
        """Carry out one verdict; False when it should be tried again."""
        self.notice = ""
        try:
            self._carry_out(ws, verdict)
        except EditConflict:
            self.notice = "Somebody masked one of these pictures meanwhile; their mask was kept."
        except CatalogueError as error:
            self.notice = f"Not saved yet: {error}"
            return False
        except SxaiError as error:
            self.notice = str(error)
        return True

    def _carry_out(self, ws: Workspace, verdict: Verdict) -> None:
        image, concept = verdict.image_id, self.concept
        state = states(ws, concept, [image])[image]
        if verdict.kind == state:
            return
        if state == "accept":
            stored = verbs.canvas_for(ws, image, concept)
            verbs.save_labels(ws, image, concept, (), author=self.author, expected_version=stored.version)
        if verdict.kind == "accept":
            verbs.accept_proposal(ws, concept, image, self.author)
        if state == "reject" or verdict.kind == "reject":
            verbs.reject_proposal(ws, concept, image, self.author, refused=verdict.kind == "reject")


def states(ws: Workspace, concept: str, images: list[int]) -> dict[int, str]:
    """Whether each image was accepted (it has a mask), rejected, or is still open."""
    class_name, _, part = concept.rpartition(".")
    masked = {mask.image_id for mask in ws.catalogue.masks(class_name, part)}
    aside = verbs.useful_queue(ws, concept).left_out
    return {image: "accept" if image in masked else "reject" if image in aside else "open" for image in images}


def read_verdicts(value: object) -> tuple[str, str, tuple[Verdict, ...]] | None:
    """Client, project and verdicts in the browser's outbox; None when it makes no sense."""
    if not isinstance(value, Mapping):
        return None
    try:
        entries = [
            Verdict(
                int(item["seq"]),
                str(item["verdict"] if item["kind"] == "mask" else item["kind"]),
                int(item["image"]),
            )
            for item in value["entries"]
        ]
        ordered = tuple(sorted(entries, key=lambda one: one.seq))
        return str(value["client"])[:64], str(value["project"]), ordered
    except (KeyError, TypeError, ValueError):
        return None


def received(key: str) -> tuple[str, str, tuple[Verdict, ...]] | None:
    """What the browser sent since the grid was drawn last; read it before :func:`show`."""
    return read_verdicts(component.sent(key))


def show(ws: Workspace, key: str, bench: Bench) -> None:
    """Draw the batch on the table."""
    names = {image.id: image.name for image in ws.catalogue.images(ids=[one.image_id for one in bench.batch])}
    now = states(ws, bench.concept, [one.image_id for one in bench.batch])
    tiles = [
        {
            "image": one.image_id,
            "name": names.get(one.image_id, str(one.image_id)),
            "src": "data:image/jpeg;base64," + base64.b64encode(verbs.proposal_thumbnail(ws, one)).decode("ascii"),
            "chance": f"{one.strength:.0%}",
            "verdict": now[one.image_id],
        }
        for one in bench.batch
    ]
    data: dict[str, Any] = {
        "batch": ",".join([bench.concept, *(str(one.image_id) for one in bench.batch)]),
        "concept": bench.concept,
        "project": str(ws.home),
        "receipt": bench.receipt,
        "tiles": tiles,
    }
    _component()(key=key, data=data, on_outbox_change=_noticed)


@cache
def _component() -> Any:
    return st.components.v2.component(
        "sxai_proposal_review",
        html=(HERE / "review.html").read_text("utf-8"),
        css=(HERE / "review.css").read_text("utf-8"),
        js=component.joined([component.HERE / "js" / "outbox.js", HERE / "review.js"]),
    )


def _noticed() -> None:
    """Streamlit keeps state only for names with a callback; the outbox is read as the next run begins."""
