"""What a field of a form is: its kind, its words, its limits; plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

LENGTH = 10_000  # characters of a text unless the form sets another limit
ROWS = 200  # rows of a repeating group
AMOUNT = Decimal("999999999999.99")  # what a numeric(14,2) column holds


class Kind(StrEnum):
    """The field types of a form-js schema that GrantFlow knows."""

    TEXTFIELD = "textfield"
    TEXTAREA = "textarea"
    NUMBER = "number"
    DATE = "datetime"
    SELECT = "select"
    RADIO = "radio"
    CHECKBOX = "checkbox"
    CHECKLIST = "checklist"
    TAGLIST = "taglist"
    FILES = "filepicker"
    GROUP = "group"
    ROWS = "dynamiclist"
    EXPRESSION = "expression"
    TEXT = "text"
    SEPARATOR = "separator"
    SPACER = "spacer"
    TABLE = "table"  # rows of the case, e.g. the receipts of a statement; holds no answer


SILENT = frozenset({Kind.TEXT, Kind.SEPARATOR, Kind.SPACER, Kind.TABLE})
CHOICES = frozenset({Kind.SELECT, Kind.RADIO, Kind.CHECKLIST, Kind.TAGLIST})
MANY = frozenset({Kind.CHECKLIST, Kind.TAGLIST, Kind.FILES})
MOVING: Mapping[str, int] = {"today": 0, "tomorrow": 1}  # limits of a date, in days from now
OFFERED = frozenset({"decisions", "decisions_to_object_to", "decisions_to_sue_against"})
"""Lists of a case that say which fixed choices there are: decisions that have left it."""
YEARS = (1900, 2200)
NUMERIC = frozenset({Kind.NUMBER, Kind.EXPRESSION})


@dataclass(frozen=True)
class Words:
    """One text in German and, where the programme has it, in English."""

    de: str = ""
    en: str = ""

    def __call__(self, language: str) -> str:
        """The text in this language, else in German."""
        return (self.en or self.de) if language == "en" else self.de


@dataclass(frozen=True)
class Option:
    """Something that can be chosen; for a file field, a document that was handed in."""

    value: str
    label: str
    label_en: str = ""

    def words(self, language: str) -> str:
        """The label in this language, else in German."""
        return Words(self.label, self.label_en)(language)


@dataclass(frozen=True)
class Limits:
    """What ``validate`` of the schema and our properties allow; None means no limit of its own."""

    required: bool = False
    least: Decimal | None = None
    most: Decimal | None = None
    shortest: int | None = None
    longest: int = LENGTH
    pattern: str = ""
    decimals: int | None = None
    earliest: str = ""  # ISO date or one of MOVING
    latest: str = ""
    fewest_rows: int = 0
    most_rows: int = ROWS
    accept: tuple[str, ...] = ()  # ".pdf", …
    multiple: bool = False


@dataclass(frozen=True)
class Field:
    """One component of the schema; ``id`` is unique in the form.

    ``path`` is the way through the answers without row numbers (``plan.amount``). ``format`` is
    money, iban, email, url, tel or empty. ``hide``, ``expression``, ``prefill`` and ``check`` are
    FEEL; a ``check`` that comes out false refuses the answers with its message.
    """

    id: str
    kind: Kind
    key: str
    path: str
    label: Words = Words()
    hint: Words = Words()
    text: Words = Words()
    unit: Words = Words()
    limits: Limits = Limits()
    format: str = ""
    options: tuple[Option, ...] = ()
    options_from: str = ""
    offered: str = ""  # the name of a list of the case: of the options only these are offered
    hide: str = ""
    expression: str = ""
    prefill: str = ""
    check: str = ""
    check_message: Words = Words()
    default: Any = None
    readonly: bool = False
    routing: bool = False
    width: int = 16  # columns of sixteen
    heading: bool = False  # a group whose label is a heading, boxed
    source: str = ""  # of a table: the name of its rows in the context
    mode: str = ""  # of a table: edit, check or show
    statement: str = ""  # of a table: the form the rows were handed in with, else its own
    children: tuple[Field, ...] = ()

    @property
    def holds_answer(self) -> bool:
        """Whether people answer this field (rows included, groups and texts not)."""
        return self.kind not in SILENT and self.kind not in (Kind.GROUP, Kind.EXPRESSION)

    @property
    def is_many(self) -> bool:
        """Whether the answer is a list of values."""
        return self.kind in MANY

    @property
    def holds_one(self) -> bool:
        """Whether the answer is one value: neither a list nor rows."""
        return self.holds_answer and not self.is_many and self.kind is not Kind.ROWS

    @property
    def is_money(self) -> bool:
        """Whether the answer is an amount of euro, kept as text like ``1234.56``."""
        return self.format == "money"

    @property
    def is_year(self) -> bool:
        """Whether the answer is a year: a whole number between limits that only years have."""
        least, most = self.limits.least, self.limits.most
        whole = self.kind is Kind.NUMBER and self.limits.decimals == 0
        return (
            whole
            and least is not None
            and most is not None
            and YEARS[0] <= least <= most <= YEARS[1]
        )

    @property
    def is_numeric(self) -> bool:
        """Whether the answer counts as a number in expressions."""
        return self.kind is Kind.NUMBER or self.is_money
