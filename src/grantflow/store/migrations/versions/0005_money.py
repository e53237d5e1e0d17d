"""Budget items, the ledger with its trigger, bank details, payment files; who may do what there."""

from pathlib import Path

from alembic import context, op

revision = "0005"
down_revision = "0004"

PAYMENT = """
alter table payment drop constraint state;
alter table payment add constraint state
    check (state in ('requested','approved','ordered','refused','paid','returned'));
alter table payment add column certified_by uuid references account (id);
alter table payment add column ordered_by uuid references account (id);
alter table payment add constraint four_eyes
    check (ordered_by is null or ordered_by <> certified_by);
"""

# The sums are written by these two functions alone. They run as the owner and see every row while
# they work; a transaction that fails takes the settings back with everything else.
FUNCTIONS = """
create function ledger_only() returns trigger language plpgsql as $$
begin
    if coalesce(current_setting('grantflow.ledger', true), '') <> 'on' then
        raise exception '% is written by the ledger only', tg_table_name
            using errcode = 'insufficient_privilege';
    end if;
    return coalesce(new, old);
end $$;
create trigger ledger_only before insert or update or delete on budget_year
    for each row execute function ledger_only();
create trigger ledger_only before insert or update or delete on commitment_authority
    for each row execute function ledger_only();

create function budget_lock(item uuid, years int[]) returns setof budget_year
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    scope text := coalesce(current_setting('grantflow.system', true), '');
begin
    perform set_config('grantflow.system', 'on', true), set_config('grantflow.ledger', 'on', true);
    insert into budget_year (item_id, year, authority_id, carried, reserved, committed, ordered,
                             paid, returned)
        select i.id, y, i.authority_id, 0, 0, 0, 0, 0, 0
        from budget_item i, unnest(years) y where i.id = item order by y
        on conflict do nothing;
    return query select * from budget_year b where b.item_id = item and b.year = any (years)
        order by b.year for update;
    perform set_config('grantflow.system', scope, true), set_config('grantflow.ledger', '', true);
end $$;

create function ledger_book() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    scope text := coalesce(current_setting('grantflow.system', true), '');
    binds boolean := new.bucket in ('reserved', 'committed', 'ordered', 'paid');
    row budget_year;
begin
    select * into row from budget_lock(new.item_id, array[new.due_year]);
    if row.item_id is null or row.authority_id <> new.authority_id then
        raise exception 'ledger entry of another authority'
            using errcode = 'insufficient_privilege';
    end if;
    if binds and new.due_year = new.budget_year and row.appropriation is null then
        raise exception 'no appropriation for %', new.due_year
            using errcode = 'check_violation', constraint = 'budget_year_overdrawn';
    end if;
    perform set_config('grantflow.system', 'on', true), set_config('grantflow.ledger', 'on', true);
    if new.bucket = 'authority' then
        insert into commitment_authority
            (item_id, budget_year, due_year, authority_id, amount, used)
            values (new.item_id, new.budget_year, new.due_year, new.authority_id, new.amount, 0)
            on conflict (item_id, budget_year, due_year)
            do update set amount = commitment_authority.amount + new.amount;
    else
        update budget_year set
            appropriation = case when new.bucket = 'appropriation'
                                 then coalesce(appropriation, 0) + new.amount
                                 else appropriation end,
            carried = carried + case when new.bucket = 'carried' then new.amount else 0 end,
            reserved = reserved + case when new.bucket = 'reserved' then new.amount else 0 end,
            committed = committed + case when new.bucket = 'committed' then new.amount else 0 end,
            ordered = ordered + case when new.bucket = 'ordered' then new.amount else 0 end,
            paid = paid + case when new.bucket = 'paid' then new.amount else 0 end,
            returned = returned + case when new.bucket = 'returned' then new.amount else 0 end
            where item_id = new.item_id and year = new.due_year;
    end if;
    if binds and new.due_year > new.budget_year then
        update commitment_authority set used = used + new.amount
            where item_id = new.item_id and budget_year = new.budget_year
            and due_year = new.due_year;
        if not found then
            raise exception 'no commitment authority of % for %', new.budget_year, new.due_year
                using errcode = 'check_violation', constraint = 'commitment_authority_overdrawn';
        end if;
    end if;
    perform set_config('grantflow.system', scope, true), set_config('grantflow.ledger', '', true);
    return new;
end $$;
create trigger book after insert on ledger_entry
    for each row execute function ledger_book();

create function ledger_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'ledger_entry is append-only' using errcode = 'insufficient_privilege';
end $$;
create trigger append_only before update or delete on ledger_entry
    for each row execute function ledger_is_append_only();
create trigger never_truncated before truncate on ledger_entry
    for each statement execute function ledger_is_append_only();
"""

SYSTEM = "(select grantflow_system())"
AUTHORITY = "authority_id = any ((select grantflow_authorities())::uuid[])"
ORGANISATION = "organisation_id = any ((select grantflow_organisations())::uuid[])"
STAFF = f"{SYSTEM} or {AUTHORITY}"
OWN_CASE = f"case_id in (select id from grant_case where {ORGANISATION})"

# (table, who may do everything, who may look besides)
POLICIES = (
    (
        "budget_item",
        STAFF,
        "exists (select 1 from grant_case c where c.programme_id = budget_item.programme_id)",
    ),
    ("budget_year", STAFF, None),
    ("commitment_authority", STAFF, None),
    # What an applicant does can move money of their own case, as a withdrawal that sets it free.
    ("ledger_entry", f"{STAFF} or {OWN_CASE}", None),
    (
        "bank_account",
        f"{STAFF} or {ORGANISATION} or exists"
        " (select 1 from grant_case c where c.organisation_id = bank_account.organisation_id)",
        None,
    ),
    ("payment_file", STAFF, None),
    ("payment_file_entry", STAFF, None),
    ("payment_return", STAFF, None),
    ("ranking", STAFF, None),
)


def upgrade() -> None:
    connection = op.get_bind()
    role = context.config.attributes["application_role"]
    quoted = connection.dialect.identifier_preparer.quote(role)
    tables = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    for statements in (tables, PAYMENT, FUNCTIONS, *map(_policy, POLICIES)):
        connection.exec_driver_sql(statements.replace("%", "%%"))
    if role != connection.exec_driver_sql("select current_user").scalar():
        connection.exec_driver_sql(_revoked(quoted))


def _revoked(role: str) -> str:
    return f"""
    revoke update, delete, truncate on ledger_entry from {role};
    revoke insert, update, delete, truncate on budget_year, commitment_authority from {role};
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
