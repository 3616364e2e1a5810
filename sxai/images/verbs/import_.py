"""Import: pictures from folders, archives and torchvision's data sets into the catalogue."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from data_store.records import NewImage
from sxai.batches import ahead, in_batches
from sxai.errors import ImageError, ImportFailed
from sxai.images.decode import DecodeLimits, decode
from sxai.images.labels import AUTO, label
from sxai.images.sources import FileFailure, Source, find_sources
from sxai.progress import Progress, silent
from sxai.project.project import Project

SPLITS = ("train", "val", "reference")
BATCH = 64


@dataclass(frozen=True)
class ImportResult:
    """Result of an import: new images, duplicates by content, failures, and new images per class.

    ``unclassed`` are new images without a class; ``classes_from`` says what classes were taken from; ``twice`` are
    pictures that the project has in another class already.
    """

    imported: int
    duplicates: int
    failed: tuple[FileFailure, ...]
    classes: dict[str, int] = field(default_factory=dict)
    unclassed: int = 0
    classes_from: tuple[str, ...] = ()
    twice: tuple[FileFailure, ...] = ()


def import_images(
    project: Project,
    path: Path | str | Sequence[Path | str],
    name: str | None = None,
    split: str = "auto",
    class_name: str | None = None,
    limits: DecodeLimits | None = None,
    progress: Progress = silent,
    classes: str = AUTO,
) -> ImportResult:
    """Import a folder of class folders, a folder of one class, several of these, a zip, a CSV, or single pictures.

    Content decides what is a duplicate (a hash over the decoded pixels). ``split="auto"`` keeps a split the folders
    name, otherwise puts four of five images in train and one in val, by content, so that a second import agrees
    with the first. ``classes`` says what classes are taken from (:data:`~sxai.images.labels.RULES`); ``class_name``
    is the class of all. What fails is listed, the rest is imported; an interrupted import continues where it was.

    Raises
    ------
    ImportFailed
        when nothing can be read at all, or the split or the rule for classes is unknown.
    """
    if split not in (*SPLITS, "auto"):
        raise ImportFailed(f"unknown split '{split}'; use train, val, reference or auto.")
    paths, sources = gathered(path)
    labelled = label(sources, classes)
    dataset = name or data_set_name(paths[0])
    result = import_sources(project, labelled.sources, dataset, str(paths[0]), split, class_name, limits, progress)
    return replace(result, classes_from=() if class_name else labelled.rules)


def gathered(path: Path | str | Sequence[Path | str]) -> tuple[list[Path], list[Source]]:
    """The paths as a list, and the pictures in them.

    Raises
    ------
    ImportFailed
        when there is no path, or nothing in it.
    """
    paths = [Path(path)] if isinstance(path, (str, Path)) else [Path(place) for place in path]
    if not paths:
        raise ImportFailed("no picture was named; give a folder of class folders, a zip of one, or images.")
    return paths, find_sources(paths)


def data_set_name(path: Path) -> str:
    """What a data set is called by default: its folder, or its file without the ending.

    >>> data_set_name(Path("pets.zip"))
    'pets'
    """
    whole = path.expanduser().resolve()
    return (whole.name if whole.is_dir() else whole.stem) or "images"


def import_sources(
    project: Project,
    sources: Sequence[Source],
    dataset: str,
    origin: str,
    split: str = "auto",
    class_name: str | None = None,
    limits: DecodeLimits | None = None,
    progress: Progress = silent,
) -> ImportResult:
    """Import what ``sources`` hold into ``dataset``; see :func:`import_images`."""
    if not sources:
        raise ImportFailed(f"{origin} holds no pictures; give a folder of class folders, a zip of one, or images.")
    limits = limits or DecodeLimits()
    counts = {"imported": 0, "duplicates": 0}
    failed: list[FileFailure] = []
    classes: dict[str, int] = {}
    dataset_id = project.catalogue.add_dataset(dataset, origin)
    progress("import", 0, len(sources))
    done = unclassed = 0
    twice: list[FileFailure] = []
    begun: dict[str, list[int]] = {}
    for batch in in_batches(_decoded(project, sources, dataset_id, split, class_name, limits), BATCH):
        failed.extend(item for item in batch if isinstance(item, FileFailure))
        new = [item for item in batch if isinstance(item, NewImage)]
        known: list[tuple[NewImage, int]] = []
        for image, (image_id, created) in zip(new, project.catalogue.add_images(new), strict=True):
            if not created:
                known.append((image, image_id))
            elif image.class_name:
                begun.setdefault(image.class_name, []).append(image_id)
            counts["imported" if created else "duplicates"] += 1
            unclassed += bool(created and not image.class_name)
            if created and image.class_name:
                classes[image.class_name] = classes.get(image.class_name, 0) + 1
        twice += _in_another_class(project, known)
        done += len(batch)
        progress("import", done, len(sources), {**counts, "failed": len(failed)})
    if split == "auto" and not any(source.split for source in sources):
        _give_each_a_training_image(project, begun)
    result = ImportResult(counts["imported"], counts["duplicates"], tuple(failed), classes, unclassed)
    return replace(result, twice=tuple(twice))


def _in_another_class(project: Project, known: Sequence[tuple[NewImage, int]]) -> list[FileFailure]:
    """The pictures that the project has already, in another class than they are given here."""
    if not known:
        return []
    stored = {image.id: image for image in project.catalogue.images(ids=[image_id for _, image_id in known])}
    return [
        FileFailure(image.name, f"the same picture as {stored[at].name}, which is in class '{stored[at].class_name}'")
        for image, at in known
        if image.class_name and stored[at].class_name != image.class_name
    ]


def _give_each_a_training_image(project: Project, begun: dict[str, list[int]]) -> None:
    """Move one picture of every class that chance gave none to learn from."""
    without = [record.name for record in project.catalogue.classes() if not record.images.get("train")]
    moved = [min(begun[name]) for name in without if name in begun]
    if moved:
        project.catalogue.set_split(moved, "train")


def _decoded(
    project: Project,
    sources: Sequence[Source],
    dataset_id: int,
    split: str,
    class_name: str | None,
    limits: DecodeLimits,
) -> Iterator[NewImage | FileFailure]:
    """Each source decoded, checked and stored, or the reason why it failed."""

    def one(source: Source) -> NewImage | FileFailure:
        try:
            data = source.read()
            decoded = decode(data, limits)
        except (ImageError, ImportFailed, OSError) as error:
            return FileFailure(source.name, str(error))
        height, width = decoded.pixels.shape[:2]
        return NewImage(
            dataset_id=dataset_id,
            class_name=class_name or source.class_name,
            split=choose_split(split, source.split, decoded.sha256),
            sha256=decoded.sha256,
            artefact=project.artefacts.write("images", "." + decoded.format.lower(), data),
            name=source.name,
            width=width,
            height=height,
            format=decoded.format,
        )

    return ahead(one, sources)


def choose_split(asked: str, named: str | None, sha256: str) -> str:
    """The split of one image: what was asked for, else what its folder says, else one in five to val by content.

    >>> choose_split("auto", None, "01ff"), choose_split("auto", "reference", "01ff"), choose_split("val", None, "a")
    ('train', 'reference', 'val')
    """
    if asked != "auto":
        return asked
    if named is not None:
        return "val" if named == "test" else named
    return "val" if int(sha256[:8], 16) % 5 == 0 else "train"


def import_torchvision(project: Project, name: str, progress: Progress = silent) -> ImportResult:
    """Download and import one of torchvision's data sets by name (``OxfordIIITPet``: cats and dogs by species).

    Raises
    ------
    ImportFailed
        for a name that is not offered, or when the download fails.
    """
    if name != "OxfordIIITPet":
        raise ImportFailed(f"'{name}' is not offered by name; use OxfordIIITPet, or give a folder or zip.")
    folder = project.home / "cache" / "downloads"
    try:
        sources = _oxford_pets(folder)
    except (OSError, RuntimeError) as error:
        raise ImportFailed(
            f"could not download {name}: {error}. Check the network, or download it elsewhere and import the folder."
        ) from error
    return import_sources(project, sources, name, f"torchvision:{name}", progress=progress)


def _oxford_pets(folder: Path) -> list[Source]:
    """The pictures of Oxford-IIIT Pet with their species as class and its own train/test split."""
    from sxai.torchvision_ import datasets

    sources: list[Source] = []
    for split, ours in (("trainval", "train"), ("test", "val")):
        data: Any = datasets.OxfordIIITPet(folder, split=split, target_types="binary-category", download=True)
        for image, species in zip(data._images, data._bin_labels, strict=True):
            path = Path(image)
            sources.append(Source(path.name, ("cat", "dog")[species], ours, path.read_bytes))
    return sources
