"""Sources of pictures: a folder of class folders, a zip of one, a CSV, or single files.

Nothing is unpacked to disk. What cannot be used at all raises :class:`~sxai.errors.ImportFailed`; what is wrong
with one file is raised when that file is read, so that the rest can go on.

Layouts, in folders and archives alike (``split`` is train, val, test or reference, in common spellings)::

    cat/1.jpg            class cat             train/cat/1.jpg      class cat, split train
    cat/more/1.jpg       class cat             train/1.jpg          split train, no class
    1.jpg                no class              name/cat/1.jpg       class cat, if everything lies in "name"

A CSV stands for the pictures that it names. Which class a picture gets in the end is :mod:`sxai.images.labels`'.
"""

import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import BinaryIO

from sxai.errors import ImageTooLarge, ImportFailed, UnreadableImage
from sxai.images.label_table import TABLES, read_table
from sxai.images.names import ignored, member_name, readable, split_named

HEAD_BYTES = 2**16
"""How much of a file is enough, in nearly all cases, to know its format and size."""
DEEPEST = 64
"""Folders inside each other that an archive may have."""
PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff")
_OTHER_ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".7z", ".rar")

_ONE_AT_A_TIME = Lock()
"""Held while an open file is read, which has only one position."""

Parts = tuple[str, ...]
Read = Callable[..., bytes]


@dataclass(frozen=True)
class FileFailure:
    """A file that could not be used, and why."""

    file: str
    error: str


@dataclass(frozen=True)
class SourceLimits:
    """Limits against malicious archives: number of files, bytes of one, bytes of all when unpacked."""

    max_files: int = 200_000
    max_file_bytes: int = 200 * 2**20
    max_total_bytes: int = 50 * 2**30


@dataclass(frozen=True)
class Source:
    """One picture to import: ``name`` is its path inside what was given, ``read()`` its bytes.

    ``read`` may be called from any thread and raises an :class:`~sxai.errors.SxaiError` that says what is wrong;
    ``head()`` reads only the beginning. ``place`` is the own name of the folder or archive that was given, empty for
    single files.
    """

    name: str
    class_name: str | None
    split: str | None
    read: Read
    place: str = ""

    def head(self) -> bytes:
        """The first bytes of the file, enough for the header of most pictures."""
        return self.read(most=HEAD_BYTES)

    @property
    def looks_like_a_picture(self) -> bool:
        """Whether the name ends like a picture's."""
        return self.name.lower().endswith(PICTURE_SUFFIXES)


@dataclass(frozen=True)
class _Tree:
    """Files by their path, and every folder, both relative to what was given."""

    files: dict[Parts, Read]
    folders: set[Parts]


def find_sources(path: Path | Sequence[Path], limits: SourceLimits = SourceLimits()) -> list[Source]:
    """The pictures in a folder, a zip, a single file, or a list of these, ordered by name.

    Hidden files and what operating systems leave behind are passed over. Other files that are no pictures are
    listed, and so is a class folder without files: reading them says so. Raises
    :class:`~sxai.errors.ImportFailed` if there is nothing to import, or the archive is damaged or unsafe.
    """
    if not isinstance(path, Path):
        return _side_by_side(path, limits)
    if path.is_dir():
        return _placed(_sources(_walk(path, limits), path), _own_name(path))
    if not path.is_file():
        raise ImportFailed(f"There is no file or folder {path}. Check the path.")
    if path.name.lower().endswith(TABLES):
        return _named_in(path, limits)
    if _is_zip(path):
        return _placed(_sources(_members(path, limits), path), path.stem)
    if path.name.lower().endswith(_OTHER_ARCHIVES):
        raise ImportFailed(f"{path.name} is an archive that cannot be read. Unpack it, or make a zip of it.")
    return [Source(path.name, None, None, partial(_read_file, path, limits))]


def uploaded(files: Sequence[tuple[str, BinaryIO]], limits: SourceLimits = SourceLimits()) -> list[Source]:
    """The pictures in files that are open and not stored: one zip, or pictures and perhaps a CSV.

    Raises
    ------
    ImportFailed
        when the archive is damaged, unsafe or empty.
    """
    if len(files) == 1 and files[0][0].lower().endswith(".zip"):
        name, file = files[0]
        return _placed(_sources(_members(Path(name), limits, file), Path(name)), Path(name).stem)
    return [Source(name, None, None, partial(_read_open, file)) for name, file in files]


def _read_open(file: BinaryIO, most: int | None = None) -> bytes:
    with _ONE_AT_A_TIME:
        file.seek(0)
        return file.read(-1 if most is None else most)


def _side_by_side(paths: Sequence[Path], limits: SourceLimits) -> list[Source]:
    """The pictures of each path; folders that all have a split's name (data/train data/val) say the split."""
    splits = len(paths) > 1 and all(path.is_dir() and split_named(path.name) for path in paths)
    sources = []
    for path in paths:
        split = split_named(path.name) if splits else None
        sources += [replace(source, split=source.split or split) for source in find_sources(path, limits)]
    return sources


def _placed(sources: Sequence[Source], place: str) -> list[Source]:
    return [replace(source, place=place) for source in sources]


def _own_name(folder: Path) -> str:
    """What a folder is called; one that names a split is called like the folder around it."""
    whole = folder.expanduser().resolve()
    return whole.parent.name if split_named(whole.name) else whole.name


def _named_in(path: Path, limits: SourceLimits) -> list[Source]:
    """The pictures that a CSV names, beside it, and the CSV itself."""
    table = read_table(_read_file(path, limits), path.name)
    if table is None:
        raise ImportFailed(f"{path.name} names no pictures. Its first line must name the columns file and class.")
    named = [Source(name, None, None, partial(_read_file, path.parent / name, limits)) for name in table.rows]
    return [Source(path.name, None, None, partial(_read_file, path, limits)), *named]


def _sources(tree: _Tree, path: Path) -> list[Source]:
    if not tree.files:
        raise ImportFailed(f"{path} holds no pictures. Give a folder (or zip) with one folder of pictures a class.")
    tree = _unwrapped(tree)
    outer = {parts[0] for parts in _pictures(tree) if len(parts) > 1}
    splits = bool(outer) and _are_splits(outer)
    sources = [_source(parts, read, splits) for parts, read in tree.files.items()]
    sources += [_empty(folder, splits) for folder in _empty_classes(tree, splits)]
    return sorted(sources, key=lambda source: source.name)


def _source(parts: Parts, read: Read, splits: bool) -> Source:
    folders = parts[:-1]
    split = split_named(folders[0]) if splits and folders else None
    classes = folders[1:] if split else folders
    while split and classes and split_named(classes[0]) == split:  # training_set/training_set/cats
        classes = classes[1:]
    return Source("/".join(parts), classes[0] if classes else None, split, read)


def _pictures(tree: _Tree) -> list[Parts]:
    """Paths that look like pictures by name (all files, if none does), so that a README does not affect the layout."""
    named = [parts for parts in tree.files if parts[-1].lower().endswith(PICTURE_SUFFIXES)]
    return named or list(tree.files)


def _unwrapped(tree: _Tree) -> _Tree:
    """Leave out an outermost folder that holds every picture in folders of its own, unless it names a split."""
    pictures = _pictures(tree)
    outer = {parts[0] for parts in (*pictures, *tree.folders)}
    if len(outer) > 1 or _are_splits(outer) or any(len(parts) < 3 for parts in pictures):
        return tree
    top = outer.pop()
    files = {parts[1:] if len(parts) > 1 and parts[0] == top else parts: read for parts, read in tree.files.items()}
    return _unwrapped(_Tree(files, {folder[1:] for folder in tree.folders if len(folder) > 1}))


def _are_splits(names: Iterable[str]) -> bool:
    return all(map(split_named, names))


def _empty_classes(tree: _Tree, splits: bool) -> list[Parts]:
    """Class folders (the second level below splits) in which no file lies, at any depth."""
    level = 2 if splits else 1
    filled = {parts[:level] for parts in tree.files if len(parts) > level}
    return sorted({folder[:level] for folder in tree.folders if len(folder) >= level} - filled)


def _empty(folder: Parts, splits: bool) -> Source:
    def read(most: int | None = None) -> bytes:
        raise ImportFailed(f"The class folder {name!r} is empty. Put pictures of that class in it, or delete it.")

    name = "/".join(folder)
    return Source(f"{name}/", folder[-1], split_named(folder[0]) if splits else None, read)


def _ignored(parts: Parts) -> bool:
    return any(map(ignored, parts))


# Folders ---------------------------------------------------------------------------------------------------------


def _walk(root: Path, limits: SourceLimits) -> _Tree:
    tree = _Tree({}, set())

    def note(error: OSError) -> None:
        parts = Path(error.filename).relative_to(root).parts
        tree.files[(*map(readable, parts), "*")] = partial(_refuse, f"Cannot read {error.filename}: {error.strerror}.")

    for folder, names, files in os.walk(root, onerror=note):
        here = Path(folder)
        names[:] = [name for name in names if not _ignored((name,))]
        for name in names:
            parts = tuple(map(readable, (here / name).relative_to(root).parts))
            if (here / name).is_symlink():
                tree.files[parts] = partial(_refuse, f"{here / name} is a link, which is not followed.")
            else:
                tree.folders.add(parts)
        for name in files:
            if not _ignored((name,)):
                parts = tuple(map(readable, (here / name).relative_to(root).parts))
                tree.files[parts] = partial(_read_file, here / name, limits)
        if len(tree.files) > limits.max_files:
            raise ImportFailed(f"{root} holds more than {limits.max_files:,} files. Import it in parts.")
    return tree


def _refuse(what: str, most: int | None = None) -> bytes:
    raise ImportFailed(f"{what} Give the folder itself, or leave it out.")


def _read_file(path: Path, limits: SourceLimits, most: int | None = None) -> bytes:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableImage(f"{path.name} is not a regular file. Leave it out.")
        if status.st_size > limits.max_file_bytes:
            raise _too_large(path.name, status.st_size, limits)
        with path.open("rb") as file:
            return file.read(-1 if most is None else most)
    except OSError as error:
        raise UnreadableImage(f"Cannot read {path.name}: {error.strerror or error}. Check the file.") from error


def _too_large(name: str, size: int, limits: SourceLimits) -> ImageTooLarge:
    return ImageTooLarge(
        f"{name} has {size / 2**20:,.0f} MiB; the limit is {limits.max_file_bytes / 2**20:,.0f} MiB. Save it smaller."
    )


# Archives --------------------------------------------------------------------------------------------------------


def _is_zip(path: Path) -> bool:
    """Whether a file is a zip by its first bytes, because a picture can have an archive appended."""
    try:
        with path.open("rb") as file:
            head = file.read(4)
    except OSError as error:
        raise ImportFailed(f"Cannot read {path}: {error.strerror or error}. Check the file.") from error
    return head.startswith(b"PK") or path.suffix.lower() == ".zip"


def _members(path: Path, limits: SourceLimits, file: BinaryIO | None = None) -> _Tree:
    # Kept open by the readers below and closed with the last of them; zipfile locks its reads between threads.
    try:
        archive = zipfile.ZipFile(path if file is None else file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise ImportFailed(f"{path.name} is not a whole zip archive ({error}). Download or make it again.") from error
    members = archive.infolist()
    try:
        _check_archive(path.name, members, limits)
        return _tree_of(archive, members, limits)
    except ImportFailed:
        archive.close()
        raise


def _check_archive(name: str, members: Sequence[zipfile.ZipInfo], limits: SourceLimits) -> None:
    if len(members) > limits.max_files:
        raise ImportFailed(f"{name} lists {len(members):,} files; the limit is {limits.max_files:,}. Split it.")
    total = sum(member.file_size for member in members)
    if total > limits.max_total_bytes:
        raise ImportFailed(
            f"{name} would unpack to {total / 2**30:,.1f} GiB; the limit is {limits.max_total_bytes / 2**30:,.0f} GiB. "
            "Split it, or import the folder."
        )


def _tree_of(archive: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo], limits: SourceLimits) -> _Tree:
    tree = _Tree({}, set())
    for member in members:
        parts = _safe_parts(member)
        if _ignored(parts):
            continue
        tree.folders.update(parts[:depth] for depth in range(1, len(parts)))
        if member.is_dir():
            tree.folders.add(parts)
        else:
            tree.files[parts] = partial(_read_member, archive, member, limits)
    return tree


def _safe_parts(member: zipfile.ZipInfo) -> Parts:
    """The member's path; an archive with one that leads elsewhere is refused as a whole."""
    name = member_name(member).replace("\\", "/")
    parts = PurePosixPath(name).parts
    if len(parts) > DEEPEST:
        raise ImportFailed(
            f"The archive has folders more than {DEEPEST} deep; nothing was imported from it. Flatten it."
        )
    if name.startswith("/") or ".." in parts or (parts and parts[0].endswith(":")) or not parts or "\0" in name:
        raise ImportFailed(f"The archive has an unsafe file name {member.filename!r}; nothing was imported from it.")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise ImportFailed(f"The archive has a link, {member.filename!r}; nothing was imported. Zip the files instead.")
    return parts


def _read_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, limits: SourceLimits, most: int | None = None
) -> bytes:
    if member.file_size > limits.max_file_bytes:
        raise _too_large(member.filename, member.file_size, limits)
    if member.flag_bits & 1:
        raise UnreadableImage(f"{member.filename} is encrypted. Make the archive again without a password.")
    try:
        with archive.open(member) as file:
            # zipfile stops at the size that the archive claims and compares a checksum, so a lie is found here.
            return file.read(limits.max_file_bytes + 1 if most is None else most)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError) as error:
        raise UnreadableImage(
            f"{member.filename} is damaged in the archive ({error}). Make the archive again."
        ) from error
