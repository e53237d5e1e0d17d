"""Facts of a letter that its diagram does not name: answers of its process, computed results."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow.clock import BERLIN
from grantflow.letters import LetterSource
from grantflow.letters.model import Computed
from grantflow.rules.computing import compute
from grantflow.rules.explanation import Step
from grantflow.services import letter_history, profiles
from grantflow.services.move import Move
from grantflow.store import bank_accounts, forms_data
from grantflow.store import computations as computation_rows
from grantflow.store.tables import Computation, FormData, ProcessInstance

_RULE = re.compile(r"\bcomputations\.(\w+)")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
ACCOUNT = "account"
BELOW_LIMIT = "below_limit"
PROMPT_USE, SMALL_AMOUNTS = "prompt_use", "small_amounts"


def filled(
    move: Move, row: ProcessInstance, source: LetterSource, given: Mapping[str, Any]
) -> dict[str, Any]:
    """The facts of the letter effect, completed by what the forms of its process say.

    Only facts that the letter names in ``from_forms`` are looked for, in the newest answers first,
    and only where the diagram gave none: forms of other processes never speak for this one.
    ``account`` is the authority's bank account where the letter wants it (that of programme.toml,
    else the confirmed one), ``below_limit`` whether
    what is to be repaid (``repay``) is below the limit for small amounts, ``replaces`` and
    ``replaces_on`` title and day (ISO) of the letter whose place this one takes.
    """
    facts = {name: value for name, value in given.items() if value not in (None, "")}
    wanted = [name for name in source.from_forms if name not in facts]
    if wanted:
        for answers in forms_data.of_processes(move.session, move.case.id, row.id):
            facts = {**_said(answers, wanted), **facts}
    if ACCOUNT in source.optional_facts and ACCOUNT not in facts:
        facts |= _account(move)
    if BELOW_LIMIT in source.optional_facts and facts.get("repay"):
        facts.setdefault(BELOW_LIMIT, _below_limit(move, facts["repay"]))
    before = letter_history.replaced(move.session, move.case.id, source)
    if before is not None:
        facts["replaces"] = str(before.title.get("de", ""))
        facts["replaces_on"] = letter_history.day_of(before).isoformat()
    return facts


def _account(move: Move) -> dict[str, str]:
    own = bank_accounts.own(move.session, move.case.authority_id)
    bank = move.programme.file.authority.bank or (own.iban if own else "")
    return {ACCOUNT: bank} if bank else {}


def _below_limit(move: Move, claim: Any) -> bool:
    """Whether a claim (euro) is too small to be pursued by the rules that bind the case."""
    profile = profiles.for_case(move.session, move.case, move.now.astimezone(BERLIN).date())
    return not compute(SMALL_AMOUNTS, {"claim": claim}, profile).values["reclaim"]


def use_until(session: Session, instance: ProcessInstance, facts: Mapping[str, Any]) -> date | None:
    """The last day for using a payment promptly: as the diagram names it, else as its process
    has computed it (§ 49a Abs. 4 VwVfG); None where nobody asked."""
    named = facts.get("use_until")
    if not named:
        made = computation_rows.of_instances(session, instance.case_id, [instance.id])
        computed = next((one for one in made if one.rule == PROMPT_USE), None)
        named = computed.values.get("last_day") if computed else None
    return date.fromisoformat(str(named)[:10]) if named else None


def _said(given: FormData, wanted: list[str]) -> dict[str, Any]:
    found = {name: given.answers.get(name) for name in wanted}
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def rules_named(source: LetterSource) -> tuple[str, ...]:
    """The rules whose results a letter prints."""
    texts = [source.body, *(block.text for block in source.blocks.values())]
    named = {name for text in texts for name in _RULE.findall(text)}
    return tuple(sorted(named))


def as_model(result: Computation) -> Computed:
    """A stored computation as templates name it; steps are German sentences with their law."""
    return Computed(
        values=dict(result.values),
        steps=tuple(_sentence(step) for step in result.steps),
        on=result.at.astimezone(BERLIN).date(),
    )


def _sentence(step: Mapping[str, Any]) -> str:
    params = {name: _day_or_value(value) for name, value in dict(step.get("params", {})).items()}
    return Step(str(step["key"]), str(step.get("law", "")), params).sentence("de")


def _day_or_value(value: Any) -> Any:
    return date.fromisoformat(value) if isinstance(value, str) and _DAY.fullmatch(value) else value


def results_of(session: Session, case_id: UUID, source: LetterSource) -> dict[str, Computed]:
    """The newest result of every rule that the letter prints; others lack."""
    rules = rules_named(source)
    if not rules:
        return {}
    found = computation_rows.latest(session, case_id, rules)
    return {rule: as_model(result) for rule, result in found.items()}
