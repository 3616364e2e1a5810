"""Refit of the reference distribution of stored spaces, from stored activations alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from data_store.records import SpaceRecord
from sxai.errors import SpaceError
from sxai.networks.verbs.networks import model_record
from sxai.progress import Progress, silent
from sxai.project.project import Project
from sxai.spaces.defaults import MIN_NORMAL_R2, Fit
from sxai.spaces.empirical import check_fit, reference_for
from sxai.spaces.verbs.extract import effect_of_masking, fit_parameters
from sxai.spaces.verbs.stored import SpaceSummary, reference_values, space_of, space_record, spaces_in_use, summarise
from sxai.version import __version__


@dataclass(frozen=True)
class RefitResult:
    """The spaces after refitting, each with the reference distribution in use."""

    spaces: tuple[SpaceSummary, ...]


def refit_spaces(
    project: Project,
    names: Sequence[str] | None = None,
    fit: Fit = "auto",
    bar: float = MIN_NORMAL_R2,
    model: str | None = None,
    progress: Progress = silent,
) -> RefitResult:
    """Change the reference distribution of the spaces ``names`` (None: all) that gives their probabilities.

    ``fit`` and ``bar`` as in :func:`extract_spaces`. Channels, differences and reference images stay; the effect of
    masking is measured anew. A space that uses that distribution already is left as it is.

    Raises
    ------
    UnknownName, SpaceError
        for a space or an unknown fit; nothing is changed then.
    """
    check_fit(fit, bar)
    network = model_record(project, model)
    every = [record.full_name for record in spaces_in_use(project, network)]
    wanted = [space_record(project, name, network.name).full_name for name in names or every]
    refitted = []
    for done, name in enumerate(wanted):
        progress("spaces", done, len(wanted), {"space": name})
        with project.catalogue.write():  # an extraction must not put another space there meanwhile
            record = _refit(project, space_record(project, name, network.name), fit, bar)
        refitted.append(summarise(project, record))
    progress("spaces", len(wanted), len(wanted))
    return RefitResult(tuple(refitted))


def _refit(project: Project, record: SpaceRecord, fit: Fit, bar: float) -> SpaceRecord:
    """Store the space with another reference distribution in its place; unchanged if it has that already."""
    values, _ = reference_values(project, record)
    space = replace(space_of(record, project), reference=reference_for(values, fit, bar))
    chosen = fit_parameters(space, fit, bar)
    if chosen.items() <= record.parameters.items():
        return record
    if record.artefact is None:
        raise SpaceError(f"{record.full_name} has lost its arrays; extract it again.")
    pairs = project.artefacts.read_arrays(record.artefact, ["unmasked", "masked"])
    masking = {**(record.masking or {}), **effect_of_masking(space, pairs["unmasked"], pairs["masked"])}
    return project.catalogue.save_space(
        model_id=record.model_id,
        class_name=record.class_name,
        concept=record.concept,
        estimator=record.estimator,
        channels=record.channels,
        delta=record.delta,
        parameters={**record.parameters, **chosen},
        n_masks=record.n_masks,
        masking=masking,
        ratios=record.ratios,
        artefact=record.artefact,
        version=__version__,
        reference=record.reference,
        masks=[(mask.mask_id, mask.mask_version) for mask in project.catalogue.space_masks(record.id)],
    )
