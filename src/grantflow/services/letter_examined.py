"""A letter with all that its preconditions are judged by before it is approved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from grantflow import letters as pages
from grantflow.errors import Faults
from grantflow.letters import LetterModel, LetterSource
from grantflow.store.tables import Letter

Found = Iterator[tuple[str, Mapping[str, Any]]]
"""What is lacking: the name of a text of ``letters_checks`` and what fills it."""


@dataclass(frozen=True)
class Examined:
    """A letter with all that its preconditions are judged by."""

    session: Session
    letter: Letter
    source: LetterSource
    model: LetterModel
    today: date

    def fact(self, name: str) -> Any:
        """A fact of the letter; empty text counts as none."""
        value = self.model.facts.get(name)
        return None if value in ("", [], ()) else value

    def block(self, name: str) -> str:
        """The text of a block as it stands, without blanks around it."""
        if name in self.letter.edits:
            return str(self.letter.edits[name]).strip()
        try:
            filled = pages.text_blocks(self.source, self.model)
        except Faults:
            return ""  # what is wrong with the text is told with the whole letter
        return next((one.text.strip() for one in filled if one.name == name), "")
