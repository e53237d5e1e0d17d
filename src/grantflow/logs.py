"""Structured logs: one line an event, with the ids that belong to it."""

from __future__ import annotations

import logging
import sys
from io import TextIOBase
from typing import TextIO, cast

import structlog

QUIET = ("weasyprint", "fontTools")
NOISY = (
    "spiff.workflow",
    "spiff.task",
    "spiff.data",
    "spiff",
    "weasyprint",
    "fontTools",
    "procrastinate",
)


class _Stderr(TextIOBase):
    """Standard error as it is when something is written, not as it was when logging began."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def configure(level: str = "INFO", *, as_json: bool = False) -> None:
    """Set up logging for this process; libraries that print task data or fonts are kept quiet."""
    # Tracebacks without local variables: those would put personal data into the log.
    plain = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    renderer = structlog.processors.JSONRenderer() if as_json else plain
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, _Stderr())),
    )
    logging.basicConfig(level=logging.WARNING, stream=_Stderr(), force=True)
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)


def log(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of a module."""
    return structlog.get_logger(name)  # type: ignore[no-any-return]
