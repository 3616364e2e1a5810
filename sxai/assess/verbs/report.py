"""A report on many assessments: one self-contained page (HTML) and one document (PDF), made from a stream."""

import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from sxai.assess.report.content import Content, Entry
from sxai.assess.verbs.assess import Assessor
from sxai.assess.verbs.assess_many import Judged, judge_images, judge_pictures, pictures_at
from sxai.assess.verbs.class_profile import class_profile
from sxai.errors import ProjectError
from sxai.images.sources import FileFailure
from sxai.progress import Progress, silent
from sxai.project.project import Project
from sxai.spaces.verbs.stored import list_spaces
from sxai.version import __version__

FORMATS = ("html", "pdf")


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
    project: Project,
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
    assessor = Assessor.of(project, model)
    target = _folder(project, folder)
    with tempfile.TemporaryFile() as file:
        spool = Spool(file)
        if paths:
            judged = judge_pictures(project, assessor, pictures_at(paths), progress, resume=True)
            entries, failed = _gathered(judged, spool, {})
        else:
            images = project.catalogue.images(class_name=class_name, split=split, mark=mark)
            if not images:
                raise ProjectError("no image of the project passes this selection; widen it, or give files.")
            truth = {image.id: image.class_name for image in images}
            entries, failed = _gathered(judge_images(project, assessor, images, progress), spool, truth)
        content = _content(project, assessor, title or _title(paths, class_name, split, mark), entries, failed)
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


def _folder(project: Project, folder: str | Path | None) -> Path:
    now = datetime.now(UTC).strftime("%Y-%m-%d-%H%M%S")
    target = Path(folder).expanduser() if folder else project.home / "reports" / now
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
    project: Project, assessor: Assessor, title: str, entries: Sequence[Entry], failed: Sequence[FileFailure]
) -> Content:
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    averages = class_profile(project, assessor.record.name).averages
    provenance = _provenance(project, assessor, now)
    return Content(title, now, entries, failed, assessor.record.classes, averages, provenance, tuple(assessor.poor))


def _provenance(project: Project, assessor: Assessor, now: str) -> list[tuple[str, str]]:
    """With which network, spaces, rules, seed and version this was said."""
    record = assessor.record
    rows = [
        ("made", f"{now} by sxai {__version__}"),
        ("project", str(project.home)),
        ("network", f"{record.name} ({record.backbone}), classes {', '.join(record.classes)}"),
        ("weights (SHA-256)", record.sha256 or "unknown"),
        ("rules", "Extended Data Table 1" if len(record.classes) == 2 else "supplement S.4 (more than two classes)"),
        ("seed", str(project.seed)),
    ]
    names = {space.name for space in assessor.spaces}
    for space in list_spaces(project, record.name):
        if space.name in names:
            made = space.created[:16].replace("T", " ")
            fit = f"R² {space.reference.r2:.3f}, P from the {space.fit} fit"
            rows.append((f"space {space.name}", f"{space.n_masks} masks, {fit}, {made}"))
    rows += [(f"doubt about {name}", why) for name, why in assessor.poor.items()]
    return rows


def _write(path: Path, kind: str, content: Content, progress: Progress) -> Path:
    """Write one file; under its own name only when it is whole."""
    from sxai.assess.report import html as report_page  # jinja2 and fpdf2, which nothing else needs
    from sxai.assess.report import pdf as report_paper

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
