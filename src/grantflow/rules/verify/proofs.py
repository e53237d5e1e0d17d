"""Kinds of questions about statements, audits, retention, prompt use and limits in time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grantflow.rules.verify.compare import weekday_of
from grantflow.rules.verify.kinds import Kind, Names, computed
from grantflow.rules.verify.letters import CALENDAR


def _day_name(value: Any) -> Any:
    return None if value is None else weekday_of(value)


def _names(fields: Mapping[str, str], values: Mapping[str, str]) -> Names:
    return Names(fields, values, {}, {"weekday": _day_name})


_DUE = {"dueRaw": "due_raw", "due": "due", "weekday": "due"}
_STATEMENT = computed(
    "statement_due",
    _names(
        {
            **CALENDAR,
            "purposeFulfilledOn": "purpose_fulfilled_on",
            "fundingPeriodEnd": "funding_period_end",
            "months": "months",
        },
        {
            **_DUE,
            "sixMonthsAfterPurpose": "after_purpose",
            "endOfSixthMonthAfterPeriod": "after_period",
            "monthsAfterPurpose": "after_purpose",
            "monthsAfterPeriod": "after_period",
        },
    ),
    needs="",
    any_of="purposeFulfilledOn fundingPeriodEnd",
)
_FIXED_STATEMENT = computed(
    "statement_due",
    _names({**CALENDAR, "budgetYear": "budget_year", "rule": "due_rule", "day": "fixed_day"}, _DUE),
    needs="budgetYear day",
)
_INTERIM = computed(
    "interim_statement_due",
    _names({**CALENDAR, "budgetYear": "budget_year", "months": "months"}, _DUE),
    needs="budgetYear",
)
_COUNTS = (
    *("paymentDayCounts", "countPaymentDay", "creditDayCounts", "includePaymentDay"),
    *("dayOfPaymentCounts", "paymentDayIncluded"),
)
_PROMPT_USE = computed(
    "prompt_use",
    _names(
        {
            "creditedOn": "credited_on",
            "paidOn": "credited_on",
            "rule": "window",
            "window": "window",
            "usedOn": "used_on",
            **dict.fromkeys(_COUNTS, "payment_day_counts"),
        },
        {
            "lastDay": "last_day",
            "lastDayIfPaymentDayCounts": "last_day_if_payment_day_counts",
            "warnOn": "warn_on",
            "usedInTime": "used_in_time",
            "weekday": "last_day",
        },
    ),
    needs="",
    any_of="creditedOn paidOn",
)
_HEARINGS = {
    "hearingSentOn": "hearing_sent_on",
    "replyReceivedOn": "reply_received_on",
    "hearingPeriodEnd": "hearing_ended_on",
    "hearingEndedOn": "hearing_ended_on",
    "factsKnownOn": "facts_known_on",
    "knowledgeOn": "facts_known_on",
    "knownOn": "facts_known_on",
    "fullKnowledgeOn": "facts_known_on",
    "decisionNotifiedOn": "decision_notified_on",
    "fraud": "fraud",
}
_REVOCATION = computed(
    "revocation_limit",
    _names(
        _HEARINGS,
        {
            "lastDayForDecision": "last_day",
            "lastDay": "last_day",
            "weekday": "last_day",
            "alarmAt8Months": "first_alarm_on",
            "alarm8Months": "first_alarm_on",
            "firstAlarm": "first_alarm_on",
            "alarmAt10Months": "second_alarm_on",
            "alarm10Months": "second_alarm_on",
            "secondAlarm": "second_alarm_on",
            "alarm8": "first_alarm_on",
            "alarm10": "second_alarm_on",
            "warnOn": "warn_on",
            "warnFrom": "warn_on",
            "inTime": "in_time",
            "withinLimit": "in_time",
        },
    ),
    needs="",
    any_of="replyReceivedOn hearingPeriodEnd hearingEndedOn factsKnownOn knowledgeOn knownOn"
    " fullKnowledgeOn",
)
_AROSE = ("claimArose", "claimAroseOn", "aroseOn", "interestAccruedOn", "interestDueOn")
_AROSE_YEARS = (
    *("claimYear", "claimAroseYear", "aroseYear", "interestYear", "accrualYear"),
    *("interestAccruedIn", "interestClaimYear", "claimAroseInYear", "interestDueYear"),
)
_LIMITATION = computed(
    "interest_limitation",
    _names(
        {
            **dict.fromkeys(_AROSE, "arose_on"),
            **dict.fromkeys(_AROSE_YEARS, "arose_year"),
            "knowledgeOn": "knowledge_on",
            "today": "today",
        },
        {
            **dict.fromkeys(
                ("limitationEnd", "limitationEnds", "limitationEndsOn", "limitationDate"),
                "last_day",
            ),
            **dict.fromkeys(("lastDay", "timeBarredAfter", "barredAfter"), "last_day"),
            **dict.fromkeys(("timeBarredFrom", "barredFrom", "limitationFrom"), "barred_from"),
            **dict.fromkeys(("timeBarred", "barred"), "barred"),
        },
    ),
    needs="",
    any_of=" ".join((*_AROSE, *_AROSE_YEARS)),
)
_RETENTION = computed(
    "retention",
    _names(
        {
            "statementSubmittedOn": "statement_submitted_on",
            "years": "years",
            "purposeBindingUntil": "purpose_binding_until",
            "taxRetentionUntil": "tax_until",
        },
        {"retainUntil": "retain_until", "weekday": "retain_until"},
    ),
    needs="statementSubmittedOn",
)
_AUDITED = ("statementReceivedOn", "statementSubmittedOn", "receivedOn")
_AUDIT = computed(
    "audit_due",
    _names(
        {
            **CALENDAR,
            **dict.fromkeys(_AUDITED, "statement_received_on"),
            "cursoryMonths": "desk_check_months",
            "inDepthMonths": "in_depth_months",
        },
        {
            **dict.fromkeys(
                ("cursoryBy", "cursoryDue", "cursoryUntil", "cursoryAuditBy", "cursoryAuditDue"),
                "desk_check_due",
            ),
            **dict.fromkeys(
                ("inDepthBy", "inDepthDue", "inDepthUntil", "inDepthAuditBy", "inDepthAuditDue"),
                "in_depth_due",
            ),
        },
    ),
    needs="",
    any_of=" ".join(_AUDITED),
)
_PUBLICATION = computed(
    "publication",
    _names(
        {"grantDecisionYear": "decision_year", "decisionYear": "decision_year"},
        {"publishBy": "publish_by", "weekday": "publish_by"},
    ),
    needs="",
    any_of="grantDecisionYear decisionYear",
)

KINDS: tuple[Kind, ...] = (
    *(_STATEMENT, _FIXED_STATEMENT, _INTERIM, _PROMPT_USE, _REVOCATION),
    *(_LIMITATION, _RETENTION, _AUDIT, _PUBLICATION),
)
