"""Saves what the picker sends: each change once and in order, and never over somebody else's."""

from dataclasses import dataclass, field, replace

from data_store.errors import CatalogueError
from sxai.errors import EditConflict, SxaiError
from sxai.masks.superpixels import SlicParameters
from sxai.masks.verbs.save import MaskCanvas, SavedMask, canvas_for, save_labels, save_region
from sxai.project.project import Project
from widgets.masks.picker.payload import Command, Edit, Outbox, undo_runs

ATTEMPTS = 4


@dataclass(frozen=True)
class Known:
    """A stored mask as this person last saw or saved it."""

    version: int = 0
    selected: frozenset[int] = frozenset()
    count: int = 0


@dataclass(frozen=True)
class Notice:
    """A sentence above the picture; "error" means that the browser has to send its change again."""

    kind: str
    text: str


@dataclass
class EditSync:
    """The edit sync of one session: handled changes (``done``: client → last number) and seen masks (``known``)."""

    author: str = "me"
    done: dict[str, int] = field(default_factory=dict)
    known: dict[tuple[int, str], Known] = field(default_factory=dict)
    before: dict[tuple[int, str], Known] = field(default_factory=dict)
    client: str = ""
    notice: Notice | None = None

    @property
    def receipt(self) -> dict[str, object]:
        """What the browser may drop from its outbox."""
        return {"client": self.client, "seq": self.done.get(self.client, 0)}

    def take(self, project: Project, outbox: Outbox | None) -> list[Command]:
        """Save every change not yet dealt with; returns the commands among them for the page to obey.

        What was sent for another project is left alone: that project's own outbox in the browser still keeps it.
        """
        commands: list[Command] = []
        if outbox is None or outbox.project != str(project.home):
            return commands
        self.client = outbox.client
        for entry in outbox.entries:
            if entry.seq <= self.done.get(outbox.client, 0):
                continue
            if isinstance(entry, Command):
                commands.append(entry)
            elif not self._settle(project, entry):
                break
            self.done[outbox.client] = entry.seq
        return commands

    def saw(self, canvas: MaskCanvas, concept: str) -> None:
        """Record that the person is shown this canvas; a version that is not theirs counts as another person's."""
        key = (canvas.image_id, concept)
        shown = Known(canvas.version, frozenset(canvas.selected), canvas.slic.count)
        ours = self.known.get(key)
        if ours is not None and ours.version != shown.version:
            self.before[key] = ours
        self.known[key] = shown

    def _settle(self, project: Project, edit: Edit) -> bool:
        """Save one change; False when it should be tried again."""
        try:
            self.notice = None
            self._save(project, edit)
        except (EditConflict, CatalogueError) as error:
            self.notice = Notice("error", f"Not saved yet: {error}")
            return False
        except SxaiError as error:
            self.notice = Notice("refused", f"Not saved: {error}")
        return True

    def _save(self, project: Project, edit: Edit) -> None:
        key = (edit.image_id, edit.concept)
        known = self.known.get(key, Known(edit.base))
        overtaken = self.before.pop(key, None)
        if overtaken is not None and edit.base < known.version:
            edit = self._joined(edit, overtaken, known)
        for _ in range(ATTEMPTS):
            try:
                saved = self._write(project, edit, known.version)
                break
            except EditConflict:
                theirs = self._stored(project, edit)
                edit, known = self._joined(edit, known, theirs), theirs
        else:
            saved = self._write(project, edit, known.version)
        self.known[key] = Known(saved.version, frozenset(saved.labels or ()), edit.count)

    def _write(self, project: Project, edit: Edit, version: int) -> SavedMask:
        if edit.region is not None:
            canvas = canvas_for(project, edit.image_id, edit.concept)
            region = undo_runs(edit.region, canvas.labels.shape).astype(bool)
            return save_region(project, edit.image_id, edit.concept, region, self.author, version)
        return save_labels(
            project,
            edit.image_id,
            edit.concept,
            edit.selected,
            edit.fill_label,
            SlicParameters(count=edit.count),
            self.author,
            version,
        )

    def _stored(self, project: Project, edit: Edit) -> Known:
        canvas = canvas_for(project, edit.image_id, edit.concept, edit.count)
        return Known(canvas.version, frozenset(canvas.selected), edit.count)

    def _joined(self, edit: Edit, base: Known, theirs: Known) -> Edit:
        """The three-way join of this person's change with the other person's stored mask."""
        self.notice = Notice("merged", "Somebody else changed this mask too; both changes are kept.")
        selected = join(base.selected, edit.selected, theirs.selected)
        fill = None if edit.fill_label in selected else edit.fill_label
        return replace(edit, selected=selected, fill_label=fill)


def join(base: frozenset[int], mine: frozenset[int], theirs: frozenset[int]) -> frozenset[int]:
    """Three-way join: the selection ``theirs`` with the additions and removals of ``mine`` relative to ``base``.

    >>> sorted(join(frozenset({1, 2}), frozenset({1, 3}), frozenset({1, 2, 4})))
    [1, 3, 4]
    """
    return (theirs | (mine - base)) - (base - mine)
