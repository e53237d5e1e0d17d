"""Puts the web application together: routes, layers, errors, the door to the database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import Depends, FastAPI
from starlette.staticfiles import StaticFiles
from starlette.types import Scope as AsgiScope
from starlette.responses import Response

from grantflow import __version__
from grantflow.logs import configure
from grantflow.settings import Settings
from grantflow.settings import settings as settings_of_process
from grantflow.store import db, embedded
from grantflow.web import account, applicant, deps, errors, health, pages, public, signin, task_form
from grantflow.web.middleware import BodyLimit, RequestLog, SecurityHeaders
