"""Rule books as released versions; a letter may be notified again and its dates may move.

Released rules are public, as the law is; drafts of them are seen by the authorities. A released
version never changes.
"""

from alembic import op

revision = "0006"
down_revision = "0005"

RULES = """
create table rule_version (
    id uuid primary key,
    area varchar not null,
    number integer not null,
    state varchar not null constraint state check (
        state in ('draft','review','released','discarded')),
    origin varchar not null constraint origin check (origin in ('delivered','proposed')),
    content text not null,
    digest varchar not null,
    delivered_digest varchar not null,
    base_id uuid references rule_version (id),
    changes jsonb not null,
    note varchar not null,
    created_at timestamptz not null,
    created_by uuid references account (id),
    editors jsonb not null,
    submitted_by uuid references account (id),
    released_by uuid references account (id),
    released_at timestamptz,
    unique (area, number)
);
alter table rule_version enable row level security;
alter table rule_version force row level security;
create policy scope on rule_version
    using ((select grantflow_system()) or cardinality((select grantflow_authorities())) > 0)
    with check ((select grantflow_system()) or cardinality((select grantflow_authorities())) > 0);
create policy looking on rule_version for select using (state = 'released');
create function released_rules_are_frozen() returns trigger language plpgsql as $$
begin
    raise exception 'released rules are frozen' using errcode = 'insufficient_privilege';
end $$;
create trigger frozen before update or delete on rule_version
    for each row when (old.state = 'released') execute function released_rules_are_frozen();
"""

NOTIFICATION = """
alter table dispatch drop constraint dispatch_letter_id_key;
alter table dispatch add column attempt integer not null default 1;
alter table dispatch add column received_on date;
alter table dispatch add column returned_on date;
alter table dispatch add column return_reason varchar not null default '';
alter table dispatch add column waived_on date;
alter table dispatch add constraint dispatch_letter_id_key unique (letter_id, attempt);
alter table dispatch add constraint state check (state in ('queued','sent','returned'));
alter table deadline add column element_id varchar not null default '';
alter table deadline add column dispatch_id uuid references dispatch (id);
alter table deadline add column params jsonb not null default '{}';
create index ix_deadline_dispatch_id on deadline (dispatch_id);
"""


def upgrade() -> None:
    connection = op.get_bind()
    for statements in (RULES, NOTIFICATION):
        connection.exec_driver_sql(statements)
