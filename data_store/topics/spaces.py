"""Semantic spaces with their reference distributions and the masks they were made from."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Select, delete, insert, select
from sqlalchemy.orm import Session

from data_store.engine import Store
from data_store.errors import CatalogueError, NotFound
from data_store.records import ReferenceRecord, SpaceMaskRecord, SpaceRecord
from data_store.tables import ClassLabel, Concept, Mask, Model, ReferenceDistribution, Space, SpaceMask
from data_store.topics.lookup import concept_id, found, plain, split_name


class Spaces(Store):
    """Semantic spaces: one for each model, concept and estimator."""

    def save_space(
        self,
        model_id: int,
        class_name: str,
        concept: str,
        channels: Sequence[int],
        delta: Sequence[float],
        n_masks: int,
        parameters: Mapping[str, Any] | None = None,
        masking: Mapping[str, Any] | None = None,
        ratios: Mapping[str, Any] | None = None,
        artefact: str | None = None,
        version: str = "",
        reference: ReferenceRecord | None = None,
        masks: Iterable[tuple[int, int]] = (),
        estimator: str = "s-xai",
    ) -> SpaceRecord:
        """Save a space in the place of the former one of this model, concept and estimator.

        ``masks``: (mask id, mask version) of those it was made from. All is replaced at once or not at all.

        Raises
        ------
        NotFound
            no such model, class or concept.
        CatalogueError
            channels and delta are not of one length, or a number is not finite.
        """
        _check_numbers(channels, delta, reference)
        with self.write() as session:
            found(session, Model, model_id)
            row = Space(
                model_id=model_id,
                concept_id=concept_id(session, class_name, concept),
                estimator=estimator,
                channels=[int(channel) for channel in channels],
                delta=[float(value) for value in delta],
                parameters=dict(parameters or {}),
                n_masks=n_masks,
                masking=plain(masking),
                ratios=plain(ratios),
                artefact=artefact,
                version=version,
            )
            return _replace(session, row, reference, masks)

    def spaces(self, model_id: int | None = None, estimator: str | None = None) -> list[SpaceRecord]:
        """Spaces that meet the filters given, in the order of models, classes and concepts."""
        wanted = {Space.model_id: model_id, Space.estimator: estimator}
        where = [column == value for column, value in wanted.items() if value is not None]
        order = (Space.model_id, ClassLabel.id, Concept.id, Space.estimator)
        with self.read() as session:
            return [_record(*row) for row in session.execute(_SELECT.where(*where).order_by(*order))]

    def space(self, model_id: int, full_name: str, estimator: str = "s-xai") -> SpaceRecord | None:
        """The space of a concept, e.g. ``cat.eyes``, in a model; None when it was not extracted."""
        class_name, concept = split_name(full_name)
        where = (
            Space.model_id == model_id,
            ClassLabel.name == class_name,
            Concept.name == concept,
            Space.estimator == estimator,
        )
        with self.read() as session:
            row = session.execute(_SELECT.where(*where)).one_or_none()
            return None if row is None else _record(*row)

    def space_masks(self, space_id: int) -> list[SpaceMaskRecord]:
        """The masks a space was made from, and their versions now: any difference makes it out of date."""
        query = (
            select(SpaceMask.mask_id, SpaceMask.mask_version, Mask.version)
            .outerjoin(Mask, Mask.id == SpaceMask.mask_id)
            .where(SpaceMask.space_id == space_id)
            .order_by(SpaceMask.mask_id)
        )
        with self.read() as session:
            return [SpaceMaskRecord(*row) for row in session.execute(query)]

    def remove_space(self, id: int) -> None:
        """Remove a space with its reference distribution.

        Raises
        ------
        NotFound
            no space has this id.
        """
        with self.write() as session:
            found(session, Space, id)
            session.execute(delete(Space).where(Space.id == id))


_SELECT: Select[Space, str, str, str, ReferenceDistribution | None] = (
    select(Space, Model.name, ClassLabel.name, Concept.name, ReferenceDistribution)
    .join(Model, Model.id == Space.model_id)
    .join(Concept, Concept.id == Space.concept_id)
    .join(ClassLabel, ClassLabel.id == Concept.class_id)
    .outerjoin(ReferenceDistribution, ReferenceDistribution.space_id == Space.id)
)


def _check_numbers(channels: Sequence[int], delta: Sequence[float], reference: ReferenceRecord | None) -> None:
    if len(channels) != len(delta):
        raise CatalogueError(f"{len(channels)} channels and {len(delta)} deltas: give one delta per channel")
    fit = {} if reference is None else {name: value for name, value in asdict(reference).items() if name != "artefact"}
    wrong = [name for name, value in fit.items() if not math.isfinite(value)]
    if wrong or not all(math.isfinite(value) for value in delta):
        raise CatalogueError(
            f"{', '.join(wrong) or 'a delta'} is not a finite number: nothing was stored, look at the data"
        )


def _replace(
    session: Session, row: Space, reference: ReferenceRecord | None, masks: Iterable[tuple[int, int]]
) -> SpaceRecord:
    same = (Space.model_id == row.model_id, Space.concept_id == row.concept_id, Space.estimator == row.estimator)
    session.execute(delete(Space).where(*same))
    session.add(row)
    session.flush()
    if reference is not None:
        session.execute(insert(ReferenceDistribution), [asdict(reference) | {"space_id": row.id}])
    links = [{"space_id": row.id, "mask_id": id, "mask_version": version} for id, version in masks]
    if links:
        session.execute(insert(SpaceMask), links)
    saved = session.execute(_SELECT.where(Space.id == row.id)).one_or_none()
    if saved is None:
        raise NotFound(f"the space {row.id} vanished while it was being saved: extract it again")
    return _record(*saved)


def _record(row: Space, model: str, class_name: str, concept: str, fit: ReferenceDistribution | None) -> SpaceRecord:
    return SpaceRecord(
        id=row.id,
        model_id=row.model_id,
        model=model,
        class_name=class_name,
        concept=concept,
        full_name=f"{class_name}.{concept}",
        estimator=row.estimator,
        channels=tuple(row.channels),
        delta=tuple(row.delta),
        parameters=row.parameters,
        n_masks=row.n_masks,
        masking=row.masking,
        ratios=row.ratios,
        artefact=row.artefact,
        version=row.version,
        created=row.created.isoformat(timespec="microseconds"),
        reference=None if fit is None else _reference(fit),
    )


def _reference(fit: ReferenceDistribution) -> ReferenceRecord:
    return ReferenceRecord(fit.n, fit.mean, fit.std, fit.minimum, fit.maximum, fit.r2, fit.ks, fit.artefact)
