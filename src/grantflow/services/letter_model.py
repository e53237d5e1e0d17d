"""What a letter knows about its case: case facts, authority, answers, decision, deadlines, remedy.

Answers reach the model by the names of their fields: what the newest form with a
``decision_outcome`` says about ``purpose``, ``period_from``, ``instalments`` … fills the decision;
what no form says is looked up among the facts of the programme under the same name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from grantflow.clock import BERLIN
from grantflow.errors import Invalid
from grantflow.letters.model import (
    Authority,
    CaseFacts,
    InfoBlock,
    LetterDeadline,
    LetterModel,
    PaymentFacts,
    Recipient,
    Remedy,
    Settlement,
)
from grantflow.letters.seal import seal
from grantflow.letters.source import LetterSource
from grantflow.programmes.definition import Remedy as RemedyFacts
from grantflow.programmes.drafted import amount_of
from grantflow.rules import remedies
from grantflow.services import (
    ledger,
    letter_facts,
    letter_history,
    letter_parties,
    letter_signing,
    letter_terms,
    payment_account,
    profiles,
)
from grantflow.services.letter_decision import decision_of
from grantflow.services.move import Move
from grantflow.services.policy import Role
from grantflow.settings import settings
from grantflow.store import cases as case_rows
from grantflow.store import computations, forms_data, payments
from grantflow.store import deadlines as deadline_rows
from grantflow.store import tasks as task_rows
from grantflow.store.cases import CaseParts
from grantflow.store.tables import FormData, ProcessInstance
from grantflow.texts import text

SERVED = frozenset({"formal_service", "formal_electronic"})
"""Channels of formal service: the period then begins with it (Zustellung)."""
FINAL_GRANT = ("final_grant", "final_grant_of_lines")
REMEDY_KINDS = {"objection": "OBJECTION", "court_action": "COURT_ACTION"}


@dataclass(frozen=True)
class Ground:
    """The rows a letter is built from."""

    move: Move
    row: ProcessInstance
    parts: CaseParts
    answers: Mapping[str, FormData]  # form -> newest answers without item

    @property
    def today(self) -> date:
        """The day of the letter in Germany."""
        return self.move.now.astimezone(BERLIN).date()


def build(
    move: Move, row: ProcessInstance, source: LetterSource, facts: Mapping[str, Any], channel: str
) -> LetterModel:
    """The model of a letter as the case stands now; euro as Decimal, days in Germany.

    ``channel`` is how it will leave: a period for an answer begins with the notification.
    The instruction on remedies stays empty where court or seat is unknown: such a letter can be
    drafted, but not approved (§ 37 Abs. 6 VwVfG).
    """
    latest = forms_data.latest_of_case(move.session, move.case.id)
    ground = Ground(
        move,
        row,
        case_rows.case_parts(move.session, move.case.id),
        {given.form: given for given in latest if not given.item},
    )
    officer = _officer(move)
    terms = letter_terms.terms_of(move)
    facts = letter_terms.cited(letter_facts.filled(move, row, source, facts), terms)
    facts = letter_terms.with_last_day(facts, terms)
    facts = letter_parties.with_received(move, source, facts, ground.answers)
    link = letter_history.earlier(move.session, move.case.id, source, facts)
    settlement = _settlement(ground)
    return LetterModel(
        authority=_authority(ground),
        recipient=_file(ground) if source.nature == "internal" else _recipient(ground, facts),
        info=InfoBlock(file_reference=move.case.reference, on=ground.today, officer=officer or ""),
        case=_case_facts(ground, facts),
        signatory=letter_signing.signatory(
            move.session, move.case, move.programme.file.authority, move.last_doer()
        ),
        law=letter_terms.law(terms),
        respond_by=letter_terms.respond_by(terms, facts, channel, ground.today),
        grantee=letter_parties.grantee(move.session, ground.parts),
        decision=decision_of(move.programme, ground.answers, move.case.requested, terms),
        payment=_payment(ground, facts, settlement),
        settlement=settlement,
        deadlines=_deadlines(ground),
        remedy=_remedy(ground, source, facts) if source.remedy else None,
        earlier=letter_history.as_model(link),
        computations=letter_facts.results_of(move.session, move.case.id, source),
        answers={form: given.answers for form, given in ground.answers.items()},
        facts=dict(facts),
    )


def _officer(move: Move) -> str | None:
    """Whom to ask: who handles the case, even where others did the last step."""
    present = move.task
    if present is not None and present.role == Role.CASE_OFFICER:
        doer = move.actor.account_id
    else:
        handled = task_rows.last_done_by_staff(move.session, move.case.id, Role.CASE_OFFICER)
        doer = handled.done_by if handled else move.last_doer()
    return task_rows.account_name(move.session, doer) if doer else None


def _authority(ground: Ground) -> Authority:
    facts = ground.move.programme.file.authority
    file = ground.move.programme.file
    return Authority(
        name=facts.name,
        street=facts.street,
        postcode=facts.postcode,
        town=facts.town,
        unit=facts.unit,
        phone=facts.phone,
        email=facts.email,
        website=facts.web,
        form=facts.letter_form,
        seal_note=text("letters_pdf.seal.note", "de") if seal() else "",
        privacy_url=str(file.fact("privacy_url", f"{settings().base_url}/privacy")),
    )


def _recipient(ground: Ground, facts: Mapping[str, Any]) -> Recipient:
    organisation = ground.parts.organisation
    return Recipient(
        organisation=organisation.name,
        street=organisation.street,
        postcode=organisation.postcode,
        town=organisation.town,
        person=str(facts.get("attention") or ""),
    )


def _file(ground: Ground) -> Recipient:
    """A note goes to nobody: it stays in the file."""
    facts, reference = ground.move.programme.file.authority, ground.move.case.reference
    return Recipient(
        organisation=text("services.letter.to_the_file", "de", reference=reference),
        street=facts.unit or facts.name,
        postcode=facts.postcode,
        town=facts.town,
    )


def _case_facts(ground: Ground, facts: Mapping[str, Any]) -> CaseFacts:
    case, received = ground.parts.case, _received(ground, facts)
    local = received.at.astimezone(BERLIN) if received else None
    clock_time = f"{local:%H:%M}" if local else ""
    return CaseFacts(
        reference=case.reference,
        programme=str(ground.move.programme.title.de),
        project=case.title,
        call=str(ground.parts.call.title.get("de", "")),
        guideline=str(ground.move.programme.file.fact("guideline", "")),
        received_on=local.date() if local else None,
        received_at=text("services.letter.time_of_day", "de", time=clock_time) if local else "",
        requested=case.requested,
        portal_url=f"{settings().base_url}/cases/{case.id}",
    )


def _received(ground: Ground, facts: Mapping[str, Any]) -> FormData | None:
    """What the letter answers: the form named ``what``, else the first the applicant handed in."""
    named = ground.answers.get(str(facts.get("what") or ""))
    if named is not None:
        return named
    submitted = (g for g in ground.answers.values() if "requested_amount" in g.answers)
    return max(submitted, key=lambda given: given.at, default=None)


def _payment(
    ground: Ground, facts: Mapping[str, Any], settlement: Settlement | None
) -> PaymentFacts | None:
    """The payment of the process that writes the letter, if it is about one."""
    payment = payments.payment_of(ground.move.session, ground.row.id)
    if payment is None:
        return None
    paid = ledger.kept(ground.move.session, ground.move.case.id)
    granted = ground.move.case.approved
    limits = [granted] if settlement is None else [granted, settlement.final_grant]
    due = min((one for one in limits if one is not None), default=None)
    rest = None if due is None else max(Decimal(0), due - paid)
    last = settlement is not None and not rest
    return PaymentFacts(
        amount=payment.amount,
        on=ground.today,
        purpose=ground.move.case.title,
        granted=granted,
        returned=ledger.position(ground.move.session, ground.move.case.id).returned,
        paid_before=paid - payment.amount if paid >= payment.amount else Decimal(0),
        remaining=None if last else rest,
        use_until=letter_facts.use_until(ground.move.session, ground.row, facts),
        settled=settlement is not None,
        last=last,
        account=payment_account.ending(
            ground.move.session, ground.move.case, ground.answers.values()
        ),
    )


def _settlement(ground: Ground) -> Settlement | None:
    """The result of the audited statement of use, where a form has given one."""
    given = next((g.answers for g in ground.answers.values() if "final_grant" in g.answers), None)
    final = amount_of(given.get("final_grant")) if given else None
    if given is None or final is None:
        return None
    paid = ledger.kept(ground.move.session, ground.move.case.id)
    return Settlement(
        eligible=_eligible(ground),
        final_grant=final,
        paid=paid,
        balance=final - paid,
        findings=str(given.get("findings") or ""),
        retention=str(ground.move.programme.file.fact("retention", "")),
    )


def _eligible(ground: Ground) -> Decimal | None:
    """The expenditure the newest computation of the final grant has recognised, in euro."""
    found = computations.latest(ground.move.session, ground.move.case.id, FINAL_GRANT)
    newest = max(found.values(), key=lambda made: made.number or 0, default=None)
    return amount_of(newest.values.get("eligible")) if newest else None


def _deadlines(ground: Ground) -> tuple[LetterDeadline, ...]:
    """Running deadlines; the end of a remedy period is never printed."""
    return tuple(
        LetterDeadline(one.kind, one.due_on, str(one.title.get("de", "")))
        for one in deadline_rows.list_deadlines(ground.move.session, ground.move.case.id)
        if one.state == "running" and one.kind != "remedy"
    )


def _remedy(ground: Ground, source: LetterSource, given: Mapping[str, Any]) -> Remedy | None:
    """The instruction by the authority's rule and the grantee's seat; None where one is unknown."""
    rule = ground.move.programme.file.authority.remedy
    if source.remedy_kind == "court_action" and rule.kind == "objection":
        facts = _court_after_objection(rule)
    else:
        facts = {
            "kind": REMEDY_KINDS[rule.kind],
            "court": remedies.BY_SEAT if rule.court_by_seat else "",
            "body": rule.body,
            "street": rule.street,
            "postcode": rule.postcode,
            "town": rule.town,
            "source": rule.source,
        }
    profile = profiles.terms(ground.move.session, ground.move.programme, ground.today).profile
    seat = ground.parts.organisation.town
    service = source.service or given.get("channel") in SERVED
    try:
        found = remedies.instruction(facts, seat, profile, service=service)
    except Invalid:
        # Approval refuses the letter with "letters.missing_remedy"; drafting it must stay possible.
        return None
    return Remedy(
        kind=found.kind,
        body=found.body,
        street=found.street,
        postcode=found.postcode,
        town=found.town,
        months=found.months,
        forms=found.forms,
        service=found.service,
        defendant=found.defendant,
    )


def _court_after_objection(rule: RemedyFacts) -> dict[str, Any]:
    """The court against a decision on an objection: named by the authority, or that of the seat."""
    court = rule.court
    named = {"body": court.name, "street": court.street} if court else {"court": remedies.BY_SEAT}
    town = {"postcode": court.postcode, "town": court.town} if court else {}
    source = court.source if court else ""
    return {"kind": REMEDY_KINDS["court_action"], **named, **town, "source": source}
