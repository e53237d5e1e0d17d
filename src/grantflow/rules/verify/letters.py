"""Kinds of questions about notification, remedies, finality and other periods."""

from __future__ import annotations

from typing import Any

from grantflow.rules.verify import codes
from grantflow.rules.verify.compare import weekday_of
from grantflow.rules.verify.kinds import Kind, Names, computed

CALENDAR = {
    "holidayCalendar": "calendar",
    "holidaySwitches": "switches",
    "extraHolidays": "free_days",
}
_SENT = dict.fromkeys(
    ("postedOn", "sentOn", "providedOn", "noticeSentOn", "noticedOn", "publishedOn"), "sent_on"
)
_RECEIVED = dict.fromkeys(
    (
        *("actualReceipt", "actualReceiptOn", "receivedOn", "servedOn"),
        *("acknowledgedOn", "empfangsbekenntnisOn"),
    ),
    "received_on",
)
_PROVEN = dict.fromkeys(
    ("receiptProven", "receiptProved", "receiptCanBeProven", "proofOfReceipt", "proofAvailable"),
    "receipt_proven",
)
_CONTESTED = dict.fromkeys(
    ("receiptContested", "receiptDisputed", "receiptDenied"), "receipt_contested"
)
_NEVER = dict.fromkeys(("neverReceived", "notReceived"), "never_received")
SENDING = {
    **CALENDAR,
    **_SENT,
    **_RECEIVED,
    **_PROVEN,
    **_CONTESTED,
    **_NEVER,
    "channel": "channel",
    "retrievedOn": "retrieved_on",
    "deemedDays": "deemed_days",
    "shiftDeemedNotificationOnNonWorkingDay": "shift_deemed_notification",
}
_KNOWN = {"notifiedOn": "notified_on", "deemedNotifiedOn": "notified_on"}
_AGAIN = (
    *("newNotificationNeeded", "newNotificationRequired", "renotificationRequired"),
    *("resendNeeded", "resendRequired", "repeatNotification"),
)
_NOTICE = {
    "notified": "notified",
    "isNotified": "notified",
    "deemedNotified": "notified",
    "fictionApplies": "fiction_applies",
    **dict.fromkeys(_AGAIN, "notified"),
    "status": "notified",
    "notifiedOn": "notified_on",
    "deemedNotifiedOn": "notified_on",
    "deemedWeekday": "notified_on",
    "notifiedWeekday": "notified_on",
    "receivedOn": "notified_on",
    "lastRetrievalDay": "last_retrieval_day",
    "retrievableUntil": "last_retrieval_day",
}
_ENDS = {"periodEndRaw": "period_end_raw", "periodEnd": "period_end"}


def _day_name(value: Any) -> Any:
    return None if value is None else weekday_of(value)


def _missing(notified: Any) -> bool:
    return not notified


def _status(notified: Any) -> str:
    return "NOTIFIED" if notified else "NOT_NOTIFIED"


_SAID = {
    **dict.fromkeys(_AGAIN, _missing),
    "status": _status,
    "deemedWeekday": _day_name,
    "notifiedWeekday": _day_name,
    "weekday": _day_name,
}
_CODES = {"channel": codes.CHANNELS, "remedy": codes.REMEDIES}


def _names(fields: dict[str, str], values: dict[str, str]) -> Names:
    return Names(fields, values, _CODES, _SAID)


_REMEDY = computed(
    "remedy_period",
    _names(
        {
            **SENDING,
            **_KNOWN,
            "remedy": "remedy",
            "periodMonths": "period_months",
            "instructionCorrect": "instruction_correct",
        },
        {
            **_NOTICE,
            **_ENDS,
            "remedyEnd": "period_end",
            "bestandskraftFrom": "final_from",
            "finalFrom": "final_from",
            "bestandskraftOn": "final_from",
            "safeFinalityDate": "safe_final_from",
            "safeFinalFrom": "safe_final_from",
        },
    ),
    needs="",
    any_of=" ".join((*_SENT, *_KNOWN)),
)
_UNITS = {
    "days": "days",
    "weeks": "weeks",
    "months": "months",
    "periodDays": "days",
    "periodWeeks": "weeks",
    "extensionDays": "extension_days",
    "extensionWeeks": "extension_weeks",
    "extensionMonths": "extension_months",
    "extendedByDays": "extension_days",
    "extendedByWeeks": "extension_weeks",
}
_AUTHORITY = computed(
    "authority_period",
    _names({**SENDING, **_KNOWN, **_UNITS}, {**_NOTICE, **_ENDS}),
    needs="",
    any_of="days weeks months periodDays periodWeeks",
)
_NOTIFICATION = computed("notification", _names(SENDING, _NOTICE), needs="", any_of=" ".join(_SENT))
_END_DAYS = ("fixedEndDay", "callDeadline", "applicationDeadline", "deadline", "eoiDeadline")
_NAMED = computed(
    "named_day",
    _names(
        {
            **CALENDAR,
            **dict.fromkeys(_END_DAYS, "end_day"),
            "referenceToShiftRuleGiven": "shift_rule_named",
            "cutOff": "cut_off",
            "isCutOffDate": "cut_off",
        },
        {
            "weekday": "day",
            "periodEndRaw": "day",
            "periodEnd": "period_end",
            "periodEndIfPeriod": "period_end_if_period",
            "periodEndIfCutOffDate": "period_end_if_cut_off",
        },
    ),
    needs="",
    any_of=" ".join(_END_DAYS),
)
_BACKWARD = computed(
    "backward_period",
    _names(
        {
            **CALENDAR,
            "measureStart": "start",
            "daysBefore": "days_before",
            "weeksBefore": "weeks_before",
            "monthsBefore": "months_before",
            "measureEnd": "end",
            "latestMeasureEnd": "latest_end",
            "applicationReceivedOn": "filed_on",
            "appliedOn": "filed_on",
            "submittedOn": "filed_on",
            "filedOn": "filed_on",
        },
        {
            "latestCalendarDay": "latest_calendar_day",
            "latestWorkingDay": "latest_working_day",
            "endWithinLimit": "end_within_limit",
            "inTime": "in_time",
            "onTime": "in_time",
            "applicationInTime": "in_time",
        },
    ),
    needs="measureStart",
    any_of="daysBefore weeksBefore monthsBefore",
)
_FINALITY = computed(
    "finality",
    _names(
        {
            **_KNOWN,
            "remedyPeriodEnd": "period_end",
            "periodEnd": "period_end",
            "waiverReceivedOn": "waiver_received_on",
            "remedyFiledOn": "remedy_filed_on",
            "objectionReceivedOn": "remedy_filed_on",
        },
        {
            "bestandskraftOn": "final_on",
            "bestandskraftFrom": "final_on",
            "finalOn": "final_on",
            "finalFrom": "final_on",
            "paymentAllowedFrom": "payment_allowed_from",
            "waiverValid": "waiver_valid",
            "valid": "waiver_valid",
        },
    ),
    needs="",
    any_of="waiverReceivedOn remedyPeriodEnd periodEnd",
)
_FAILURE = computed(
    "failure_to_act",
    _names(
        {"applicationReceivedOn": "application_received_on"},
        {"actionAdmissibleFrom": "action_admissible_from"},
    ),
    needs="applicationReceivedOn",
)
_OBSTACLES = (
    *("obstacleRemovedOn", "obstacleEndedOn", "obstacleGoneOn", "hindranceEndedOn"),
    *("hindranceRemovedOn", "obstacleEnd"),
)
_MISSED = ("missedPeriodEnd", "periodMissedOn", "missedDeadline", "missedPeriodEndedOn")
_REINSTATEMENT = computed(
    "reinstatement",
    _names(
        {
            **CALENDAR,
            **dict.fromkeys(_OBSTACLES, "obstacle_removed_on"),
            **dict.fromkeys(_MISSED, "missed_period_end"),
            "requestedOn": "requested_on",
            "appliedOn": "requested_on",
        },
        {
            **dict.fromkeys(
                ("requestUntil", "requestBy", "applyBy", "applyUntil"), "request_until"
            ),
            **dict.fromkeys(("latestRequest", "lastDayForRequest"), "last_day"),
            "lastDay": "last_day",
            "applicationUntil": "request_until",
            "requestUntilRaw": "request_until_raw",
            "periodEndRaw": "request_until_raw",
            "periodEnd": "request_until",
            **dict.fromkeys(("absoluteLimit", "absoluteEnd", "notAfter"), "absolute_limit"),
            "latestPossible": "absolute_limit",
            "admissible": "admissible",
            "stillPossible": "still_possible",
        },
    ),
    needs="",
    any_of=" ".join(_OBSTACLES),
)

KINDS: tuple[Kind, ...] = (
    *(_REMEDY, _AUTHORITY, _NOTIFICATION, _NAMED, _BACKWARD),
    *(_FINALITY, _FAILURE, _REINSTATEMENT),
)
