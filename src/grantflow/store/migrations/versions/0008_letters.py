"""Text blocks with validity and release, chains of letters, letters approved together."""

from alembic import op

revision = "0008"
down_revision = "0006"

LETTER = """
alter table letter add column relation varchar not null default '';
alter table letter add column refers_to uuid references letter (id);
alter table letter add column texts jsonb not null default '{}';
alter table letter add column edit_reason varchar not null default '';
alter table letter add constraint relation check (
    relation in ('', 'amends', 'corrects', 'revokes', 'answers', 'follows'));
"""

TEXT_BLOCK = """
create table text_block (
    id uuid primary key,
    authority_id uuid not null references authority (id),
    programme_id uuid references programme (id),
    profile varchar not null,
    letter varchar not null,
    block varchar not null,
    text varchar not null,
    reason varchar not null,
    valid_from date not null,
    valid_until date,
    state varchar not null constraint state check (state in ('draft','released','withdrawn')),
    created_at timestamptz not null,
    created_by uuid not null references account (id),
    released_at timestamptz,
    released_by uuid references account (id),
    constraint scope check ((programme_id is null) <> (profile = '')),
    constraint validity check (valid_until is null or valid_until >= valid_from),
    constraint four_eyes check (released_by is null or released_by <> created_by)
);
create index ix_text_block_letter on text_block (authority_id, letter, block);
create function released_text_is_frozen() returns trigger language plpgsql as $$
begin
    raise exception 'released text blocks are frozen' using errcode = 'insufficient_privilege';
end $$;
create trigger frozen before update or delete on text_block
    for each row when (old.state <> 'draft') execute function released_text_is_frozen();
"""

BATCH = """
create table letter_batch (
    id uuid primary key,
    authority_id uuid not null references authority (id),
    programme_id uuid not null references programme (id),
    call_id uuid not null references call (id),
    letter varchar not null,
    title jsonb not null,
    answers jsonb not null,
    created_at timestamptz not null,
    created_by uuid not null references account (id),
    print_sha256 varchar,
    print_problem varchar not null
);
create index ix_letter_batch_call on letter_batch (call_id);
create table letter_batch_item (
    id uuid primary key,
    batch_id uuid not null references letter_batch (id),
    letter_id uuid not null references letter (id),
    case_id uuid not null references grant_case (id),
    task_id uuid not null references task (id),
    revision varchar not null,
    state varchar not null constraint state check (state in ('waiting','approved','failed')),
    problem jsonb not null,
    done_at timestamptz,
    unique (batch_id, letter_id)
);
create index ix_letter_batch_item_letter_id on letter_batch_item (letter_id);
"""

STAFF = (
    "(select grantflow_system()) or authority_id = any ((select grantflow_authorities())::uuid[])"
)
# What applicants hand in may draft a letter at once: released blocks are read by everybody.
LOOKING = "create policy looking on text_block for select using (state = 'released')"
POLICIES = {
    "text_block": STAFF,
    "letter_batch": STAFF,
    "letter_batch_item": "(select grantflow_system()) or batch_id in (select id from letter_batch)",
}


def upgrade() -> None:
    connection = op.get_bind()
    for statements in (LETTER, TEXT_BLOCK, BATCH):
        connection.exec_driver_sql(statements)
    for table, allowed in POLICIES.items():
        connection.exec_driver_sql(f"""
        alter table {table} enable row level security;
        alter table {table} force row level security;
        create policy scope on {table} using ({allowed}) with check ({allowed});
        """)
    connection.exec_driver_sql(LOOKING)
