"""Long work that another process does: hand it over, follow it, stop it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from data_store.columns import iso, utc_now
from data_store.engine import Store
from data_store.errors import CatalogueError
from data_store.records import JobRecord
from data_store.tables import JOB_STATES, Job
from data_store.topics.lookup import found, plain

FINAL = ("done", "failed", "cancelled")


class Jobs(Store):
    """Jobs: queued → running → done, failed or cancelled; the last three are final until queued again."""

    def add_job(
        self, verb: str, arguments: Mapping[str, Any], log: str | None = None, detail: Mapping[str, Any] | None = None
    ) -> int:
        """Queue a job and return its id; ``log`` is where its output will be, ``detail`` its first report."""
        with self.write() as session:
            row = Job(verb=verb, arguments=dict(arguments), log=log)
            if detail is not None:
                row.detail = plain(detail)
            session.add(row)
            session.flush()
            return row.id

    def claim_job(self, id: int, pid: int) -> bool:
        """Start a queued job as process ``pid``; False when it is not queued: somebody else has it."""
        now = utc_now()
        values = {"state": "running", "pid": pid, "started": now, "heartbeat": now, "finished": None}
        with self.write() as session:
            return _change(session, id, ("queued",), values)

    def job(self, id: int) -> JobRecord:
        """One job.

        Raises
        ------
        NotFound
            no job has this id.
        """
        with self.read() as session:
            return _record(found(session, Job, id))

    def jobs(self, states: Sequence[str] | None = None, limit: int | None = 50) -> list[JobRecord]:
        """The last jobs (in these states, if given), newest first.

        Raises
        ------
        CatalogueError
            no such state.
        """
        query = select(Job).order_by(Job.id.desc()).limit(limit)
        if states is not None:
            for state in states:
                _check_state(state, JOB_STATES)
            query = query.where(Job.state.in_(list(states)))
        with self.read() as session:
            return [_record(row) for row in session.scalars(query)]

    def beat(
        self,
        id: int,
        stage: str,
        done: int,
        total: int,
        detail: Mapping[str, Any] | None = None,
        pid: int | None = None,
    ) -> bool:
        """Say how far a running job is; True means: stop, it was cancelled, finished or taken over.

        ``detail`` None keeps the former one. ``pid``, when given, must be the process that claimed it.

        Raises
        ------
        NotFound
            no job has this id.
        """
        values: dict[str, Any] = {"stage": stage, "done": done, "total": total, "heartbeat": utc_now()}
        if detail is not None:
            values["detail"] = plain(detail)
        with self.write() as session:
            job = found(session, Job, id)
            if job.state != "running" or (pid is not None and job.pid != pid):
                return True
            for name, value in values.items():
                setattr(job, name, value)
            return job.cancel_requested

    def finish_job(
        self, id: int, state: str, result: Mapping[str, Any] | None = None, error: str | None = None
    ) -> bool:
        """End a job as done, failed or cancelled; False when it had ended already (left as it is).

        Raises
        ------
        NotFound
            no job has this id.
        CatalogueError
            not one of these states.
        """
        _check_state(state, FINAL)
        values = {"state": state, "result": plain(result), "error": error, "finished": utc_now()}
        with self.write() as session:
            return _change(session, id, ("queued", "running"), values)

    def request_cancel(self, id: int) -> bool:
        """Ask a running job to stop; a queued one is cancelled at once. False when it had ended already.

        Raises
        ------
        NotFound
            no job has this id.
        """
        with self.write() as session:
            ended = {"state": "cancelled", "finished": utc_now(), "cancel_requested": True}
            return _change(session, id, ("queued",), ended) or _change(
                session, id, ("running",), {"cancel_requested": True}
            )


def _check_state(state: str, allowed: tuple[str, ...]) -> None:
    if state not in allowed:
        raise CatalogueError(f"{state!r} is not a state to use here: choose one of {', '.join(allowed)}")


def _change(session: Session, id: int, states: tuple[str, ...], values: dict[str, Any]) -> bool:
    """Change a job only if it is in one of ``states``; decided by the database, so that one of two wins."""
    found(session, Job, id)
    change = update(Job).where(Job.id == id, Job.state.in_(states)).values(**values).returning(Job.id)
    return bool(session.scalars(change, execution_options={"synchronize_session": "fetch"}).all())


def _record(row: Job) -> JobRecord:
    return JobRecord(
        id=row.id,
        verb=row.verb,
        arguments=row.arguments,
        state=row.state,
        stage=row.stage,
        done=row.done,
        total=row.total,
        detail=row.detail,
        pid=row.pid,
        heartbeat=iso(row.heartbeat),
        cancel_requested=row.cancel_requested,
        error=row.error,
        result=row.result,
        log=row.log,
        created=iso(row.created) or "",
        started=iso(row.started),
        finished=iso(row.finished),
    )
