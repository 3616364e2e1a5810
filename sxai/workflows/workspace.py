"""An opened project: its catalogue, its files, and the device and seed that results are made with."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from pathlib import Path
from threading import RLock, get_ident
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np
from PIL import Image

from data_store.artefacts import Artefacts
from data_store.catalogue import Catalogue
from data_store.errors import CatalogueError, NotFound
from data_store.records import ImageRecord
from sxai.errors import ProjectError, UnknownName
from sxai.images.decode import canvas, decode

T = TypeVar("T")

CATALOGUE_FILE = "catalogue.sqlite"
DATABASE = "SXAI_DATABASE"
"""The variable that puts the catalogue on a server instead (an SQLAlchemy URL); files stay in the home."""


def default_home() -> Path:
    """``$SXAI_HOME``, or ``~/.sxai`` when that is not set."""
    return Path(os.environ.get("SXAI_HOME") or Path.home() / ".sxai").expanduser()


@dataclass(frozen=True)
class Workspace:
    """One project, opened.

    ``device`` is "auto", "cpu", "cuda" or "mps"; ``seed`` is what every random choice starts from. ``cache``
    keeps loaded networks and stored features between calls; ``lock`` guards it, since the app is threaded.
    """

    home: Path
    catalogue: Catalogue
    artefacts: Artefacts
    device: str = "auto"
    seed: int = 0
    cache: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)
    lock: Any = field(default_factory=RLock, repr=False, compare=False)

    @classmethod
    def open(cls, home: Path | str | None = None, device: str = "auto", seed: int = 0) -> Self:
        """Open the project in ``home``, creating it when it is new.

        Raises
        ------
        ProjectError
            when the folder cannot be used or holds a catalogue that this version cannot read.
        """
        folder = Path(home).expanduser().absolute() if home is not None else default_home()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            catalogue = Catalogue.open(os.environ.get(DATABASE) or folder / CATALOGUE_FILE)
        except (OSError, CatalogueError) as error:
            raise ProjectError(f"cannot open the project in {folder}: {error}. Choose another --home.") from error
        return cls(folder, catalogue, Artefacts(folder / "artefacts"), device, seed)

    def close(self) -> None:
        """Release the catalogue and all that was cached; closing twice is harmless."""
        self.cache.clear()
        self.catalogue.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def remember(self, key: Any, make: Any) -> Any:
        """The cached value of ``key``, made by ``make()`` the first time."""
        with self.lock:
            if key not in self.cache:
                self.cache[key] = make()
            return self.cache[key]

    def forget(self, kind: str) -> None:
        """Drop every cached value whose key starts with ``kind``."""
        with self.lock:
            for key in [key for key in self.cache if key[0] == kind]:
                del self.cache[key]


def find_image(ws: Workspace, image_id: int) -> ImageRecord:
    """The image with that number; UnknownName when there is none."""
    try:
        return ws.catalogue.image(image_id)
    except NotFound as error:
        raise UnknownName(f"there is no image {image_id} in this project; it may have been removed.") from error


def image_named(ws: Workspace, text: str) -> ImageRecord:
    """The image that a number, a name, or a bare file name means; UnknownName for none, or for several."""
    if text.isdecimal():
        return find_image(ws, int(text))
    images = ws.catalogue.images()
    named = [image for image in images if image.name == text]
    named = named or [image for image in images if image.name.rpartition("/")[2] == text]
    if len(named) != 1:
        what = f"{len(named)} images are called" if named else "there is no image called"
        raise UnknownName(f"{what} '{text}' in this project; give its number, as 'sxai search' tells it.")
    return named[0]


def read_canvas(ws: Workspace, image: ImageRecord) -> np.ndarray:
    """The image on its canvas, uint8 (H, W, 3): the size at which superpixels, masks and networks see it."""
    return canvas(decode(ws.artefacts.path(image.artefact)).pixels)


def read_canvases(ws: Workspace, images: Iterable[ImageRecord]) -> Iterator[np.ndarray]:
    """The canvases of ``images`` in their order, decoded ahead by a few threads, never all in memory."""
    return ahead(lambda image: read_canvas(ws, image), images)


def ahead(function: Any, items: Iterable[T], threads: int | None = None, window: int = 64) -> Iterator[Any]:
    """Map ``function`` over ``items`` in order, keeping at most ``window`` results waiting."""
    waiting = iter(items)
    with ThreadPoolExecutor(threads or min(8, os.cpu_count() or 1)) as pool:
        pending = [pool.submit(function, item) for item in islice(waiting, window)]
        try:
            while pending:
                yield pending.pop(0).result()
                pending.extend(pool.submit(function, item) for item in islice(waiting, 1))
        finally:
            for future in pending:
                future.cancel()


def in_batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of ``size`` items, the last one shorter.

    >>> list(in_batches("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    waiting = iter(items)
    while batch := list(islice(waiting, size)):
        yield batch


def thumbnail_path(ws: Workspace, image_id: int, size: int = 160) -> Path:
    """A JPEG of the image with its longer side ``size`` pixels, made once and kept under the project's cache."""
    image = find_image(ws, image_id)
    path = ws.home / "cache" / "thumbnails" / image.sha256[:2] / f"{image.sha256}-{size}.jpg"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}-{get_ident()}.part")
        temporary.write_bytes(thumbnail(read_canvas(ws, image), size))
        temporary.replace(path)
    return path


def thumbnail(pixels: np.ndarray, size: int) -> bytes:
    """JPEG bytes of ``pixels`` (H, W, 3) shrunk to a longer side of at most ``size``."""
    picture = Image.fromarray(pixels)
    picture.thumbnail((size, size))
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()
