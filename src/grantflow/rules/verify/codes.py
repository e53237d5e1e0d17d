"""The codes and names that vectors use, and what the rules call them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

REMEDIES = {"WIDERSPRUCH": "OBJECTION", "KLAGE": "COURT_ACTION"}
CHANNELS = {
    "LETTER": "POST",
    "EMAIL": "ELECTRONIC",
    "E_MAIL": "ELECTRONIC",
    "PLAIN_ELECTRONIC": "ELECTRONIC",
    "ELECTRONIC_PLAIN": "ELECTRONIC",
    "PORTAL": "PORTAL_RETRIEVAL",
    "ACCOUNT_MAILBOX": "OZG_MAILBOX",
    "MAILBOX": "OZG_MAILBOX",
    "EINSCHREIBEN": "REGISTERED",
    "REGISTERED_LETTER": "REGISTERED",
    "REGISTERED_RETURN_RECEIPT": "RETURN_RECEIPT",
    "EINSCHREIBEN_RUECKSCHEIN": "RETURN_RECEIPT",
    "FORMAL": "FORMAL_SERVICE",
    "PZU": "FORMAL_SERVICE",
    "ZUSTELLUNGSURKUNDE": "FORMAL_SERVICE",
    "EMPFANGSBEKENNTNIS": "FORMAL_SERVICE",
    "VWZG_ELECTRONIC": "FORMAL_ELECTRONIC",
    "ELECTRONIC_SERVICE": "FORMAL_ELECTRONIC",
    "PUBLIC": "PUBLIC_NOTICE",
}
FINANCING = {
    "ANTEIL": "PROPORTIONAL",
    "ANTEILFINANZIERUNG": "PROPORTIONAL",
    "FEHLBEDARF": "DEFICIT",
    "FEHLBEDARFSFINANZIERUNG": "DEFICIT",
    "FESTBETRAG": "FIXED_AMOUNT",
    "FESTBETRAGSFINANZIERUNG": "FIXED_AMOUNT",
    "VOLL": "FULL",
    "VOLLFINANZIERUNG": "FULL",
}
# How the vectors write a way of financing in an answer.
FINANCING_SHORT = {
    "ANTEIL": "PROPORTIONAL",
    "FEHLBEDARF": "DEFICIT",
    "FESTBETRAG": "FIXED_AMOUNT",
    "VOLL": "FULL",
}
LETTERS = {
    "WIDERRUF": "REVOCATION",
    "REVOKE": "REVOCATION",
    "RUECKNAHME": "WITHDRAWAL",
    "WITHDRAW": "WITHDRAWAL",
    "ERSTATTUNG": "RECOVERY",
    "RUECKFORDERUNG": "RECOVERY",
    "RECLAIM": "RECOVERY",
    "ZINSBESCHEID": "INTEREST",
    "ZINSEN": "INTEREST",
    "ABLEHNUNG": "REJECTION",
    "REJECT": "REJECTION",
    "TEILABLEHNUNG": "PARTIAL_REJECTION",
    "PARTIAL_REJECT": "PARTIAL_REJECTION",
    "ZUWENDUNGSBESCHEID": "GRANT",
    "BEWILLIGUNG": "GRANT",
    "AENDERUNG": "AMENDMENT",
    "AMEND": "AMENDMENT",
}
MODES = {"AUTO": "AUTOMATIC", "MANUAL": "HUMAN", "PERSON": "HUMAN"}
RECIPIENTS = {"GBR": "CIVIL_PARTNERSHIP", "INDIVIDUAL": "NATURAL_PERSON"}
RELATIONS = {
    **dict.fromkeys(("SPOUSE", "PARTNER", "CHILD", "PARENT", "SIBLING", "FIANCE"), "RELATIVE"),
    "APPLICANT": "PARTY",
    "BOARD": "BOARD_MEMBER",
}
_TIME = frozenset({"deadline", "process"})
# Rule -> the areas under which its questions may stand.
AREAS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        (
            *("authority_period", "backward_period", "failure_to_act", "named_day"),
            *("notification", "publication", "reinstatement", "remedy_period", "retention"),
            *("revocation_limit", "audit_due", "interim_statement_due", "statement_due"),
        ),
        _TIME,
    ),
    "finality": _TIME | {"payment"},
    "prompt_use": _TIME | {"payment", "interest"},
    "interest_limitation": _TIME | {"interest"},
    **dict.fromkeys(("recovery_interest", "late_use_interest"), frozenset({"interest", "payment"})),
    **dict.fromkeys(("interest_waiver", "small_amounts"), frozenset({"interest", "funding"})),
    **dict.fromkeys(("budget_lines", "cash_split", "year_end"), frozenset({"budget", "payment"})),
    "fund_distribution": frozenset({"budget", "funding"}),
    "payable": frozenset({"payment", "budget"}),
    "procurement_tier": frozenset({"procurement"}),
    **dict.fromkeys(
        ("final_grant", "funder_shares", "recovery", "time_of_use"),
        frozenset({"funding", "budget", "payment"}),
    ),
    **dict.fromkeys(
        ("grant_of_lines", "pay_parity", "usual_financing", "amount_limits"),
        frozenset({"funding", "budget", "eligibility"}),
    ),
    "duties": frozenset({"process", "eligibility", "funding", "payment"}),
    "remedy_and_court": _TIME,
}
# Refusals that a vector may expect as ``error``.
REFUSALS = {
    "rules.unknown_seat": "SEAT_UNKNOWN",
    "rules.ambiguous_seat": "SEAT_AMBIGUOUS",
    "rules.unknown_court": "COURT_UNKNOWN",
    "rules.unknown_authority": "AUTHORITY_UNKNOWN",
    "rules.unknown_calendar": "CALENDAR_UNKNOWN",
    "rules.unknown_area": "AREA_UNKNOWN",
    "rules.missing_value": "VALUE_MISSING",
    "rules.fact_missing": "INPUT_MISSING",
}
_COURT = "Verwaltungsgericht "


def backwards(codes: Mapping[str, str], value: Any) -> Any:
    """The vectors' code for a rule's code, e.g. KLAGE; anything else stays as it is."""
    return next((code for code, meant in codes.items() if meant == value), value)


def remedy(value: Any) -> Any:
    """OBJECTION as WIDERSPRUCH, COURT_ACTION as KLAGE."""
    return backwards(REMEDIES, value)


def court(value: Any) -> Any:
    """A court with its usual abbreviation: VG Berlin."""
    return value.replace(_COURT, "VG ", 1) if isinstance(value, str) else value
