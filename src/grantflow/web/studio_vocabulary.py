"""What an editor offers to choose from, as the browser gets it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from grantflow.errors import BadProgramme
from grantflow.programmes.load import diagrams, letter_folders, read_file, read_parts
from grantflow.programmes.package import Package
from grantflow.programmes.vocabulary import EFFECT_SPECS, RESULTS, ROLES, STATUSES, EffectSpec
from grantflow.texts import catalogue, text

_TEXTS = "studio_panel."
Option = Mapping[str, str]


def texts(language: str) -> dict[str, str]:
    """All words of the editors."""
    return {
        key.removeprefix(_TEXTS): value
        for key, value in catalogue(language).items()
        if key.startswith(_TEXTS)
    }


def vocabulary(package: Package, language: str) -> dict[str, Any]:
    """Forms, roles, letters, tables, diagrams, statuses and effects a diagram may name."""
    parts = read_parts(package)
    roles = [_option(role, text(f"roles.{role}", language)) for role in ROLES]
    applicants = _option("applicant", text("studio_panel.choice.applicant", language))
    return {
        "forms": [
            _option(name, form.title[language]) for name, form in sorted(parts.forms.items())
        ],
        "roles": roles,
        "recipients": [applicants, *(role for role in roles if role["value"] != "APPLICANT")],
        "letters": [
            _option(name, parts.letters[name].title[language] if name in parts.letters else name)  # type: ignore[index]
            for name in sorted(letter_folders(package))
        ],
        "decisions": [
            _option(key, table.name or key) for key, table in sorted(parts.decisions.items())
        ],
        "processes": [_option(name, name) for name in sorted(diagrams(package))],
        "statuses": [_option(code, text(f"status.{code}", language)) for code in STATUSES],
        "lanes": sorted(lane_roles(package)),
        "effects": {name: _effect(spec, language) for name, spec in EFFECT_SPECS.items()},
    }


def lane_roles(package: Package) -> dict[str, str]:
    """Which role works in which lane; nothing while programme.toml is broken (its lint says so)."""
    try:
        return dict(read_file(package).lanes)
    except BadProgramme:
        return {}


def _effect(spec: EffectSpec, language: str) -> dict[str, Any]:
    return {
        "label": text(f"studio_panel.effect.{spec.name}.label", language),
        "hint": text(f"studio_panel.effect.{spec.name}.hint", language),
        "required": list(spec.required),
        "optional": list(spec.optional),
        "open": spec.open,
        "result": spec.name in RESULTS,
        "choices": {
            name: _choices(name, values, language) for name, values in spec.choices.items()
        },
    }


def _choices(name: str, values: Iterable[str], language: str) -> list[Option]:
    area = "computations.rule" if name == "rule" else "studio_panel.choice"
    return [_option(value, text(f"{area}.{value}", language)) for value in values]


def _option(value: str, label: str) -> Option:
    return {"value": value, "label": label}
