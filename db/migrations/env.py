"""Where Alembic enters. The connection comes from `db/migrate.py`."""

from alembic import context

from db import tables

context.configure(connection=context.config.attributes["connection"], target_metadata=tables.METADATA, compare_server_default=True)
with context.begin_transaction():
    context.run_migrations()
