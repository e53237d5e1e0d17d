"""The financing plan of a grant after an amendment; null as long as the plan is the awarded one."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.get_bind().exec_driver_sql("alter table award_term add column lines jsonb")
