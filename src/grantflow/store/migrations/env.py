"""How Alembic runs the steps: on the connection it was handed, each in its own transaction."""

from alembic import context

from grantflow.store.migrate import ours

context.configure(
    connection=context.config.attributes["connection"],
    transaction_per_migration=True,
    include_name=ours,
)
with context.begin_transaction():
    context.run_migrations()
