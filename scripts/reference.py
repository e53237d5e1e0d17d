"""Writes docs/reference/ from the code; a test fails when it is stale."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from grantflow.engine.lint.activities import USER_PROPERTIES
from grantflow.engine.lint.structure import PROCESS_PROPERTIES
from grantflow.programmes import definition
from grantflow.programmes.constants import LINE_TERMS
from grantflow.programmes.vocabulary import (
    CASE_VARIABLES,
    EFFECT_SPECS,
    RESULTS,
    ROLES,
    STATUSES,
)
from grantflow.settings import Settings
from grantflow.texts import text

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "reference"


def pages() -> dict[str, str]:
    """File name -> content of every generated page."""
    return {
        "settings.md": "\n".join(_settings()),
        "effects.md": "\n".join(_effects()),
        "programme.md": "\n".join(_programme()),
    }


def _settings() -> Iterator[str]:
    yield "# Settings\n\nEvery setting is an environment variable.\n"
    yield "| variable | default | meaning |\n|---|---|---|"
    for name, field in Settings.model_fields.items():
        default = "" if callable(field.default_factory) else field.default
        shown = "–" if default in ("", None) else f"`{default}`"
        yield f"| `GRANTFLOW_{name.upper()}` | {shown} | {field.description} |"
    yield ""


def _effects() -> Iterator[str]:
    yield "# Effects, roles, statuses, variables\n\nThe closed vocabulary of diagrams.\n"
    yield "| effect | required | optional | result |\n|---|---|---|---|"
    for spec in EFFECT_SPECS.values():
        more = ", ".join(f"`{n}`" for n in spec.optional) + (" and facts" if spec.open else "")
        needed = ", ".join(f"`{n}`" for n in spec.required)
        yield f"| `{spec.name}` | {needed or '–'} | {more or '–'} | {RESULTS.get(spec.name, '–')} |"
    yield "\n## Variables every case starts with\n"
    yield ", ".join(f"`{name}`" for name in CASE_VARIABLES)
    yield "\n## What expressions know of programme.toml\n"
    yield "Read at every use by forms, diagrams and decision tables; not stored in the case.\n"
    names = ", ".join(f"`{name}`" for name in LINE_TERMS)
    yield f"- `programme_lines`: the funding lines, each with {names}"
    yield "\n## Properties of a process\n"
    yield ", ".join(f"`{name}`" for name in sorted(PROCESS_PROPERTIES))
    yield "\n## Properties of a user task\n"
    yield ", ".join(f"`{name}`" for name in sorted(USER_PROPERTIES))
    yield "\nWhat they mean: [BPMN dialect](../architecture.md#bpmn-dialect)."
    yield "\n## Roles\n\n| code | German | English |\n|---|---|---|"
    yield from (
        f"| `{r}` | {text(f'roles.{r}', 'de')} | {text(f'roles.{r}', 'en')} |" for r in ROLES
    )
    yield "\n## Statuses\n\n| code | German | English |\n|---|---|---|"
    yield from (_named("status", status) for status in STATUSES)
    yield ""


def _named(area: str, code: str) -> str:
    return f"| `{code}` | {text(f'{area}.{code}', 'de')} | {text(f'{area}.{code}', 'en')} |"


def _programme() -> Iterator[str]:
    yield "# programme.toml\n\nFields marked * must be there.\n"
    models = [v for v in vars(definition).values() if _is_model(v)]
    for model in reversed(models):
        yield f"## {model.__name__}\n\n{(model.__doc__ or '').strip()}\n"
        yield "| field | kind |\n|---|---|"
        for name, field in model.model_fields.items():
            kind = str(field.annotation).replace("typing.", "").replace("|", "or")
            kind = kind.replace("grantflow.programmes.definition.", "").removeprefix("<class '")
            mark = "*" if field.is_required() else ""
            yield f"| `{name}`{mark} | {kind.removesuffix(chr(39) + '>')} |"
        yield ""


def _is_model(value: object) -> bool:
    if not isinstance(value, type) or value.__module__ != definition.__name__:
        return False
    return issubclass(value, BaseModel) and not value.__name__.startswith("_")


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in pages().items():
        (FOLDER / name).write_text(content, encoding="utf-8")
    sys.stdout.write(f"{FOLDER}\n")


if __name__ == "__main__":
    main()
