"""Overdue tasks of staff escalate: when the next reminder is due, and when the head was told."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.get_bind().exec_driver_sql(
        "alter table task add column next_reminder_on date;"
        "alter table task add column escalated_on date;"
        "create index ix_task_overdue on task (due_at)"
        " where status = 'open' and role <> 'APPLICANT';"
    )
