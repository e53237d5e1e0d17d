"""Who may see which rows: rights of the application's role and row-level security for every table.

A scope is three lists (authorities, organisations, account) and a switch (system), set by
``store.db`` for one transaction. Unset means: nothing. The owner obeys too (FORCE).
"""

from alembic import context, op

revision = "0003"
down_revision = "0002"

OF_A_CASE = [
    "process_instance",
    "task",
    "timer",
    "wait",
    "case_event",
    "form_data",
    "document",
    "letter",
    "dispatch",
    "deadline",
    "decision",
    "payment",
    "conflict_declaration",
    "case_message",
    "publication_record",
]

FUNCTIONS = """
create function grantflow_authorities() returns uuid[] language sql stable parallel safe as
$$ select coalesce(nullif(current_setting('grantflow.authorities', true), ''), '{}')::uuid[] $$;
create function grantflow_organisations() returns uuid[] language sql stable parallel safe as
$$ select coalesce(nullif(current_setting('grantflow.organisations', true), ''), '{}')::uuid[] $$;
create function grantflow_account() returns uuid language sql stable parallel safe as
$$ select nullif(current_setting('grantflow.account', true), '')::uuid $$;
create function grantflow_system() returns boolean language sql stable parallel safe as
$$ select coalesce(current_setting('grantflow.system', true) = 'on', false) $$;
"""

# Each in a sub-select of its own, so that PostgreSQL asks once a statement and not once a row.
SYSTEM = "(select grantflow_system())"
AUTHORITY = "authority_id = any ((select grantflow_authorities())::uuid[])"
ORGANISATION = "organisation_id = any ((select grantflow_organisations())::uuid[])"
ACCOUNT = "account_id = (select grantflow_account())"
# Uncorrelated on purpose: becomes one look at the organisation's few cases, kept as a hash.
OWN_CASE = f"case_id in (select id from grant_case where {ORGANISATION})"

STAFF_OR_OWN_CASE = f"{SYSTEM} or {AUTHORITY} or {OWN_CASE}"
STAFF = f"{SYSTEM} or {AUTHORITY}"

# (table, who may do everything, who may look besides)
POLICIES = (
    *((table, STAFF_OR_OWN_CASE, None) for table in OF_A_CASE),
    ("grant_case", f"{SYSTEM} or {AUTHORITY} or {ORGANISATION}", None),
    (
        "task_draft",
        f"{SYSTEM} or exists (select 1 from task where task.id = task_draft.task_id)",
        None,
    ),
    (
        "organisation",
        f"{SYSTEM} or id = any ((select grantflow_organisations())::uuid[])",
        "exists (select 1 from grant_case c where c.organisation_id = organisation.id)",
    ),
    (
        "membership",
        f"{SYSTEM} or {ORGANISATION}",
        f"{ACCOUNT} or exists"
        " (select 1 from grant_case c where c.organisation_id = membership.organisation_id)",
    ),
    (
        "account",
        f"{SYSTEM} or id = (select grantflow_account())",
        "kind = 'staff' or exists (select 1 from membership m where m.account_id = account.id)",
    ),
    ("role_grant", STAFF, ACCOUNT),
    ("web_session", f"{SYSTEM} or {ACCOUNT}", None),
    ("api_token", f"{SYSTEM} or {ACCOUNT}", None),
    ("signin_attempt", SYSTEM, None),
    # What is offered is public; a draft of it is not.
    ("authority", SYSTEM, "true"),
    ("programme", STAFF, "true"),
    ("call", STAFF, "true"),
    ("programme_version", STAFF, "state in ('published', 'retired')"),
    # Applicants open cases themselves and so take the next number; it tells nothing about anyone.
    ("reference_number", "true", None),
    (
        "job_note",
        f"{SYSTEM} or case_id in (select id from grant_case)"
        " or (case_id is null and cardinality((select grantflow_authorities())) > 0)",
        None,
    ),
)

APPEND_ONLY = """
create function case_event_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'case_event is append-only' using errcode = 'insufficient_privilege';
end $$;
create trigger append_only before update or delete on case_event
    for each row execute function case_event_is_append_only();
create trigger never_truncated before truncate on case_event
    for each statement execute function case_event_is_append_only();
"""


def upgrade() -> None:
    connection = op.get_bind()
    role = context.config.attributes["application_role"]
    quoted = connection.dialect.identifier_preparer.quote(role)
    for statements in (FUNCTIONS, _rights(quoted), APPEND_ONLY, *map(_policy, POLICIES)):
        connection.exec_driver_sql(statements)
    # With one role for everything it would lose the right to migrate; the trigger holds anyway.
    if role != connection.exec_driver_sql("select current_user").scalar():
        connection.exec_driver_sql(_revoked(quoted))


def _rights(role: str) -> str:
    return f"""
    grant usage on schema public to {role};
    grant select, insert, update, delete on all tables in schema public to {role};
    grant usage, select on all sequences in schema public to {role};
    alter default privileges in schema public
        grant select, insert, update, delete on tables to {role};
    alter default privileges in schema public
        grant usage, select on sequences to {role};
    """


def _revoked(role: str) -> str:
    return f"""
    revoke update, delete, truncate on case_event from {role};
    revoke insert, update, delete, truncate on alembic_version from {role};
    """


def _policy(policy: tuple[str, str, str | None]) -> str:
    table, everything, looking = policy
    statements = f"""
    alter table "{table}" enable row level security;
    alter table "{table}" force row level security;
    create policy scope on "{table}" using ({everything}) with check ({everything});
    """
    if looking:
        statements += f'create policy looking on "{table}" for select using ({looking});'
    return statements
