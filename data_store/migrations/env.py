"""Run by Alembic for every command: on the connection it was handed, or the URL given with ``-x url=``."""

from alembic import context
from sqlalchemy import Connection, create_engine

from data_store.tables import Table


def _run(connection: Connection) -> None:
    # The caller's transaction holds everything: SQLite can undo table changes once BEGIN is explicit.
    context.configure(
        connection=connection,
        target_metadata=Table.metadata,
        render_as_batch=True,
        transactional_ddl=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


handed = context.config.attributes.get("connection")
if handed is not None:
    _run(handed)
else:
    engine = create_engine(context.get_x_argument(as_dictionary=True)["url"])
    with engine.begin() as own:
        _run(own)
    engine.dispose()
