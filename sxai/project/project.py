"""An opened project: its catalogue, its files, and the device and seed that results are made with.

Every verb of a topic is a function that takes the project first. The class repeats only those that a first notebook
needs; they are the one place where an import points up, and it is made when the method is called.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from data_store.artefacts import Artefacts
from data_store.catalogue import Catalogue
from data_store.engine import holds_nothing
from data_store.errors import CatalogueError
from sxai.errors import ProjectError, UnreadableImage
from sxai.progress import Progress, silent

if TYPE_CHECKING:
    from sxai.assess.verbs.assess import ImageAssessment
    from sxai.demo.verbs.fill import DemoResult
    from sxai.images.verbs.import_ import ImportResult
    from sxai.masks.verbs.from_annotations import MaskResult
    from sxai.networks.verbs.networks import ModelSummary
    from sxai.overview import Overview
    from sxai.search.verbs.search import SearchResult
    from sxai.spaces.verbs.extract import ExtractResult
    from sxai.spaces.verbs.stored import SpaceList

CATALOGUE_FILE = "catalogue.sqlite"
ARTEFACTS = "artefacts"
DATABASE = "SXAI_DATABASE"
"""The variable that puts the catalogue on a server instead (an SQLAlchemy URL); files stay in the home."""


def default_home() -> Path:
    """``$SXAI_HOME``, or ``~/.sxai`` when that is not set."""
    return Path(os.environ.get("SXAI_HOME") or Path.home() / ".sxai").expanduser()


@dataclass(frozen=True, repr=False)
class Project:
    """One project: images, networks, masks and semantic spaces under one home folder. A context manager.

    ``device`` is "auto" (CUDA, then MPS, then CPU), or one of them; ``seed`` is what every random choice starts from.
    ``cache`` keeps loaded networks and stored features between calls; ``lock`` guards it, since the app is threaded.
    Every method raises :class:`sxai.SxaiError` with a message that says what was wrong and what to do.
    """

    home: Path
    catalogue: Catalogue
    artefacts: Artefacts
    device: str = "auto"
    seed: int = 0
    cache: dict[Any, Any] = field(default_factory=dict, compare=False)
    lock: Any = field(default_factory=RLock, compare=False)

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
            database = os.environ.get(DATABASE)
            if not database:
                _check_not_lost(folder)
            catalogue = Catalogue.open(database or folder / CATALOGUE_FILE)
        except (OSError, CatalogueError) as error:
            raise ProjectError(f"cannot open the project in {folder}: {error}. Choose another --home.") from error
        return cls(folder, catalogue, Artefacts(folder / ARTEFACTS), device, seed)

    def close(self) -> None:
        """Close the catalogue and drop all cached values; closing twice is harmless."""
        self.cache.clear()
        self.catalogue.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Project({str(self.home)!r})"

    def remember(self, key: Any, make: Callable[[], Any]) -> Any:
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

    def demo(self, progress: Progress = silent) -> "DemoResult":
        """Fill this empty project with the embedded demo."""
        from sxai.demo.verbs.fill import fill_demo

        return fill_demo(self, progress=progress)

    def import_images(
        self,
        path: Path | str | Sequence[Path | str],
        name: str | None = None,
        split: str = "auto",
        class_name: str | None = None,
        progress: Progress = silent,
    ) -> "ImportResult":
        """Import a folder of class folders, a zip of one, or files."""
        from sxai.images.verbs.import_ import import_images

        return import_images(self, path, name, split, class_name, progress=progress)

    def add_model(
        self,
        name: str,
        backbone: str,
        weights: str | Path | None = None,
        fit: str = "squash",
        progress: Progress = silent,
    ) -> "ModelSummary":
        """Add a network by backbone name."""
        from sxai.networks.verbs.networks import add_model

        return add_model(self, name, backbone, weights, fit, progress)

    def train(
        self,
        name: str,
        epochs: int = 3,
        head_only: bool = True,
        learning_rate: float | None = None,
        progress: Progress = silent,
    ) -> "ModelSummary":
        """Train a network's head, or all of it."""
        from sxai.networks.verbs.train import train_model

        return train_model(self, name, epochs, head_only, learning_rate=learning_rate, progress=progress)

    def mask_from_keypoints(
        self,
        file: Path | str,
        class_name: str,
        concept: str,
        points: Sequence[str],
        n: int = 100,
        progress: Progress = silent,
    ) -> "MaskResult":
        """Mask a concept where part points of a COCO file are, on the first ``n`` pictures that show one."""
        from sxai.masks.verbs.from_annotations import masks_from_keypoints

        return masks_from_keypoints(self, file, class_name, concept, points, n, progress=progress)

    def extract(
        self,
        names: Sequence[str] | None = None,
        estimator: str | None = None,
        model: str | None = None,
        progress: Progress = silent,
    ) -> "ExtractResult":
        """Extract the semantic spaces of ``names``, by default of every concept with enough masks.

        By default by the paper's and the spatial estimator, of which the better is used (:func:`.extract_chosen`).
        """
        from sxai.spaces.verbs.choose import RECOMMENDED, extract_chosen

        return extract_chosen(self, names, model, estimator or RECOMMENDED, progress=progress)

    @property
    def spaces(self) -> "SpaceList":
        """The semantic spaces of the active network."""
        from sxai.spaces.verbs.stored import list_spaces

        return list_spaces(self)

    def assess(self, image: Path | str | bytes, model: str | None = None) -> "ImageAssessment":
        """Assess a picture: the network's prediction, its concepts, and the level of trust."""
        from sxai.assess.verbs.assess import assess_bytes

        return assess_bytes(self, *_named_bytes(image), model)

    def search(self, query: str, limit: int | None = 60, model: str | None = None) -> "SearchResult":
        """Find images by meaning, for example ``dog.nose > 0.9``."""
        from sxai.search.verbs.search import search

        return search(self, query, limit, model=model)

    def status(self) -> "Overview":
        """The state of the project and its next step."""
        from sxai.overview import overview

        return overview(self)


def _named_bytes(image: Path | str | bytes) -> tuple[str, bytes]:
    """A picture's name and content; UnreadableImage when there is no such file."""
    if isinstance(image, bytes):
        return "image", image
    try:
        return str(image), Path(image).read_bytes()
    except OSError as error:
        raise UnreadableImage(f"cannot read {image}: {error.strerror}. Check the path.") from error


def _check_not_lost(folder: Path) -> None:
    """ProjectError when the catalogue is gone or empty while its files are there: opening would begin anew."""
    catalogue, files = folder / CATALOGUE_FILE, folder / ARTEFACTS
    if not files.is_dir() or (catalogue.is_file() and not holds_nothing(catalogue)):
        return
    if next((path for path in files.rglob("*") if path.is_file()), None) is not None:
        state = "empty" if catalogue.is_file() else "missing"
        raise ProjectError(
            f"the catalogue of the project in {folder} is {state}, although its files in {files} are there. Nothing "
            "was changed. Bring back a backup into another folder (sxai restore), or move the files away to begin anew."
        )
