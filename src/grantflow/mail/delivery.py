"""Handing a message to the SMTP server, or to the outbox folder where there is none."""

from __future__ import annotations

import re
import smtplib
import ssl
from email.message import EmailMessage
from pathlib import Path

from grantflow.errors import GrantFlowError, Temporary
from grantflow.settings import Settings

_SECONDS = 20
_PERMANENT = 500


class Refused(GrantFlowError):
    """The mail server refuses this message for good."""

    default_key = "jobs.mail.refused"


def deliver(message: EmailMessage, settings: Settings) -> str:
    """Deliver a message; returns what the proof of dispatch says of it (server or file).

    Raises Temporary (no connection, or an answer 4xx: later it may work), Refused (5xx).
    """
    if not settings.smtp_host:
        return _into_outbox(message, settings.data_dir / "outbox")
    try:
        _send(message, settings)
    except smtplib.SMTPRecipientsRefused as error:
        code, answer = next(iter(error.recipients.values()))
        raise _by_code(code, answer) from error
    except smtplib.SMTPResponseException as error:
        raise _by_code(error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPNotSupportedError as error:
        raise Refused("jobs.mail.not_supported", reason=str(error)) from error
    except (smtplib.SMTPException, OSError) as error:
        raise Temporary("jobs.mail.unreachable", reason=str(error)) from error
    return f"{settings.smtp_host}:{settings.smtp_port}"


def _send(message: EmailMessage, settings: Settings) -> None:
    with smtplib.SMTP(str(settings.smtp_host), settings.smtp_port, timeout=_SECONDS) as server:
        if settings.smtp_starttls:
            server.starttls(context=ssl.create_default_context())
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password or "")
        server.send_message(message)


def _by_code(code: int, answer: bytes | str) -> GrantFlowError:
    reason = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    if code >= _PERMANENT:
        return Refused(code=code, reason=reason)
    return Temporary("jobs.mail.unreachable", reason=f"{code} {reason}")


def _into_outbox(message: EmailMessage, folder: Path) -> str:
    """One file per Message-ID, so that a second try does not make a second mail."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    name = re.sub(r"[^A-Za-z0-9._@-]", "_", str(message["Message-ID"]).strip("<>"))
    place = folder / f"{name}.eml"
    place.write_bytes(message.as_bytes())
    return place.name
