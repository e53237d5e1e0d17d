"""Writes whose answer nobody waits for: kept back, then sent together in one trip.

A completed task writes five rows and needs none of the answers. Sent one by one, waiting for
PostgreSQL costs more than its work; kept back they leave in one pipeline of the driver, before the
next statement of the same connection or before the commit. Nobody can tell the difference: what
is read afterwards sees them, and an error undoes the transaction as it would have before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from psycopg import Error
from sqlalchemy import Connection, Engine, Executable, event
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler

watching: list[Callable[[Engine, str], None]] = []
"""Who wants to hear of every statement that leaves, for tests and benchmarks."""


@dataclass
class Write:
    """A statement that gives no rows back; it is turned into text once and then only filled."""

    statement: Executable
    _text: str = ""
    _processors: list[tuple[str, Callable[[Any], Any] | None]] = field(default_factory=list)
    _constants: dict[str, Any] = field(default_factory=dict)

    def filled(self, dialect: Dialect, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values as the driver takes them; KeyError for one that is missing."""
        if not self._text:
            self._prepare(dialect)
        filled = dict(self._constants)
        for name, process in self._processors:
            filled[name] = values[name] if process is None else process(values[name])
        return filled

    @property
    def text(self) -> str:
        """The statement in the driver's own words."""
        return self._text

    def _prepare(self, dialect: Dialect) -> None:
        compiled = self.statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        assert isinstance(compiled, SQLCompiler)
        processors: list[tuple[str, Callable[[Any], Any] | None]] = []
        constants: dict[str, Any] = {}
        for bind, name in compiled.bind_names.items():
            if bind.required:
                process = bind.type.dialect_impl(dialect).bind_processor(dialect)
                processors.append((name, process))
            else:
                constants[name] = bind.effective_value
        # Two threads may come here at once: each makes the same whole, the text is set last.
        self._processors, self._constants = processors, constants
        self._text = str(compiled)


@dataclass(frozen=True)
class _Waiting:
    text: str
    values: Mapping[str, Any]
    rows: int | None
    otherwise: Exception | None


_waiting: WeakKeyDictionary[Connection, list[_Waiting]] = WeakKeyDictionary()


def later(
    session: Session,
    write: Write,
    values: Mapping[str, Any],
    *,
    rows: int | None = None,
    otherwise: Exception | None = None,
) -> None:
    """Send a write with the next statement, or at the commit.

    ``otherwise`` is raised at that moment if the write did not touch exactly ``rows`` rows. Rows
    the session has not sent yet go first, as they would before any statement of a session.
    """
    if session.new or session.dirty or session.deleted:
        session.flush()
    connection = session.connection()
    filled = write.filled(connection.dialect, values)
    _waiting.setdefault(connection, []).append(_Waiting(write.text, filled, rows, otherwise))


def listen(engine: Engine, translated: Callable[[Error], Exception | None]) -> None:
    """Let the connections of an engine send what waits; ``translated`` gives our error for one."""

    def send(connection: Connection, *_rest: Any) -> None:
        waiting = _waiting.pop(connection, None)
        if waiting:
            try:
                _send(connection, waiting)
            except Error as error:
                raise translated(error) or error from error

    def forget(connection: Connection) -> None:
        _waiting.pop(connection, None)

    event.listen(engine, "before_cursor_execute", send)
    event.listen(engine, "commit", send)
    event.listen(engine, "rollback", forget)


def _send(connection: Connection, waiting: list[_Waiting]) -> None:
    driver: Any = connection.connection.driver_connection
    sent = []
    try:
        with driver.pipeline():
            for one in waiting:
                cursor = driver.cursor()
                for heard in watching:
                    heard(connection.engine, one.text)
                cursor.execute(one.text, one.values)
                sent.append(cursor)
    except Error as error:
        if driver.closed:
            connection.invalidate(error)  # the pool must not hand it out again
        raise
    for one, cursor in zip(waiting, sent, strict=True):
        if one.otherwise is not None and cursor.rowcount != one.rows:
            raise one.otherwise
