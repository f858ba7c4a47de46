"""What Alembic runs: the migrations, on the connection and in the transaction that `Database.migrate` opened."""

from alembic import context

from bot.store.tables import Row

connection = context.config.attributes["connection"]
# SQLite cannot alter most of a table in place: batch mode copies it instead.
context.configure(connection=connection, target_metadata=Row.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
