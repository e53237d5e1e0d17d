"""Real conversations with an SMTP server, friendly and unfriendly, and the outbox folder."""

from __future__ import annotations

import socket
import ssl
import subprocess
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from grantflow.errors import Temporary
from grantflow.mail import Refused, compose, deliver
from grantflow.settings import Settings


class Postbox:
    """An SMTP server that keeps what it gets, or answers as it is told."""

    def __init__(self) -> None:
        self.answer = "250 OK"
        self.rcpt = "250 OK"
        self.received: list[Envelope] = []

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.rcpt.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        self.received.append(envelope)
        return self.answer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def postbox() -> Iterator[tuple[Postbox, Settings]]:
    box = Postbox()
    server = Controller(box, hostname="127.0.0.1", port=free_port())
    server.start()
    yield box, Settings(smtp_host="127.0.0.1", smtp_port=server.port)
    server.stop()


def mail() -> EmailMessage:
    return compose(
        "message_received",
        "de",
        ("Jürgen Größe", "juergen@example.org"),
        {"reference": "MP-1", "author": "Eva", "url": "https://example.org"},
        sender="Förderamt <amt@example.org>",
        message_id="<message.1@example.org>",
    )


def test_a_mail_arrives_as_it_was_written(postbox: tuple[Postbox, Settings]) -> None:
    box, settings = postbox
    assert deliver(mail(), settings) == f"127.0.0.1:{settings.smtp_port}"
    (envelope,) = box.received
    assert envelope.rcpt_tos == ["juergen@example.org"]
    assert isinstance(envelope.content, bytes)
    message = message_from_bytes(envelope.content, policy=default)
    assert message["To"] == "Jürgen Größe <juergen@example.org>"
    assert message["Message-ID"] == "<message.1@example.org>"
    assert "Guten Tag Jürgen Größe" in message.get_content()


@pytest.mark.parametrize("stage", ["answer", "rcpt"])
@pytest.mark.parametrize(
    ("answer", "error"), [("451 later", Temporary), ("550 unknown person", Refused)]
)
def test_the_code_decides_whether_to_try_again(
    postbox: tuple[Postbox, Settings], stage: str, answer: str, error: type[Exception]
) -> None:
    box, settings = postbox
    setattr(box, stage, answer)
    with pytest.raises(error, match=answer[4:]):
        deliver(mail(), settings)


def test_no_server_is_temporary() -> None:
    with pytest.raises(Temporary):
        deliver(mail(), Settings(smtp_host="127.0.0.1", smtp_port=free_port()))


def test_a_server_that_says_nothing_is_temporary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grantflow.mail.delivery._SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(Temporary):
            deliver(mail(), Settings(smtp_host="127.0.0.1", smtp_port=port))


@pytest.mark.parametrize("demand", [{"smtp_starttls": True}, {"smtp_user": "x"}])
def test_nothing_is_sent_unprotected_where_protection_is_demanded(
    postbox: tuple[Postbox, Settings], demand: dict[str, Any]
) -> None:
    box, settings = postbox
    with pytest.raises(Refused) as error:
        deliver(mail(), settings.model_copy(update=demand))
    assert error.value.key == "jobs.mail.not_supported"
    assert box.received == []


def test_starttls_checks_the_certificate(tmp_path: Path) -> None:
    context, box = self_signed(tmp_path), Postbox()
    server = Controller(box, hostname="127.0.0.1", port=free_port(), tls_context=context)
    server.start()
    settings = Settings(smtp_host="127.0.0.1", smtp_port=server.port, smtp_starttls=True)
    try:
        with pytest.raises(Temporary, match="CERTIFICATE_VERIFY_FAILED"):
            deliver(mail(), settings)
    finally:
        server.stop()
    assert box.received == []


def self_signed(folder: Path) -> ssl.SSLContext:
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]  # noqa: RUF005
        + ["-subj", "/CN=127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def test_without_a_server_mails_go_to_the_outbox_once(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert deliver(mail(), settings) == deliver(mail(), settings) == "message.1@example.org.eml"
    (file,) = (tmp_path / "outbox").iterdir()
    message = message_from_bytes(file.read_bytes(), policy=default)
    assert message["Subject"] == "Neue Nachricht zu MP-1"
