"""Class-specific saliency: two classes on one picture, and the pointing game over composites of two images."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import permutations
from typing import Any

import numpy as np
import torch

from data_store.records import ImageRecord, ModelRecord
from sxai.assess.grad_cam import on_canvas
from sxai.assess.guided_backprop import GATED_METHODS, METHODS, saliency
from sxai.assess.pointing_game import SHARES, Gain, composite, localisation_gain, pointing_hits
from sxai.errors import SpaceError, UnknownName
from sxai.images.decode import canvas, decode
from sxai.images.verbs.stored import find_image, read_canvas
from sxai.networks.network import Network
from sxai.networks.verbs.networks import load_network, model_record, probabilities_of
from sxai.progress import Progress, silent
from sxai.project.analyses import Outcome, kept
from sxai.project.project import Project
from sxai.vectors.vectors import Gate
from sxai.vectors.verbs.sources import GAP
from sxai.vectors.verbs.vectors import VectorSet

POINTING = "vector pointing"
BLOCK = 10
"""Composites that are stored at once, the most that an interrupted game loses."""

SALIENCY_METHODS = METHODS
"""Grad-CAM, and the two methods that a gate changes."""

USUAL_GATE = Gate(share=0.03)
"""The gate of saliency by default: among the best on composites of images that vectors were made from."""

PLAIN, WITH_GATE = "plain", "SeVec gate"
READINGS = ("most", "every")

Gates = Callable[[Sequence[str]], np.ndarray | None]
"""The gates of the classes shown, (n, C); None is no gate."""


@dataclass(frozen=True, eq=False)
class ClassMaps:
    """Saliency of classes on one picture.

    ``pixels`` (H, W, 3) is the canvas; ``maps`` (H, W) ≥ 0 by (class, method, gated), on the canvas; ``outputs`` the
    network's probability of each class shown.
    """

    pixels: np.ndarray
    maps: dict[tuple[str, str, bool], np.ndarray]
    outputs: dict[str, float]
    gate: Gate
    model: str


@dataclass(frozen=True, eq=False)
class PointingGame:
    """The game over ``n`` composites, both classes of each: accuracy and gain at each share of ``shares``.

    ``gains`` maps (method, reading) to plain and gated accuracy, the gain and its interval; ``beside`` maps a reading
    to Grad-CAM's accuracy. A composite's two maps are drawn together in the bootstrap.
    """

    model: str
    n: int
    shares: tuple[float, ...]
    gate: Gate
    gains: dict[tuple[str, str], Gain]
    beside: dict[str, np.ndarray]

    def summary(self) -> dict[str, Any]:
        """All curves as plain JSON."""
        curves = [
            {"method": method, "reading": reading}
            | {name: getattr(gain, name).tolist() for name in ("plain", "gated", "gain", "low", "high")}
            for (method, reading), gain in self.gains.items()
        ]
        return {
            "model": self.model,
            "composites": self.n,
            "shares": list(self.shares),
            "gate": asdict(self.gate),
            "curves": curves,
            "grad_cam": {name: row.tolist() for name, row in self.beside.items()},
        }


def class_saliency(
    project: Project,
    vectors: VectorSet,
    image: int | bytes | np.ndarray,
    classes: Sequence[str] | None = None,
    gate: Gate = USUAL_GATE,
    methods: Sequence[str] = METHODS,
) -> ClassMaps:
    """Maps of classes on one image of the project (its number), any picture (bytes), or a canvas (H, W, 3).

    ``classes`` default to the two most probable ones. Every method is given without a gate; guided backprop and
    gradient × input also with the class's gate, if there is a vector of it.

    Raises
    ------
    UnknownName, SpaceError, ModelError
        for a class that the network does not have, or vectors of another layer.
    """
    record = model_record(project, vectors.model)
    network = load_network(project, record)
    pixels = _pixels(project, image)
    x = network.prepare([pixels])
    with torch.inference_mode():
        probabilities = probabilities_of(network, network.features(x).cpu().numpy())[0]
    chosen = list(classes or [record.classes[at] for at in np.argsort(-probabilities)[:2]])
    maps = {}
    for name, method in ((name, method) for name in chosen for method in methods):
        target = torch.tensor([_class_index(record, name)])
        for gated in (False, True) if method in GATED_METHODS and name in vectors.words else (False,):
            passes = class_gates(vectors, [name], gate) if gated else None
            heat = saliency(network, x, target, method, passes, project.device)
            maps[name, method, gated] = on_canvas(network, torch.from_numpy(heat)[:, None], *pixels.shape[:2])
    outputs = {name: float(probabilities[_class_index(record, name)]) for name in chosen}
    return ClassMaps(pixels, maps, outputs, gate, record.name)


def _pixels(project: Project, image: int | bytes | np.ndarray) -> np.ndarray:
    if isinstance(image, np.ndarray):
        return image
    return (
        canvas(decode(image).pixels) if isinstance(image, bytes) else read_canvas(project, find_image(project, image))
    )


def _class_index(record: ModelRecord, name: str) -> int:
    if name not in record.classes:
        raise UnknownName(f"{record.name} has no class '{name}'; it has {', '.join(record.classes) or 'none yet'}.")
    return list(record.classes).index(name)


def class_gates(vectors: VectorSet, names: Sequence[str], gate: Gate) -> np.ndarray:
    """Gates (len(names), C) of classes over the channels of the last maps.

    Raises
    ------
    SpaceError
        for vectors of positions, or a rate that no unit of a class reaches.
    """
    if vectors.tap != GAP:
        raise SpaceError(
            f"these vectors read {vectors.tap}; the gate is one over channels: make vectors without --tap."
        )
    return np.stack([gate.of(vectors.concept(name)) for name in names])


def two_in_one(project: Project, first: int, second: int, upright: bool = False) -> np.ndarray:
    """The canvas (S, S, 3) of two images of the project side by side, or one above the other."""
    left, right = (read_canvas(project, find_image(project, number)) for number in (first, second))
    return composite(left, right, upright)[0]


def pointing_game(
    project: Project,
    vectors: VectorSet,
    n: int = 100,
    gate: Gate = USUAL_GATE,
    made: bool = False,
    progress: Progress = silent,
) -> PointingGame:
    """Play the generalised pointing game on ``n`` composites of two held-out images of different classes.

    The boxes are known, since each image fills its half. Blocks of ten composites are stored, so an interrupted game
    resumes. ``made`` uses the images that the vectors were made from, to choose a gate.

    Raises
    ------
    SpaceError, ModelError
        when fewer than two concepts are classes of the network with such images.
    """
    record = model_record(project, vectors.model)
    pairs = _pairs(project, record, vectors, n, made)
    network = load_network(project, record)
    blocks = []
    for at in range(0, len(pairs), BLOCK):
        progress("composites", at, len(pairs))
        block = _Block(project, record, network, pairs[at : at + BLOCK], at)
        blocks.append({**block.plain(), **block.gated(vectors, gate)})
    progress("composites", len(pairs), len(pairs))
    hits = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    return _told(record.name, gate, hits, project.seed)


def _pairs(
    project: Project, record: ModelRecord, vectors: VectorSet, n: int, made: bool
) -> list[tuple[ImageRecord, ImageRecord]]:
    """Pairs of images of different classes: every ordered pair of classes in turn, images drawn with the seed."""
    groups: dict[str, list[int]] = {}
    for at, name in enumerate(vectors.words):
        rows = (vectors.labels == at) & (vectors.made == made) & (vectors.image_ids >= 0)
        if name in record.classes and rows.any():
            groups[name] = vectors.image_ids[rows].tolist()
    if len(groups) < 2 or n < 1:
        raise SpaceError(
            f"a composite shows two classes; {len(groups)} of {', '.join(vectors.words)} are classes of {record.name} "
            "with held-out images (n must be 1 or more)."
        )
    rng, turns = np.random.default_rng(project.seed), list(permutations(groups, 2))
    drawn = [
        (int(rng.choice(groups[first])), int(rng.choice(groups[second])))
        for first, second in (turns[at % len(turns)] for at in range(n))
    ]
    images = {
        image.id: image for image in project.catalogue.images(ids=[image_id for pair in drawn for image_id in pair])
    }
    return [(images[first], images[second]) for first, second in drawn]


@dataclass(frozen=True, eq=False)
class _Block:
    """A block of composites that is computed and stored at once; ``first`` is the number of its first composite.

    Results without a gate are stored separately, so that they are computed once for all gates and sets.
    """

    project: Project
    record: ModelRecord
    network: Network
    pairs: Sequence[tuple[ImageRecord, ImageRecord]]
    first: int

    def plain(self) -> dict[str, np.ndarray]:
        """Hits (len(pairs), 2, shares) of all methods without a gate, by way and reading."""
        return self._kept({"way": PLAIN}, METHODS, lambda names: None)

    def gated(self, vectors: VectorSet, gate: Gate) -> dict[str, np.ndarray]:
        """Hits of the gated methods, each map with its class's gate."""
        vector_set = {key: value for key, value in vectors.parameters.items() if key != "network"}
        parameters = {"way": WITH_GATE, "set": vector_set, "gate": asdict(gate)}
        return self._kept(parameters, GATED_METHODS, lambda names: class_gates(vectors, names, gate))

    def _kept(self, parameters: dict[str, Any], methods: Sequence[str], gates: Gates) -> dict[str, np.ndarray]:
        complete = parameters | {
            "head": self.record.artefact,
            "first": self.first,
            "shares": list(SHARES),
            "pairs": [[image.sha256 for image in pair] for pair in self.pairs],
        }

        def make() -> Outcome:
            return {}, self._played(str(parameters["way"]), methods, gates)

        return kept(self.project, self.record, POINTING, complete, make).arrays

    def _played(self, way: str, methods: Sequence[str], gates: Gates) -> dict[str, np.ndarray]:
        hit_rows: dict[str, list[np.ndarray]] = {}
        for number, pair in enumerate(self.pairs, start=self.first):
            first, second = (read_canvas(self.project, image) for image in pair)
            pixels, boxes = composite(first, second, upright=number % 2 == 1)
            names = [str(image.class_name) for image in pair]
            x, gate = self.network.prepare([pixels, pixels]), gates(names)
            targets = torch.tensor([_class_index(self.record, name) for name in names])
            for method in methods:
                heat = saliency(self.network, x, targets, method, gate, self.project.device)
                laid = [on_canvas(self.network, torch.from_numpy(row)[None, None], *pixels.shape[:2]) for row in heat]
                hits = [pointing_hits(row, box) for row, box in zip(laid, boxes, strict=True)]
                for reading in READINGS:
                    both = np.stack([getattr(hit, reading) for hit in hits])
                    hit_rows.setdefault(f"{method} {way} {reading}", []).append(both)
        return {name: np.stack(rows) for name, rows in hit_rows.items()}


def _told(model: str, gate: Gate, hits: Mapping[str, np.ndarray], seed: int) -> PointingGame:
    means = {name: rows.mean(axis=1) for name, rows in hits.items()}
    gains = {
        (method, reading): localisation_gain(
            means[f"{method} {PLAIN} {reading}"], means[f"{method} {WITH_GATE} {reading}"], seed=seed
        )
        for method in GATED_METHODS
        for reading in READINGS
    }
    beside = {reading: means[f"grad-cam {PLAIN} {reading}"].mean(axis=0) for reading in READINGS}
    n = len(next(iter(means.values())))
    return PointingGame(model, n, SHARES, gate, gains, beside)
