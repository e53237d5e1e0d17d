"""The decisions of a rehearsed case: what they are about, when they left, who contests them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from grantflow.clock import BERLIN
from grantflow.programmes.deadlines import Terms, computed
from grantflow.programmes.drafted import amount_of, day_of
from grantflow.programmes.standings import IN_PART, UPHELD, in_time, standing
from grantflow.rules.periods import Channel, Period, Sending, remedy_dates


@dataclass
class Contest:
    """One remedy against one decision; without an outcome while it is pending."""

    suspends: bool
    remedy: str
    outcome: str = ""
    remaining: Decimal | None = None


@dataclass
class Acts:
    """What a rehearsal knows of letters that have left: the newest of each name."""

    sent: dict[str, datetime] = field(default_factory=dict)
    facts: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    contests: dict[str, list[Contest]] = field(default_factory=dict)
    waived: dict[str, date] = field(default_factory=dict)
    won: list[str] = field(default_factory=list)

    def leave(self, name: str, now: datetime) -> None:
        """A letter leaves; what was said against an older one of its name does not concern it."""
        self.sent[name] = now
        self.contests.pop(name, None)
        self.waived.pop(name, None)

    def suspend(self, params: Mapping[str, Any]) -> None:
        """A decision is contested."""
        suspends = str(params.get("suspends") or "true").lower() == "true"
        self.contests.setdefault(str(params["subject"]), []).append(
            Contest(suspends, str(params["remedy"]))
        )

    def resume(self, params: Mapping[str, Any]) -> None:
        """The remedies against a decision have an outcome."""
        for one in self.contests.get(str(params["subject"]), ()):
            if not one.outcome and one.remedy == params.get("remedy", one.remedy):
                one.outcome = str(params["outcome"])
                if one.outcome in {UPHELD, *IN_PART}:
                    self.won.append(str(params["subject"]))
                one.remaining = amount_of(params.get("remaining"))

    def waive(self, params: Mapping[str, Any], today: date) -> None:
        """Nobody will contest a decision any more."""
        self.waived[str(params["letter"])] = day_of(params.get("received_on")) or today

    def left_on(self, name: str) -> date | None:
        """The day a letter left; None for one that has not."""
        sent = self.sent.get(name)
        return sent.astimezone(BERLIN).date() if sent else None

    def period(self, terms: Terms, params: Mapping[str, Any]) -> Period:
        """The period of a deadline, from the letter it names or from the day of the terms."""
        name, today = str(params.get("letter") or ""), terms.profile.on
        return computed(terms, params, today, self._sending(name, today) if name else None)

    def remedy_check(self, terms: Terms, name: str, received_on: str) -> dict[str, Any]:
        """Whether a remedy received that day (ISO) is in time for a letter posted as it was."""
        end = self._remedy_end(terms, name)
        return in_time(date.fromisoformat(received_on[:10]), end, self.waived.get(name))

    def standing(self, terms: Terms, name: str, granted: Decimal | None) -> dict[str, Any]:
        """How the newest decision of a name stands on the day of the terms."""
        end = self._remedy_end(terms, name)
        over = name in self.waived or (end is not None and terms.profile.on > end)
        facts = self.facts.get(name, {})
        disputed = granted if facts.get("extent") == "full" else amount_of(facts.get("amount"))
        return standing(self.contests.get(name, []), over=over, disputed=disputed)

    def _remedy_end(self, terms: Terms, name: str) -> date | None:
        if name not in self.sent:
            return None
        sending = self._sending(name, terms.profile.on)
        dates = remedy_dates(sending, terms.profile, terms.calendar)
        return dates.end if dates else None

    def _sending(self, name: str, otherwise: date) -> Sending:
        return Sending(Channel.POST, self.left_on(name) or otherwise)
