"""What follows in law from a dispatch: day of notification, end of the remedy period, finality."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

from sqlalchemy.orm import Session

from grantflow.clock import BERLIN
from grantflow.programmes.load import Programme
from grantflow.rules.periods import Channel, Sending, notification, remedy_dates
from grantflow.services import profiles
from grantflow.store.tables import Dispatch, Letter

CHANNELS = {
    "portal": Channel.ELECTRONIC,
    "post": Channel.POST,
    "registered": Channel.REGISTERED,
    "return_receipt": Channel.RETURN_RECEIPT,
    "formal_service": Channel.FORMAL_SERVICE,
    "formal_electronic": Channel.FORMAL_ELECTRONIC,
    "portal_retrieval": Channel.PORTAL_RETRIEVAL,
    "ozg_mailbox": Channel.OZG_MAILBOX,
    "public_notice": Channel.PUBLIC_NOTICE,
}
"""How the channel of a dispatch counts in law."""

PRINTED = frozenset({"post", "registered", "return_receipt", "formal_service"})
"""Channels whose letters pass through the print queue."""

CORRECTS: Literal["corrects"] = "corrects"
"""The relation of a correction to the letter it puts right."""

HELD = datetime(9000, 1, 1, tzinfo=UTC)
"""When a timer is due whose day nobody knows, because the letter is not notified."""


@dataclass(frozen=True)
class Dates:
    """The dates that follow from a dispatch, each a calendar day in Germany or None."""

    notified_on: date | None
    remedy_end: date | None
    safe_finality: date | None

    @staticmethod
    def of(dispatch: Dispatch) -> Dates:
        """The dates as they are stored."""
        return Dates(dispatch.notified_on, dispatch.remedy_end, dispatch.safe_finality)

    def as_facts(self) -> dict[str, str | None]:
        """For the history."""
        found = vars(self)
        return {name: day.isoformat() if day else None for name, day in found.items()}


def day_of(moment: datetime) -> date:
    """The calendar day of a moment in Germany."""
    return moment.astimezone(BERLIN).date()


def sending_of(dispatch: Dispatch) -> Sending:
    """The facts of a dispatch as the rules want them; it must have left."""
    assert dispatch.sent_at is not None
    channel = CHANNELS[dispatch.channel]
    retrieved = channel is Channel.PORTAL_RETRIEVAL
    return Sending(
        channel,
        day_of(dispatch.sent_at),
        received_on=None if retrieved else dispatch.received_on,
        retrieved_on=dispatch.received_on if retrieved else None,
        never_received=dispatch.state == "returned",
    )


def opens_remedy(programme: Programme, letter: Letter) -> bool:
    """Whether a period for remedies begins with this letter: with a decision, not its correction.

    Who corrects an obvious mistake decides nothing anew (§ 42 VwVfG); the period of the corrected
    decision goes on. Raises NotFound for a letter the programme does not have.
    """
    return letter.relation != CORRECTS and programme.letter(letter.name).remedy


def write_dates(session: Session, programme: Programme, letter: Letter, dispatch: Dispatch) -> None:
    """Compute the dates of a dispatch by the rules of its day and store them with their steps.

    Day of notification (§ 41 VwVfG, § 9 OZG, §§ 3 to 5 VwZG); for decisions also the end of the
    remedy period and the day from which money may safely flow. A waiver makes the decision final
    on the day it was received. A correction has a day of notification only. Raises MissingValue,
    BadProgramme.
    """
    sending = sending_of(dispatch)
    terms = profiles.terms(session, programme, sending.on)
    notified = notification(sending, terms.profile, terms.calendar)
    dispatch.notified_on, steps = notified.on, notified.steps
    dispatch.remedy_end = dispatch.safe_finality = None
    if opens_remedy(programme, letter):
        dates = remedy_dates(sending, terms.profile, terms.calendar)
        if dates is not None:
            dispatch.remedy_end, dispatch.safe_finality = dates.end, dates.safe_final_from
            steps = dates.steps
            _apply_waiver(dispatch)
    rules = {"area": terms.profile.book.area, "digest": terms.profile.book.digest}
    stored: list[dict[str, Any]] = [step.as_dict() for step in steps]
    dispatch.proof = {**dispatch.proof, "steps": stored, "rules": rules}


def _apply_waiver(dispatch: Dispatch) -> None:
    if dispatch.waived_on is not None and dispatch.safe_finality is not None:
        dispatch.safe_finality = min(dispatch.waived_on, dispatch.safe_finality)
