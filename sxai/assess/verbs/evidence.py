"""Evidence on one picture: which superpixels carry each concept, beside where the CNN itself looked (Grad-CAM)."""

import base64
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go

from sxai.assess.grad_cam import grad_cam
from sxai.assess.occlusion import (
    Evidence,
    evidence_of_views,
    filled_views,
    per_superpixel,
    rank_agreement,
    superpixel_views,
)
from sxai.assess.occlusion_figures import evidence_map, position_map, saliency_map
from sxai.assess.verbs.assess import Assessor
from sxai.errors import ProjectError
from sxai.images.decode import canvas, decode, encode
from sxai.images.verbs.stored import find_image
from sxai.masks.superpixels import SlicParameters, superpixels
from sxai.masks.verbs.save import segmented
from sxai.networks.features import FeatureBatch
from sxai.plot.theme import describe
from sxai.progress import Progress, silent
from sxai.project.analyses import kept
from sxai.project.project import Project
from sxai.version import __version__

WHERE = "where "
"""Begins the names of arrays that hold a spatial concept's map."""

SUPERPIXELS = 40
"""Superpixels asked for by default: fine enough to tell an eye from an ear."""


@dataclass(frozen=True, eq=False)
class PictureEvidence:
    """The evidence on one picture of n superpixels.

    ``pixels`` (H, W, 3) is the canvas, ``heat`` (H, W) the Grad-CAM of the predicted class, ``heat_means`` (K,) its
    mean over each superpixel. ``agreement`` is the rank correlation over superpixels of ``heat_means`` with the drops
    of every concept's P (by its name) and of the class's probability (by ``p(class)``); None where one is constant.
    ``where`` holds (G, G) strengths in [0, 1] for each concept whose space reads positions.
    """

    file: str
    image_id: int | None
    pixels: np.ndarray
    found: Evidence
    heat: np.ndarray
    heat_means: np.ndarray
    where: dict[str, np.ndarray]
    agreement: dict[str, float | None]
    superpixels: SlicParameters
    model: str
    version: str
    created: str | None

    @property
    def own(self) -> tuple[str, ...]:
        """Names of the predicted class's concepts; all of them where it has none."""
        mine = tuple(name for name in self.found.names if name.rpartition(".")[0] == self.found.predicted)
        return mine or self.found.names

    @property
    def output(self) -> str:
        """The predicted class's probability, as it is called among the concepts: ``p(cat)``."""
        return output_name(self.found.predicted)

    def drops(self, name: str) -> np.ndarray:
        """Drops (K,) of a concept's P, or of the class's probability."""
        found = self.found
        return found.confidence_drops if name == self.output else np.asarray(found.probability_drops[self._row(name)])

    def value(self, name: str) -> float:
        """A concept's P, or the class's probability, of the picture as it is."""
        return self.found.confidence if name == self.output else float(self.found.probabilities[self._row(name)])

    def together(self, name: str) -> float:
        """The drop of that value with every superpixel filled at once."""
        found = self.found
        return found.confidence_together if name == self.output else float(found.probability_together[self._row(name)])

    def _row(self, name: str) -> int:
        return self.found.names.index(name)


def output_name(class_name: str) -> str:
    """How a class's probability is written among concepts.

    >>> output_name("cat")
    'p(cat)'
    """
    return f"p({class_name})"


def evidence_image(
    project: Project,
    image_id: int,
    count: int = SUPERPIXELS,
    model: str | None = None,
    again: bool = False,
    progress: Progress = silent,
) -> PictureEvidence:
    """The evidence on an image of the project with about ``count`` superpixels; kept under the network's weights.

    What the network saw is kept, the rest worked out anew, so that the evidence always fits the present spaces.
    """
    assessor = Assessor.of(project, model)
    image, slic = find_image(project, image_id), SlicParameters(count=count)
    pixels, labels = segmented(project, image, slic)
    parameters = {"picture": image.sha256, "superpixels": asdict(slic), **assessor.reader.identity}
    stored = kept(
        project,
        assessor.record,
        "evidence",
        parameters,
        lambda: ({}, _look(project, assessor, pixels, labels, progress)),
        again,
    )
    return _told(assessor, image.name, image_id, pixels, slic, stored.arrays, stored.version, stored.created)


def evidence_bytes(
    project: Project,
    name: str,
    data: bytes,
    count: int = SUPERPIXELS,
    model: str | None = None,
    progress: Progress = silent,
) -> PictureEvidence:
    """The evidence on an uploaded picture; nothing of it is kept."""
    return _fresh(project, name, data, count, model, progress)


def evidence_file(
    project: Project, path: Path | str, count: int = SUPERPIXELS, model: str | None = None, progress: Progress = silent
) -> PictureEvidence:
    """The evidence on a picture file from anywhere; nothing of it is kept."""
    return _fresh(project, str(path), Path(path), count, model, progress)


def _fresh(
    project: Project, name: str, source: bytes | Path, count: int, model: str | None, progress: Progress
) -> PictureEvidence:
    assessor = Assessor.of(project, model)
    slic = SlicParameters(count=count)
    pixels = canvas(decode(source).pixels)
    arrays = _look(project, assessor, pixels, superpixels(pixels, slic), progress)
    return _told(assessor, name, None, pixels, slic, arrays, __version__, None)


def _look(
    project: Project, assessor: Assessor, pixels: np.ndarray, labels: np.ndarray, progress: Progress
) -> dict[str, np.ndarray]:
    """All that needs the network: features and scores of the filled views, and the Grad-CAM of the predicted class."""
    views = superpixel_views(assessor.network, pixels, labels, project.device, progress)
    scores = np.asarray(views.logits)
    predicted = assessor.network.classes[int(scores[0].argmax())]
    heat = grad_cam(assessor.network, pixels, predicted, project.device)
    features = assessor.reader.beside(views.features, lambda: filled_views(pixels, labels))
    small = labels.astype(np.uint8 if labels.max() < 256 else np.uint16)
    where = {f"{WHERE}{name}": strengths for name, strengths in assessor.reader.heat(pixels).items()}
    return {"labels": small, "features": features, "logits": scores, "heat": heat, **where}


def _told(
    assessor: Assessor,
    file: str,
    image_id: int | None,
    pixels: np.ndarray,
    slic: SlicParameters,
    arrays: dict[str, np.ndarray],
    version: str,
    created: str | None,
) -> PictureEvidence:
    views = FeatureBatch(arrays["features"], arrays["logits"])
    found = evidence_of_views(arrays["labels"], views, assessor.record.classes, assessor.spaces)
    means = per_superpixel(arrays["heat"], found.labels)
    agreement = {output_name(found.predicted): rank_agreement(found.confidence_drops, means)}
    for name, drops in zip(found.names, found.probability_drops, strict=True):
        agreement[name] = rank_agreement(drops, means)
    return PictureEvidence(
        file=file,
        image_id=image_id,
        pixels=pixels,
        found=found,
        heat=arrays["heat"],
        heat_means=means,
        where={key.removeprefix(WHERE): strengths for key, strengths in arrays.items() if key.startswith(WHERE)},
        agreement=agreement,
        superpixels=slic,
        model=assessor.record.name,
        version=version,
        created=created,
    )


def evidence_document(shown: PictureEvidence) -> dict[str, Any]:
    """The numbers of the evidence as plain JSON: one entry a concept, with the drop of every superpixel."""
    found = shown.found
    rows = zip(
        found.names,
        found.probabilities,
        found.probability_drops,
        found.activation_drops,
        found.probability_together,
        strict=True,
    )
    return {
        "file": shown.file,
        "image_id": shown.image_id,
        "predicted": found.predicted,
        "confidence": found.confidence,
        "confidence_drops": found.confidence_drops.tolist(),
        "confidence_together": found.confidence_together,
        "grad_cam": shown.heat_means.tolist(),
        "concepts": [
            {
                "name": name,
                "probability": float(probability),
                "probability_drops": drops.tolist(),
                "activation_drops": weaker.tolist(),
                "probability_together": float(together),
            }
            for name, probability, drops, weaker, together in rows
        ],
        "agreement": shown.agreement,
        "centres": centres(found.labels).round(1).tolist(),
        "superpixels": asdict(shown.superpixels),
        "canvas": list(found.labels.shape),
        "model": shown.model,
        "version": shown.version,
    }


def evidence_figure(shown: PictureEvidence, name: str, dark: bool = False) -> go.Figure:
    """The picture under the evidence for one concept, or for ``p(class)``."""
    told = name if name == shown.output else f"P({name})"
    drops, value, together = shown.drops(name), shown.value(name), shown.together(name)
    return evidence_map(_address(shown), shown.found.labels, drops, told, value, together, dark)


def saliency_figure(shown: PictureEvidence, dark: bool = False) -> go.Figure:
    """The picture under the Grad-CAM of the predicted class."""
    return saliency_map(_address(shown), shown.found.labels, shown.heat, shown.found.predicted, dark)


def position_figure(shown: PictureEvidence, name: str, dark: bool = False) -> go.Figure:
    """The picture under the map of where a concept is, for a space that reads positions (``shown.where``)."""
    return position_map(_address(shown), shown.found.labels.shape, shown.where[name], name, dark)


def _address(shown: PictureEvidence) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(encode(shown.pixels, 'jpeg')).decode()}"


def write_evidence(shown: PictureEvidence, path: Path | str) -> Path:
    """One page (HTML) with the map of the class, of each of its concepts, and of Grad-CAM; it needs no network.

    Raises
    ------
    ProjectError
        when it cannot be written.
    """
    names = (shown.output, *shown.own)
    figures = [*(evidence_figure(shown, name) for name in names), saliency_figure(shown)]
    figures += [position_figure(shown, name) for name in shown.own if name in shown.where]
    parts = [
        f"{figure.to_html(full_html=False, include_plotlyjs=not at)}<p>{escape(describe(figure))}</p>"
        for at, figure in enumerate(figures)
    ]
    style = "body{max-width:48rem;margin:2rem auto;padding:0 1rem;font-family:sans-serif}"
    head = f'<meta charset="utf-8"><title>{escape(shown.file)}</title><style>{style}</style>'
    page = f"<!doctype html><html lang=en><head>{head}</head><body>{''.join(parts)}</body></html>"
    try:
        Path(path).write_text(page, encoding="utf-8", errors="replace")
    except OSError as error:
        raise ProjectError(f"cannot write {path}: {error}. Choose another file.") from error
    return Path(path)


def centres(labels: np.ndarray) -> np.ndarray:
    """Centre (K, 2) of each superpixel, x then y, in canvas pixels."""
    rows, columns = np.indices(labels.shape) + 0.5
    return np.stack([per_superpixel(columns, labels), per_superpixel(rows, labels)], axis=1)
