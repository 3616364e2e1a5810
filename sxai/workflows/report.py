"""A report on many assessments: one self-contained page (HTML) and one document (PDF), made from a stream."""

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from sxai.errors import ProjectError
from sxai.explain.assessment import FLAGS
from sxai.progress import Progress, silent
from sxai.version import __version__
from sxai.workflows.assessing import Assessor, ImageAssessment, class_average
from sxai.workflows.bulk import Judged, judge_images, judge_pictures, pictures_at
from sxai.workflows.intake import FileFailure
from sxai.workflows.stored_spaces import list_spaces
from sxai.workflows.workspace import Workspace

LEVELS = {
    "sure": "Sure",
    "probably": "Probably",
    "unsure": "Not sure",
    "cannot-see": "Cannot see it",
    "unknown": "No space to judge with",
}
FORMATS = ("html", "pdf")
DOUBTFUL = 20
"""Pictures listed as those to look at first."""


@dataclass(frozen=True)
class ReportResult:
    """Where the report is, how many pictures are in it, and which could not be used.

    ``levels`` counts assessments ("sure", …), ``flags`` warnings; ``html`` and ``pdf`` are None when not asked for.
    """

    folder: str
    html: str | None
    pdf: str | None
    assessed: int
    failed: tuple[FileFailure, ...]
    levels: dict[str, int]
    flags: dict[str, int]
    seconds: float


@dataclass(frozen=True)
class Entry:
    """One picture of the report; ``truth`` is its class where it is known, ``picture()`` its thumbnail (JPEG)."""

    number: int
    said: ImageAssessment
    truth: str | None
    picture: Callable[[], bytes]

    @property
    def p_max(self) -> float | None:
        """The largest P of the predicted class."""
        return max((finding.probability for finding in self.said.findings), default=None)


@dataclass(frozen=True)
class Content:
    """All that a report tells, whatever it is written as; ``poor`` names spaces whose P says little of their part."""

    title: str
    created: str
    entries: Sequence[Entry]
    failed: Sequence[FileFailure]
    classes: Sequence[str]
    averages: dict[str, dict[str, float]]
    provenance: Sequence[tuple[str, str]]
    poor: Sequence[str] = ()

    def levels(self) -> dict[str, int]:
        """How often each level came out, in the order of LEVELS, those that did not left out."""
        counts = Counter(entry.said.assessment for entry in self.entries)
        return {level: counts[level] for level in LEVELS if counts[level]}

    def flags(self) -> dict[str, int]:
        """How often each warning was raised."""
        counts = Counter(flag for entry in self.entries for flag in entry.said.flags)
        return {flag: counts[flag] for flag in FLAGS if counts[flag]}

    def by_class(self) -> dict[str, Counter[str]]:
        """Levels by predicted class, in the network's order of classes."""
        table: dict[str, Counter[str]] = {name: Counter() for name in self.classes}
        for entry in self.entries:
            table[entry.said.predicted][entry.said.assessment] += 1
        return {name: counts for name, counts in table.items() if counts}

    def doubtful(self) -> list[Entry]:
        """Pictures whose certainty exceeds most what was seen, among those that are not trusted."""
        rows = [entry for entry in self.entries if entry.said.assessment in ("unsure", "cannot-see")]
        return sorted(rows, key=lambda entry: (entry.p_max or 0.0) - entry.said.confidence)[:DOUBTFUL]

    def conclusion(self) -> str:
        """What to conclude, in a sentence or two."""
        total = len(self.entries)
        if not total:
            return "No picture could be assessed."
        levels, flags = self.levels(), self.flags()
        backed = sum(levels.get(level, 0) for level in ("sure", "probably"))
        words = f"For {backed} of {total} ({backed / total:.0%}) the concepts that were seen support what the CNN says."
        count = flags.get("over-confident", 0)
        return words + (f" {count} {'is' if count == 1 else 'are'} over-confident." if count else "")


class Spool:
    """Thumbnails in one temporary file, so that thousands of pictures need no memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def add(self, data: bytes) -> Callable[[], bytes]:
        """Put ``data`` at the end; the function that reads it back."""
        at = self.file.seek(0, 2)
        self.file.write(data)

        def read() -> bytes:
            self.file.seek(at)
            return self.file.read(len(data))

        return read


def write_report(
    ws: Workspace,
    folder: str | Path | None = None,
    paths: Sequence[str | Path] | None = None,
    class_name: str | None = None,
    split: str | None = None,
    mark: str | None = None,
    title: str | None = None,
    formats: Sequence[str] = FORMATS,
    model: str | None = None,
    progress: Progress = silent,
) -> ReportResult:
    """Assess the pictures at ``paths`` (files, folders, zips), or else the project's own, and write a report.

    The project's images are narrowed by ``class_name``, ``split`` and ``mark``. Writes ``report.html`` and
    ``report.pdf`` (those in ``formats``) to ``folder``, by default a new one in the project. Features of pictures
    from elsewhere are kept, so that an interrupted run goes on where it was.

    Raises
    ------
    ProjectError
        for an unknown format, a selection without pictures, or a folder that cannot be written.
    """
    began = time.monotonic()
    wrong = [name for name in formats if name not in FORMATS]
    if wrong or not formats:
        raise ProjectError(f"a report is written as {' or '.join(FORMATS)}, not {', '.join(wrong) or 'nothing'}.")
    assessor = Assessor.of(ws, model)
    target = _folder(ws, folder)
    with tempfile.TemporaryFile() as file:
        spool = Spool(file)
        if paths:
            judged = judge_pictures(ws, assessor, pictures_at(paths), progress, resume=True)
            entries, failed = _gathered(judged, spool, {})
        else:
            images = ws.catalogue.images(class_name=class_name, split=split, mark=mark)
            if not images:
                raise ProjectError("no image of the project passes this selection; widen it, or give files.")
            truth = {image.id: image.class_name for image in images}
            entries, failed = _gathered(judge_images(ws, assessor, images, progress), spool, truth)
        content = _content(ws, assessor, title or _title(paths, class_name, split, mark), entries, failed)
        written = {name: str(_write(target / f"report.{name}", name, content, progress)) for name in formats}
    return ReportResult(
        folder=str(target),
        html=written.get("html"),
        pdf=written.get("pdf"),
        assessed=len(entries),
        failed=tuple(failed),
        levels=content.levels(),
        flags=content.flags(),
        seconds=round(time.monotonic() - began, 3),
    )


def _folder(ws: Workspace, folder: str | Path | None) -> Path:
    now = datetime.now(UTC).strftime("%Y-%m-%d-%H%M%S")
    target = Path(folder).expanduser() if folder else ws.home / "reports" / now
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ProjectError(f"cannot write a report to {target}: {error}. Choose another folder.") from error
    return target.absolute()


def _title(paths: Sequence[str | Path] | None, class_name: str | None, split: str | None, mark: str | None) -> str:
    if paths:
        return f"Assessment of {paths[0] if len(paths) == 1 else f'{len(paths)} files and folders'}"
    chosen = [word for word in (class_name, split, mark) if word]
    return f"Assessment of the project's images{': ' if chosen else ''}{', '.join(chosen)}"


def _gathered(
    judged: Iterable[Judged | FileFailure], spool: Spool, truth: dict[int, str | None]
) -> tuple[list[Entry], list[FileFailure]]:
    entries: list[Entry] = []
    failed: list[FileFailure] = []
    for item in judged:
        if isinstance(item, FileFailure):
            failed.append(item)
        else:
            known = truth.get(item.said.image_id) if item.said.image_id is not None else None
            entries.append(Entry(len(entries) + 1, item.said, known, spool.add(item.thumbnail())))
    return entries, failed


def _content(
    ws: Workspace, assessor: Assessor, title: str, entries: Sequence[Entry], failed: Sequence[FileFailure]
) -> Content:
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    averages = class_average(ws, assessor.record.name)
    provenance = _provenance(ws, assessor, now)
    return Content(title, now, entries, failed, assessor.record.classes, averages, provenance, tuple(assessor.poor))


def _provenance(ws: Workspace, assessor: Assessor, now: str) -> list[tuple[str, str]]:
    """With which network, spaces, rules, seed and version this was said."""
    record = assessor.record
    rows = [
        ("made", f"{now} by sxai {__version__}"),
        ("project", str(ws.home)),
        ("network", f"{record.name} ({record.backbone}), classes {', '.join(record.classes)}"),
        ("weights (SHA-256)", record.sha256 or "unknown"),
        ("rules", "Extended Data Table 1" if len(record.classes) == 2 else "supplement S.4 (more than two classes)"),
        ("seed", str(ws.seed)),
    ]
    names = {space.name for space in assessor.spaces}
    for space in list_spaces(ws, record.name):
        if space.name in names:
            made = space.created[:16].replace("T", " ")
            fit = f"R² {space.reference.get('r2', 0):.3f}, P from the {space.fit} fit"
            rows.append((f"space {space.name}", f"{space.n_masks} masks, {fit}, {made}"))
    rows += [(f"doubt about {name}", why) for name, why in assessor.poor.items()]
    return rows


def _write(path: Path, kind: str, content: Content, progress: Progress) -> Path:
    """Write one file; under its own name only when it is whole."""
    from sxai.workflows import report_page, report_paper  # jinja2 and fpdf2, which nothing else needs

    part = path.with_name(f"{path.name}.part")
    writers: dict[str, Any] = {"html": report_page.write, "pdf": report_paper.write}
    try:
        writers[kind](content, part, progress)
        part.replace(path)
    except OSError as error:
        raise ProjectError(f"cannot write {path}: {error}. Choose another folder.") from error
    finally:
        part.unlink(missing_ok=True)
    return path


def counted(entries: Sequence[Entry], stage: str, progress: Progress) -> Iterator[Entry]:
    """The entries one by one, telling ``progress`` now and then (which may stop the work)."""
    for done, entry in enumerate(entries):
        if done % 20 == 0:
            progress(stage, done, len(entries))
        yield entry
    progress(stage, len(entries), len(entries))


def printable(text: str) -> str:
    """Any name as text that can be written: line breaks are spaces, what is no character is U+FFFD.

    >>> printable("a\\nb\\udcff")
    'a b\\ufffd'
    """
    safe = "".join("\ufffd" if 0xD800 <= ord(letter) <= 0xDFFF else letter for letter in text)
    return " ".join("".join(letter if letter.isprintable() else " " for letter in safe).split())


def number(value: float) -> str:
    """Two decimals with a real minus sign.

    >>> number(-0.256), number(float("nan"))
    ('−0.26', '–')
    """
    return "–" if value != value else f"{value:.2f}".replace("-", "−")


def flag_word(flag: str) -> str:
    """A flag as words.

    >>> flag_word("over-confident")
    'Over confident'
    """
    return flag.replace("-", " ").capitalize()
