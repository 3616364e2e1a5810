"""Proposed masks of a class in a grid: accepted, rejected and mended by keyboard, or by a click on a superpixel."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from data_store.errors import CatalogueError
from sxai.annotation.verbs.proposals import (
    accept_proposal,
    proposal_picture,
    proposal_states,
    proposals,
    reject_proposal,
)
from sxai.annotation.verbs.suggest import Suggestion
from sxai.errors import EditConflict, SxaiError
from sxai.masks.verbs.save import canvas_for, save_labels
from sxai.names import split_name
from sxai.project.project import Project
from widgets.masks.picker import component
from widgets.masks.picker.payload import runs

__all__ = ["VERDICTS", "Bench", "Verdict", "read_verdicts", "received", "show"]

HERE = Path(__file__).parent
VERDICTS = ("accept", "reject", "open")
PER_BATCH = 24
SHARED = ("superpixels.js", "levels.js", "outbox.js")


@dataclass(frozen=True)
class Verdict:
    """An action of the person: a verdict on ``image_id``, or ``kind`` "fix" (open in the picker) or "more".

    ``labels`` are the superpixels that are accepted, None for those proposed.
    """

    seq: int
    kind: str
    image_id: int
    labels: tuple[int, ...] | None = None


@dataclass
class Bench:
    """The review session of one person for a concept: the shown batch of proposals and the handled verdicts."""

    concept: str
    author: str = "me"
    batch: list[Suggestion] = field(default_factory=list)
    client: str = ""
    done: dict[str, int] = field(default_factory=dict)
    notice: str = ""
    versions: dict[int, int] = field(default_factory=dict)
    """The version of each mask that this session saved."""

    heard: int = 0
    """Number of proposals of the running job when the batch was last filled."""

    @property
    def receipt(self) -> dict[str, object]:
        """What the browser may drop from its outbox."""
        return {"client": self.client, "seq": self.done.get(self.client, 0)}

    def take(self, project: Project, sent: tuple[str, str, tuple[Verdict, ...]] | None) -> list[Verdict]:
        """Apply every verdict not yet handled, once and in order; returns the other actions."""
        wishes: list[Verdict] = []
        if sent is None or sent[1] != str(project.home):
            return wishes
        self.client = sent[0]
        for verdict in sent[2]:
            if verdict.seq <= self.done.get(self.client, 0):
                continue
            if verdict.kind not in VERDICTS:
                wishes.append(verdict)
            elif not self._judge(project, verdict):
                break
            self.done[self.client] = verdict.seq
        return wishes

    def fill(self, project: Project, more: bool = False) -> None:
        """Replace the batch by the next proposals if ``more`` is asked for; else fill its free places."""
        if len(self.batch) >= PER_BATCH and not more:
            return
        seen = {proposal.image_id for proposal in self.batch}
        waiting = proposals(project, self.concept)
        fresh = [proposal for proposal in waiting if proposal.image_id not in seen]
        self.batch = ((fresh or waiting) if more else self.batch + fresh)[:PER_BATCH]

    def has_news(self, proposed: int) -> bool:
        """Whether a job with ``proposed`` proposals can fill free places of the batch; True once for each number."""
        news = proposed > self.heard and len(self.batch) < PER_BATCH
        self.heard = max(self.heard, proposed)
        return news

    def _judge(self, project: Project, verdict: Verdict) -> bool:
        """Apply one verdict; False when it should be tried again."""
        self.notice = ""
        try:
            self._carry_out(project, verdict)
        except EditConflict:
            self.notice = "Somebody masked one of these pictures meanwhile; their mask was kept."
        except CatalogueError as error:
            self.notice = f"Not saved yet: {error}"
            return False
        except SxaiError as error:
            self.notice = str(error)
        return True

    def _carry_out(self, project: Project, verdict: Verdict) -> None:
        image, concept = verdict.image_id, self.concept
        state = proposal_states(project, concept, [image])[image]
        if verdict.kind == "accept":
            self._mask(project, image, verdict.labels)
        elif state == "accept":
            self._change(project, image, ())
        if (state == "reject") != (verdict.kind == "reject"):
            reject_proposal(project, concept, image, self.author, refused=verdict.kind == "reject")

    def _mask(self, project: Project, image: int, labels: tuple[int, ...] | None) -> None:
        """Store the proposed or corrected mask; accepting again changes the mask that this session saved."""
        if stored_labels(project, self.concept, image) is None:
            saved = accept_proposal(project, self.concept, image, self.author, labels=labels)
            self.versions[image] = saved.version
        elif labels is not None:
            self._change(project, image, labels)

    def _change(self, project: Project, image: int, labels: tuple[int, ...]) -> None:
        """Replace a stored mask, or clear it without ``labels``; EditConflict when another person made it."""
        canvas = canvas_for(project, image, self.concept)
        if canvas.selected == labels:
            return
        known = self.versions.get(image, canvas.version if self._made(project, image) else 0)
        saved = save_labels(
            project, image, self.concept, labels, slic=canvas.slic, author=self.author, expected_version=known
        )
        self.versions[image] = saved.version

    def _made(self, project: Project, image: int) -> bool:
        """Whether the stored mask is this person's own."""
        stored = project.catalogue.mask(image, *split_name(self.concept))
        return stored is not None and stored.author == self.author


def stored_labels(project: Project, concept: str, image: int) -> list[int] | None:
    """The superpixels of the stored mask, None without one."""
    stored = project.catalogue.mask(image, *split_name(concept))
    return None if stored is None else list(stored.labels or ())


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
                _labels(item),
            )
            for item in value["entries"]
        ]
        ordered = tuple(sorted(entries, key=lambda one: one.seq))
        return str(value["client"])[:64], str(value["project"]), ordered
    except (KeyError, TypeError, ValueError):
        return None


def _labels(item: Mapping[str, Any]) -> tuple[int, ...] | None:
    given = item.get("labels")
    return None if given is None else tuple(sorted({int(label) for label in given}))


def received(key: str) -> tuple[str, str, tuple[Verdict, ...]] | None:
    """What the browser sent since the grid was drawn last; read it before :func:`show`."""
    return read_verdicts(component.sent(key))


def show(project: Project, key: str, bench: Bench) -> None:
    """Draw the grid with the present batch."""
    images = [proposal.image_id for proposal in bench.batch]
    names = {image.id: image.name for image in project.catalogue.images(ids=images)}
    now = proposal_states(project, bench.concept, images)
    tiles = [
        _tile(project, proposal, names.get(proposal.image_id, str(proposal.image_id)), now[proposal.image_id])
        for proposal in bench.batch
    ]
    data: dict[str, Any] = {
        "batch": ",".join([bench.concept, *(str(proposal.image_id) for proposal in bench.batch)]),
        "concept": bench.concept,
        "project": str(project.home),
        "receipt": bench.receipt,
        "tiles": tiles,
    }
    _component()(key=key, data=data, on_outbox_change=_noticed)


def _tile(project: Project, proposal: Suggestion, name: str, state: str) -> dict[str, Any]:
    """One proposal as the browser draws it: the picture, its superpixels, and which of them are marked."""
    shown = proposal_picture(project, proposal)
    height, width = shown.labels.shape
    selected = stored_labels(project, proposal.concept, proposal.image_id) if state == "accept" else None
    return {
        "image": proposal.image_id,
        "name": name,
        "src": "data:image/jpeg;base64," + base64.b64encode(shown.jpeg).decode("ascii"),
        "width": width,
        "height": height,
        "runs": runs(shown.labels),
        "chance": f"{proposal.strength:.0%}",
        "ranked": list(proposal.ranked),
        "proposed": list(proposal.labels),
        "labels": selected or list(proposal.labels),
        "verdict": state,
    }


@cache
def _component() -> Any:
    return st.components.v2.component(
        "sxai_proposal_review",
        html=(HERE / "review.html").read_text("utf-8"),
        css=(HERE / "review.css").read_text("utf-8"),
        js=component.joined([component.HERE / "js" / name for name in SHARED] + [HERE / "tile.js", HERE / "review.js"]),
    )


def _noticed() -> None:
    """Streamlit keeps state only for names with a callback; the outbox is read as the next run begins."""
