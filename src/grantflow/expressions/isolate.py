"""A few V8 isolates that hold the FEEL interpreter; the only code that touches mini-racer."""

from __future__ import annotations

import atexit
import json
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from py_mini_racer import JSEvalException, JSOOMException, JSTimeoutException, MiniRacer

from grantflow.errors import GrantFlowError

SECONDS = 0.25
AGAIN = 2.0
PATIENCE = 5.0
MEMORY = 64 * 1024 * 1024
ISOLATES = 4
logger = logging.getLogger(__name__)
BUNDLE = Path(__file__).with_name("feel.js")


class OutOfTime(Exception):
    """The call took longer than its time."""


class OutOfMemory(Exception):
    """The call took more memory than it may."""


class Broken(Exception):
    """The isolate failed in a way that says nothing about the expression."""


class NotBuilt(GrantFlowError):
    """The interpreter of expressions was not built with the front end."""

    default_key = "expressions.not_built"


@lru_cache
def _bundle() -> str:
    if not BUNDLE.is_file():
        raise NotBuilt(file=BUNDLE.name)
    return BUNDLE.read_text(encoding="utf-8")


_stuck: list[Isolate] = []  # kept for ever: closing an isolate that still runs never returns


class Isolate:
    """One isolate with the interpreter loaded; not for two threads at once."""

    def __init__(self) -> None:
        bundle = _bundle()
        self._racer = MiniRacer()
        self._racer.eval(bundle)
        self._racer.set_hard_memory_limit(MEMORY)

    def call(self, function: str, payload: str, seconds: float) -> object:
        """The answer of one of the functions in frontend/feel/feel.js to a text."""
        return self._racer.eval(f"feel.{function}({json.dumps(payload)})", timeout_sec=seconds)

    def close(self) -> None:
        """Give its memory back; only for an isolate that is at rest."""
        self._racer.close()

    def retire(self) -> None:
        """Give its memory back once it has come to rest.

        V8 reports a stopped call from a thread of its own; closing before that report would
        deadlock, and the next answer proves that it has arrived.
        """
        try:
            self.call("isBuiltin", "sum", PATIENCE)
        except JSTimeoutException:
            _stuck.append(self)
            return
        except JSEvalException:
            logger.info("isolate_spoilt")
        self._racer.close()


class Pool:
    """Hands isolates out and replaces the ones that a call has spoilt."""

    def __init__(self, size: int = ISOLATES) -> None:
        self._idle: list[Isolate] = []
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(size)

    @contextmanager
    def _borrowed(self) -> Iterator[Isolate]:
        with self._places:
            with self._lock:
                isolate = self._idle.pop() if self._idle else None
            isolate = isolate or Isolate()
            try:
                yield isolate
            except BaseException:
                isolate.retire()
                raise
            with self._lock:
                self._idle.append(isolate)

    def close_idle(self) -> None:
        """Close the isolates that nobody uses; the next call makes a new one."""
        with self._lock:
            idle, self._idle = self._idle, []
        for isolate in idle:
            isolate.close()

    def _once(self, function: str, payload: str, seconds: float) -> object:
        try:
            with self._borrowed() as isolate:
                return isolate.call(function, payload, seconds)
        except JSTimeoutException as error:
            raise OutOfTime from error
        except JSOOMException as error:
            raise OutOfMemory from error
        except JSEvalException as error:
            raise Broken from error

    def call(self, function: str, payload: str) -> object:
        """Call a function of the interpreter within 250 ms and 64 MB.

        A call that ran out of time gets a second chance of two seconds in a fresh isolate, because
        on a busy machine the clock runs while the thread waits: no step may fail of that. Raises
        OutOfTime, OutOfMemory, Broken.
        """
        try:
            return self._once(function, payload, SECONDS)
        except OutOfTime:
            return self._once(function, payload, AGAIN)


_pools = [Pool()]


def pool() -> Pool:
    """The isolates of this process."""
    return _pools[-1]


@atexit.register
def _close_idle() -> None:
    # An isolate that is still open when the interpreter ends keeps the process alive for ever.
    pool().close_idle()


def _after_fork() -> None:
    # The threads of the isolates did not survive the fork; closing them would wait for ever,
    # so the old pool is kept and never used again.
    _pools.append(Pool())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
