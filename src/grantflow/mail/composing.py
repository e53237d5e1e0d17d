"""From a template's name and its facts to a message that is ready to leave.

Facts of the templates: ``recipient`` (filled in here) and ``url`` everywhere; ``reference`` of the
case everywhere but in ``account_created``; ``letter`` (its title) in ``letter_available``; ``task``
and ``due`` (as text, or None) in ``task_waiting`` and ``reminder``, as text in ``task_overdue``,
``task_overdue_again`` and ``task_escalated``; ``amount`` and ``due`` (as text, or None) in
``claim_lowered`` and ``claim_overdue``; ``author`` in ``message_received``; ``email`` in
``account_created``; ``reason`` in ``payment_returned`` and ``order_withdrawn``.
"""

from __future__ import annotations

from collections.abc import Mapping
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from grantflow import clock
from grantflow.errors import GrantFlowError, Invalid, Problem
from grantflow.texts import LANGUAGES

_FOLDER = Path(__file__).parent / "templates"
TEMPLATES = tuple(sorted(path.name for path in _FOLDER.iterdir() if path.is_dir()))


class BadTemplate(GrantFlowError):
    """A mail cannot be built from this template and these facts."""

    default_key = "jobs.mail.template"


def compose(
    template: str,
    language: str,
    recipient: tuple[str, str],
    facts: Mapping[str, Any],
    *,
    sender: str,
    message_id: str,
) -> EmailMessage:
    """A message to one person, ``recipient`` being (name, address).

    Raises BadTemplate (unknown template or missing fact), Invalid (unusable address).
    """
    name, address = recipient
    chosen = language if language in LANGUAGES else "de"
    known = {"recipient": name, **facts}
    message = EmailMessage(policy=SMTP)
    message["Message-ID"] = message_id
    message["Date"] = format_datetime(clock.now())
    message["From"] = sender
    message["To"] = _address(name, address)
    # A line break in a fact must not begin another header.
    message["Subject"] = " ".join(_rendered(template, f"subject.{chosen}.txt", known).split())
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_rendered(template, f"body.{chosen}.txt", known), cte="quoted-printable")
    message["Content-Language"] = chosen
    return message


def message_id(kind: str, identity: UUID | str, sender: str) -> str:
    """The same id for the same letter, however often it is tried: receivers drop doubles by it."""
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    return f"<{kind}.{identity}@{domain}>"


def _address(name: str, address: str) -> Address:
    try:
        plain = " ".join(name.split())
        return Address(display_name=plain, addr_spec=address)
    except (ValueError, IndexError, MessageError) as error:
        raise Invalid([Problem("people.email", place=address)]) from error


def _rendered(template: str, part: str, facts: Mapping[str, Any]) -> str:
    try:
        return _environment().get_template(f"{template}/{part}").render(facts)
    except TemplateError as error:
        raise BadTemplate(template=f"{template}/{part}", reason=str(error)) from error


@lru_cache
def _environment() -> SandboxedEnvironment:
    # Plain text, so nothing is escaped.
    return SandboxedEnvironment(
        loader=FileSystemLoader(_FOLDER),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
