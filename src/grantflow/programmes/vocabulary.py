"""The closed vocabulary a programme may use: effects, roles, statuses, variables of a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grantflow.rules.computing import RULES


@dataclass(frozen=True)
class EffectSpec:
    """What an effect needs to be told; ``open`` effects take further parameters as facts.

    Of the optional parameters ``one_of`` exactly one is needed.
    """

    name: str
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    open: bool = False
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    one_of: tuple[str, ...] = ()


DEADLINE_KINDS = ("response", "remedy", "fixed", "statement_of_use", "interim_statement")
PAYMENT_STATES = ("requested", "approved", "ordered", "refused")

CAME_BACK = "payment_came_back"
"""Message that the bank has sent a payment of the case back."""

EFFECT_SPECS: Mapping[str, EffectSpec] = {
    spec.name: spec
    for spec in (
        EffectSpec(
            "letter", ("letter",), ("hold",), open=True, choices={"hold": ("true", "false")}
        ),
        EffectSpec("dispatch", ("letter",)),
        EffectSpec("discard", ("letter",)),
        EffectSpec("status", ("status",), ("stage",)),
        EffectSpec("decide", ("kind", "outcome"), ("amount", "reasons_from")),
        EffectSpec(
            "deadline",
            ("kind",),
            ("days", "weeks", "months", "date", "letter", "stops_with", "title", "title_en"),
            choices={"kind": DEADLINE_KINDS},
        ),
        EffectSpec("meet_deadline", ("kind",)),
        EffectSpec("notify", ("template", "to"), ("amount", "due")),
        EffectSpec("start_process", ("process",)),
        EffectSpec(
            "pay",
            ("amount", "state"),
            ("held",),
            choices={"state": PAYMENT_STATES, "held": ("true", "false")},
        ),
        EffectSpec("publish"),
        EffectSpec("reserve", ("amount",), ("item", "split", "split_from", "from", "until")),
        EffectSpec(
            "commit",
            (),
            ("amount", "by", "item", "split", "split_from", "from", "until"),
            one_of=("amount", "by"),
        ),
        EffectSpec("release"),
        EffectSpec("record_return", ("amount",)),
        EffectSpec("compute", ("rule",), open=True, choices={"rule": tuple(sorted(RULES))}),
        EffectSpec("compute_grant", ("answers_from",)),
        EffectSpec("balance"),
        EffectSpec(
            "suspend",
            ("subject", "remedy"),
            ("deadlines", "payments", "suspends"),
            choices={"suspends": ("true", "false")},
        ),
        EffectSpec("resume", ("subject", "outcome"), ("remaining", "remedy")),
        EffectSpec("remedy_check", ("letter", "received_on")),
        EffectSpec("standing", ("letter",)),
        EffectSpec("waive", ("letter",), ("received_on",)),
        EffectSpec("award", ("amount", "until"), ("lines",)),
        EffectSpec("award_terms"),
    )
}

# Codes of reference states of a grant; programmes choose among them.
STATUSES = (
    "DRAFT", "SUBMITTED", "WITHDRAWN", "LAPSED", "INCOMPLETE", "COMPLETE", "UNDER_ASSESSMENT",
    "JURY", "SELECTED", "INVITED", "WAITLISTED", "NOT_SELECTED", "FUNDS_RESERVED", "DECISION_DRAFT",
    "COUNTERSIGNED", "NOTIFIED", "FINAL", "RUNNING", "STATEMENT_DUE", "STATEMENT_OVERDUE",
    "STATEMENT_RECEIVED", "AUDITED", "SETTLED", "EVALUATED", "REJECTED", "CLOSED", "ARCHIVED",
)  # fmt: skip

ROLES = (
    "APPLICANT", "ADVISER", "CASE_OFFICER", "SECOND_REVIEWER", "SPECIALIST", "HEAD_OF_UNIT",
    "BUDGET_OFFICER", "PANEL_MEMBER", "PANEL_CHAIR", "REVIEWER", "PROGRAMME_MANAGER",
    "TEMPLATE_MANAGER", "RULE_MANAGER", "REGISTRY", "AUDITOR_INTERNAL", "OPERATIONS", "ADMIN",
)  # fmt: skip

CASE_VARIABLES = ("case_id", "call", "call_closes_at", "organisation", "programme", "started_on")

# What an effect's ``result`` holds; the others give nothing.
RESULTS = {
    "letter": "letter id",
    "deadline": "ISO date-time after the last day",
    "compute": "context of the rule's values",
    "balance": (
        "context of granted, most_granted, paid, returned, kept, unpaid, unreceived,"
        " renounced, withdrawn, came_back, remedies_won, held, first_paid_on,"
        " paid_on, today, overdue_statements"
    ),
    "award_terms": "context of amount, until, lines (null: never amended)",
    "remedy_check": "context of known, in_time, ends_on, waived_on",
    "standing": "context of pending, contested, annulled, partly, remaining, final, disputed",
}
