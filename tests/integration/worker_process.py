"""A worker in a process of its own, with two handlers whose effects can be counted."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from grantflow.jobs import handlers, worker
from grantflow.jobs.workplace import Job, Workplace
from grantflow.settings import Settings
from grantflow.store.db import connect
from grantflow.store.tables import Authority


def add(place: Workplace, job: Job, key: str, seconds: float = 0) -> None:
    """Add an authority; take a while; be killed before the commit where a file says so."""
    time.sleep(seconds)
    with place.transaction() as session:
        session.add(Authority(key=key, name=key))
        session.flush()
        deadly = place.settings.data_dir / "deadly"
        if deadly.exists():
            deadly.unlink()
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    url, folder = sys.argv[1:]
    handlers.HANDLERS["add"] = add  # type: ignore[index]
    worker.run(Settings(database_url=url, data_dir=Path(folder)), connect(url, 5))
