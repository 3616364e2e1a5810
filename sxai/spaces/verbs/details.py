"""Details of stored semantic spaces: scores and differences, distributions, overlap and cross-talk."""

from dataclasses import dataclass

import numpy as np

from data_store.records import SpaceRecord
from sxai.networks.verbs.networks import model_record
from sxai.project.project import Project
from sxai.spaces.distribution import lilliefors_p_value, quantiles
from sxai.spaces.empirical import EmpiricalDistribution, fit_empirical
from sxai.spaces.overlap import cosine, crosstalk, shared_channels
from sxai.spaces.verbs.reader import pair_arrays, pair_rows
from sxai.spaces.verbs.stored import (
    SpaceSummary,
    parameters_of,
    reference_values,
    space_of,
    space_record,
    spaces_in_use,
    spaces_of,
    summarise,
    usable_spaces,
)


@dataclass(frozen=True)
class SpaceDetail:
    """A space with scores and Δ (C,), A_s and P_s of its n image pairs, and the images.

    ``shared`` names, for each of its channels that other spaces of the same weights read too, those spaces.
    """

    summary: SpaceSummary
    scores_unmasked: np.ndarray
    scores_masked: np.ndarray
    difference: np.ndarray
    activations_unmasked: np.ndarray
    activations_masked: np.ndarray
    p_unmasked: np.ndarray
    p_masked: np.ndarray
    mask_image_ids: list[int]
    shared: dict[int, list[str]]


def space_detail(project: Project, name: str, model: str | None = None) -> SpaceDetail:
    """Everything that the space page shows of one space."""
    record = space_record(project, name, model)
    space, arrays = space_of(record, project), pair_arrays(project, record)
    return SpaceDetail(
        summary=summarise(project, record),
        scores_unmasked=arrays["scores_unmasked"],
        scores_masked=arrays["scores_masked"],
        difference=arrays["difference"],
        activations_unmasked=space.activation(arrays["unmasked"]),
        activations_masked=space.activation(arrays["masked"]),
        p_unmasked=space.probability(arrays["unmasked"]),
        p_masked=space.probability(arrays["masked"]),
        mask_image_ids=arrays["image_ids"].tolist(),
        shared=_shared(project, record),
    )


def _shared(project: Project, record: SpaceRecord) -> dict[int, list[str]]:
    """Channels of the space, in its order, that other spaces of the same network and weights read too."""
    others = [
        other
        for other in spaces_in_use(project, model_record(project, record.model))
        if other.id != record.id and parameters_of(other)["network"] == parameters_of(record)["network"]
    ]
    read = {other.full_name: set(other.channels) for other in others}
    named = {channel: [name for name, own in read.items() if channel in own] for channel in record.channels}
    return {channel: names for channel, names in named.items() if names}


@dataclass(frozen=True)
class DistributionDetail:
    """A reference distribution with its values (n,), its q-q plot, its ends, and the masked images on the same axis.

    ``low`` and ``high`` are (image id, P_s) at both ends, ``n_low`` and ``n_high`` the numbers of all images with P_s <
    0.1 and > 0.9. ``p_value`` is Lilliefors' p-value of ``ks``. ``empirical`` is the empirical distribution;
    ``summary.fit`` says which of the two gives the probabilities.
    """

    summary: SpaceSummary
    values: np.ndarray
    image_ids: list[int]
    theoretical: np.ndarray
    ordered: np.ndarray
    slope: float
    intercept: float
    r2: float
    ks: float
    low: list[tuple[int, float]]
    high: list[tuple[int, float]]
    masked_values: np.ndarray
    unmasked_values: np.ndarray
    n_low: int
    n_high: int
    p_value: float
    empirical: EmpiricalDistribution


LOW, HIGH = 0.1, 0.9
"""The paper's ends of a distribution: below and above these P_s a concept is hardly, or clearly, visible (Fig. 3c)."""


def distribution_detail(project: Project, name: str, model: str | None = None, ends: int = 12) -> DistributionDetail:
    """Everything that the distribution page shows, with ``ends`` images at either end."""
    record = space_record(project, name, model)
    values, image_ids = reference_values(project, record)
    space, pairs, summary = space_of(record, project), pair_arrays(project, record), summarise(project, record)
    probabilities = np.zeros(0) if space.reference is None else space.reference.probability(values)
    order, line = np.argsort(values, kind="stable"), quantiles(values)
    ks = summary.reference.ks
    return DistributionDetail(
        summary=summary,
        values=values,
        image_ids=image_ids,
        theoretical=line.theoretical,
        ordered=line.ordered,
        slope=line.slope,
        intercept=line.intercept,
        r2=line.r2,
        ks=ks,
        low=[(image_ids[index], float(probabilities[index])) for index in order[:ends]],
        high=[(image_ids[index], float(probabilities[index])) for index in order[::-1][:ends]],
        masked_values=space.activation(pairs["masked"]),
        unmasked_values=space.activation(pairs["unmasked"]),
        n_low=int((probabilities < LOW).sum()),
        n_high=int((probabilities > HIGH).sum()),
        p_value=lilliefors_p_value(ks, len(values)),
        empirical=fit_empirical(values),
    )


@dataclass(frozen=True)
class OverlapDetail:
    """Relations between spaces, each (m, m) in the order of ``names``: cosine of Δ, shared SSNs, and cross-talk.

    ``crosstalk`` row i, column j: mean change of P_j when concept i is masked; the diagonal should be the lowest.
    """

    names: list[str]
    cosine: np.ndarray
    shared: np.ndarray
    crosstalk: np.ndarray


def overlap_detail(project: Project, model: str | None = None) -> OverlapDetail:
    """Overlap and cross-talk between the spaces of the named (or active) network's present weights."""
    records = usable_spaces(project, model_record(project, model))
    arrays = {record.full_name: pair_arrays(project, record) for record in records}
    spaces = spaces_of(records, project)
    names = [space.name for space in spaces]
    if not spaces:
        return OverlapDetail([], *(np.zeros((0, 0)) for _ in range(3)))
    shared = np.diag([len(space.channels) for space in spaces])
    for (first, second), channels in shared_channels(spaces).items():
        row, column = names.index(first), names.index(second)
        shared[row, column] = shared[column, row] = len(channels)
    pairs = {record.full_name: pair_rows(project, record, records) for record in records}
    unmasked, masked = ({name: pairs[name][at] for name in names} for at in (0, 1))
    differences = np.stack([arrays[name]["difference"] for name in names])
    return OverlapDetail(names, cosine(differences), shared, -crosstalk(spaces, unmasked, masked))
