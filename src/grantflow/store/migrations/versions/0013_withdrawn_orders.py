"""Orders of payments that have not left can be withdrawn."""

from alembic import op

revision = "0013"
down_revision = "0012"

STATES = """
alter table payment drop constraint state;
alter table payment add constraint state check (
    state in ('requested','approved','ordered','refused','paid','returned','withdrawn'));
"""


def upgrade() -> None:
    op.execute(STATES)
