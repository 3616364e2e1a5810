"""The gates of familiarity and of tampering for a project's network: what they compare with, and the chosen rate.

Pictures are compared with the labelled ones of the training and reference splits; those of the validation split are
kept aside, and say how strange a picture of the same kind may be; where these are fewer than 19, every picture is
compared with the others instead. The comparison is kept and follows the project: pictures that are added meet what is
known, a network whose weights change starts anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from data_store.records import ImageRecord, ModelRecord
from sxai.assess.conformal import checked_rate, least_kept_aside, threshold
from sxai.assess.familiarity import RATE, Distances, FamiliarityTest
from sxai.assess.novelty import METHODS, Floats, Known, Method, Neighbours, fit
from sxai.assess.tampering import TamperingTest
from sxai.assess.verbs.detection_rule import use_paper_rule
from sxai.errors import SpaceError
from sxai.networks.network import Network
from sxai.networks.verbs.features import features_of
from sxai.networks.verbs.networks import load_network, logits_of, model_record
from sxai.progress import Progress, silent
from sxai.project.analyses import keep, kept_all
from sxai.project.model_settings import model_setting, set_model_setting
from sxai.project.project import Project
from sxai.spaces.defaults import DEFAULT
from sxai.spaces.verbs.calibrate import use_probability
from sxai.spaces.verbs.stored import newest_spaces, use_estimator
from sxai.stats import Interval

Census = tuple[tuple[str | None, str, int, int, int], ...]
"""Class, split, number of images, largest and summed id of each class and split: another after any change."""

KIND = "familiarity"
SETTING = "gates"

SCALED = 2000
"""Training pictures, drawn with the project's seed, that the measures of tampering are scaled by."""


@dataclass(frozen=True)
class GateSettings:
    """How pictures pass the first two gates.

    Attributes
    ----------
    method
        the detector of novelty.
    rate
        share of natural, familiar pictures that each gate may stop.
    paper
        whether neither is asked, as in the paper: the verdict is its assessment alone.
    """

    method: Method = "neighbours"
    rate: float = RATE
    paper: bool = False


@dataclass(frozen=True)
class GatesInUse:
    """The gates of a network.

    Attributes
    ----------
    learned, kept_aside
        how many pictures are compared with, and how many others p-values rest on.
    left_out
        whether too few pictures are kept aside, so that each is compared with the others instead.
    error
        the expected rate of false alarms of each gate, with its 95 % interval over what is kept aside.
    limit
        the score above which a picture is unfamiliar.
    """

    model: str
    settings: GateSettings
    learned: int
    kept_aside: int
    left_out: bool
    error: Interval
    limit: float


@dataclass(frozen=True, eq=False)
class GateTests:
    """The tests of both gates; ``tampering`` is None for a network without a head."""

    familiarity: FamiliarityTest
    tampering: TamperingTest | None

    def at(self, rate: float) -> "GateTests":
        """The same tests with another rate of false alarms."""
        tampering = replace(self.tampering, rate=rate) if self.tampering is not None else None
        return GateTests(replace(self.familiarity, rate=rate), tampering)


def gates_in_use(project: Project, model: str | None = None, progress: Progress = silent) -> GatesInUse:
    """The gates of the named (or active) network.

    Raises
    ------
    SpaceError
        when the project has no picture of the network's classes to compare with.
    """
    record = model_record(project, model)
    settings = gate_settings(project, record)
    network = load_network(project, record)
    tests = gate_tests(project, record, network, replace(settings, paper=False), image_census(project), progress)
    if tests is None:
        raise SpaceError(f"the network {record.name} has no training pictures in this project; import some first.")
    test = tests.familiarity
    limit = threshold(test.scores, test.rate)
    return GatesInUse(record.name, settings, len(test.learned), len(test.scores), test.left_out, test.error, limit)


def set_gates(
    project: Project,
    rate: float | None = None,
    method: Method | None = None,
    paper: bool | None = None,
    model: str | None = None,
) -> GateSettings:
    """Choose the rate of false alarms, the detector, or the paper's assessment alone; what is not given stays.

    Raises
    ------
    SpaceError
        for a rate outside (0, 1) or an unknown detector.
    """
    record = model_record(project, model)
    now = gate_settings(project, record)
    if method is not None and method not in METHODS:
        raise SpaceError(f"no novelty detector is called '{method}': choose {', '.join(METHODS)}")
    wanted = GateSettings(
        method or now.method, now.rate if rate is None else checked_rate(rate), now.paper if paper is None else paper
    )
    set_model_setting(project, record, SETTING, vars(wanted))
    return wanted


def as_in_the_paper(project: Project, model: str | None = None) -> GateSettings:
    """Assess as in the paper: no gates, its estimator where a space was extracted by it, its P and its rule of attacks.

    Each of these choices can be changed again by itself.
    """
    record = model_record(project, model)
    with project.catalogue.write():
        stored = {space.full_name for space in newest_spaces(project, record) if space.estimator == DEFAULT}
        use_estimator(project, sorted(stored), DEFAULT, record.name)
        use_probability(project, "paper", record.name)
        use_paper_rule(project, record)
        return set_gates(project, paper=True, model=record.name)


def gate_settings(project: Project, record: ModelRecord, settings: Mapping[str, Any] | None = None) -> GateSettings:
    """What was chosen for that network, from the project's ``settings`` where they were read already."""
    return GateSettings(**model_setting(project, record, SETTING, {}, settings))


def image_census(project: Project) -> Census:
    """The project's images by class and split."""
    return tuple(project.catalogue.image_census())


def gate_tests(
    project: Project,
    record: ModelRecord,
    network: Network,
    settings: GateSettings,
    census: Census,
    progress: Progress = silent,
) -> GateTests | None:
    """The tests of one network, made once for its weights and the project's pictures.

    None as in the paper, or without pictures to compare with. Features that are missing are computed first.
    """
    if settings.paper:
        return None
    key = (KIND, record.id, record.sha256, record.artefact, settings.method, census)

    def make() -> GateTests | None:
        project.forget(KIND)  # the former one holds as many features
        return _made(project, record, network, settings.method, progress)

    tests: GateTests | None = project.remember(key, make)
    return tests.at(settings.rate) if tests is not None else None


@dataclass(frozen=True, eq=False)
class _Pictures:
    """Pictures with their features (n, C)."""

    images: Sequence[ImageRecord]
    features: np.ndarray

    @property
    def ids(self) -> list[int]:
        return [image.id for image in self.images]


def _made(
    project: Project, record: ModelRecord, network: Network, method: Method, progress: Progress
) -> GateTests | None:
    known = [image for image in project.catalogue.images() if image.class_name in record.classes]
    kept_aside = [image for image in known if image.split == "val"]
    if len(kept_aside) < least_kept_aside(RATE):  # too few to tell: each picture is left out in turn instead
        kept_aside = []
    others = [image for image in known if image.split != "val"] if kept_aside else known
    learned, aside = (
        _Pictures(images, features_of(project, record, network, images, progress).features)
        for images in (others, kept_aside)
    )
    if not learned.images:
        return None
    bank = Neighbours.of(learned.features)
    distances = _distances(project, record, aside, learned, bank)
    return GateTests(
        _familiarity(record, network, method, learned, aside, bank, distances),
        _tampering(project, network, learned, aside, bank, distances),
    )


def _familiarity(
    record: ModelRecord,
    network: Network,
    method: Method,
    learned: _Pictures,
    aside: _Pictures,
    bank: Neighbours,
    distances: Distances,
) -> FamiliarityTest:
    ids = np.array(learned.ids, dtype=np.intp)
    if method == "neighbours":
        return FamiliarityTest(method, bank, bank, ids, distances.scores, left_out=not aside.images)
    detector = fit(method, _known(record, network, learned))
    scores = detector.score(aside.features if aside.images else learned.features)
    return FamiliarityTest(method, detector, bank, ids, scores, left_out=not aside.images)


def _known(record: ModelRecord, network: Network, learned: _Pictures) -> Known:
    labels = np.array([record.classes.index(image.class_name or "") for image in learned.images], dtype=np.intp)
    features, head = learned.features.astype(np.float64), network.head
    if not isinstance(head, torch.nn.Linear):
        return Known(features, labels)
    weights, bias = (tensor.detach().cpu().double().numpy() for tensor in (head.weight, head.bias))
    return Known(features, labels, weights, bias)


def _tampering(
    project: Project, network: Network, learned: _Pictures, aside: _Pictures, bank: Neighbours, distances: Distances
) -> TamperingTest | None:
    if network.head is None:
        return None
    count = len(learned.images)
    drawn = np.sort(np.random.default_rng(project.seed).permutation(count)[:SCALED])
    rows = learned.features[drawn]
    own = {"margin": margins(network, rows), "distance": bank.among_others(drawn)}
    if not aside.images:
        return TamperingTest.of(own, own, RATE)
    return TamperingTest.of(own, {"margin": margins(network, aside.features), "distance": distances.scores}, RATE)


def margins(network: Network, features: np.ndarray) -> Floats:
    """Largest class score less the second largest (m,) of features (m, C), before softmax."""
    ordered = np.sort(logits_of(network, features).astype(np.float64), axis=1)
    return np.asarray(ordered[:, -1] - ordered[:, -2])


def _distances(
    project: Project, record: ModelRecord, aside: _Pictures, learned: _Pictures, bank: Neighbours
) -> Distances:
    """Distances of the pictures kept aside, taken from what is kept as far as it still holds."""
    ids = np.array(learned.ids, dtype=np.intp)
    if not aside.images:
        return Distances.left_out(ids, bank)
    last = next(iter(reversed(kept_all(project, record, KIND))), None)
    if last is None:
        found = Distances.between(aside.ids, aside.features, ids, bank)
    else:
        before = Distances(**{name: last.arrays[name] for name in ("aside", "nearest", "distances", "learned")})
        if np.array_equal(before.aside, aside.ids) and np.array_equal(before.learned, ids):
            return before
        found = before.updated(aside.ids, aside.features, learned.ids, bank)
    arrays = {name: getattr(found, name) for name in ("aside", "nearest", "distances", "learned")}
    keep(project, record, KIND, {"neighbours": bank.k}, {}, arrays)
    return found
