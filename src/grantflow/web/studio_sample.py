"""An invented case, so that a letter can be looked at before there is a real one."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from grantflow import clock
from grantflow.letters import LetterSource
from grantflow.letters import model as parts
from grantflow.programmes.definition import ProgrammeFile
from grantflow.texts import text

AMOUNT = Decimal("48000.00")


def sample_model(source: LetterSource, file: ProgrammeFile) -> parts.LetterModel:
    """A model with everything the letter names; letters are written in German."""
    today = clock.today()
    return parts.LetterModel(
        authority=_authority(file),
        recipient=_recipient(),
        info=parts.InfoBlock(
            f"{file.reference_prefix}-{today.year}-0001", today, officer=_said("officer")
        ),
        case=_case(file),
        signatory=parts.Signatory(_said("officer")),
        grantee=parts.Grantee(_said("organisation"), _said("town")),
        decision=_decision(source),
        payment=parts.PaymentFacts(AMOUNT / 2, today, remaining=AMOUNT / 2),
        settlement=parts.Settlement(AMOUNT, AMOUNT, AMOUNT, Decimal(0)),
        deadlines=_deadlines(),
        remedy=_remedy(file) if source.remedy else None,
        facts={name: f"[{name}]" for name in (*source.facts, *source.optional_facts)},
    )


def _said(name: str) -> str:
    return text(f"studio.sample.{name}")


def _authority(file: ProgrammeFile) -> parts.Authority:
    facts = file.authority
    return parts.Authority(
        name=facts.name,
        street=facts.street,
        postcode=facts.postcode,
        town=facts.town,
        unit=facts.unit,
        phone=facts.phone,
        email=facts.email,
        website=facts.web,
    )


def _recipient() -> parts.Recipient:
    return parts.Recipient(
        _said("organisation"),
        _said("street"),
        _said("postcode"),
        _said("town"),
        person=_said("person"),
    )


def _case(file: ProgrammeFile) -> parts.CaseFacts:
    return parts.CaseFacts(
        reference=f"{file.reference_prefix}-{clock.today().year}-0001",
        programme=file.title.de,
        project=_said("project"),
        call=file.calls[0].title.de if file.calls else "",
        received_on=clock.today() - timedelta(days=30),
        requested=AMOUNT,
    )


def _decision(source: LetterSource) -> parts.Decision:
    outcome = "REJECTED" if "reject" in source.name else "GRANTED"
    today = clock.today()
    return parts.Decision(
        outcome=outcome,  # type: ignore[arg-type]
        amount=AMOUNT,
        requested=AMOUNT,
        eligible=AMOUNT * 2,
        rate=Decimal("0.5"),
        financing_type="PROPORTIONAL",
        purpose=_said("purpose"),
        expenditure=(parts.PlanLine(_said("line"), AMOUNT * 2),),
        cover_funds=(
            parts.PlanLine(_said("grant"), AMOUNT),
            parts.PlanLine(_said("own_funds"), AMOUNT),
        ),
        period_from=today,
        period_until=today + timedelta(days=365),
        instalments=(parts.Instalment(today.year, AMOUNT),),
        statement=parts.StatementRule(_said("statement_due")),
        legal_basis=(_said("legal_basis"),),
        reasons=_said("reasons"),
    )


def _deadlines() -> tuple[parts.LetterDeadline, ...]:
    kinds = ("response", "fixed", "statement_of_use", "interim_statement", "start")
    day = clock.today() + timedelta(days=28)
    return tuple(parts.LetterDeadline(kind, day) for kind in kinds)


def _remedy(file: ProgrammeFile) -> parts.Remedy:
    facts = file.authority.remedy
    return parts.Remedy(
        "OBJECTION" if facts.kind == "objection" else "COURT_ACTION",
        facts.body or file.authority.name,
        facts.street or file.authority.street,
        facts.postcode or file.authority.postcode,
        facts.town or file.authority.town,
        1,
        ("WRITTEN", "ELECTRONIC", "RECORD"),
    )
