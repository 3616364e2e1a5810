"""The input of every item: the project's network, two classes, their spaces, and how much to compute."""

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import plotly.graph_objects as go

from data_store.records import ImageRecord, ModelRecord
from sxai.errors import ProjectError, SpaceError, UnknownName
from sxai.images.decode import encode
from sxai.names import split_name
from sxai.networks.verbs.networks import model_record
from sxai.plot.panels import picture_panel
from sxai.plot.theme import class_colour
from sxai.progress import Progress, silent
from sxai.project.project import Project
from sxai.prototypes.concepts import Prototypes
from sxai.prototypes.verbs.names import PREFIX
from sxai.prototypes.verbs.train import stored_prototypes, train_concepts
from sxai.reproduction.paper import PRINTED
from sxai.reproduction.printed import Value
from sxai.spaces.verbs.stored import SpaceSummary, list_spaces

PARTS = ("eyes", "nose", "legs")
"""The paper's concepts; a project's other concepts replace missing ones in their order."""


@dataclass(frozen=True)
class Amounts:
    """How much is computed: the paper's numbers by default.

    ``n`` samples of common traits, ``n_ratio`` for the ratios of Fig. 2c, ``sizes`` and ``repeats`` of the spread;
    ``steps`` of a visualisation (None: the method's own); ``gallery`` images at each end; ``attacked`` images with
    ``attack_steps`` of PGD; ``composites`` of two images; ``occluder_steps`` over ``occluder_images`` of a class.
    """

    n: int = 300
    n_ratio: int = 500
    sizes: tuple[int, ...] = (10, 25, 50, 100, 200, 300)
    repeats: int = 3
    search: str = "flips"
    method: str = "fast"
    steps: int | None = None
    prior_steps: int | None = None
    gallery: int = 8
    epsilons: tuple[float, ...] = (0.05, 0.01, 0.005)
    attacked: int = 100
    attack_steps: int = 40
    composites: int = 300
    occluder_steps: int = 200
    occluder_images: int = 200

    def at_most(self, samples: int | None) -> "Amounts":
        """These amounts with at most ``samples`` images for any common trait (None: unchanged).

        >>> Amounts().at_most(50).sizes
        (10, 25, 50)
        """
        if samples is None:
            return self
        if samples < 2:
            raise SpaceError(f"{samples} samples asked for: common traits take at least 2 (the paper: {self.n}).")
        sizes = tuple(size for size in self.sizes if size <= samples) or (samples,)
        return replace(self, n=min(self.n, samples), n_ratio=min(self.n_ratio, samples), sizes=sizes)


SHORT = Amounts(
    n=24,
    n_ratio=24,
    sizes=(6, 12, 24),
    repeats=2,
    steps=60,
    prior_steps=30,
    gallery=4,
    attacked=12,
    attack_steps=10,
    composites=4,
    occluder_steps=10,
    occluder_images=8,
)
"""Amounts for a quick trial: just enough to see that everything runs."""


@dataclass(frozen=True)
class Study:
    """The input of a reproduction: two classes, the spaces of one network, and the amounts."""

    project: Project
    record: ModelRecord
    classes: tuple[str, str]
    spaces: Mapping[str, SpaceSummary]
    amounts: Amounts = Amounts()
    pictures: bool = True
    progress: Progress = silent

    @classmethod
    def of(
        cls,
        project: Project,
        model: str | None = None,
        classes: Sequence[str] | None = None,
        amounts: Amounts = Amounts(),
        pictures: bool = True,
        progress: Progress = silent,
    ) -> "Study":
        """The study of the named (or active) network.

        Raises
        ------
        ProjectError, UnknownName
            when there are not two classes, or those asked for are not the network's.
        """
        record = model_record(project, model)
        if len(record.classes) < 2:
            raise ProjectError(
                f"the network {record.name} is not trained on two classes; run: sxai model train {record.name}"
            )
        chosen = tuple(classes or record.classes[:2])
        unknown = [name for name in chosen if name not in record.classes]
        if unknown:
            raise UnknownName(
                f"{record.name} knows no class {', '.join(unknown)}; it knows {', '.join(record.classes)}."
            )
        if len(chosen) != 2 or chosen[0] == chosen[1]:
            raise ProjectError(
                f"give two classes, such as --classes {','.join(record.classes[:2])}; got {', '.join(chosen)}."
            )
        spaces = {space.name: space for space in list_spaces(project, record.name) if not space.stale}
        return cls(project, record, (chosen[0], chosen[1]), spaces, amounts, pictures, progress)

    def other(self, model: str) -> "Study":
        """This study with another network of the project."""
        changed = Study.of(self.project, model, self.classes, self.amounts, self.pictures)
        return replace(changed, progress=self.progress)

    @property
    def model(self) -> str:
        """The network's name."""
        return self.record.name

    @property
    def palette(self) -> Sequence[str]:
        """The network's classes, in the order of their colours."""
        return self.record.classes

    def colour(self, name: str) -> str:
        """The colour of a class or of a space's class."""
        return class_colour(name, self.palette)

    def concepts(self, class_name: str) -> list[str]:
        """The class's concepts masked by a person that have a space, the paper's first and in its order."""
        every = [concept for owner, concept in map(split_name, self.spaces) if owner == class_name]
        by_hand = [concept for concept in every if not concept.startswith(PREFIX)]
        return sorted(by_hand, key=lambda word: PARTS.index(word) if word in PARTS else len(PARTS))

    def space(self, class_name: str, part: str) -> str:
        """The space that stands for the paper's ``part`` ("eyes", "nose" or "legs").

        Raises
        ------
        SpaceError
            when the class has too few spaces; the message says what to mask and extract.
        """
        concepts = self.concepts(class_name)
        if part in concepts:
            return f"{class_name}.{part}"
        rest = [word for word in concepts if word not in PARTS]
        place = [other for other in PARTS if other not in concepts].index(part)
        if place < len(rest):
            return f"{class_name}.{rest[place]}"
        raise SpaceError(
            f"no semantic space of {class_name} can stand for the paper's {part}: the network {self.model} has "
            f"{', '.join(self.spaces) or 'none'}. Mask the concept on 3 images or more, then run: sxai space extract "
            f"{class_name}.{part}"
        )

    @cached_property
    def images(self) -> dict[str, list[ImageRecord]]:
        """The project's images of both classes."""
        return {name: self.project.catalogue.images(class_name=name) for name in self.classes}

    def at_most(self, n: int, class_name: str) -> int:
        """``n``, or as many images as the class has."""
        return min(n, len(self.images[class_name]))


@dataclass(frozen=True, eq=False)
class ItemResult:
    """One reproduced figure or table.

    ``ours`` holds our values under the paper's names (and more); ``tables`` rows by name, ``figures`` charts and
    ``pictures`` contact sheets (H, W, 3) uint8 by name; ``note`` for the reader; ``width`` of the charts in pixels.
    """

    name: str
    ours: dict[str, Any]
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    figures: dict[str, go.Figure] = field(default_factory=dict)
    pictures: dict[str, np.ndarray] = field(default_factory=dict)
    note: str = ""
    width: int = 1080

    @property
    def title(self) -> str:
        """The item's title in the list of printed figures."""
        return PRINTED[self.name].title

    @property
    def paper(self) -> Mapping[str, Value]:
        """The paper's values by quantity."""
        return PRINTED[self.name].values


Item = Callable[[Study], ItemResult]
"""Reproduces an item; raises SxaiError, which says what is missing, when the project lacks an input."""


def photo_panel(pixels: np.ndarray, title: str = "") -> go.Figure:
    """A picture (H, W, 3) uint8 as a panel of a figure."""
    source = "data:image/jpeg;base64," + b64encode(encode(pixels, "jpeg")).decode()
    return picture_panel(source, pixels.shape[1], pixels.shape[0], title)


def share(value: float) -> str:
    """A share in per cent, for headings.

    >>> share(0.9714)
    '97.1 %'
    """
    return f"{100 * value:.1f} %"


def hundredths(value: float) -> str:
    """A number with two decimals, without the sign of a negative zero.

    >>> hundredths(-0.001), hundredths(0.934)
    ('0.00', '0.93')
    """
    return f"{round(value, 2) + 0.0:.2f}"


def listed(words: Sequence[Any]) -> str:
    """Values with commas between them, "none" when there are none.

    >>> listed([1, 2]), listed([])
    ('1, 2', 'none')
    """
    return ", ".join(map(str, words)) or "none"


QUICK: dict[str, Any] = {"per_class": 2, "images": 8, "resolution": "maps", "rounds": 1, "joint": 1}
"""Settings of a quick trial training."""

FEW_SAMPLES = 50
"""Below this number of samples prototypes are trained with the QUICK settings."""


def settings_of(study: Study) -> dict[str, Any]:
    """Settings of the prototypes' training: the defaults, or QUICK when few samples are asked for."""
    return QUICK if study.amounts.n < FEW_SAMPLES else {}


def prototypes_of(study: Study) -> Prototypes:
    """The prototypes in use, trained when there are none."""
    prototypes = stored_prototypes(study.project, study.model)
    return prototypes or train_concepts(study.project, study.model, progress=study.progress, **settings_of(study))
