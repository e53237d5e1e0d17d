"""Was the grantee heard, and until when may a decision still be taken back?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from grantflow.clock import BERLIN
from grantflow.errors import Invalid
from grantflow.letters.model import Computed
from grantflow.rules.computing import compute
from grantflow.services import profiles
from grantflow.store import cases as case_rows
from grantflow.store import forms_data
from grantflow.store import letters as rows
from grantflow.store.tables import FormData, Letter

HEARING, REPLY = "hearing", "hearing_reply"
LIMIT = "revocation_limit"


@dataclass(frozen=True)
class Heard:
    """How far the hearing is: the text key of what is missing, and the day it is awaited until."""

    problem: str = ""
    until: date | None = None


def state(session: Session, letter: Letter, today: date) -> Heard:
    """Whether the grantee was heard before this letter (§ 28 Abs. 1 VwVfG).

    A hearing is over when the newest hearing letter has left the case and the reply was handed in,
    or the day named for it has passed.
    """
    hearing = _latest_hearing(session, letter)
    if hearing is None:
        return Heard("hearing_missing")
    if _reply(session, letter, hearing) is not None:
        return Heard()
    until = _until(hearing)
    if until is None:
        return Heard("hearing_without_end")
    return Heard("hearing_running", until) if today <= until else Heard()


def _latest_hearing(session: Session, letter: Letter) -> Letter | None:
    found = rows.latest_left(session, letter.case_id, [HEARING])
    return found if found is None or found.id != letter.id else None


def _reply(session: Session, letter: Letter, hearing: Letter) -> FormData | None:
    given = forms_data.find_latest(session, letter.case_id, REPLY)
    after = hearing.approved_at or hearing.created_at
    return given if given is not None and given.at >= after else None


def _until(hearing: Letter) -> date | None:
    """The day by which the hearing letter asked for an answer."""
    named = hearing.model.get("facts", {}).get("respond_until")
    ends = [one["on"] for one in hearing.model.get("deadlines", ()) if one["kind"] == "response"]
    day = named or next(iter(ends), None)
    return date.fromisoformat(str(day)[:10]) if day else None


def last_day(
    session: Session, letter: Letter, computations: Mapping[str, Computed], known_on: Any
) -> date | None:
    """The last day for a revocation or withdrawal by § 48 Abs. 4 VwVfG; None where none is known.

    A computation of the case comes first; else the rule counts from the reply to the hearing, the
    end of its period, or the day the facts were known.
    """
    computed = computations.get(LIMIT)
    if computed is not None and computed.values.get("last_day"):
        return date.fromisoformat(str(computed.values["last_day"])[:10])
    facts = _knowledge(session, letter, known_on)
    if not facts:
        return None
    case = case_rows.get_case(session, letter.case_id)
    profile = profiles.for_case(session, case, max(facts.values()))
    try:
        found = compute(LIMIT, facts, profile).values["last_day"]
    except Invalid:
        # E.g. a reply dated before its hearing: then the limit is not known, and approval says so.
        return None
    return found if isinstance(found, date) else None


def _knowledge(session: Session, letter: Letter, known_on: Any) -> dict[str, date]:
    facts: dict[str, date] = {}
    if known_on:
        facts["facts_known_on"] = date.fromisoformat(str(known_on)[:10])
    hearing = _latest_hearing(session, letter)
    if hearing is not None:
        if (until := _until(hearing)) is not None:
            facts["hearing_ended_on"] = until
        if (reply := _reply(session, letter, hearing)) is not None:
            facts["reply_received_on"] = reply.at.astimezone(BERLIN).date()
    return facts
