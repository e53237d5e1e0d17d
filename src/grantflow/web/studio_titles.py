"""What the parts of a programme are called by people: files, steps, letters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from grantflow.engine.xml import load_xml, properties, tag
from grantflow.errors import BadProgramme
from grantflow.programmes.load import Programme, diagrams, letter_folders, read_parts, resolve
from grantflow.programmes.package import Package
from grantflow.programmes.scenario import parse_scenario


def file_titles(package: Package, language: str) -> Mapping[str, str]:
    """Path of a file (of a letter: its folder) -> its title, where it can be read."""
    return {path: title for path, title in _titles(package, language) if title}


def _titles(package: Package, language: str) -> Iterator[tuple[str, str]]:
    parts = read_parts(package)
    for path in diagrams(package).values():
        yield path, _process_name(package.files[path], language)
    for name, path in resolve(package, "forms", ".form").items():
        if name in parts.forms:
            yield path, parts.forms[name].title[language]
    for name, folder in letter_folders(package).items():
        if name in parts.letters:
            yield folder, _said(parts.letters[name].title, language)
    for path in resolve(package, "decisions", ".dmn").values():
        yield path, _decision_name(package.files[path])
    for path in resolve(package, "scenarios", ".toml").values():
        yield path, _scenario_title(package.files[path], path, language)


def _said(title: Mapping[Any, str], language: str) -> str:
    words = {str(key): value for key, value in title.items()}
    return words.get(language) or words.get("de", "")


def _process_name(xml: bytes, language: str) -> str:
    """The name of the process; nothing while the file is broken, which its lint says."""
    try:
        process = next(load_xml(xml).iter(tag("process")), None)
    except BadProgramme:
        return ""
    if process is None:
        return ""
    english = properties(process).get("name_en", "") if language == "en" else ""
    return english or str(process.get("name", ""))


def _decision_name(xml: bytes) -> str:
    """The name of the table's file; nothing while the file is broken, which its lint says."""
    try:
        root = load_xml(xml)
    except BadProgramme:
        return ""
    return next((str(n.get("name", "")) for n in root.iter("{*}decision")), "")


def _scenario_title(raw: bytes, path: str, language: str) -> str:
    """The title of a scenario; nothing while the file is broken, which its lint says."""
    try:
        return parse_scenario(raw, path).title.in_language(language)
    except BadProgramme:
        return ""


def step_names(programme: Programme, language: str) -> Mapping[str, str]:
    """Element id -> name over all diagrams, and letter name -> title."""
    found = {name: _said(letter.title, language) for name, letter in programme.letters.items()}
    for definition in programme.processes.values():
        for element in definition.elements.values():
            english = element.name_en if language == "en" else ""
            if english or element.name:
                found[element.id] = english or element.name
    return found
