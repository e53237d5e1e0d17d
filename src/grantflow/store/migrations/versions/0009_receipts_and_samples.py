"""Receipts of statements with the findings on them, and samples drawn for in-depth audits.

An organisation reads and writes the receipts of its own cases; what an audit found and which cases
a sample holds is for the authority alone.
"""

from alembic import op

revision = "0009"
down_revision = "0008"

TABLES = """
create table receipt (
    id uuid primary key,
    case_id uuid not null references grant_case (id),
    authority_id uuid not null references authority (id),
    form varchar not null,
    item varchar not null,
    position integer not null,
    number varchar not null,
    paid_on date not null,
    payee varchar not null,
    reason varchar not null,
    line varchar not null,
    amount numeric(14, 2) not null constraint amount check (amount > 0),
    created_at timestamptz not null,
    created_by uuid references account (id),
    replaced_at timestamptz
);
create index ix_receipt_statement on receipt (case_id, form, item, position);
create index ix_receipt_same on receipt (amount, paid_on) where replaced_at is null;
create table receipt_finding (
    id uuid primary key,
    receipt_id uuid not null references receipt (id),
    case_id uuid not null references grant_case (id),
    authority_id uuid not null references authority (id),
    verdict varchar not null constraint verdict check (
        verdict in ('accepted','reduced','refused')),
    accepted numeric(14, 2) not null constraint accepted check (accepted >= 0),
    reason varchar not null,
    by uuid references account (id),
    at timestamptz not null,
    replaced_at timestamptz
);
create index ix_receipt_finding_case_id on receipt_finding (case_id);
create unique index ux_finding_current on receipt_finding (receipt_id) where replaced_at is null;
create table sample_draw (
    id uuid primary key,
    authority_id uuid not null references authority (id),
    programme_id uuid not null references programme (id),
    call_id uuid not null references call (id),
    year integer not null,
    seed varchar not null,
    share numeric(5, 4) not null,
    at timestamptz not null,
    by uuid references account (id)
);
create index ix_draw_call on sample_draw (call_id, year);
create table sample_item (
    draw_id uuid not null references sample_draw (id),
    case_id uuid not null references grant_case (id),
    authority_id uuid not null references authority (id),
    reference varchar not null,
    points integer not null,
    always boolean not null,
    reasons jsonb not null,
    rank varchar not null,
    drawn boolean not null,
    primary key (draw_id, case_id)
);
"""

STAFF = (
    "(select grantflow_system()) or authority_id = any ((select grantflow_authorities())::uuid[])"
)
OWN_CASE = (
    "case_id in (select id from grant_case"
    " where organisation_id = any ((select grantflow_organisations())::uuid[]))"
)
POLICIES = {
    "receipt": f"{STAFF} or {OWN_CASE}",
    "receipt_finding": STAFF,
    "sample_draw": STAFF,
    "sample_item": STAFF,
}


def upgrade() -> None:
    connection = op.get_bind()
    connection.exec_driver_sql(TABLES)
    for table, policy in POLICIES.items():
        connection.exec_driver_sql(
            f"alter table {table} enable row level security;"
            f"alter table {table} force row level security;"
            f"create policy scope on {table} using ({policy}) with check ({policy});"
        )
