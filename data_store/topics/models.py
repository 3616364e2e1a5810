"""Networks, and where the features of each image under each network are."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from data_store.columns import iso
from data_store.engine import Store
from data_store.errors import CatalogueError
from data_store.records import FeatureRow, ModelRecord
from data_store.tables import Feature, FeatureBlock, Model
from data_store.topics.lookup import among, chunks, found, plain

CHANGEABLE = (
    "name",
    "backbone",
    "head",
    "channels",
    "classes",
    "preprocessing",
    "artefact",
    "sha256",
    "weights_source",
    "parameters",
    "history",
    "evaluation",
    "trained",
)


class Models(Store):
    """Networks and the features they give."""

    def add_model(
        self,
        name: str,
        backbone: str,
        channels: int,
        head: str | None = None,
        classes: Sequence[str] = (),
        preprocessing: Mapping[str, Any] | None = None,
        artefact: str | None = None,
        sha256: str | None = None,
        weights_source: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        history: Sequence[Any] = (),
        evaluation: Mapping[str, Any] | None = None,
        trained: bool = False,
    ) -> ModelRecord:
        """Add a network under a new name.

        Raises
        ------
        CatalogueError
            the name is taken.
        """
        row = Model(
            name=name,
            backbone=backbone,
            head=head,
            channels=channels,
            classes=list(classes),
            preprocessing=dict(preprocessing or {}),
            artefact=artefact,
            sha256=sha256,
            weights_source=weights_source,
            parameters=dict(parameters or {}),
            history=list(history),
            evaluation=plain(evaluation),
            trained=trained,
        )
        with self.write() as session:
            _refuse_taken(session, name)
            session.add(row)
            session.flush()
            return _refreshed(session, row)

    def update_model(self, id: int, **fields: Any) -> ModelRecord:
        """Change fields of a network, named as in :meth:`add_model`.

        Raises
        ------
        NotFound
            no network has this id.
        CatalogueError
            an unknown field, or a name that is taken.
        """
        unknown = sorted(set(fields) - set(CHANGEABLE))
        if unknown:
            raise CatalogueError(f"a model has no {', '.join(unknown)}: change one of {', '.join(CHANGEABLE)}")
        with self.write() as session:
            row = found(session, Model, id)
            if fields.get("name", row.name) != row.name:
                _refuse_taken(session, fields["name"])
            for name, value in fields.items():
                setattr(row, name, plain(value))
            session.flush()
            return _refreshed(session, row)

    def model(self, name: str) -> ModelRecord | None:
        """The network called ``name``, None when there is none."""
        with self.read() as session:
            row = session.scalar(select(Model).where(Model.name == name))
            return None if row is None else _model(row)

    def models(self) -> list[ModelRecord]:
        """All networks, oldest first."""
        with self.read() as session:
            return [_model(row) for row in session.scalars(select(Model).order_by(Model.id))]

    def remove_model(self, id: int) -> None:
        """Remove a network with its features, spaces and assessments.

        Raises
        ------
        NotFound
            no network has this id.
        """
        with self.write() as session:
            found(session, Model, id)
            session.execute(delete(Model).where(Model.id == id))

    def add_feature_block(self, model_id: int, artefact: str, image_ids: Sequence[int]) -> int:
        """Say that row ``i`` of ``artefact`` holds the features of ``image_ids[i]``; returns the block's id.

        Features that these images had before are forgotten, and so are blocks left without any.

        Raises
        ------
        NotFound
            no network has this id.
        CatalogueError
            an image comes twice, or is not in the catalogue.
        """
        if len(set(image_ids)) != len(image_ids):
            raise CatalogueError(f"an image comes twice in a block of {len(image_ids)} features: give each once")
        with self.write() as session:
            found(session, Model, model_id)
            block = FeatureBlock(model_id=model_id, artefact=artefact, n=len(image_ids))
            session.add(block)
            session.flush()
            given = among(session, Feature.image_id, image_ids)
            session.execute(delete(Feature).where(Feature.model_id == model_id, given), execution_options=_APART)
            same = {"model_id": model_id, "block_id": block.id}
            for part in chunks(enumerate(image_ids), 5000):
                session.execute(insert(Feature), [same | {"image_id": id, "row": row} for row, id in part])
            _drop_empty_blocks(session, model_id)
            return block.id

    def feature_rows(self, model_id: int, image_ids: Sequence[int] | None = None) -> list[FeatureRow]:
        """Where the features of (these) images are, block by block in the order of their rows."""
        query = (
            select(Feature.image_id, FeatureBlock.artefact, Feature.row)
            .join(FeatureBlock, FeatureBlock.id == Feature.block_id)
            .where(Feature.model_id == model_id)
            .order_by(Feature.block_id, Feature.row)
        )
        with self.read() as session:
            if image_ids is not None:
                query = query.where(among(session, Feature.image_id, image_ids))
            return [FeatureRow(*row) for row in session.execute(query)]

    def count_features(self, model_id: int) -> int:
        """For how many images the features under a network are stored."""
        with self.read() as session:
            count = select(func.count()).select_from(Feature).where(Feature.model_id == model_id)
            return session.scalar(count) or 0

    def drop_features(self, model_id: int) -> None:
        """Forget all features of a network, e.g. because its weights changed."""
        with self.write() as session:
            session.execute(delete(FeatureBlock).where(FeatureBlock.model_id == model_id))


_APART = {"synchronize_session": False}


def _refuse_taken(session: Session, name: str) -> None:
    if session.scalar(select(Model.id).where(Model.name == name)) is not None:
        raise CatalogueError(f"a model is called {name!r} already: choose another name or change that one")


def _refreshed(session: Session, row: Model) -> ModelRecord:
    session.refresh(row)
    return _model(row)


def _drop_empty_blocks(session: Session, model_id: int) -> None:
    used = select(Feature.row).where(Feature.block_id == FeatureBlock.id).exists()
    session.execute(delete(FeatureBlock).where(FeatureBlock.model_id == model_id, ~used), execution_options=_APART)


def _model(row: Model) -> ModelRecord:
    return ModelRecord(
        id=row.id,
        name=row.name,
        backbone=row.backbone,
        head=row.head,
        channels=row.channels,
        classes=tuple(row.classes),
        preprocessing=row.preprocessing,
        artefact=row.artefact,
        sha256=row.sha256,
        weights_source=row.weights_source,
        parameters=row.parameters,
        history=row.history,
        evaluation=row.evaluation,
        trained=row.trained,
        created=row.created.isoformat(timespec="microseconds"),
        updated=iso(row.updated) or "",
    )
