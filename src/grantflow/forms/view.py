"""What a page needs to show a form: words of one language, values as people write them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grantflow.errors import Problem
from grantflow.forms.field import Field, Kind


@dataclass(frozen=True)
class Choice:
    """One thing to choose from."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class RowView:
    """One row of a repeating group, counted from 1 for people."""

    number: int
    place: str
    fields: tuple[FieldView, ...]


@dataclass(frozen=True)
class FieldView:
    """A field as it is shown.

    ``value`` is what stands in the input (text, list of texts or bool); ``typed`` is the value it
    means (None if it means nothing yet); ``live`` fields can change while others are filled in.
    """

    field: Field
    place: str
    id: str
    label: str
    hint: str
    value: Any
    typed: Any
    problem: Problem | None
    hidden: bool
    readonly: bool
    choices: tuple[Choice, ...] = ()
    files: tuple[Choice, ...] = ()
    fields: tuple[FieldView, ...] = ()
    rows: tuple[RowView, ...] = ()
    text: str = ""
    unit: str = ""

    @property
    def kind(self) -> str:
        """The field type of the schema."""
        return str(self.field.kind)

    @property
    def live(self) -> str:
        """``computed``, ``visibility`` or nothing."""
        if self.field.kind is Kind.EXPRESSION:
            return "computed"
        return "visibility" if self.field.hide else ""

    @property
    def chosen(self) -> tuple[str, ...]:
        """The labels of what was chosen."""
        return tuple(choice.label for choice in self.choices if choice.chosen)

    @property
    def required(self) -> bool:
        """Whether it must be answered."""
        return self.field.limits.required and not self.readonly


@dataclass(frozen=True)
class Fault:
    """A line of the error summary: the problem, and the field it leads to."""

    problem: Problem
    label: str
    target: str


@dataclass(frozen=True)
class FormView:
    """A whole form as it is shown."""

    name: str
    title: str
    fields: tuple[FieldView, ...]
    faults: tuple[Fault, ...]
    readonly: bool

    @property
    def has_files(self) -> bool:
        """Whether files can be handed in with this form."""
        return any(field.kind == "filepicker" for field in every(self.fields))

    @property
    def tables(self) -> tuple[FieldView, ...]:
        """Rows of the case that are shown with the form, such as the receipts of a statement."""
        return tuple(field for field in every(self.fields) if field.kind == "table")

    @property
    def has_note(self) -> bool:
        """Whether a longer text was written into this form."""
        return any(field.kind == "textarea" and field.typed for field in every(self.fields))

    @property
    def live_fields(self) -> tuple[FieldView, ...]:
        """The fields that are computed or may appear and vanish."""
        return tuple(field for field in every(self.fields) if field.live)


def every(fields: Sequence[FieldView]) -> tuple[FieldView, ...]:
    """All fields, however deep."""
    found: list[FieldView] = []
    for field in fields:
        found.append(field)
        found.extend(every(field.fields))
        for row in field.rows:
            found.extend(every(row.fields))
    return tuple(found)
