"""Information ratio of the first common trait by layer (supplement S.2, Supplementary Fig. 4)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

from data_store.records import ImageRecord, ModelRecord
from sxai.errors import SpaceError
from sxai.images.verbs.stored import read_canvases
from sxai.networks.network import Network
from sxai.networks.verbs.features import features_of
from sxai.networks.verbs.networks import load_network, model_record
from sxai.progress import Progress, shifted, silent
from sxai.project.analyses import Analysis, AnalysisVerb, Kept, Outcome, document, keep, kept_many
from sxai.project.project import Project
from sxai.traits.compression import compress
from sxai.traits.defaults import MAX_POSITIONS, SAMPLES
from sxai.traits.positions import (
    BUDGET,
    Layer,
    LayerRatio,
    chosen_positions,
    first_ratios,
    gather,
    layer_ratio,
    layers_of,
    passes,
)
from sxai.traits.verbs.traits import drawn_images

LAYER, LAYERS = "layer", "layers"
GAP = "GAP"


@dataclass(frozen=True)
class LayerRatios:
    """Information ratio of the first component at every layer of a network, input to output, GAP last.

    ``skipped`` lists the layers without a ratio and the reason: no maps of several channels, or no variation.
    """

    class_name: str
    model: str
    image_ids: tuple[int, ...]
    layers: tuple[LayerRatio, ...]
    skipped: tuple[tuple[str, str], ...]
    parameters: dict[str, Any]
    version: str
    created: str

    def summary(self) -> dict[str, Any]:
        """The ratios as plain JSON."""
        plain = document(self)
        return {"n": len(plain.pop("image_ids"))} | plain


@AnalysisVerb
def layer_ratios(
    project: Project,
    class_name: str,
    n: int = SAMPLES,
    model: str | None = None,
    positions: int = MAX_POSITIONS,
    progress: Progress = silent,
) -> Analysis[LayerRatios]:
    """Compress ``n`` images of a class at every position of every layer; the mean first ratio of each.

    Memory is bounded: a layer of more than ``positions`` positions is sampled on a seeded regular grid, and the images
    stream through the network once for as many layers as fit into half a gigabyte. Each layer is kept when it is done,
    so an interrupted run resumes there. The images are those of :func:`.common_traits`.
    """
    record = model_record(project, model)
    images = drawn_images(project, class_name, n)
    parameters = _parameters(project, class_name, images, positions)

    def make() -> Outcome:
        network = load_network(project, record)
        layers, without = layers_of(network)
        results = _missing_made(project, record, network, images, layers, parameters, progress)
        results.append(_pooled(project, record, network, images, progress))
        skipped = [[name, "its output is no map of several channels"] for name in without]
        skipped += [[result["name"], result["skipped"]] for result in results if "skipped" in result]
        return {"layers": [result for result in results if "skipped" not in result], "skipped": skipped}, {}

    return Analysis(record, LAYERS, parameters, make, partial(_ratios_of, record))


def _parameters(project: Project, class_name: str, images: Sequence[ImageRecord], positions: int) -> dict[str, Any]:
    ids = [image.id for image in images]
    return {"class": class_name, "image_ids": ids, "seed": project.seed, "positions": positions, "budget": BUDGET}


def _missing_made(
    project: Project,
    record: ModelRecord,
    network: Network,
    images: Sequence[ImageRecord],
    layers: Sequence[Layer],
    parameters: dict[str, Any],
    progress: Progress,
) -> list[dict[str, Any]]:
    """The result of every layer in order; missing ones are computed, pass by pass."""
    wanted = [{**parameters, "layer": layer.name} for layer in layers]
    known = kept_many(project, record, LAYER, wanted)
    missing = [layer for layer, outcome in zip(layers, known, strict=True) if outcome is None]
    n, most, budget = len(images), parameters["positions"], parameters["budget"]
    groups = list(passes(missing, n, most, budget))
    for at, group in enumerate(groups):
        report = shifted(progress, "layers", at * n, len(groups) * n)
        chosen = {layer.name: chosen_positions(layer, n, most, project.seed, budget) for layer in group}
        tables = gather(network, read_canvases(project, images), n, chosen, project.device, report)
        for layer in group:
            result = _result(layer, tables.pop(layer.name), progress)
            keep(project, record, LAYER, {**parameters, "layer": layer.name}, result, {})
    return [outcome.result for outcome in kept_many(project, record, LAYER, wanted) if outcome is not None]


def _result(layer: Layer, table: np.ndarray, progress: Progress) -> dict[str, Any]:
    try:
        return asdict(layer_ratio(layer, first_ratios(table, progress)))
    except SpaceError as error:
        return {"name": layer.name, "skipped": str(error)}


def _pooled(
    project: Project, record: ModelRecord, network: Network, images: Sequence[ImageRecord], progress: Progress
) -> dict[str, Any]:
    """The ratio after global average pooling, from the pooled features."""
    ratio = compress(features_of(project, record, network, images, progress).features, 1).ratios[0]
    return asdict(LayerRatio(GAP, "gap", float(ratio), error=0.0, positions=1, dead=0, of=1))


def _ratios_of(record: ModelRecord, outcome: Kept) -> LayerRatios:
    return LayerRatios(
        class_name=outcome.parameters["class"],
        model=record.name,
        image_ids=tuple(outcome.parameters["image_ids"]),
        layers=tuple(LayerRatio(**layer) for layer in outcome.result["layers"]),
        skipped=tuple((name, reason) for name, reason in outcome.result["skipped"]),
        parameters=outcome.parameters,
        version=outcome.version,
        created=outcome.created,
    )
