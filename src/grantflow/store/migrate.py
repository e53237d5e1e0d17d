"""Bringing a database to the newest schema, and saying whether it is there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from grantflow.errors import GrantFlowError, Temporary
from grantflow.store.db import driver_url
from grantflow.store.embedded import APPLICATION

if TYPE_CHECKING:  # a start that has nothing to apply does without Alembic and is quicker
    from alembic.config import Config
    from alembic.script import ScriptDirectory

FOLDER = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 4_711_002
# Never wait long for a lock while everybody else waits behind us; and see all rows.
_OPTIONS = "-c lock_timeout=5s -c grantflow.system=on"


class UnsafeRole(GrantFlowError):
    """The application would sign in with a role that row-level security does not hold."""

    default_key = "store.unsafe_role"


@dataclass(frozen=True)
class State:
    """Which step a database has, and which one this program wants."""

    have: str
    want: str

    @property
    def current(self) -> bool:
        return self.have == self.want


def upgrade(owner_url: str, application_url: str | None = None) -> list[str]:
    """Apply what is missing, as the owner of the tables; returns the names of the steps applied.

    The role in ``application_url`` (default: grantflow_app) is created if the owner may do so, and
    gets its rights. Raises Temporary (PostgreSQL not reachable), UnsafeRole.
    """
    application = driver_url(application_url) if application_url else _default_role(owner_url)
    with _connect(owner_url, isolation_level="AUTOCOMMIT") as guard:
        guard.execute(text("select pg_advisory_lock(:key)"), {"key": _ADVISORY_LOCK})
        before = _current(guard)
        _ensure_role(guard, application)
        if before != newest():
            _apply(owner_url, application)
        return _steps(before, _current(guard))


def _apply(owner_url: str, application: URL) -> None:
    from alembic import command  # noqa: PLC0415

    with _connect(owner_url) as connection:
        command.upgrade(_config(connection, application), "head")


def state(url: str) -> State:
    """Where this database stands. Raises Temporary."""
    with _connect(url) as connection:
        return State(_current(connection) or "", newest())


def drift(owner_url: str) -> list[str]:
    """Where tables.py and the migrated database differ; empty when they agree."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415  (heavy, tests only)
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415
    from sqlmodel import SQLModel  # noqa: PLC0415

    from grantflow.store import tables  # noqa: F401, PLC0415

    with _connect(owner_url) as connection:
        options = {"include_name": ours, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        return [str(found) for found in compare_metadata(context, SQLModel.metadata)]


def ours(name: str | None, kind: str, _parents: object) -> bool:
    """Whether a table is described in tables.py (Procrastinate brings its own)."""
    return kind != "table" or not (name or "").startswith("procrastinate_")


def newest() -> str:
    """The last step there is, read from the names of the files."""
    return max(path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py"))


def script() -> ScriptDirectory:
    """All steps in order."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    return ScriptDirectory.from_config(_bare())


def _bare() -> Config:
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config


def _default_role(owner_url: str) -> URL:
    return driver_url(owner_url).set(username=APPLICATION, password=None)


def _config(connection: Connection, application: URL) -> Config:
    config = _bare()
    config.attributes["connection"] = connection
    config.attributes["application_role"] = application.username
    return config


def _steps(before: str | None, after: str | None) -> list[str]:
    if before == after or after is None:
        return []
    found = script().iterate_revisions(after, before or "base")
    return [Path(step.path).stem for step in reversed(list(found))]


def _current(connection: Connection) -> str | None:
    if connection.scalar(text("select to_regclass('alembic_version')")) is None:
        return None
    found = connection.scalar(text("select version_num from alembic_version"))
    return None if found is None else str(found)


def _connect(url: str, **options: Any) -> Connection:
    arguments = {"connect_timeout": 5, "options": _OPTIONS}
    engine = create_engine(driver_url(url), poolclass=NullPool, connect_args=arguments, **options)
    try:
        return engine.connect()
    except OperationalError as error:
        raise Temporary("store.unreachable_at", place=place(driver_url(url))) from error


def place(url: URL) -> str:
    """Where a database is, without the password."""
    return url.set(password=None).render_as_string()


def _ensure_role(connection: Connection, application: URL) -> None:
    """Create the application's role where the owner may; it must obey row-level security."""
    name = application.username
    query = text("select rolsuper or rolbypassrls from pg_roles where rolname = :name")
    free = connection.execute(query, {"name": name}).scalar()
    if free:
        raise UnsafeRole(role=name)
    if free is None:
        quoted = connection.dialect.identifier_preparer.quote(str(name))
        connection.exec_driver_sql(f"create role {quoted} login")
        if application.password:
            secret = str(application.password).replace("'", "''")
            connection.exec_driver_sql(f"alter role {quoted} password '{secret}'")
