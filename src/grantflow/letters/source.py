"""What a letter's folder says: ``letter.toml`` (its nature, its text blocks) and ``body.html``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, Self

from jinja2 import TemplateSyntaxError
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from grantflow.errors import BadProgramme, Problem
from grantflow.letters import sandbox
from grantflow.letters.demands import CoverText, Nature, Point, Relation, Requirement
from grantflow.texts.wrong_values import Wrong, unreadable, wrong_values

BODY = "body.html"
SETTINGS = "letter.toml"


class TextBlock(BaseModel):
    """A passage that officers may replace in one letter; plain text with names in braces."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str
    label_en: str
    text: str
    editable: bool = True


class LetterSource(BaseModel):
    """A letter as its folder describes it.

    ``needs`` are paths into the model that must be filled (``decision.amount``), alternatives
    separated by ``|``; ``facts`` are required parameters of the letter effect. ``from_forms`` names
    facts that the forms of the same process may give. ``refers_to`` names the letters this one may
    amend, revoke or answer, the most likely first; ``replaces`` those that may have
    followed such a letter and that this one takes the place of; ``written`` asks for the written
    form.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: dict[Literal["de", "en"], str]
    kind: Literal["decision", "information"]
    legal_nature: str
    nature: Nature
    remedy: bool
    written: bool = False
    service: bool = False  # formal service (Zustellung) instead of notification
    remedy_kind: Literal["court_action"] | None = None  # otherwise than the authority's decisions
    signature: Literal["name", "hand", "seal"] = "name"
    subject: str
    reference_line: str = ""
    needs: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    optional_facts: tuple[str, ...] = ()
    from_forms: tuple[str, ...] = ()
    annexes: tuple[str, ...] = ()
    refers_to: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    relation: Relation | None = None
    requires: tuple[Requirement, ...] = ()
    content: tuple[Point, ...] = ()
    cover: CoverText | None = None
    blocks: dict[str, TextBlock] = Field(default_factory=dict)
    body: str

    @model_validator(mode="before")
    @classmethod
    def _nature_of_its_kind(cls, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """A letter that does not name its nature is an act or plain information."""
        usual = "act" if given.get("kind") == "decision" else "information"
        return {"nature": usual, **given}

    @model_validator(mode="after")
    def _decisions_have_a_remedy(self) -> Self:
        """An administrative act always carries an instruction (§ 37 Abs. 6 VwVfG)."""
        if self.kind == "decision" and not self.remedy:
            raise Wrong("letters.wrong.remedy")
        if (self.nature == "act") != (self.kind == "decision"):
            raise Wrong("letters.wrong.nature")
        if not set(self.from_forms) <= set(self.optional_facts):
            raise Wrong("letters.wrong.from_forms")
        return self

    def with_texts(self, texts: Mapping[str, str]) -> Self:
        """The letter with other texts in its blocks; names it does not have are passed over."""
        blocks = {
            name: block.model_copy(update={"text": texts[name]}) if name in texts else block
            for name, block in self.blocks.items()
        }
        return self.model_copy(update={"blocks": blocks})


@dataclass(frozen=True)
class _Part:
    """A template inside a letter's folder, and where to find it."""

    text: str
    place: str


@lru_cache(maxsize=1024)  # versions of programmes share most of their letters
def parse_source(name: str, toml: bytes, body: bytes) -> LetterSource:
    """The letter of a folder; BadProgramme names every wrong field and template fault.

    ``name`` is the folder's name; problems name ``letters/<name>/<file>``, with the line of a
    template fault in their parameters.
    """
    folder = f"letters/{name}"
    source = _read(name, toml, body, folder)
    problems = [problem for part in parts(source) if (problem := _syntax(part))]
    if problems:
        raise BadProgramme(problems)
    return source


def parts(source: LetterSource) -> list[_Part]:
    """Every template of the letter with its place."""
    settings = f"letters/{source.name}/{SETTINGS}"
    found = [
        _Part(source.subject, f"{settings}#subject"),
        _Part(source.reference_line, f"{settings}#reference_line"),
    ]
    if source.cover is not None:
        found += [
            _Part(source.cover.outcome, f"{settings}#cover.outcome"),
            _Part(source.cover.duty, f"{settings}#cover.duty"),
        ]
    found += [
        _Part(block.text, f"{settings}#blocks.{name}") for name, block in source.blocks.items()
    ]
    return [*found, _Part(source.body, f"letters/{source.name}/{BODY}")]


def _read(name: str, toml: bytes, body: bytes, folder: str) -> LetterSource:
    try:
        table: Mapping[str, object] = tomllib.loads(toml.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _bad("letters.not_toml", f"{folder}/{SETTINGS}", reason=unreadable(error)) from error
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise _bad("letters.not_text", f"{folder}/{BODY}", reason=unreadable(error)) from error
    try:
        return LetterSource.model_validate({**table, "name": name, "body": text})
    except ValidationError as error:
        raise BadProgramme(
            Problem(
                "letters.wrong_field",
                {"field": wrong.field, "reason": wrong.reason},
                f"{folder}/{SETTINGS}",
            )
            for wrong in wrong_values(error)
        ) from error


def _syntax(part: _Part) -> Problem | None:
    try:
        sandbox.compiled(part.text)
    except TemplateSyntaxError as error:
        params = {"line": error.lineno, "reason": error.message or ""}
        return Problem("letters.syntax", params, part.place)
    return None


def _bad(key: str, place: str, **params: str) -> BadProgramme:
    return BadProgramme([Problem(key, params, place)])
