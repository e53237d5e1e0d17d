"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from grantflow import texts
from grantflow.programmes.vocabulary import EFFECT_SPECS

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "grantflow"
PYTHON = sorted(SRC.rglob("*.py"))
TEMPLATES = sorted(SRC.rglob("*.html"))
LARGEST_FILE, LARGEST_TEST = 400, 550
PROGRAMME_WORDS = re.compile(
    r"\b(BAMF|bamf|PartIntP|Darmstadt|Offenbach|wir_hessen|WIR-Programm|Integrationsfonds)\b"
)
KEY = re.compile(r"[a-z_]+(\.[a-zA-Z0-9_]+)+")
TEMPLATE_KEY = re.compile(r"""\b_\(\s*["']([a-z_]+(?:\.[A-Za-z0-9_]+)+)["']\s*[,)]""")


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_both_languages_have_the_same_texts() -> None:
    german, english = (set(texts.catalogue(language)) for language in texts.LANGUAGES)
    assert sorted(german - english) == []
    assert sorted(english - german) == []


def _fields(template: str) -> set[str]:
    return {name.split(".")[0] for _, name, _, _ in string.Formatter().parse(template) if name}


def test_both_languages_take_the_same_parameters() -> None:
    german, english = (texts.catalogue(language) for language in texts.LANGUAGES)
    different = [k for k in german if k in english and _fields(german[k]) != _fields(english[k])]
    assert different == []


def _keys_in_python(path: Path, areas: set[str]) -> Iterator[str]:
    calls = (n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Call))
    arguments = (a for call in calls if _names_a_text(call) for a in call.args[:2])
    values = (getattr(argument, "value", None) for argument in arguments)
    for value in values:
        if isinstance(value, str) and KEY.fullmatch(value) and value.split(".")[0] in areas:
            yield value


def _used_keys() -> Iterator[tuple[Path, str]]:
    areas = {path.stem for path in (SRC / "texts" / "de").glob("*.toml")}
    for path in PYTHON:
        if "texts" not in path.parts:
            yield from ((path, key) for key in _keys_in_python(path, areas))
    for path in TEMPLATES:
        yield from ((path, key) for key in TEMPLATE_KEY.findall(path.read_text("utf-8")))


SPEAKERS = {
    "Problem", "text", "say", "NotFound", "NotAllowed", "Conflict", "Temporary", "GrantFlowError",
    "EngineError", "FeelError", "CannotStart", "flash", "_",
}  # fmt: skip


def _names_a_text(call: ast.Call) -> bool:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    return name in SPEAKERS


def test_every_text_that_is_used_exists() -> None:
    known = set(texts.catalogue("de"))
    plural = {key.rsplit(".", 1)[0] for key in known if key.endswith((".one", ".other"))}
    missing = {f"{short(p)}: {key}" for p, key in _used_keys() if key not in known | plural}
    assert sorted(missing) == []


@pytest.mark.parametrize("path", PYTHON, ids=short)
def test_nobody_but_the_doors_commits(path: Path) -> None:
    if path == SRC / "store" / "db.py" or "migrations" in path.parts:
        return
    calls = [
        node.func.attr
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    assert not {"commit", "rollback"} & set(calls)


def test_code_holds_no_programme_words() -> None:
    found = [
        f"{short(path)}: {word}"
        for path in [*PYTHON, *TEMPLATES, *SRC.rglob("*.toml"), *SRC.rglob("*.js")]
        if "dist" not in path.parts and path.name != "feel.js"
        for word in PROGRAMME_WORDS.findall(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_files_stay_small() -> None:
    sizes = [(p, LARGEST_FILE) for p in PYTHON]
    sizes += [(p, LARGEST_TEST) for p in (ROOT / "tests").rglob("*.py")]
    large = [
        short(p) for p, most in sizes if len(p.read_text(encoding="utf-8").splitlines()) > most
    ]
    assert large == []


def test_nothing_below_the_doors_knows_http() -> None:
    doors = {"web", "api", "app.py", "cli"}
    found = [
        short(path)
        for path in PYTHON
        if path.relative_to(SRC).parts[0] not in doors
        and re.search(r"^(from|import) (fastapi|starlette|uvicorn)", path.read_text("utf-8"), re.M)
    ]
    assert found == []


def test_pages_have_no_inline_scripts_or_handlers() -> None:
    bad = re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>|\son[a-z]+=\"|javascript:", re.I
    )
    found = [short(p) for p in TEMPLATES if bad.search(p.read_text(encoding="utf-8"))]
    assert found == []


def test_every_effect_is_documented() -> None:
    described = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert [name for name in EFFECT_SPECS if f"`{name}`" not in described] == []
