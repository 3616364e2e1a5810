"""The scoreboard of semantic spaces: presence AUC, calibration, selectivity and stability of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from data_store.records import ModelRecord, SpaceRecord
from sxai.errors import SpaceError, UnknownName
from sxai.networks.network import Network
from sxai.networks.verbs.networks import load_network, model_record
from sxai.progress import Progress, silent
from sxai.project.project import Project
from sxai.spaces.calibration import calibration_curve, cross_validated, expected_calibration_error
from sxai.spaces.defaults import MIN_MASKS
from sxai.spaces.estimators import estimate
from sxai.spaces.presence_auc import presence_auc, selectivity
from sxai.spaces.steadiness import masks_needed, steadiness
from sxai.spaces.verbs.details import OverlapDetail, overlap_detail
from sxai.spaces.verbs.labels import unmasked_truth
from sxai.spaces.verbs.reader import Reader, pair_arrays
from sxai.spaces.verbs.stored import parameters_of, space_of, space_record, usable_spaces
from sxai.spaces.verbs.verdicts import StoredVerdict, Verdict, keep_verdict
from sxai.stats import Interval, ReliabilityCurve

LEAST = 5
"""Images with the part, and without it, below which no score is given, since its interval would be too wide."""

GOOD, GOOD_LOW = 0.8, 0.6
"""A space is good when its AUC reaches the first and the low end of its interval the second."""

POOR, POOR_HIGH = 0.65, 0.75
"""A space is poor when its AUC stays below the first, or the high end of its interval below the second."""

Matrix = dict[str, dict[str, float]]


@dataclass(frozen=True)
class SpaceScore:
    """The scores and the verdict of one semantic space.

    Attributes
    ----------
    auc
        presence AUC: share of pairs in which A_s is higher in the image with the part than in the one without; images
        masked for the concept are left out. ``auc_interval``: its 95 % interval. None below five images of each kind.
    n_visible, n_hidden
        numbers of images with and without the part that the AUC is measured on.
    ece
        expected calibration error of P_s, clipped to [0, 1], as the probability that the part is visible;
        ``ece_calibrated`` the same of A_s calibrated on other images (Platt); ``curve`` the bins of P_s.
    selectivity
        own fall of P_s when the concept is masked less the largest fall of another concept of the
        class; ``dominant``: whether that is positive. None without another concept.
    stability
        mean cosine between the direction and those from bootstrap samples of the masks.
    masks_needed
        masks with which the direction would have a cosine of 0.95 to that of many more; None: unknown.
    r2, ks
        goodness of the normal fit to the reference distribution.
    why
        the verdict in a sentence.
    """

    name: str
    estimator: str
    auc: float | None
    auc_interval: tuple[float, float] | None
    n_visible: int
    n_hidden: int
    ece: float | None
    ece_calibrated: float | None
    curve: ReliabilityCurve | None
    selectivity: float | None
    dominant: bool | None
    stability: float | None
    masks_needed: int | None
    r2: float | None
    ks: float | None
    verdict: Verdict
    why: str


@dataclass(frozen=True)
class Scoreboard:
    """The scores of a network's spaces, their cross-talk and cosines.

    ``crosstalk[i][j]`` is the mean change of P_j when concept i is masked (negative: it falls), ``cosine[i][j]`` the
    cosine between their directions: a row for each space scored, a column for each space of the network.
    """

    model: str
    spaces: tuple[SpaceScore, ...]
    crosstalk: Matrix
    cosine: Matrix


@dataclass(frozen=True)
class _Presence:
    """Presence scores of a space from labelled images; all None when these are too few."""

    n_visible: int
    n_hidden: int
    auc: Interval | None = None
    ece: float | None = None
    ece_calibrated: float | None = None
    curve: ReliabilityCurve | None = None


def score_spaces(
    project: Project,
    names: Sequence[str] | None = None,
    model: str | None = None,
    draws: int = 1000,
    progress: Progress = silent,
) -> Scoreboard:
    """Score the spaces ``names`` (None: all) of a network against the presence labels of images.

    Intervals come from ``draws`` bootstrap draws. Without labels, selectivity and stability are still scored from the
    masks. Each verdict is stored for :func:`~sxai.spaces.verbs.verdicts.verdicts`.

    Raises
    ------
    UnknownName, SpaceError
        for an unknown space, or one made with other weights than the network's present ones.
    """
    record = model_record(project, model)
    usable = {space.full_name: space for space in usable_spaces(project, record)}
    wanted = [_usable(project, usable, name, record) for name in dict.fromkeys(names or usable)]
    network, related = load_network(project, record), overlap_detail(project, record.name)
    scores = []
    for done, space in enumerate(wanted):
        progress("scores", done, len(wanted), {"space": space.full_name})
        score = _score(project, record, network, space, related, draws)
        told = StoredVerdict(score.name, score.verdict, score.why, score.auc)
        keep_verdict(project, record, space, draws, told, score.auc_interval)
        scores.append(score)
    progress("scores", len(wanted), len(wanted))
    rows = [space.full_name for space in wanted]
    return Scoreboard(
        record.name, tuple(scores), _table(related, related.crosstalk, rows), _table(related, related.cosine, rows)
    )


def _usable(project: Project, usable: dict[str, SpaceRecord], name: str, record: ModelRecord) -> SpaceRecord:
    if name not in usable:
        space_record(project, name, record.name)  # says so when there is none at all
        raise SpaceError(f"{name} was made with other weights than {record.name} has now; extract it again.")
    return usable[name]


def _score(
    project: Project, record: ModelRecord, network: Network, stored: SpaceRecord, related: OverlapDetail, draws: int
) -> SpaceScore:
    """All scores of one space."""
    pairs = pair_arrays(project, stored)
    shown = _presence(project, record, network, stored, pairs["image_ids"].tolist(), draws)
    own = _selectivity(stored, related)
    stability, needed = _steady(project, stored, pairs["unmasked"], pairs["masked"])
    verdict, why = verdict_of(stored.class_name, stored.concept, shown.auc, shown.n_visible, shown.n_hidden)
    return SpaceScore(
        name=stored.full_name,
        estimator=stored.estimator,
        auc=shown.auc.value if shown.auc else None,
        auc_interval=(shown.auc.low, shown.auc.high) if shown.auc else None,
        n_visible=shown.n_visible,
        n_hidden=shown.n_hidden,
        ece=shown.ece,
        ece_calibrated=shown.ece_calibrated,
        curve=shown.curve,
        selectivity=own,
        dominant=None if own is None else own > 0,
        stability=stability,
        masks_needed=needed,
        r2=stored.reference.r2 if stored.reference else None,
        ks=stored.reference.ks if stored.reference else None,
        verdict=verdict,
        why=why,
    )


def _presence(
    project: Project, record: ModelRecord, network: Network, stored: SpaceRecord, made_from: Sequence[int], draws: int
) -> _Presence:
    """Presence AUC and calibration over labelled images without a mask of the concept."""
    class_name, concept = stored.class_name, stored.concept
    known = unmasked_truth(project, class_name, concept, made_from)
    n_visible = sum(known.values())
    n_hidden = len(known) - n_visible
    if min(n_visible, n_hidden) < LEAST:
        return _Presence(n_visible, n_hidden)
    visible = np.fromiter(known.values(), dtype=bool)
    reader, space = Reader.of(project, record, network, [stored]), space_of(stored, project)
    features = reader.images(project.catalogue.images(ids=list(known)))
    activations, probabilities = space.activation(features), space.probability(features)
    calibrated = cross_validated(activations, visible, "platt", seed=project.seed)
    return _Presence(
        n_visible=n_visible,
        n_hidden=n_hidden,
        auc=presence_auc(activations, visible, draws, project.seed),
        ece=expected_calibration_error(probabilities, visible),
        ece_calibrated=expected_calibration_error(calibrated, visible),
        curve=calibration_curve(probabilities, visible),
    )


def _selectivity(stored: SpaceRecord, related: OverlapDetail) -> float | None:
    """Selectivity: own fall of P_s less the largest fall of another concept of the class; None without another."""
    same = [at for at, name in enumerate(related.names) if name.rpartition(".")[0] == stored.class_name]
    if len(same) < 2:
        return None
    at = related.names.index(stored.full_name)
    return selectivity(-related.crosstalk[at, same], same.index(at))


def _steady(
    project: Project, stored: SpaceRecord, unmasked: np.ndarray, masked: np.ndarray
) -> tuple[float | None, int | None]:
    """Stability of the direction and the masks it needs; None for a way that pairs of features alone do not give."""
    n_ssn = parameters_of(stored).get("n_ssn", len(stored.channels))
    make = partial(_direction, stored.full_name, stored.estimator, n_ssn)
    try:
        return (
            steadiness(make, unmasked, masked, seed=project.seed),
            masks_needed(make, unmasked, masked, seed=project.seed),
        )
    except (SpaceError, UnknownName):
        return None, None


def _direction(name: str, estimator: str, n_ssn: int, unmasked: np.ndarray, masked: np.ndarray) -> np.ndarray:
    """The dense direction (C,) that an estimator makes of pairs (n, C)."""
    return estimate(name, unmasked, masked, estimator, n_ssn, MIN_MASKS).space.vector(unmasked.shape[1])


def _table(related: OverlapDetail, matrix: np.ndarray, rows: Sequence[str]) -> Matrix:
    return {name: dict(zip(related.names, matrix[related.names.index(name)].tolist(), strict=True)) for name in rows}


def verdict_of(
    class_name: str, concept: str, auc: Interval | None, n_visible: int, n_hidden: int
) -> tuple[Verdict, str]:
    """The verdict (good, weak, poor or unknown, by the constants of this module), and the reason in a sentence."""
    if auc is None:
        return "unknown", _want(class_name, concept, n_visible, n_hidden)
    value, low, high = (f"{100 * share:.1f} %" for share in (auc.value, auc.low, auc.high))
    fact = (
        f"in {value} of pairs of images (95 % interval: {low} to {high}) P is higher in the one that shows the "
        f"{concept}; by chance it would be in 50 %"
    )
    if auc.value >= GOOD and auc.low >= GOOD_LOW:
        return "good", f"A high P means that the {concept} of the {class_name} can be seen: {fact}."
    if auc.value < POOR or auc.high < POOR_HIGH:
        return "poor", f"P says little of whether the {concept} of the {class_name} can be seen: {fact}."
    return "weak", f"A high P is only a hint that the {concept} of the {class_name} can be seen: {fact}."


def _want(class_name: str, concept: str, n_visible: int, n_hidden: int) -> str:
    return (
        f"It is known of {n_visible} unmasked images of {class_name} that they show the {concept}, and of {n_hidden} "
        f"that they do not; {LEAST} of each are needed. Label images on the Scoreboard page, or read keypoints with: "
        "sxai truth from-keypoints."
    )
