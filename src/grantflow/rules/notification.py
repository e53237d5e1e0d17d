"""When a letter counts as notified, by channel (§ 41 VwVfG, § 9 OZG, §§ 2 to 5 VwZG)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from grantflow.rules.calendar import Calendar
from grantflow.rules.explanation import Step
from grantflow.rules.profiles import Profile

_DAY = timedelta(days=1)


class Channel(StrEnum):
    """How a letter reaches its addressee; each way has its own rule of notification."""

    POST = "POST"
    ELECTRONIC = "ELECTRONIC"
    PORTAL_RETRIEVAL = "PORTAL_RETRIEVAL"
    OZG_MAILBOX = "OZG_MAILBOX"
    REGISTERED = "REGISTERED"
    RETURN_RECEIPT = "RETURN_RECEIPT"
    FORMAL_ELECTRONIC = "FORMAL_ELECTRONIC"
    FORMAL_SERVICE = "FORMAL_SERVICE"
    PUBLIC_NOTICE = "PUBLIC_NOTICE"


# Channel -> (number of days in the rule profile, legal source)
_FICTIONS = {
    Channel.POST: ("deemed_days", "§ 41 Abs. 2 Satz 1 VwVfG"),
    Channel.ELECTRONIC: ("deemed_days", "§ 41 Abs. 2 Satz 2 VwVfG"),
    Channel.OZG_MAILBOX: ("mailbox_days", "§ 9 Abs. 1 Satz 4 OZG"),
    Channel.REGISTERED: ("registered_days", "§ 4 Abs. 2 Satz 2 VwZG"),
    Channel.FORMAL_ELECTRONIC: ("formal_electronic_days", "§ 5 Abs. 7 VwZG"),
}
# Service that counts from a proof of receipt only.
_PROOFS = {
    Channel.RETURN_RECEIPT: "§ 4 Abs. 2 Satz 1 VwZG",
    Channel.FORMAL_SERVICE: "§§ 3, 5 VwZG",
}
_RETRIEVAL_LAW = "§ 41 Abs. 2a VwVfG"
_NOT_SHIFTED_LAW = "§ 31 Abs. 3 VwVfG"


@dataclass(frozen=True)
class Sending:
    """The facts of one dispatch: when it was posted, sent, provided or announced, and received."""

    channel: Channel
    on: date
    received_on: date | None = None
    retrieved_on: date | None = None
    never_received: bool = False


@dataclass(frozen=True)
class Notification:
    """The day on which a letter counts as notified; None while (or because) it is not."""

    channel: Channel
    on: date | None
    steps: tuple[Step, ...]


def notification(
    sent: Sending,
    profile: Profile,
    calendar: Calendar,
    *,
    shift: bool | None = None,
    days: int | None = None,
) -> Notification:
    """The day on which a letter counts as notified.

    The number of days comes from the profile as of the day of sending (three until 2024-12-31, four
    after) unless ``days`` gives it. Receipt later than the fiction replaces it; earlier receipt
    does not help. Legal source: § 41 Abs. 2, 2a, 4 VwVfG, § 9 OZG, §§ 2 to 5 VwZG. ``shift``
    overrides the profile's ``shift_deemed_notification`` (by default a fiction that falls on a
    free day is not moved).
    """
    if sent.channel is Channel.PORTAL_RETRIEVAL:
        return _retrieval(sent, profile)
    if sent.channel is Channel.PUBLIC_NOTICE:
        return _public(sent, profile)
    if sent.channel in _PROOFS:
        return _proved(sent)
    name, law = _FICTIONS[sent.channel]
    if sent.never_received and sent.channel is not Channel.OZG_MAILBOX:
        return Notification(sent.channel, None, (Step("rules.step.never_received", law),))
    counted = profile.number(name, sent.on) if days is None else days
    deemed, steps = _deemed(sent.on, counted, law)
    moved = profile.switch("shift_deemed_notification", sent.on) if shift is None else shift
    if moved and not calendar.is_working_day(deemed):
        deemed = calendar.next_working_day(deemed)
        steps += (Step("rules.step.deemed_moved", _NOT_SHIFTED_LAW, {"on": deemed}),)
    return _received(sent, deemed, steps)


def _received(sent: Sending, deemed: date, steps: tuple[Step, ...]) -> Notification:
    """Actual receipt beside the fiction: which of the two counts depends on the channel."""
    received = sent.received_on
    if received is None or sent.channel is Channel.OZG_MAILBOX:
        return Notification(sent.channel, deemed, steps)
    if sent.channel is Channel.FORMAL_ELECTRONIC:
        on = min(received, deemed)
        step = Step("rules.step.acknowledged", "§ 5 Abs. 7 VwZG", {"on": on})
        return Notification(sent.channel, on, (step,))
    law = "§ 41 Abs. 2 Satz 3 VwVfG"
    if received > deemed:
        late = Step("rules.step.received_later", law, {"on": received})
        return Notification(sent.channel, received, (*steps, late))
    early = Step("rules.step.received_earlier", law, {"received": received, "on": deemed})
    return Notification(sent.channel, deemed, (*steps, *((early,) if received < deemed else ())))


def _deemed(sent_on: date, days: int, law: str) -> tuple[date, tuple[Step, ...]]:
    on = sent_on + timedelta(days=days)
    return on, (Step("rules.step.deemed", law, {"sent": sent_on, "days": days, "on": on}),)


def _proved(sent: Sending) -> Notification:
    """Service with a proof counts on the day that the proof names, and never without one."""
    law = _PROOFS[sent.channel]
    if sent.received_on is None or sent.never_received:
        return Notification(sent.channel, None, (Step("rules.step.never_received", law),))
    step = Step("rules.step.served", law, {"on": sent.received_on})
    return Notification(sent.channel, sent.received_on, (step,))


def _public(sent: Sending, profile: Profile) -> Notification:
    """Public notice: two weeks after the customary announcement (§ 41 Abs. 4 Satz 3 VwVfG)."""
    on = sent.on + timedelta(weeks=profile.number("public_notice_weeks", sent.on))
    params = {"sent": sent.on, "on": on}
    step = Step("rules.step.public_notice", "§ 41 Abs. 4 Satz 3 VwVfG", params)
    return Notification(sent.channel, on, (step,))


def _retrieval(sent: Sending, profile: Profile) -> Notification:
    """Portal with consent: the day after retrieval; not retrieved in time is not notified."""
    last = sent.on + timedelta(days=profile.number("retrieval_days", sent.on))
    retrieved = sent.retrieved_on
    if retrieved is None or retrieved > last:
        step = Step("rules.step.not_retrieved", _RETRIEVAL_LAW, {"sent": sent.on, "last": last})
        return Notification(sent.channel, None, (step,))
    on = retrieved + _DAY
    step = Step("rules.step.retrieved", _RETRIEVAL_LAW, {"retrieved": retrieved, "on": on})
    return Notification(sent.channel, on, (step,))
