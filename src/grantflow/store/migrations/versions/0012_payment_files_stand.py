"""Payment files stand as they were prepared: the database refuses what no service does."""

from alembic import op

revision = "0012"
down_revision = "0011"

# The content of a file never changes and no file is deleted; its state moves once. What stands in
# a released file stays there, and only its outcome is written.
TRIGGERS = """
create function payment_file_stands() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or old.state <> 'prepared'
       or (to_jsonb(new) - '{state,released_by,released_at}'::text[])
          is distinct from (to_jsonb(old) - '{state,released_by,released_at}'::text[]) then
        raise exception 'payment file % stands', old.message_id
            using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
create trigger payment_file_stands before update or delete on payment_file
    for each row execute function payment_file_stands();

create function payment_file_entry_stands() returns trigger language plpgsql as $$
declare
    entry payment_file_entry := coalesce(new, old);
    state varchar := (select f.state from payment_file f where f.id = entry.file_id);
    allowed boolean := case tg_op
        when 'INSERT' then state = 'prepared'
        when 'DELETE' then state in ('prepared', 'discarded')
        else state = 'released'
             and (to_jsonb(new) - '{outcome,outcome_on,outcome_reason}'::text[])
                 = (to_jsonb(old) - '{outcome,outcome_on,outcome_reason}'::text[])
        end;
begin
    if not coalesce(allowed, false) then
        raise exception 'payment % stands in its file', entry.end_to_end_id
            using errcode = 'insufficient_privilege';
    end if;
    return entry;
end $$;
create trigger payment_file_entry_stands before insert or update or delete on payment_file_entry
    for each row execute function payment_file_entry_stands();
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(TRIGGERS.replace("%", "%%"))
