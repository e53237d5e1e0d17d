"""Procrastinate's tables for background jobs, from the SQL that it ships."""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # Straight to the driver: the script is full of signs that SQLAlchemy would take for parameters.
    connection = op.get_bind().connection.driver_connection
    assert connection is not None
    connection.execute(SchemaManager.get_schema())
