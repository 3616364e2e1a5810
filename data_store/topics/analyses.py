"""Kept outcomes of analyses of a model, found again by what determines them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from data_store.columns import iso
from data_store.engine import Store
from data_store.records import AnalysisRecord
from data_store.tables import Analysis, Model
from data_store.topics.lookup import chunks, found


class Analyses(Store):
    """Outcomes by model, kind and key."""

    def save_analysis(
        self,
        model_id: int,
        kind: str,
        key: str,
        parameters: Mapping[str, Any],
        result: Mapping[str, Any],
        artefact: str | None = None,
        version: str = "",
        created: str | None = None,
    ) -> AnalysisRecord:
        """Keep an outcome in the place of the former one of this model, kind and key.

        ``created`` (ISO 8601) is when it was made, by default now.

        Raises
        ------
        NotFound
            no model has this id.
        """
        with self.write() as session:
            found(session, Model, model_id)
            same = (Analysis.model_id == model_id, Analysis.kind == kind, Analysis.key == key)
            session.execute(delete(Analysis).where(*same))
            row = Analysis(
                model_id=model_id,
                kind=kind,
                key=key,
                parameters=dict(parameters),
                result=dict(result),
                artefact=artefact,
                version=version,
            )
            if created is not None:
                row.created = datetime.fromisoformat(created)
            session.add(row)
            session.flush()
            return _record(row)

    def analyses(self, model_id: int, kind: str, keys: Iterable[str] | None = None) -> dict[str, AnalysisRecord]:
        """Outcomes of one kind by key (those of ``keys``, if given), the oldest first."""
        query = select(Analysis).where(Analysis.model_id == model_id, Analysis.kind == kind).order_by(Analysis.id)
        with self.read() as session:
            if keys is None:
                rows = list(session.scalars(query))
            else:
                parts = chunks(dict.fromkeys(keys))
                rows = [row for part in parts for row in session.scalars(query.where(Analysis.key.in_(part)))]
            return {row.key: _record(row) for row in sorted(rows, key=lambda row: row.id)}

    def remove_analyses(self, model_id: int, kind: str) -> int:
        """Forget all outcomes of one kind; how many there were."""
        with self.write() as session:
            gone = session.execute(delete(Analysis).where(Analysis.model_id == model_id, Analysis.kind == kind))
            return int(gone.rowcount)  # type: ignore[attr-defined]


def _record(row: Analysis) -> AnalysisRecord:
    return AnalysisRecord(
        row.id,
        row.model_id,
        row.kind,
        row.key,
        row.parameters,
        row.result,
        row.artefact,
        row.version,
        iso(row.created) or "",
    )
