"""What an import would find, before anything is stored."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sxai.batches import ahead
from sxai.errors import ImageError, ImportFailed, UnreadableImage
from sxai.images.decode import DecodeLimits, read_header
from sxai.images.labels import AUTO, label, offered
from sxai.images.sources import FileFailure, Source
from sxai.images.verbs.import_ import SPLITS, gathered
from sxai.progress import Progress, silent

REPORT_EVERY = 200
"""Files between two signs of progress."""


@dataclass(frozen=True)
class Preview:
    """The pictures of an import, by their headers.

    Attributes
    ----------
    images
        how many pictures can be read.
    classes, unclassed
        how many of them are in each class, and in none.
    splits
        how many go to each split; "auto" are those that are divided by content, four to train and one to val.
    classes_from
        what classes are taken from, of :data:`~sxai.images.labels.RULES`; empty when one was given for all.
    choices
        what each rule that applies would give, for the case that another one is meant.
    failed
        the files that cannot be read, each with the reason. A damaged picture can still fail when it is imported.
    """

    images: int
    classes: dict[str, int]
    unclassed: int
    splits: dict[str, int]
    classes_from: tuple[str, ...]
    choices: dict[str, dict[str, int]]
    failed: tuple[FileFailure, ...]


def preview(
    path: Path | str | Sequence[Path | str],
    split: str = "auto",
    class_name: str | None = None,
    classes: str = AUTO,
    limits: DecodeLimits | None = None,
    progress: Progress = silent,
) -> Preview:
    """Look at what :func:`~sxai.images.verbs.import_.import_images` would import; only headers are read.

    ``progress`` may raise to stop it; nothing has to be undone.

    Raises
    ------
    ImportFailed
        when there is nothing to import, or the split or the rule for classes is unknown.
    """
    return look(gathered(path)[1], split, class_name, classes, limits, progress)


def look(
    sources: Sequence[Source],
    split: str = "auto",
    class_name: str | None = None,
    classes: str = AUTO,
    limits: DecodeLimits | None = None,
    progress: Progress = silent,
) -> Preview:
    """Look at ``sources``, as :func:`preview` looks at a path."""
    if split not in (*SPLITS, "auto"):
        raise ImportFailed(f"unknown split '{split}'; use train, val, reference or auto.")
    labelled = label(sources, classes)
    readable, failed = _checked(labelled.sources, limits or DecodeLimits(), progress)
    counts = Counter(class_name or source.class_name for source in readable)
    return Preview(
        images=len(readable),
        classes={name: counts[name] for name in sorted(name for name in counts if name is not None)},
        unclassed=counts[None],
        splits=dict(Counter(_split(split, source) for source in readable)),
        classes_from=() if class_name else labelled.rules,
        choices=offered(sources),
        failed=tuple(failed),
    )


def _checked(
    sources: Sequence[Source], limits: DecodeLimits, progress: Progress
) -> tuple[list[Source], list[FileFailure]]:
    """The sources whose headers can be read, and the failures of the others."""
    readable, failed = [], []
    progress("look", 0, len(sources))
    failures = ahead(lambda source: _failure(source, limits), sources)
    for number, (source, failure) in enumerate(zip(sources, failures, strict=True), start=1):
        if failure is None:
            readable.append(source)
        else:
            failed.append(failure)
        if number % REPORT_EVERY == 0 or number == len(sources):
            progress("look", number, len(sources))
    return readable, failed


def _failure(source: Source, limits: DecodeLimits) -> FileFailure | None:
    """Why a picture cannot be read, as far as its header tells; a header that is long is read with all the rest."""
    try:
        try:
            read_header(source.head(), limits)
        except UnreadableImage:
            read_header(source.read(), limits)
    except (ImageError, ImportFailed, OSError) as error:
        return FileFailure(source.name, str(error))
    return None


def _split(asked: str, source: Source) -> str:
    if asked != "auto":
        return asked
    return {"test": "val"}.get(source.split or "auto", source.split or "auto")
