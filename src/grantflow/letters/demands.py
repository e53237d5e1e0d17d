"""What the law demands of a letter, as data: nature, preconditions, mandatory content."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from grantflow.texts import Worded
from grantflow.texts.wrong_values import Wrong

Nature = Literal["act", "preparation", "information", "declaration", "internal"]
"""Legal nature: an administrative act (§ 35 VwVfG), a step towards one, plain information, a form
for the recipient's own declaration, or a note that stays in the file."""

Check = Literal[
    "remedy_known",
    "indicator_present",
    "reasons_given",
    "reasons_if_partly",
    "hearing_done",
    "hearing_covers",
    "hearing_period",
    "one_year_limit",
    "discretion_reasoned",
    "waiver_reasoned",
    "written_form",
    "original_known",
    "amount_stated",
    "due_ahead",
    "within_kept",
    "start_after_application",
    "facts_stated",
    "interest_period",
    "interest_announced",
    "plan_balanced",
    "within_request",
    "reduction_founded",
    "not_above_grant",
    "sums_current",
    "nothing_undecided",
    "plan_of_change",
    "change_current",
]
"""What can be asked of a case before a letter is approved; ``services.letter_checks`` answers."""

Condition = Literal[
    "partly_granted",
    "multi_year",
    "subvention_relevant",
    "proportional",
    "registered",
    "burdensome",
    "money_back",
    "reduced",
    "revoked_in_part",
]
"""When a point of the mandatory content applies at all; ``letters.content`` decides."""

Relation = Literal["amends", "corrects", "revokes", "answers", "follows"]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Data):
    """A text in both languages."""

    de: str
    en: str

    def said(self) -> Worded:
        """The text as a parameter of a message."""
        return Worded(self.de, self.en)


class Requirement(_Data):
    """A precondition that is checked before the letter is approved, with its legal source.

    ``hears`` names the intended acts (fact ``intended`` of the hearing letter) of which one must
    have been heard on; only ``hearing_done`` reads it.
    """

    check: Check
    law: str
    when: Condition | None = None
    hears: tuple[str, ...] = ()


class Point(_Data):
    """A point of the mandatory content and how it is found.

    ``fields`` are paths into the model that must all be filled (alternatives separated by ``|``);
    ``section`` demands text marked with ``data-point="<id>"`` in the composed letter.
    """

    id: str
    law: str
    title: Words
    mend: Words
    fields: tuple[str, ...] = ()
    section: bool = True
    when: Condition | None = None

    @model_validator(mode="after")
    def _can_be_found(self) -> Self:
        """A point that nothing looks for would always seem to be there."""
        if not (self.fields or self.section):
            raise Wrong("letters.wrong.point")
        return self


class CoverText(_Data):
    """What the plain-language page says: the outcome, the amount, and the first thing to do.

    ``amount`` and ``date`` are paths into the model (alternatives separated by ``|``); ``outcome``
    and ``duty`` are texts with names in braces. The page is no part of the act.
    """

    outcome: str
    duty: str
    amount: str = ""
    date: str = ""
