"""A remedy is against one decision, may suspend nothing, and may leave part of it."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.get_bind().exec_driver_sql(
        "alter table suspension add column suspends boolean not null default true;"
        "alter table suspension alter column suspends drop default;"
        "alter table suspension add column remaining numeric(14, 2);"
        "alter table suspension add column letter_id uuid references letter (id);"
    )
