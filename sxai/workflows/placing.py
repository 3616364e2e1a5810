"""Another reference distribution for spaces that exist: only stored activations are read, no image is looked at."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from data_store.records import SpaceRecord
from sxai.errors import SpaceError
from sxai.progress import Progress, silent
from sxai.spaces.empirical import NORMAL_BAR, Fit, check_fit, reference_for
from sxai.version import __version__
from sxai.workflows.extraction import effect_of_masking, fit_parameters
from sxai.workflows.networks import model_record
from sxai.workflows.stored_spaces import (
    SpaceSummary,
    reference_values,
    space_of,
    space_record,
    spaces_in_use,
    summarise,
)
from sxai.workflows.workspace import Workspace


@dataclass(frozen=True)
class RefitResult:
    """The spaces as they are now, each with the reference distribution it uses."""

    spaces: tuple[SpaceSummary, ...]


def refit_spaces(
    ws: Workspace,
    names: Sequence[str] | None = None,
    fit: Fit = "auto",
    bar: float = NORMAL_BAR,
    model: str | None = None,
    progress: Progress = silent,
) -> RefitResult:
    """Read the probabilities of ``names`` (None: every space) from another reference distribution from now on.

    ``fit`` and ``bar`` as in :func:`extract_spaces`. Channels, differences and reference images stay; the effect of
    masking is measured anew. A space that uses that distribution already is left as it is.

    Raises
    ------
    UnknownName, SpaceError
        for a space or a fit that there is not; nothing is changed then.
    """
    check_fit(fit, bar)
    network = model_record(ws, model)
    every = [record.full_name for record in spaces_in_use(ws, network.id)]
    wanted = [space_record(ws, name, network.name).full_name for name in names or every]
    found = []
    for done, name in enumerate(wanted):
        progress("spaces", done, len(wanted), {"space": name})
        with ws.catalogue.write():  # an extraction must not put another space there meanwhile
            record = _refit(ws, space_record(ws, name, network.name), fit, bar)
        found.append(summarise(ws, record))
    progress("spaces", len(wanted), len(wanted))
    return RefitResult(tuple(found))


def _refit(ws: Workspace, record: SpaceRecord, fit: Fit, bar: float) -> SpaceRecord:
    """Store the space with another reference distribution in its own place; itself when it has that already."""
    values, _ = reference_values(ws, record)
    space = replace(space_of(record, ws), reference=reference_for(values, fit, bar))
    chosen = fit_parameters(space, fit, bar)
    if chosen.items() <= record.parameters.items():
        return record
    if record.artefact is None:
        raise SpaceError(f"{record.full_name} has lost its arrays; extract it again.")
    pairs = ws.artefacts.read_arrays(record.artefact, ["unmasked", "masked"])
    masking = {**(record.masking or {}), **effect_of_masking(space, pairs["unmasked"], pairs["masked"])}
    return ws.catalogue.save_space(
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
        masks=[(mask.mask_id, mask.mask_version) for mask in ws.catalogue.space_masks(record.id)],
    )
