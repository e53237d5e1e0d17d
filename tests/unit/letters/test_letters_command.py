"""``letters check``: each problem in words, a closing line, and an exit code for scripts."""

from __future__ import annotations

import os

import pikepdf
import pytest
from typer.testing import CliRunner

from grantflow.cli.letters import commands
from grantflow.letters import render


@pytest.fixture
def checked(monkeypatch):
    """Runs the command on files; exit code and output."""

    def run(*files, language="de"):
        monkeypatch.setenv("GRANTFLOW_LANGUAGE", language)
        result = CliRunner().invoke(commands, ["check", *map(str, files)])
        return result.exit_code, " ".join(result.output.split())

    return run


@pytest.fixture
def good(tmp_path, rendered):
    file = tmp_path / "brief.pdf"
    file.write_bytes(rendered("reminder").pdf)
    return file


@pytest.fixture
def bad(tmp_path):
    file = tmp_path / "schlecht.pdf"
    file.write_bytes(b"%PDF-1.7 nothing")
    return file


def test_good_letters_pass(checked, good):
    code, output = checked(good, good)
    assert code == 0
    assert output.endswith("2 geprüft, 0 fehlerhaft")


def test_a_fault_is_told_in_words_and_fails(checked, good, bad):
    code, output = checked(good, bad)
    assert code == 1
    assert "Die Datei ist kein lesbares PDF" in output
    assert output.endswith("2 geprüft, 1 fehlerhaft")


def test_it_speaks_english(checked, bad):
    code, output = checked(bad, language="en")
    assert code == 1
    assert "no readable PDF" in output
    assert output.endswith("1 checked, 1 faulty")


def test_a_letter_with_faults_names_each(checked, tmp_path):
    file = tmp_path / "tabelle.pdf"
    html = "<html lang='de'><title>x</title><table><tr><td>x</td></tr></table></html>"
    file.write_bytes(render(html).pdf)
    code, output = checked(file)
    assert code == 1
    assert "Eine Tabelle hat keine Kopfzellen." in output


def test_what_is_no_file_is_told(checked, tmp_path, good):
    code, output = checked(tmp_path, tmp_path / "nirgends.pdf", good)
    assert code == 1
    assert "Das ist ein Ordner." in output
    assert "Die Datei gibt es nicht." in output
    assert output.endswith("3 geprüft, 2 fehlerhaft")


def test_devices_and_pipes_are_not_read(checked, tmp_path, good):
    pipe = tmp_path / "pipe.pdf"
    os.mkfifo(pipe)
    code, output = checked("/dev/zero", pipe, good)
    assert code == 1
    assert output.count("keine gewöhnliche Datei") == 2
    assert output.endswith("3 geprüft, 2 fehlerhaft")


def test_a_letter_behind_a_password_does_not_stop_the_others(checked, tmp_path, good):
    locked = tmp_path / "gesperrt.pdf"
    with pikepdf.open(good) as document:
        document.save(locked, encryption=pikepdf.Encryption(owner="x", user="secret"))
    code, output = checked(locked, good)
    assert code == 1
    assert "mit einem Kennwort verschlüsselt" in output
    assert output.endswith("2 geprüft, 1 fehlerhaft")


def test_a_vast_file_is_not_read(checked, tmp_path):
    vast = tmp_path / "riesig.pdf"
    with vast.open("wb") as file:
        os.truncate(file.fileno(), 60 * 1024 * 1024)
    code, output = checked(vast)
    assert code == 1
    assert "Geprüft werden Dateien bis 50 MB" in output


def test_a_file_that_cannot_be_read_is_told(checked, good, monkeypatch):
    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(good), "read_bytes", refuse)
    code, output = checked(good)
    assert code == 1
    assert "lässt sich nicht lesen: Permission denied" in output
