"""How a decision of the case stands: contested, annulled, upheld in part, final."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from grantflow.engine import Effect
from grantflow.programmes.drafted import amount_of
from grantflow.programmes.standings import standing
from grantflow.services.move import Move
from grantflow.services.notification import day_of
from grantflow.store import acts as rows
from grantflow.store.families import family
from grantflow.store.letters import find_dispatch
from grantflow.store.tables import Letter, ProcessInstance


def read(move: Move, row: ProcessInstance, effect: Effect) -> Mapping[str, Any]:
    """How the newest approved ``letter`` of a name stands on the present day in Germany.

    The one this process contests, else one its own family wrote, comes before others of the case.
    A context: ``pending`` (a remedy is under way), ``contested`` (one that suspends, § 80 Abs. 1
    VwGO), ``annulled`` (a remedy was upheld), ``partly`` (one was in part), ``remaining`` (euro
    that are left of it after that, else null), ``final`` (waived, the remedy period safely over, or
    the last remedy settled without annulment: §§ 58, 70, 74 VwGO), ``disputed`` (euro it is
    about, less what a remedy took away; the whole grant where it is about all of it; null where it
    names none).
    """
    session, case = move.session, move.case
    name = str(effect.params["letter"])
    act = rows.contested_by(session, row.id, name)
    act = act or rows.newest_act(session, case.id, name, family(session, row))
    if act is None:
        return {"value": standing([], over=False, disputed=None)}
    remedies = rows.remedies_against(session, act)
    over = _period_over(session, act, day_of(move.now))
    return {"value": standing(remedies, over=over, disputed=_disputed(act, case.approved))}


def _period_over(session: Session, act: Letter, today: date) -> bool:
    """Whether nobody can contest a decision any more, safely: waived, or the period has ended."""
    sent = find_dispatch(session, act.id)
    if sent is None or sent.sent_at is None:
        return False
    if sent.waived_on is not None:
        return True
    known = sent.remedy_end is not None and today > sent.remedy_end
    return known and (sent.safe_finality is None or today >= sent.safe_finality)


def _disputed(act: Letter, granted: Decimal | None) -> Decimal | None:
    facts = act.model.get("facts", {})
    return granted if facts.get("extent") == "full" else amount_of(facts.get("amount"))
