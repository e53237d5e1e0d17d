"""Everything an installation can set, read from GRANTFLOW_* variables."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PACKAGE = Path(__file__).parent
_CHECKOUT = PACKAGE.parent.parent


def _shipped(folder: str) -> Path:
    """The folder in a checkout, else the copy inside the installed package."""
    here = _CHECKOUT / folder
    return here if here.is_dir() else PACKAGE / "_data" / folder


def default_data_dir() -> Path:
    """Root keeps its data under /var/lib, where the user of embedded PostgreSQL can go."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/grantflow")
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "grantflow"


class Settings(BaseSettings):
    """Settings of one installation; every field is a variable GRANTFLOW_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="GRANTFLOW_", extra="ignore")

    database_url: str | None = Field(
        None, description="PostgreSQL URL; unset starts the embedded one."
    )
    owner_database_url: str | None = Field(
        None, description="URL of the role that owns the tables, used by migrate only."
    )
    data_dir: Path = Field(
        default_factory=default_data_dir,
        description="Embedded database, documents; for root below /var/lib/grantflow.",
    )
    blob_url: str | None = Field(
        None, description="obstore URL for documents, e.g. s3://bucket; else data_dir."
    )
    workflows_dir: Path = Field(
        default_factory=lambda: _shipped("workflows"), description="Programmes."
    )
    templates_dir: Path = Field(
        default_factory=lambda: _shipped("templates"), description="Letters."
    )
    host: str = Field("127.0.0.1", description="Address the web server listens on.")
    port: int = Field(8000, description="Port the web server listens on.")
    base_url: str = Field(
        "", description="Address in mails and letters; unset: that of host and port."
    )
    trusted_proxies: str = Field(
        "",
        description="Addresses or networks (comma-separated) of reverse proxies whose"
        " X-Forwarded-For and X-Forwarded-Proto are believed; unset believes nobody.",
    )
    metrics_token: str | None = Field(
        None,
        description="Bearer token for /metrics; unset answers this machine's own programs only.",
    )
    cookie_secure: bool = Field(
        False, description="Send cookies over HTTPS only; on in production."
    )
    session_idle_minutes: int = Field(60, description="Sign out after this many idle minutes.")
    session_hours: int = Field(12, description="Sign out after this many hours in any case.")
    signin_attempts: int = Field(
        8, description="Failed sign-ins per account and address in 15 minutes."
    )
    upload_megabytes: int = Field(20, description="Largest file that may be handed in.")
    smtp_host: str | None = Field(
        None, description="SMTP server; unset keeps mails in the outbox folder."
    )
    smtp_port: int = Field(25, description="Port of the SMTP server.")
    smtp_user: str | None = Field(None, description="User at the SMTP server.")
    smtp_password: str | None = Field(None, description="Password at the SMTP server.")
    smtp_starttls: bool = Field(False, description="Demand STARTTLS.")
    mail_sender: str = Field("grantflow@localhost", description="Sender of all mails.")
    seal_file: Path | None = Field(
        None, description="PKCS#12 file of the electronic seal; unset sends letters unsealed."
    )
    seal_password: str | None = Field(None, description="Password of the seal's PKCS#12 file.")
    seal_pkcs11_library: str | None = Field(
        None, description="PKCS#11 module of the seal's card or HSM, instead of a file."
    )
    seal_pkcs11_token: str | None = Field(None, description="Label of the PKCS#11 token.")
    seal_pkcs11_pin: str | None = Field(None, description="PIN of the PKCS#11 token.")
    seal_pkcs11_label: str | None = Field(
        None, description="Label of the seal's certificate and key on the token."
    )
    log_level: str = Field("INFO", description="Lowest level that is logged.")
    log_json: bool = Field(False, description="One JSON object per log line.")
    pool_size: int = Field(10, description="Database connections per process.")
    workers: int = Field(1, description="Worker processes started beside the web server.")

    @model_validator(mode="after")
    def _address(self) -> Self:
        if not self.base_url:
            self.base_url = f"http://{self.host}:{self.port}"
        return self


@lru_cache
def settings() -> Settings:
    """The settings of this process. Raises pydantic's ValidationError for what makes no sense."""
    return Settings()
