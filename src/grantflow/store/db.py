"""The doors to PostgreSQL, ``transaction`` and ``reading``; nobody else commits.

A third one, ``glance``, answers single questions before it is known who asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

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
    "glance",
    "reading",
    "transaction",
]

Answer = TypeVar("Answer")

# A lock that is not given in ten seconds, or a statement of a minute, is an answer "not now".
_OPTIONS = (
    "-c timezone=UTC -c jit=off"
    " -c lock_timeout=10s -c statement_timeout=60s"
    " -c idle_in_transaction_session_timeout=120s"
)
# Who asks is not known before the answer; these connections can change nothing.
_GLANCE_OPTIONS = " -c grantflow.system=on -c default_transaction_read_only=on"
GLANCES = 4
_SETTINGS = (
    "set_config('grantflow.authorities', :authorities, true),"
    " set_config('grantflow.organisations', :organisations, true),"
    " set_config('grantflow.account', :account, true),"
    " set_config('grantflow.system', :system, true)"
)
_OPEN = text(f"select {_SETTINGS}")
_OPEN_READ_ONLY = text(f"select {_SETTINGS}, set_config('transaction_read_only', 'on', true)")

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
    """Where sessions come from: one pool per process, and a small one for glances."""

    engine: Engine
    make: sessionmaker[Session]
    glances: Engine | None = None

    @property
    def engines(self) -> tuple[Engine, ...]:
        """Every pool there is."""
        return (self.engine, self.glances) if self.glances is not None else (self.engine,)

    def dispose(self) -> None:
        """Close every connection of the pools."""
        for engine in self.engines:
            engine.dispose()


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
    engine, glances = _pool(url, pool_size), _pool(url, GLANCES, _GLANCE_OPTIONS)
    later.listen(engine, _ours)
    glances = glances.execution_options(isolation_level="AUTOCOMMIT")
    return Sessions(engine, sessionmaker(engine, expire_on_commit=False), glances)


def _pool(url: str, size: int, options: str = "") -> Engine:
    engine = create_engine(
        driver_url(url),
        pool_size=size,
        max_overflow=0,
        pool_timeout=10,
        pool_use_lifo=True,
        json_serializer=dumps,
        json_deserializer=orjson.loads,
        connect_args={
            "options": _OPTIONS + options,
            "connect_timeout": 5,
            "prepare_threshold": 2,
        },
    )
    event.listen(engine, "handle_error", _translated)
    return engine


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


def _first(session: Session, statement: Any, parameters: dict[str, str]) -> Session:
    try:
        session.execute(statement, parameters)
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


def glance(sessions: Sessions, ask: Callable[[Session], Answer]) -> Answer:
    """Ask one thing with the eyes of the system: a statement by itself, without a transaction.

    A transaction around it would cost three trips more, for every request of everybody who is
    signed in. It changes nothing, so it is asked once more on a fresh connection after PostgreSQL
    was restarted. Raises Temporary when PostgreSQL cannot be reached or is busy.
    """
    try:
        return _glance(sessions, ask)
    except Temporary:
        return _glance(sessions, ask)


def _glance(sessions: Sessions, ask: Callable[[Session], Answer]) -> Answer:
    if sessions.glances is None:  # one connection for all, as in tests that roll back
        with reading(sessions, SYSTEM_SCOPE) as session:
            return ask(session)
    try:
        with Session(sessions.glances, autoflush=False) as session:
            return ask(session)
    except PoolTimeout as error:
        raise Temporary("store.busy") from error


@contextmanager
def counting(sessions: Sessions) -> Iterator[Counter]:
    """Count the statements of everybody who uses this pool, for tests and benchmarks."""
    counter = Counter()

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        counter.statements.append(statement)

    def note_later(engine: Engine, statement: str) -> None:
        if engine in sessions.engines:
            counter.statements.append(statement)

    for engine in sessions.engines:
        event.listen(engine, "before_cursor_execute", note)
    later.watching.append(note_later)
    try:
        yield counter
    finally:
        later.watching.remove(note_later)
        for engine in sessions.engines:
            event.remove(engine, "before_cursor_execute", note)
