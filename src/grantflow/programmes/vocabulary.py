"""The closed vocabulary a programme may use: effects, roles, statuses, variables of a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class EffectSpec:
    """What an effect needs to be told; ``open`` effects take further parameters as facts."""

    name: str
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    open: bool = False
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


DEADLINE_KINDS = ("response", "remedy", "fixed", "statement_of_use", "interim_statement")
PAYMENT_STATES = ("requested", "approved", "ordered", "refused")

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
            ("days", "weeks", "months", "date", "letter", "title", "title_en"),
            choices={"kind": DEADLINE_KINDS},
        ),
        EffectSpec("meet_deadline", ("kind",)),
        EffectSpec("notify", ("template", "to")),
        EffectSpec("start_process", ("process",)),
        EffectSpec("pay", ("amount", "state"), choices={"state": PAYMENT_STATES}),
        EffectSpec("publish"),
    )
}

# Codes of reference states of a grant; programmes choose among them.
STATUSES = (
    "DRAFT", "SUBMITTED", "WITHDRAWN", "LAPSED", "INCOMPLETE", "COMPLETE", "UNDER_ASSESSMENT",
    "JURY", "SELECTED", "INVITED", "WAITLISTED", "NOT_SELECTED", "FUNDS_RESERVED", "DECISION_DRAFT",
    "COUNTERSIGNED", "NOTIFIED", "FINAL", "RUNNING", "STATEMENT_DUE", "STATEMENT_RECEIVED",
    "AUDITED", "SETTLED", "EVALUATED", "REJECTED", "CLOSED", "ARCHIVED",
)  # fmt: skip

ROLES = (
    "APPLICANT", "ADVISER", "CASE_OFFICER", "SECOND_REVIEWER", "SPECIALIST", "HEAD_OF_UNIT",
    "BUDGET_OFFICER", "PANEL_MEMBER", "PANEL_CHAIR", "REVIEWER", "PROGRAMME_MANAGER",
    "TEMPLATE_MANAGER", "REGISTRY", "AUDITOR_INTERNAL", "OPERATIONS", "ADMIN",
)  # fmt: skip

CASE_VARIABLES = ("case_id", "call", "call_closes_at", "organisation", "programme", "started_on")

# What an effect's ``result`` holds; the others give nothing.
RESULTS = {"letter": "letter id", "deadline": "ISO date-time after the last day"}
