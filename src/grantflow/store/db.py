"""The two doors to PostgreSQL, ``transaction`` and ``reading``; nobody else commits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import URL, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

from grantflow.errors import (
    Conflict,
    GrantFlowError,
    Invalid,
    NotAllowed,
    Problem,
    Temporary,
)
from grantflow.store import later
from grantflow.store.scope import SYSTEM_SCOPE, Scope, array

__all__ = [
    "SYSTEM_SCOPE",
    "Kept",
    "Scope",
    "Sessions",
    "connect",
    "counting",
    "reading",
    "transaction",
]

# A lock that is not given in ten seconds, or a statement of a minute, is an answer "not now".
_OPTIONS = (
    "-c timezone=UTC -c jit=off"
    " -c lock_timeout=10s -c statement_timeout=60s"
    " -c idle_in_transaction_session_timeout=120s"
)
_SETTINGS = (
    "set_config('grantflow.authorities', :authorities, true),"
    " set_config('grantflow.organisations', :organisations, true),"
    " set_config('grantflow.account', :account, true),"
    " set_config('grantflow.system', :system, true)"
)
_READ_ONLY = "set_config('transaction_read_only', 'on', true)"
_OPEN = later.Write(text(f"select {_SETTINGS}"))
_OPEN_READ_ONLY = later.Write(text(f"select {_SETTINGS}, {_READ_ONLY}"))

_UNIQUE, _FOREIGN, _NOT_PERMITTED = "23505", "23503", "42501"
# Connection lost (08), too many of something (53), the operator or a time-out stepped in (57,
# 55P03), two transactions in each other's way (40).
_TEMPORARY = ("08", "53", "57", "40", "55P03")
_UNFIT = "22"  # a value that does not fit its column, as NUL in a text
_CONFLICTS = {
    "account_email_key": "store.conflict.email",
    "form_data_case_id_form_item_revision_key": "store.conflict.form",
    "programme_key_key": "store.conflict.programme",
    "programme_version_programme_id_number_key": "store.conflict.version",
    "dispatch_letter_id_key": "store.conflict.dispatch",
    "procrastinate_jobs_queueing_lock_idx_v1": "store.conflict.job",
    "conflict_declaration_pkey": "store.conflict.declaration",
}


class Kept(Exception):
    """Mixed into an error that must not undo what was written before it, as a failed sign-in."""


@dataclass(frozen=True)
class Sessions:
    """Where sessions come from: one pool per process."""

    engine: Engine
    make: sessionmaker[Session]

    def dispose(self) -> None:
        """Close every connection of the pool."""
        self.engine.dispose()


@dataclass
class Counter:
    """The statements that were sent while it was listening."""

    statements: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.statements)


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be stored as JSON")


def dumps(value: Any) -> str:
    """JSON as it is stored: money as text, dates and ids in their standard form."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS).decode()


def driver_url(url: str) -> URL:
    """The URL with the driver that is installed, whatever name of PostgreSQL it begins with.

    Raises GrantFlowError for what is no URL.
    """
    try:
        return make_url(url).set(drivername="postgresql+psycopg")
    except ArgumentError as error:
        raise GrantFlowError("store.bad_url") from error


def connect(url: str, pool_size: int = 10) -> Sessions:
    """A pool of connections as the role in the URL; connects when the first one is needed."""
    engine = create_engine(
        driver_url(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_use_lifo=True,
        json_serializer=dumps,
        json_deserializer=orjson.loads,
        connect_args={"options": _OPTIONS, "connect_timeout": 5, "prepare_threshold": 2},
    )
    event.listen(engine, "handle_error", _translated)
    later.listen(engine, _ours)
    return Sessions(engine, sessionmaker(engine, expire_on_commit=False))


def _translated(context: ExceptionContext) -> GrantFlowError | None:
    """Our error for PostgreSQL's, or None where it is a mistake of ours that must stay visible."""
    if context.is_disconnect:
        return Temporary("store.unreachable")
    return _ours(context.original_exception)


def _ours(error: BaseException) -> GrantFlowError | None:
    state = getattr(error, "sqlstate", None)
    if (state or "").startswith(_TEMPORARY):
        return Temporary()
    if state is None:
        return _without_state(error)
    if state in (_UNIQUE, _FOREIGN):
        constraint = error.diag.constraint_name or ""  # type: ignore[attr-defined]
        return Conflict(_CONFLICTS.get(constraint), constraint=constraint)
    if state.startswith(_UNFIT):
        return Invalid([Problem("errors.invalid")])
    return NotAllowed() if state == _NOT_PERMITTED else None


def _without_state(error: BaseException) -> GrantFlowError | None:
    """What never reached PostgreSQL: no connection, a text it cannot keep, or a bug."""
    if type(error).__name__ == "DataError" or isinstance(error, UnicodeEncodeError):
        return Invalid([Problem("errors.invalid")])
    return Temporary("store.unreachable") if type(error).__name__ in _NO_CONNECTION else None


_NO_CONNECTION = {"OperationalError", "ConnectionTimeout"}


def _parameters(scope: Scope) -> dict[str, str]:
    return {
        "authorities": array(scope.authorities),
        "organisations": array(scope.organisations),
        "account": str(scope.account or ""),
        "system": "on" if scope.system else "",
    }


def _open(sessions: Sessions, scope: Scope, *, read_only: bool) -> Session:
    """A session whose first statement sets the scope.

    That statement is also the test whether a pooled connection still lives. Nothing has happened
    before it, so it may be tried once more on a fresh connection after PostgreSQL was restarted.
    """
    statement, parameters = _OPEN_READ_ONLY if read_only else _OPEN, _parameters(scope)
    try:
        return _first(sessions.make(), statement, parameters)
    except Temporary:
        return _first(sessions.make(), statement, parameters)


def _first(session: Session, statement: later.Write, parameters: dict[str, str]) -> Session:
    try:
        later.at_once(session, statement, parameters, _ours)
    except PoolTimeout as error:
        session.close()
        raise Temporary("store.busy") from error
    except BaseException:
        session.close()
        raise
    return session


@contextmanager
def transaction(sessions: Sessions, scope: Scope) -> Iterator[Session]:
    """Change something: commits at the end, rolls back when anything goes wrong (but see Kept).

    Raises Temporary when PostgreSQL cannot be reached or is busy, Conflict when a row of the same
    name was faster, NotAllowed when a row lies outside the scope.
    """
    session = _open(sessions, scope, read_only=False)
    try:
        yield session
        session.commit()
    except Kept:
        session.commit()
        raise
    except BaseException:
        session.rollback()
        raise
    finally:
        session.close()


@contextmanager
def reading(sessions: Sessions, scope: Scope) -> Iterator[Session]:
    """Look at something: PostgreSQL refuses every change. Raises Temporary as ``transaction``."""
    session = _open(sessions, scope, read_only=True)
    try:
        yield session
        # Nothing was changed, but a rollback would empty the rows that were read, and psycopg would
        # forget its prepared statements: under row-level security planning costs more than running.
        session.commit()
    finally:
        session.close()


@contextmanager
def counting(sessions: Sessions) -> Iterator[Counter]:
    """Count the statements of everybody who uses this pool, for tests and benchmarks."""
    counter = Counter()

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        counter.statements.append(statement)

    def note_later(engine: Engine, statement: str) -> None:
        if engine is sessions.engine:
            counter.statements.append(statement)

    event.listen(sessions.engine, "before_cursor_execute", note)
    later.watching.append(note_later)
    try:
        yield counter
    finally:
        later.watching.remove(note_later)
        event.remove(sessions.engine, "before_cursor_execute", note)
