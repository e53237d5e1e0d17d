"""Contested decisions, and the terms of grants after amendments."""

from alembic import op

revision = "0010"
down_revision = "0009"

TABLES = """
create table suspension (
    id uuid primary key,
    case_id uuid not null references grant_case (id),
    authority_id uuid not null references authority (id),
    instance_id uuid,
    subject varchar not null,
    remedy varchar not null,
    blocks_payments boolean not null,
    since timestamptz not null,
    ended_at timestamptz,
    outcome varchar not null
);
create index ix_suspension_case_id on suspension (case_id);
create table award_term (
    id uuid primary key,
    case_id uuid not null references grant_case (id),
    authority_id uuid not null references authority (id),
    instance_id uuid,
    amount numeric(14, 2) not null,
    until date not null,
    at timestamptz not null
);
create index ix_award_term_case_id on award_term (case_id);
"""

STAFF_OR_OWN_CASE = (
    "(select grantflow_system()) or authority_id = any ((select grantflow_authorities())::uuid[])"
    " or case_id in (select id from grant_case"
    " where organisation_id = any ((select grantflow_organisations())::uuid[]))"
)


def upgrade() -> None:
    connection = op.get_bind()
    connection.exec_driver_sql(TABLES)
    for table in ("suspension", "award_term"):
        connection.exec_driver_sql(
            f"alter table {table} enable row level security;"
            f"alter table {table} force row level security;"
            f"create policy scope on {table} using ({STAFF_OR_OWN_CASE})"
            f" with check ({STAFF_OR_OWN_CASE});"
        )
