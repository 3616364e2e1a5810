"""Opening the database safely: engine, SQLite's settings, and the two kinds of transaction.

SQLite's settings make concurrent processes safe: writers take the write lock when they begin (``BEGIN IMMEDIATE``), so
that what they read cannot go stale before they write; every commit reaches the disk (``synchronous=FULL``); the
write-ahead log is used only where SQLite is free of its reset race (from 3.51.3).
"""

import random
import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Self

from sqlalchemy import URL, Connection, Engine, StaticPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from data_store.columns import to_json
from data_store.errors import CatalogueError, Locked, Unusable
from data_store.migrations import bring_up_to_date

WAL_SAFE_FROM = (3, 51, 3)
_SECRET = re.compile(r"://.*@")
"""User and password of an address, which is never printed."""
WRITERS = 0x5C4A11  # the number of the lock that PostgreSQL's writers share
LOCK_TIMEOUT = "55P03"  # what PostgreSQL answers when it was waited for too long
BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CANTOPEN}


def wanted_journal_mode(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> str:
    """``wal`` where SQLite's write-ahead log is safe, else the rollback journal (``delete``)."""
    return "wal" if version >= WAL_SAFE_FROM else "delete"


def as_url(url_or_path: str | Path) -> URL:
    """A database URL as it is, or the SQLite URL of a file, whose folder is made when missing.

    Raises
    ------
    Unusable
        the URL does not parse, or the folder cannot be made.
    """
    text = str(url_or_path)
    try:
        if isinstance(url_or_path, str) and "://" in text:
            return make_url(text)
        path = Path(url_or_path).expanduser().absolute()
        path.parent.mkdir(parents=True, exist_ok=True)
    except (ArgumentError, OSError, ValueError) as problem:
        shown, why = (_SECRET.sub("://***@", words) for words in (text, str(problem)))
        raise Unusable(f"no catalogue can be opened at {shown!r} ({why}): give a file or a URL") from None
    return URL.create("sqlite", database=str(path))


def make_engine(url: URL, timeout: float) -> Engine:
    """An engine whose connections may move between threads and wait ``timeout`` seconds for a lock.

    Raises
    ------
    Unusable
        the database's driver is not installed.
    """
    options: dict[str, Any] = {"json_serializer": to_json}
    if url.get_backend_name() == "sqlite":
        options["connect_args"] = {"timeout": timeout, "check_same_thread": False}
        # A memory database lives in its one connection; files get as many connections as threads ask for.
        options |= {"poolclass": StaticPool} if in_memory(url) else {"max_overflow": -1}
    try:
        engine = create_engine(url, **options)
    except (NoSuchModuleError, ImportError) as problem:
        raise Unusable(f"{url.drivername!r} cannot be used ({problem}): install its driver") from problem
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _settle)
        event.listen(engine, "begin", lambda connection: _begin(connection, timeout))
    if engine.dialect.name == "postgresql":
        event.listen(engine, "begin", lambda connection: _wait_for_turn(connection, timeout))
    return engine


def holds_nothing(path: Path) -> bool:
    """Whether a file is empty, or a SQLite database without tables; False for anything else."""
    if path.stat().st_size == 0:
        return True
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            return database.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    except sqlite3.Error:
        return False


def in_memory(url: URL) -> bool:
    """Whether this is an in-memory SQLite database."""
    return url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")


def _settle(connection: sqlite3.Connection, _record: object) -> None:
    """Configure a new connection: leave BEGIN to :func:`_begin`, enforce foreign keys, sync commits to disk."""
    connection.isolation_level = None
    for pragma in ("foreign_keys=ON", "synchronous=FULL", "trusted_schema=OFF"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection, timeout: float) -> None:
    """Begin as the execution option ``immediate`` says: with the write lock, or without any lock yet."""
    raw: Any = connection.connection.driver_connection
    if not connection.get_execution_options().get("immediate", False):
        raw.execute("BEGIN").close()
        return
    # SQLite's own waiting slows down to ten looks a second, so that a busy neighbour always wins: look oftener.
    raw.execute("PRAGMA busy_timeout=0").close()
    try:
        _take_write_lock(raw, timeout)
    finally:
        raw.execute(f"PRAGMA busy_timeout={int(timeout * 1000)}").close()


def _take_write_lock(raw: sqlite3.Connection, timeout: float) -> None:
    """Retry to take the write lock with random waits, which get shorter the longer it takes."""
    began = time.monotonic()
    while True:
        try:
            raw.execute("BEGIN IMMEDIATE").close()
            return
        except sqlite3.OperationalError as problem:
            waited = time.monotonic() - began
            if problem.sqlite_errorcode & 0xFF not in BUSY or waited >= timeout:
                raise
        time.sleep(random.uniform(0.001, 0.008) / (1 + waited))


def _wait_for_turn(connection: Connection, timeout: float) -> None:
    """Serialise writers on PostgreSQL too, so that values read in a transaction are current when it writes."""
    if connection.get_execution_options().get("immediate", False):
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(timeout * 1000)}")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS})")


def set_journal_mode(engine: Engine) -> str:
    """Put an SQLite file into the wanted journal mode and return the mode in use (``server`` for others).

    A file in WAL mode stays in it until changed, which needs a moment without other connections.
    """
    if engine.dialect.name != "sqlite":
        return "server"
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        if not isinstance(raw, sqlite3.Connection):
            return "unknown"
        mode = str(raw.execute("PRAGMA journal_mode").fetchone()[0])
        wanted = wanted_journal_mode()
        if mode not in (wanted, "memory"):
            mode = str(raw.execute(f"PRAGMA journal_mode={wanted}").fetchone()[0])
    return mode


@contextmanager
def explained(place: str, timeout: float = 0.0) -> Iterator[None]:
    """Convert the database's errors into this package's, with the catalogue's place and advice."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as problem:
        raise _explain(problem, place, timeout) from problem


def _explain(problem: Exception, place: str, timeout: float) -> CatalogueError:
    cause = problem.orig if isinstance(problem, DBAPIError) else problem
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
    if code in BUSY or getattr(cause, "sqlstate", None) == LOCK_TIMEOUT:
        return Locked(f"{place} was kept busy for {timeout:g} s by another process: wait for it, then try again")
    if code in DAMAGED:
        return Unusable(f"{place} is not a readable catalogue ({cause}): restore a backup or choose another")
    if isinstance(problem, IntegrityError):
        return CatalogueError(f"{place} refused the change, nothing was stored: {cause}")
    return CatalogueError(f"{place} could not do this: {cause}")


class Store:
    """A database with two kinds of transaction; one object may be shared by many threads."""

    def __init__(self, engine: Engine, timeout: float, journal_mode: str) -> None:
        self._engine = engine
        self._timeout = timeout
        self._journal_mode = journal_mode
        self._place = engine.url.render_as_string(hide_password=True)
        self._readers = sessionmaker(engine, expire_on_commit=False)
        self._writers = sessionmaker(engine.execution_options(immediate=True), expire_on_commit=False)
        self._turn: AbstractContextManager[object] = threading.RLock() if in_memory(engine.url) else nullcontext()
        self._here = threading.local()
        self._closed = False

    @classmethod
    def open(cls, url_or_path: str | Path, *, timeout: float = 30.0) -> Self:
        """Open a catalogue, making or upgrading it when needed.

        ``url_or_path``: a file (its folder is made) or any SQLAlchemy URL. ``timeout``: seconds to wait for
        other processes before :class:`Locked` is raised.

        Raises
        ------
        Unusable
            not a catalogue, damaged, made by a newer version, or its driver is missing.
        Locked
            another process is upgrading it.
        """
        engine = make_engine(as_url(url_or_path), timeout)
        try:
            with explained(engine.url.render_as_string(hide_password=True), timeout):
                mode = set_journal_mode(engine)
                bring_up_to_date(engine)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, timeout, mode)

    @property
    def journal_mode(self) -> str:
        """``delete`` (rollback journal), ``wal``, ``memory``, or ``server`` when not SQLite."""
        return self._journal_mode

    @property
    def timeout(self) -> float:
        """Seconds to wait for other processes."""
        return self._timeout

    @property
    def engine(self) -> Engine:
        """The SQLAlchemy engine, for backup and checks."""
        return self._engine

    @property
    def place(self) -> str:
        """The URL, without its password: for messages."""
        return self._place

    def close(self) -> None:
        """Close every connection; the catalogue cannot be used afterwards. Closing twice is fine."""
        self._closed = True
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that holds the write lock from its start and stores everything at its end, or nothing.

        Everything called on this catalogue inside the block, by the same thread, takes part. A ``write``
        within a ``write`` is a savepoint: its failure can be caught without losing the outer one's work. Any
        exception undoes the block, also those that are no ``Exception`` (Streamlit's rerun and stop, Ctrl-C).

        Raises
        ------
        Locked
            others wrote for the whole timeout.
        CatalogueError
            inside ``read`` of the same thread (it would wait for itself), or after ``close``.
        """
        outer = self._present()
        if outer is None:
            with self._transaction(self._writers, writing=True) as session:
                yield session
        elif self._here.writing:
            with explained(self._place, self._timeout), outer.begin_nested():
                yield outer
        else:
            raise CatalogueError("a write block cannot start inside a read block: read first, then write")

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that sees one consistent state of the catalogue; keep it short, since writers wait for it.

        Inside ``read`` or ``write`` of the same thread it is the same transaction.
        """
        outer = self._present()
        if outer is not None:
            with explained(self._place, self._timeout):
                yield outer
            return
        with self._transaction(self._readers, writing=False) as session:
            yield session

    def _present(self) -> Session | None:
        if self._closed:
            raise CatalogueError(f"{self._place} was closed: open it again")
        return getattr(self._here, "session", None)

    @contextmanager
    def _transaction(self, sessions: sessionmaker[Session], writing: bool) -> Iterator[Session]:
        with self._turn, explained(self._place, self._timeout), sessions() as session:
            self._here.session, self._here.writing = session, writing
            try:
                if writing:
                    session.connection()  # begins here, so that the lock is held before anything is read
                yield session
                if writing:
                    session.commit()
            except BaseException:
                session.rollback()
                raise
            finally:
                self._here.session = None
