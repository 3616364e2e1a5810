"""Activations of spatial directions, appended to a network's features as one column each.

So code that evaluates spaces on features (n, C) also evaluates spatial ones: column C + j is the activation of the
j-th. Activations of the project's images are stored, since each costs a forward pass on a larger input.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from scipy.special import expit

from data_store.records import ImageRecord, MaskRecord, ModelRecord, SpaceRecord
from sxai.batches import in_batches
from sxai.errors import SpaceError
from sxai.images.verbs.stored import images_of, read_canvases
from sxai.masks.mask import apply_mask
from sxai.masks.verbs.save import stored_mask
from sxai.networks.features import batch_for, computing, extract
from sxai.networks.network import Network
from sxai.networks.reading import Reading, position_features, read_prepared
from sxai.networks.verbs.features import BLOCK, features_of
from sxai.networks.verbs.networks import load_network, model_record
from sxai.progress import Progress, silent, tracked
from sxai.project.analyses import keep, kept_many
from sxai.project.project import Project
from sxai.spaces.defaults import SPATIALS
from sxai.spaces.spatial import SpatialDirection
from sxai.spaces.verbs.stored import parameters_of

Canvases = Callable[[], Iterable[np.ndarray]]
"""Gives the canvases uint8 (H, W, 3) of some pictures, each time anew: each reading goes over them once."""

SEEN = "probe"
PAIRS = "probe-pairs"


@dataclass(frozen=True, eq=False)
class Probe:
    """A spatial direction with the layers it reads; ``key`` is a hash of both."""

    direction: SpatialDirection
    reading: Reading

    @property
    def key(self) -> str:
        """A hash (64 hexadecimal digits) of all that determines an activation."""
        settings = json.dumps([asdict(self.reading), self.direction.strongest, self.direction.bias])
        return hashlib.sha256(settings.encode() + self.direction.weights.tobytes()).hexdigest()


def probe_of(project: Project, record: SpaceRecord) -> Probe:
    """The probe that a stored spatial space holds.

    Raises
    ------
    SpaceError
        when the space's arrays are missing.
    """
    if record.artefact is None:
        raise SpaceError(f"{record.full_name} has lost its arrays; extract it again.")
    artefact, made_with = record.artefact, parameters_of(record)

    def read() -> Probe:
        stored = project.artefacts.read_arrays(artefact, ["weights", "bias"])
        weights, bias = stored["weights"].astype(np.float64), float(stored["bias"])
        direction = SpatialDirection(record.full_name, weights, bias, made_with["strongest"])
        reading = made_with["reading"]
        return Probe(direction, Reading(tuple(reading["taps"]), reading["size"], reading["grid"]))

    probe: Probe = project.remember(("probe", artefact), read)
    return probe


@dataclass(frozen=True, eq=False)
class Pairs:
    """Masks of a concept with their images: each picture is read as it is and with its mask filled."""

    project: Project
    masks: Sequence[MaskRecord]
    images: Sequence[ImageRecord]

    @classmethod
    def of(cls, project: Project, masks: Sequence[MaskRecord]) -> "Pairs":
        """The masks with their images, by one query."""
        return cls(project, masks, images_of(project, masks))

    def __len__(self) -> int:
        return len(self.masks)

    def at(self, rows: Sequence[int]) -> "Pairs":
        """The pairs of these rows."""
        return Pairs(self.project, [self.masks[row] for row in rows], [self.images[row] for row in rows])

    def canvases(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Each canvas uint8 (H, W, 3), read once, as it is and with its mask filled."""
        for pixels, mask in zip(read_canvases(self.project, self.images), self.masks, strict=True):
            yield pixels, apply_mask(pixels, stored_mask(mask))

    def filled(self) -> Iterator[np.ndarray]:
        """The canvases with their masks filled."""
        return (filled for _, filled in self.canvases())


def _pairs(probe: Probe, masks: Sequence[MaskRecord]) -> dict[str, Any]:
    return {"direction": probe.key, "masks": [[mask.id, mask.version] for mask in masks]}


@dataclass(frozen=True, eq=False)
class Reader:
    """Computes the rows that a network's spaces read: C features, then the activation of each probe."""

    project: Project
    record: ModelRecord
    network: Network
    probes: tuple[Probe, ...] = ()

    @classmethod
    def of(cls, project: Project, record: ModelRecord, network: Network, spaces: Iterable[SpaceRecord]) -> "Reader":
        """The reader for these spaces; their columns come in the same order."""
        return cls(
            project, record, network, tuple(probe_of(project, space) for space in spaces if space.estimator in SPATIALS)
        )

    @property
    def identity(self) -> dict[str, Any]:
        """Parameters that identify the probes, for results that depend on their columns; empty without probes."""
        return {"probes": [probe.key for probe in self.probes]} if self.probes else {}

    def images(self, images: Sequence[ImageRecord], progress: Progress = silent) -> np.ndarray:
        """Rows (n, C + k) of images of the project; stored activations are reused."""
        features = features_of(self.project, self.record, self.network, images, progress).features
        return np.concatenate([features, self._stored(images, progress)], axis=1) if self.probes else features

    def pictures(self, canvases: Sequence[np.ndarray], progress: Progress = silent) -> np.ndarray:
        """Rows (n, C + k) of canvases uint8 (H, W, 3); nothing is kept."""
        batch = extract(self.network, canvases, total=len(canvases), device=self.project.device, progress=progress)
        return self.beside(batch.features, lambda: canvases)

    def beside(self, features: np.ndarray, canvases: Canvases) -> np.ndarray:
        """Features (n, C) with the activations of the probes on the same pictures appended: (n, C + k)."""
        return np.concatenate([features, self.columns(canvases)], axis=1) if self.probes else features

    def prepared(self, x: torch.Tensor) -> np.ndarray:
        """Rows (n, C + k) of prepared pictures (n, 3, S, S) in [0, 1]."""
        device = self.project.device
        with computing(self.network, device), torch.inference_mode():
            features = self.network.features(x).float().cpu().numpy()
        if not self.probes:
            return features
        groups = x.split(batch_for(self.network.device))
        read = partial(read_prepared, self.network, device=device)
        seen = self._activations(lambda reading: (read(group, reading=reading) for group in groups))
        return np.concatenate([features, seen], axis=1)

    def columns(self, canvases: Canvases) -> np.ndarray:
        """Activations float32 (n, k) of the pictures that ``canvases()`` gives, by every probe."""
        return self._activations(
            lambda reading: position_features(self.network, canvases(), reading, device=self.project.device)
        )

    def heat(self, pixels: np.ndarray) -> dict[str, np.ndarray]:
        """Strength in [0, 1] of each probe's concept at each position (G, G) of one canvas, by its name.

        It is the classifier's output for balanced positions, not a calibrated probability.
        """
        strengths: dict[str, np.ndarray] = {}
        for reading in dict.fromkeys(probe.reading for probe in self.probes):
            [positions] = position_features(self.network, [pixels], reading, device=self.project.device)
            mine = [probe.direction for probe in self.probes if probe.reading == reading]
            strengths |= {direction.name: expit(direction.heat(positions)[0]) for direction in mine}
        return strengths

    def masked(self, masks: Sequence[MaskRecord], progress: Progress = silent) -> np.ndarray:
        """Activations (n, k) of the images of ``masks`` with the masks filled; stored ones are reused."""
        wanted = [_pairs(probe, masks) for probe in self.probes]
        known = kept_many(self.project, self.record, PAIRS, wanted)
        missing = [probe for probe, activation in zip(self.probes, known, strict=True) if activation is None]
        fresh = {}
        if missing:
            seen = replace(self, probes=tuple(missing)).columns(
                lambda: tracked(Pairs.of(self.project, masks).filled(), "masked images", len(masks), progress)
            )
            fresh = {probe.key: values for probe, values in zip(missing, seen.T, strict=True)}
        for probe in missing:
            self.keep_masked(probe, masks, fresh[probe.key])
        columns = [
            fresh[probe.key] if activation is None else activation.arrays["after"]
            for probe, activation in zip(self.probes, known, strict=True)
        ]
        return np.stack(columns, axis=1)

    def keep_masked(self, probe: Probe, masks: Sequence[MaskRecord], values: np.ndarray) -> None:
        """Store a probe's activations (n,) of pictures with their masks filled."""
        keep(self.project, self.record, PAIRS, _pairs(probe, masks), {}, {"after": values})

    def _stored(self, images: Sequence[ImageRecord], progress: Progress) -> np.ndarray:
        """Activations (n, k) of images of the project; missing ones are computed and stored block by block."""
        known = [self._known(probe) for probe in self.probes]
        missing = [image for image in images if any(image.id not in values for values in known)]
        done = len(images) - len(missing)
        progress("positions", done, len(images))
        for block in in_batches(missing, BLOCK):
            rows = self.columns(partial(read_canvases, self.project, block))
            for values, probe, column in zip(known, self.probes, rows.T, strict=True):
                values.update(zip((image.id for image in block), column.tolist(), strict=True))
                self._keep(probe, values)
            done += len(block)
            progress("positions", done, len(images))
        return np.array([[values[image.id] for values in known] for image in images], dtype=np.float32)

    def _known(self, probe: Probe) -> dict[int, float]:
        [stored] = kept_many(self.project, self.record, SEEN, [{"direction": probe.key}])
        if stored is None:
            return {}
        return dict(zip(stored.arrays["image_ids"].tolist(), stored.arrays["values"].tolist(), strict=True))

    def _keep(self, probe: Probe, values: Mapping[int, float]) -> None:
        arrays = {"image_ids": np.array(list(values)), "values": np.array(list(values.values()), dtype=np.float32)}
        keep(self.project, self.record, SEEN, {"direction": probe.key}, {}, arrays)

    def _activations(self, read: Callable[[Reading], Iterable[np.ndarray]]) -> np.ndarray:
        """Activations of all probes, with one forward pass for each distinct reading."""
        activations: dict[int, np.ndarray] = {}
        for reading in dict.fromkeys(probe.reading for probe in self.probes):
            mine = [at for at, probe in enumerate(self.probes) if probe.reading == reading]
            rows = [np.stack([self.probes[at].direction.activation(batch) for at in mine]) for batch in read(reading)]
            activations |= dict(
                zip(mine, np.concatenate(rows, axis=1) if rows else np.empty((len(mine), 0)), strict=True)
            )
        return np.stack([activations[at] for at in range(len(self.probes))], axis=1).astype(np.float32)


def pair_arrays(project: Project, record: SpaceRecord) -> dict[str, np.ndarray]:
    """The stored arrays of a space: features of its pairs, scores, difference, image ids."""
    if record.artefact is None:
        raise SpaceError(f"{record.full_name} has lost its arrays; extract it again.")
    return dict(project.artefacts.read_arrays(record.artefact))


def pair_rows(
    project: Project, record: SpaceRecord, spaces: Sequence[SpaceRecord], progress: Progress = silent
) -> tuple[np.ndarray, np.ndarray]:
    """Rows (n, ·) for ``spaces`` of the pairs that a space was made from, unmasked and masked.

    Spatial spaces use the present masks, so pairs whose mask was removed since are left out.
    """
    stored = pair_arrays(project, record)
    if all(space.estimator not in SPATIALS for space in spaces):
        return stored["unmasked"], stored["masked"]
    network = model_record(project, record.model)
    reader = Reader.of(project, network, load_network(project, network), spaces)
    now = {mask.image_id: mask for mask in project.catalogue.masks(record.class_name, record.concept)}
    rows = [row for row, image_id in enumerate(stored["image_ids"].tolist()) if image_id in now]
    masks = [now[image_id] for image_id in stored["image_ids"][rows].tolist()]
    masked = [stored["masked"][rows, : network.channels], reader.masked(masks, progress)]
    return reader.images(images_of(project, masks), progress), np.concatenate(masked, axis=1)
