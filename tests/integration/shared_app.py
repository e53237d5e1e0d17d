"""One application for all tests of a process: putting a new one together takes longer than they do.

It is given the database and the files of each test; what its layers read once must be the same.
"""

from __future__ import annotations

from fastapi import FastAPI

from grantflow.app import create_app, furnish
from grantflow.settings import Settings
from grantflow.store.db import Sessions

_OF_THE_TEST = {"data_dir", "database_url", "owner_database_url"}
_known: dict[str, FastAPI] = {}


def shared_app(settings: Settings, sessions: Sessions) -> FastAPI:
    rest = settings.model_dump_json(exclude=_OF_THE_TEST)
    if rest not in _known:
        _known[rest] = create_app(settings, sessions)
    furnish(_known[rest], settings, sessions)
    return _known[rest]
