"""Writes docs/reference/ from the code; a test fails when it is stale."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

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
from grantflow.rules.base_rate_book import NAME as BASE_RATE
from grantflow.rules.profiles import Confidence
from grantflow.rules.value_schema import FAMILIES, SHAPES, Shape
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
    yield from _own_values()


def _own_values() -> Iterator[str]:
    """What the dict ``profile_overrides`` holds: the lint reads it, the model does not."""
    yield "## Own values\n"
    yield "`[profile_overrides.<name>]`: values on top of the rule book, each a table or a list of"
    yield "tables without gap or overlap. On days outside `from` and `until` the book counts."
    yield "Example: [rules](../rules.md#a-value-its-source-and-its-days).\n"
    yield "| field | meaning |\n|---|---|"
    yield "| `value`* | as the name asks for it, see below |"
    yield "| `source`* | where the value comes from; not empty |"
    marks = ", ".join(f"`{mark}`" for mark in get_args(Confidence))
    yield f"| `confidence`* | {marks} |"
    yield "| `from` | first day; only the first table of a list may leave it out (always) |"
    yield "| `until` | last day; left out: without end |"
    yield "| `note` | what else is to be known |\n"
    yield "| name | value |\n|---|---|"
    for name, shape in sorted(SHAPES.items()):
        if name != BASE_RATE:
            yield f"| `{name}` | {_shape(shape)} |"
    yield from (f"| `{start}…` | {_shape(shape)} |" for start, shape in FAMILIES.items())
    yield ""


def _shape(shape: Shape) -> str:
    if shape.options:
        return ", ".join(f"`{option}`" for option in shape.options)
    span = f", {shape.least:g} to {shape.most:.0f}" if shape.most else ""
    return text(f"rules.kind.{shape.kind}", "en") + span


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
