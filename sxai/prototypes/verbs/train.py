"""Automatic concepts of a project: a Proto-CNN on its network, trained, stored and read back (AS-XAI)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any, cast

import numpy as np

from data_store.records import ImageRecord, ModelRecord
from sxai.errors import SpaceError, UnknownName
from sxai.networks.network import Network
from sxai.networks.reading import Reading, Resolution
from sxai.networks.verbs.maps import map_reading, maps_of
from sxai.networks.verbs.networks import load_network, model_record
from sxai.progress import Progress, silent
from sxai.project.analyses import Analysis, AnalysisVerb, Kept, Outcome, digest, keep, kept_all
from sxai.project.model_settings import model_setting, set_model_setting
from sxai.project.project import Project
from sxai.prototypes.concepts import AutoConcept, ProtoParameters, Prototypes
from sxai.prototypes.grouping import GroupRule, groups, likeness
from sxai.prototypes.importance import Importance, importance
from sxai.prototypes.losses import off_diagonal
from sxai.prototypes.network import ProtoCNN
from sxai.prototypes.regions import RegionRule, threshold_of
from sxai.prototypes.settings import LossWeights, ProtoSettings
from sxai.prototypes.training import MapTable, Place, ProtoTraining, class_scores, similarity_maps, train_prototypes
from sxai.prototypes.verbs.outlines import add_outlines
from sxai.spaces.distribution import ReferenceDistribution, fit_reference

KIND, NAMES, IN_USE = "prototypes", "prototype-names", "prototypes in use"
IMAGES = 400
"""Images of each class that are trained on at most, as many as the paper takes for its traits."""

LEAST = 8
EXAMPLES = 8
FILTERED = 48
"""Images of a class that the ranks of filters are taken over at most."""

Names = Mapping[str, str]


def train_concepts(
    project: Project,
    model: str | None = None,
    *,
    classes: Sequence[str] | None = None,
    per_class: int = 20,
    images: int = IMAGES,
    resolution: Resolution = "fine",
    cut: str | None = None,
    percentile: float = RegionRule.percentile,
    orthonormality: float = 1.0,
    rounds: int = 2,
    joint: int = 5,
    use: bool = True,
    progress: Progress = silent,
) -> Prototypes:
    """Find concepts of ``classes`` (None: all with enough images) in a network's maps, without a person.

    With ``use`` this training is put in use.

    A training with the same settings and images is reused. Maps are stored image by image, so an interrupted run
    continues. The network itself is not changed, so the concepts are those of its own features.

    ``cut`` None: "outline" where maps are "fine"; "half" on a network's last maps alone, too coarse to learn outlines.

    Raises
    ------
    UnknownName, SpaceError
        for a class without enough images, or invalid settings (:class:`ProtoSettings`).
    """
    record = model_record(project, model)
    wanted = _classes(project, classes)
    settings = ProtoSettings(
        per_class=per_class, rounds=rounds, joint=joint, seed=project.seed, weights=LossWeights(orthonormality)
    )
    rule = RegionRule(cut or ("outline" if resolution == "fine" else "half"), percentile)
    found = _training(project, record, wanted, settings, rule, resolution, images, progress)
    if use:
        set_model_setting(project, record, IN_USE, {"key": found.key})
    return found


@AnalysisVerb
def _training(
    project: Project,
    record: ModelRecord,
    wanted: Sequence[str],
    settings: ProtoSettings,
    rule: RegionRule,
    resolution: Resolution,
    images: int,
    progress: Progress,
) -> Analysis[Prototypes]:
    """One training on up to ``images`` images of each class of ``wanted``."""
    network = load_network(project, record)
    reading = map_reading(network, resolution)
    train = {name: _drawn(project, name, "train", images) for name in wanted}
    parameters = {
        "classes": list(wanted),
        "settings": asdict(settings),
        "reading": asdict(reading),
        "rule": asdict(rule),
        "resolution": resolution,
        "image_ids": {name: [image.id for image in rows] for name, rows in train.items()},
    }

    def make() -> Outcome:
        return _trained(project, record, network, train, settings, reading, rule, progress)

    return Analysis(record, KIND, parameters, make, partial(_restored, project, record))


def stored_prototypes(project: Project, model: str | None = None) -> Prototypes | None:
    """The prototypes asked for last, of a network's present weights; None when there are none. Nothing is computed."""
    if model is None and not project.catalogue.models():
        return None
    record = model_record(project, model)
    trainings = {_key(outcome): outcome for outcome in kept_all(project, record, KIND)}
    if not trainings:
        return None
    chosen = model_setting(project, record, IN_USE, {}).get("key")
    return _restored(project, record, trainings.get(str(chosen)) or list(trainings.values())[-1])


def prototypes_in_use(project: Project, model: str | None = None) -> Prototypes:
    """The prototypes asked for last, of a network's present weights; SpaceError with the next step without any."""
    prototypes = stored_prototypes(project, model)
    if prototypes is None:
        raise SpaceError("no automatic concepts were found yet; run: sxai proto train")
    return prototypes


def keep_names(project: Project, prototypes: Prototypes, names: Names) -> None:
    """Store the names of concepts by id; "" drops one."""
    keep(project, model_record(project, prototypes.model), NAMES, {"of": prototypes.key}, {"names": dict(names)}, {})


def _classes(project: Project, classes: Sequence[str] | None) -> list[str]:
    counts = {
        record.name: record.images.get("train", 0) + record.images.get("reference", 0)
        for record in project.catalogue.classes()
    }
    wanted = list(classes or [name for name, count in counts.items() if count >= LEAST])
    unknown = [name for name in wanted if name not in counts]
    if unknown:
        raise UnknownName(f"there is no class '{unknown[0]}'; this project has {', '.join(counts) or 'none yet'}.")
    few = [f"{name} has {counts[name]}" for name in wanted if counts[name] < LEAST]
    if few or len(wanted) < 2:
        raise SpaceError(
            f"automatic concepts need two classes or more with {LEAST} images to train on each; "
            f"{'; '.join(few) or f'there is {len(wanted)}'}. Import more images."
        )
    return wanted


def _drawn(project: Project, class_name: str, split: str, most: int) -> list[ImageRecord]:
    """Up to ``most`` images of a class and split, seeded; "train" takes "reference" images too."""
    splits = ("train", "reference") if split == "train" else (split,)
    rows = [image for part in splits for image in project.catalogue.images(class_name=class_name, split=part)]
    if len(rows) <= most:
        return rows
    chosen = np.random.default_rng(project.seed).choice(len(rows), most, replace=False)
    return [rows[at] for at in sorted(chosen)]


def _trained(
    project: Project,
    record: ModelRecord,
    network: Network,
    train: Mapping[str, Sequence[ImageRecord]],
    settings: ProtoSettings,
    reading: Reading,
    rule: RegionRule,
    progress: Progress,
) -> Outcome:
    """Train, group and measure; the outcome as it is stored."""
    names = list(train)
    rows = [image for images in train.values() for image in images]
    labels = np.asarray([names.index(image.class_name or "") for image in rows])
    table = MapTable(maps_of(project, record, network, rows, reading, progress), labels)
    training = train_prototypes(table, len(names), settings, progress)
    progress("concepts", 0, len(names))
    similarity = similarity_maps(training.model, table.maps)
    concepts: list[dict[str, Any]] = []
    redundant: dict[str, int] = {}
    arrays: dict[str, np.ndarray] = {}
    for label, name in enumerate(names):
        mine = np.flatnonzero(labels == label)
        own = similarity[mine, label * settings.per_class : (label + 1) * settings.per_class]
        grouped = _grouped(training, label, name, own, rule, [image.id for image in rows], mine)
        arrays |= {
            f"peaks.{concept['id']}": own[:, list(concept["members"])].max(axis=(1, 2, 3)) for concept in grouped
        }
        if rule.cut == "outline":
            arrays |= add_outlines(project, network, train[name], table.maps[mine], own, grouped, rule, progress)
        ranked = _ranked(table.maps[mine[:FILTERED]], own[:FILTERED], grouped)
        redundant[name] = len(ranked.redundant)
        arrays |= {f"rank.{label}.assigned": ranked.assigned, f"rank.{label}.effective": ranked.effective}
        concepts += _with_importance(grouped, ranked)
        progress("concepts", label + 1, len(names))
    result = {
        "concepts": concepts,
        "redundant": redundant,
        "history": training.history,
        "off_diagonal": off_diagonal(training.model.basis),
        "images": len(rows),
        "accuracy": {
            "train": float((class_scores(training.model, similarity.max(axis=(2, 3))).argmax(axis=1) == labels).mean()),
            "val": _validated(project, record, network, training.model, names, reading, progress),
        },
    }
    return result, {**training.model.arrays(), **arrays}


def _grouped(
    training: ProtoTraining,
    label: int,
    name: str,
    own: np.ndarray,
    rule: RegionRule,
    ids: Sequence[int],
    mine: np.ndarray,
) -> list[dict[str, Any]]:
    """The concepts of one class from its similarity maps ``own`` (n, M, h, w)."""
    basis = training.model.basis[label].detach().numpy()
    places = training.places[label * len(basis) : (label + 1) * len(basis)]
    concepts = []
    for number, members in enumerate(groups(likeness(basis, own), GroupRule())):
        joined = own[:, list(members)].max(axis=1)
        clearest = np.argsort(-joined.max(axis=(1, 2)), kind="stable")[:EXAMPLES].tolist()
        concepts.append(
            {
                "id": f"{name}:{number}",
                "class_name": name,
                "members": members,
                "threshold": threshold_of(joined, rule),
                "reference": asdict(fit_reference(joined.max(axis=(1, 2)).astype(np.float64))),
                "examples": [ids[mine[at]] for at in clearest],
                "patches": [_patch(places[member], ids) for member in members],
            }
        )
    return concepts


def _patch(place: Place, ids: Sequence[int]) -> tuple[int, int, int, float]:
    return ids[place.image], place.row, place.column, place.similarity


def _ranked(filters: np.ndarray, own: np.ndarray, concepts: Sequence[Mapping[str, Any]]) -> Importance:
    maps = {str(concept["id"]): own[:, list(concept["members"])].max(axis=1) for concept in concepts}
    return importance(np.asarray(filters, dtype=np.float32), maps)


def _with_importance(concepts: Sequence[dict[str, Any]], ranked: Importance) -> list[dict[str, Any]]:
    return [
        {
            **concept,
            "importance": float(ranked.scores[at]),
            "share": float(ranked.shares[at]),
            "filters": int((ranked.assigned == at).sum()),
        }
        for at, concept in enumerate(concepts)
    ]


def _validated(
    project: Project,
    record: ModelRecord,
    network: Network,
    proto: ProtoCNN,
    names: Sequence[str],
    reading: Reading,
    progress: Progress,
) -> float | None:
    """Accuracy of the prototypes on validation images; None where there are none."""
    rows = [image for name in names for image in _drawn(project, name, "val", IMAGES // 2)]
    if not rows:
        return None
    similarity = similarity_maps(proto, maps_of(project, record, network, rows, reading, progress))
    predicted = class_scores(proto, similarity.max(axis=(2, 3))).argmax(axis=1)
    truth = np.asarray([names.index(image.class_name or "") for image in rows])
    return float((predicted == truth).mean())


def _key(stored: Kept) -> str:
    """The key of one training."""
    return digest({"parameters": stored.parameters, "created": stored.created})


def _restored(project: Project, record: ModelRecord, stored: Kept) -> Prototypes:
    """Prototypes from their stored form, with their present names."""
    parameters, result = stored.parameters, stored.result
    key = _key(stored)
    names: Names = next(
        (
            outcome.result["names"]
            for outcome in kept_all(project, record, NAMES)
            if outcome.parameters.get("of") == key
        ),
        {},
    )
    weights = LossWeights(**parameters["settings"]["weights"])
    reading = {**parameters["reading"], "taps": tuple(parameters["reading"]["taps"])}
    return Prototypes(
        key=key,
        model=record.name,
        classes=tuple(parameters["classes"]),
        settings=ProtoSettings(**{**parameters["settings"], "weights": weights}),
        reading=Reading(**reading),
        rule=RegionRule(**parameters["rule"]),
        concepts=tuple(_concept(concept, names.get(concept["id"])) for concept in result["concepts"]),
        history=tuple(result["history"]),
        accuracy={**result["accuracy"], "network": (record.evaluation or {}).get("val", {}).get("accuracy")},
        off_diagonal=result["off_diagonal"],
        redundant=result["redundant"],
        images=result["images"],
        proto=ProtoCNN.restored(stored.arrays),
        arrays=stored.arrays,
        parameters=cast(ProtoParameters, parameters),
        version=stored.version,
        created=stored.created,
    )


def _concept(stored: Mapping[str, Any], name: str | None) -> AutoConcept:
    patches = tuple(
        (int(image), int(row), int(column), float(value)) for image, row, column, value in stored["patches"]
    )
    return AutoConcept(
        **{
            **stored,
            "members": tuple(stored["members"]),
            "reference": ReferenceDistribution(**stored["reference"]),
            "patches": patches,
            "examples": tuple(stored["examples"]),
            "name": name,
        }
    )
