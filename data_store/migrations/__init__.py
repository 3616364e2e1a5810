"""Bringing a catalogue to the present version of the tables.

Versions are the zero-padded numbers of the files in ``versions``. The version check is cheap and runs on every opening;
Alembic is only imported for a migration. To add one after changing the tables::

    alembic -c data_store/migrations/alembic.ini -x url=sqlite:////tmp/at-head.sqlite \
        revision --autogenerate --rev-id 0004 -m "what changes"

then set :data:`HEAD`.
"""

import os
import re
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, inspect, text

from data_store.errors import CatalogueError, Unusable

HEAD = "0003"
FIRST = "0001"
HOME = Path(__file__).parent
_one_at_a_time = threading.Lock()  # Alembic keeps its context in module globals


def stored_version(connection: Connection) -> str | None:
    """The version of the tables in a database; None when it is empty.

    Raises
    ------
    Unusable
        it holds other tables, so it belongs to another program.
    """
    names = inspect(connection).get_table_names()
    if not names:
        return None
    versions: Sequence[str] = []
    if "alembic_version" in names:
        versions = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    if len(versions) != 1 or "mask_event" not in names:
        place = connection.engine.url.render_as_string(hide_password=True)
        raise Unusable(f"{place} holds other tables ({', '.join(sorted(names)[:3])} …): choose another file")
    return str(versions[0])


def bring_up_to_date(engine: Engine) -> None:
    """Make the tables in an empty database, or upgrade older ones, in one transaction.

    Raises
    ------
    Unusable
        it was made by a newer version, or by something else.
    """
    with engine.connect() as connection:
        version = stored_version(connection)
    if version == HEAD:
        return
    _refuse_newer(version, engine)
    if version is not None:
        _keep_copy(engine, version)
    with _one_at_a_time, _without_foreign_keys(engine) as connection, connection.begin():
        version = stored_version(connection)  # another process may have been faster
        _refuse_newer(version, engine)
        if version != HEAD:
            _upgrade(connection)


def _refuse_newer(version: str | None, engine: Engine) -> None:
    place = engine.url.render_as_string(hide_password=True)
    if version is not None and not (re.fullmatch(r"\d{4}", version) and version >= FIRST):
        raise Unusable(f"{place} says it is of version {version[:40]!r}, which never was: bring a backup back")
    if version is not None and version > HEAD:
        raise Unusable(f"{place} has version {version}, this program knows up to {HEAD}: update the program")


def _keep_copy(engine: Engine, version: str) -> None:
    """A copy of a SQLite catalogue beside it before it is changed, made once for each version."""
    if engine.dialect.name != "sqlite" or not engine.url.database or engine.url.database == ":memory:":
        return
    source = Path(engine.url.database)
    target = source.with_name(f"{source.name}.before-{HEAD}-from-{version}")
    if target.exists():
        return
    temporary = target.with_name(f"{target.name}.{os.getpid()}")
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(temporary)) as copy:
        old.backup(copy)
    os.replace(temporary, target)


@contextmanager
def _without_foreign_keys(engine: Engine) -> Iterator[Connection]:
    """A connection for rebuilding tables: with foreign keys on, SQLite would empty what refers to them."""
    with engine.connect().execution_options(immediate=True) as connection:
        raw: Any = connection.connection.driver_connection
        if engine.dialect.name == "sqlite":
            raw.execute("PRAGMA foreign_keys=OFF").close()
        try:
            yield connection
        finally:
            if engine.dialect.name == "sqlite":
                raw.execute("PRAGMA foreign_keys=ON").close()


def _upgrade(connection: Connection) -> None:
    from alembic import command

    command.upgrade(configuration(connection), "head")
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise CatalogueError(f"the upgrade would leave {len(broken)} rows without owner: nothing was changed")


def configuration(connection: Connection | None = None) -> Any:
    """Alembic's configuration for these migrations, working through ``connection``."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(HOME).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
