"""What the parts of a programme are called by people: files, steps, letters."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from grantflow import forms, letters
from grantflow.engine.xml import load_xml, properties, tag
from grantflow.errors import BadProgramme
from grantflow.programmes.load import Programme, diagrams, letter_folders, resolve
from grantflow.programmes.package import Package
from grantflow.programmes.scenario import parse_scenario
from grantflow.rules import profiles
from grantflow.services.studio import RULES
from grantflow.texts import text

SETTINGS = "programme.toml"


def file_titles(package: Package, language: str) -> Mapping[str, str]:
    """Path of a file (of a letter: its folder) -> its title, where it can be read."""
    paths = [
        *diagrams(package).values(),
        *resolve(package, "forms", ".form").values(),
        *letter_folders(package).values(),
        *resolve(package, "decisions", ".dmn").values(),
        *resolve(package, "scenarios", ".toml").values(),
    ]
    titles = ((path, _title(package, path, language)) for path in paths)
    return {path: title for path, title in titles if title}


def file_title(package: Package, path: str, language: str) -> str:
    """What a file is called by people; the name of the file where it cannot be read."""
    folder = str(PurePosixPath(path).parent)
    place = folder if f"{folder}/letter.toml" in package.files else path
    return _title(package, place, language) or PurePosixPath(path).name


def _title(package: Package, path: str, language: str) -> str:
    """The title of a file or a letter's folder; nothing while it is broken, which its lint says."""
    pure, raw = PurePosixPath(path), package.files.get(path, b"")
    try:
        match pure.suffix:
            case ".bpmn":
                return _process_name(raw, language)
            case ".dmn":
                return _decision_name(raw)
            case ".form":
                return forms.parse(raw, pure.stem).title[language]
            case "":
                return _letter_title(package, path, language)
        return _toml_title(raw, path, language)
    except BadProgramme:
        return ""


def _toml_title(raw: bytes, path: str, language: str) -> str:
    if path == SETTINGS:
        return text("studio.kind.settings", language)
    if path.startswith(RULES):
        return _said(profiles.parse(raw, path).title, language)
    folder = PurePosixPath(path).parent.name
    return parse_scenario(raw, path).title.in_language(language) if folder == "scenarios" else ""


def _letter_title(package: Package, folder: str, language: str) -> str:
    files, name = package.files, PurePosixPath(folder).name
    settings, body = f"{folder}/letter.toml", f"{folder}/body.html"
    letter = letters.parse_source(name, files.get(settings, b""), files.get(body, b""))
    return _said(letter.title, language)


def _said(title: Mapping[Any, str], language: str) -> str:
    words = {str(key): value for key, value in title.items()}
    return words.get(language) or words.get("de", "")


def _process_name(xml: bytes, language: str) -> str:
    process = next(load_xml(xml).iter(tag("process")), None)
    if process is None:
        return ""
    english = properties(process).get("name_en", "") if language == "en" else ""
    return english or str(process.get("name", ""))


def _decision_name(xml: bytes) -> str:
    return next((str(n.get("name", "")) for n in load_xml(xml).iter("{*}decision")), "")


def step_names(programme: Programme, language: str) -> Mapping[str, str]:
    """Element id -> name over all diagrams, and letter name -> title."""
    found = {name: _said(letter.title, language) for name, letter in programme.letters.items()}
    for definition in programme.processes.values():
        for element in definition.elements.values():
            english = element.name_en if language == "en" else ""
            if english or element.name:
                found[element.id] = english or element.name
    return found
