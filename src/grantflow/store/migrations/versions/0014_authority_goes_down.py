"""A commitment authority can be lowered as far as it is not used."""

from alembic import op

revision = "0014"
down_revision = "0013"

# PostgreSQL checks the proposed row before it looks for a conflict, and a difference below zero is
# no amount. The year's row is locked by then, so that nobody else inserts in between.
RAISED_ONLY = """        insert into commitment_authority
            (item_id, budget_year, due_year, authority_id, amount, used)
            values (new.item_id, new.budget_year, new.due_year, new.authority_id, new.amount, 0)
            on conflict (item_id, budget_year, due_year)
            do update set amount = commitment_authority.amount + new.amount;
"""
BOTH_WAYS = """        update commitment_authority set amount = amount + new.amount
            where item_id = new.item_id and budget_year = new.budget_year
            and due_year = new.due_year;
        if not found then
            insert into commitment_authority
                (item_id, budget_year, due_year, authority_id, amount, used)
                values (new.item_id, new.budget_year, new.due_year, new.authority_id,
                        new.amount, 0);
        end if;
"""


def upgrade() -> None:
    connection = op.get_bind()
    known = connection.exec_driver_sql("select pg_get_functiondef('ledger_book'::regproc)")
    definition = known.scalar_one()
    if RAISED_ONLY not in definition:
        raise RuntimeError("ledger_book is not the function of migration 0005")
    changed = definition.replace(RAISED_ONLY, BOTH_WAYS)
    connection.exec_driver_sql(changed.replace("%", "%%"))
