"""The command line against a real installation: embedded PostgreSQL, real folders, exit codes."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from grantflow.cli import app
from grantflow.cli.world import World
from grantflow.programmes.package import load_folder
from grantflow.settings import settings
from grantflow.store import db, embedded

ROOT = Path(__file__).resolve().parents[2]
FICTIONAL = ROOT / "tests" / "programmes" / "lighthouse_keepers"
runner = CliRunner()


@pytest.fixture
def urls(database: embedded.Urls) -> embedded.Urls:
    return database


@pytest.fixture
def installation(
    urls: embedded.Urls, live_sessions: db.Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """An installation whose only programme is the fictional one."""
    workflows = tmp_path / "workflows"
    shutil.copytree(ROOT / "workflows" / "_shared", workflows / "_shared")
    shutil.copytree(FICTIONAL, workflows / FICTIONAL.name)
    for name, value in {
        "DATABASE_URL": urls.application,
        "OWNER_DATABASE_URL": urls.owner,
        "DATA_DIR": str(tmp_path / "data"),
        "WORKFLOWS_DIR": str(workflows),
        "LANGUAGE": "en",
    }.items():
        monkeypatch.setenv(f"GRANTFLOW_{name}", value)
    settings.cache_clear()
    yield World(settings(), urls, live_sessions)
    settings.cache_clear()


def grantflow(*arguments: object, code: int = 0, typed: str = "") -> str:
    result: Result = runner.invoke(app, [str(a) for a in arguments], input=typed)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.output


def test_check_says_that_a_programme_is_sound(installation: World) -> None:
    assert "no faults" in grantflow("programmes", "check")


def test_check_lists_every_fault_and_fails(installation: World) -> None:
    folder = installation.settings.workflows_dir / FICTIONAL.name
    (folder / "forms").mkdir(exist_ok=True)
    (folder / "forms" / "broken.form").write_text("{", encoding="utf-8")
    (folder / "scenarios" / "broken.toml").write_text("= 1", encoding="utf-8")
    said = grantflow("programmes", "check", FICTIONAL.name, code=1)
    assert "broken.form" in said
    assert "broken.toml" in said


def test_publishing_twice_changes_nothing_and_exports_lose_nothing(
    installation: World, tmp_path: Path
) -> None:
    assert "version 1 published" in grantflow("programmes", "publish")
    assert "unchanged" in grantflow("programmes", "publish", FICTIONAL.name)
    grantflow("programmes", "export", FICTIONAL.name, tmp_path / "out")
    exported = load_folder(tmp_path / "out")
    with installation.reading() as session:
        stored = session.execute(text("select digest from programme_version")).scalar_one()
    assert exported.digest == stored
    assert "No difference" in grantflow("programmes", "diff", FICTIONAL.name, tmp_path / "out")
    changed = tmp_path / "out" / "programme.toml"
    changed.write_text(changed.read_text("utf-8") + "\n# a thought\n", encoding="utf-8")
    assert "a thought" in grantflow("programmes", "diff", f"{FICTIONAL.name}@1", tmp_path / "out")


def test_an_unknown_programme_is_one_clear_sentence(installation: World, tmp_path: Path) -> None:
    runner_output = runner.invoke(app, ["programmes", "export", "nothing", str(tmp_path / "x")])
    assert runner_output.exit_code == 1
    assert "no published version" in runner_output.output + runner_output.stderr


def test_staff_is_added_with_roles(installation: World) -> None:
    grantflow("programmes", "publish")
    with installation.reading() as session:
        authority = session.execute(text("select key from authority")).scalar_one()
    added = grantflow(
        "users", "add", "ida@example.org", "--name", "Ida Licht", "--authority", authority,
        "--role", "CASE_OFFICER", "--password", "keeper-of-the-light-7",
    )  # fmt: skip
    assert "ida@example.org" in added
    assert installation.person("ida@example.org").roles == {"CASE_OFFICER"}
    unknown = runner.invoke(
        app,
        ["users", "add", "x@example.org", "--name", "X", "--authority", "nobody",
         "--role", "CASE_OFFICER", "--password", "keeper-of-the-light-7"],
    )  # fmt: skip
    assert unknown.exit_code == 1


def test_jobs_are_listed_retried_and_given_up(installation: World) -> None:
    assert "No failed jobs" in grantflow("jobs", "list")
    unknown = runner.invoke(app, ["jobs", "retry", "999"])
    assert unknown.exit_code == 1
    unknown = runner.invoke(app, ["jobs", "give-up", "999", "--reason", "gone"])
    assert unknown.exit_code == 1


def test_an_unknown_case_is_said(installation: World) -> None:
    assert runner.invoke(app, ["case", "show", "XX-1"]).exit_code == 1


def test_the_tables_are_brought_up_to_date(installation: World) -> None:
    assert "up to date" in grantflow("migrate")


def test_the_doctor_finds_a_sound_installation(installation: World) -> None:
    said = grantflow("doctor")
    assert "✗" not in said


def test_the_doctor_says_what_to_mend(installation: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRANTFLOW_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("GRANTFLOW_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("GRANTFLOW_SMTP_PORT", "1")
    settings.cache_clear()
    said = grantflow("doctor", code=1)
    assert "GRANTFLOW_DATABASE_URL" in said
    assert "GRANTFLOW_SMTP_HOST" in said


def test_a_taken_port_is_one_clear_sentence(
    installation: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = runner.invoke(app, ["serve", "--port", str(port)])
    assert result.exit_code == 1
    assert f"Port {port} is taken" in result.output + result.stderr


@pytest.mark.parametrize("command", [["programmes", "publish"], ["serve", "--port", "0"]])
def test_a_database_that_is_away_is_one_clear_sentence(
    installation: World, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("GRANTFLOW_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("GRANTFLOW_OWNER_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    settings.cache_clear()
    result = runner.invoke(app, command)
    assert result.exit_code == 1
    assert "Traceback" not in result.output
