"""Rules of law computed by name: what they give, how they explain it, what they refuse."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from grantflow.errors import Invalid, NotFound
from grantflow.rules.computing import RULES, compute
from grantflow.rules.profiles import MissingValue, profile

DAY = date(2026, 3, 2)
FEDERAL = profile("federal", DAY)
BERLIN = profile("berlin", DAY)
HESSEN = profile("hessen", DAY)
POST = {"sent_on": "2026-03-02", "calendar": "BE"}


def values(rule: str, facts: dict[str, Any], rules: Any = FEDERAL) -> dict[str, Any]:
    return dict(compute(rule, facts, rules).values)


def fault(rule: str, facts: dict[str, Any], rules: Any = FEDERAL) -> tuple[str, str]:
    with pytest.raises(Invalid) as caught:
        compute(rule, facts, rules)
    return caught.value.problems[0].key, caught.value.problems[0].place


def test_a_computation_says_which_rules_and_steps_led_to_it() -> None:
    found = compute("remedy_period", POST, BERLIN)
    assert found.version == f"berlin 2026-03-02 {BERLIN.digest}"
    assert found.inputs == POST
    laws = {step.law for step in found.steps}
    assert "§ 41 Abs. 2 Satz 1 VwVfG in Verbindung mit § 1 VwVfG Bln" in laws
    act = "VwVfG in Verbindung mit § 1 VwVfG Bln"
    assert f"§ 31 Abs. 3 Satz 1 {act}, § 193 BGB" in laws


def test_the_version_changes_with_a_value_of_the_programme() -> None:
    changed = profile("berlin", DAY, {"proof_reserve_days": 4})
    first, second = (compute("remedy_period", POST, rules) for rules in (BERLIN, changed))
    assert first.version != second.version
    assert second.values["safe_final_from"] > first.values["safe_final_from"]


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize(
    ("rule", "facts"),
    [
        ("remedy_period", {**POST, "received_on": "2026-03-03"}),
        ("remedy_period", {**POST, "channel": "PUBLIC_NOTICE"}),
        ("authority_period", {**POST, "weeks": 2, "extension_days": 3}),
        ("named_day", {"end_day": "2026-04-06", "calendar": "BE"}),
        ("backward_period", {"start": "2026-05-04", "weeks_before": 4, "calendar": "HE"}),
        ("finality", {"period_end": "2026-04-07", "waiver_received_on": "2026-03-10"}),
        ("failure_to_act", {"application_received_on": "2026-01-10"}),
        ("statement_due", {"funding_period_end": "2026-02-28", "calendar": "BE"}),
        ("interim_statement_due", {"budget_year": 2027, "calendar": "BY"}),
        ("prompt_use", {"credited_on": "2026-06-15"}),
        ("prompt_use", {"credited_on": "2026-06-15", "assumed": True}),
        ("retention", {"statement_submitted_on": "2026-06-15", "tax_until": "2036-12-31"}),
        ("audit_due", {"statement_received_on": "2026-06-15", "calendar": "BE"}),
        ("publication", {"decision_year": 2026}),
        ("revocation_limit", {"reply_received_on": "2026-05-20"}),
        ("revocation_limit", {"fraud": True}),
        ("interest_limitation", {"arose_year": 2023}),
        ("duties", {"prepared_by": "a", "countersigned_by": "a"}),
        ("duties", {"approved": "1.00", "requested": "2.00"}),
        ("duties", {"started_on": "2026-01-01"}),
    ],
)
def test_every_step_is_a_whole_sentence(rule: str, facts: dict[str, Any], language: str) -> None:
    for step in compute(rule, facts, FEDERAL).steps:
        sentence = step.sentence(language)
        assert not sentence.startswith(("rules.", "rules_money."))
        assert "{" not in sentence


@pytest.mark.parametrize("name", sorted(RULES))
def test_every_rule_refuses_a_fact_it_does_not_know(name: str) -> None:
    assert fault(name, {"nonsense": 1}) == ("rules.fact_unknown", "nonsense")


def test_an_unknown_rule_is_named() -> None:
    with pytest.raises(NotFound, match="weather"):
        compute("weather", {}, FEDERAL)


@pytest.mark.parametrize(
    ("channel", "more", "on"),
    [
        ("POST", {}, "2026-03-06"),
        ("ELECTRONIC", {}, "2026-03-06"),
        ("OZG_MAILBOX", {"received_on": "2026-03-09"}, "2026-03-06"),
        ("REGISTERED", {"received_on": "2026-03-09"}, "2026-03-09"),
        ("RETURN_RECEIPT", {"received_on": "2026-03-03"}, "2026-03-03"),
        ("RETURN_RECEIPT", {}, None),
        ("FORMAL_SERVICE", {"received_on": "2026-03-05"}, "2026-03-05"),
        ("FORMAL_SERVICE", {"received_on": "2026-03-05", "never_received": True}, None),
        ("FORMAL_ELECTRONIC", {}, "2026-03-06"),
        ("FORMAL_ELECTRONIC", {"received_on": "2026-03-03"}, "2026-03-03"),
        ("PUBLIC_NOTICE", {}, "2026-03-16"),
        ("PORTAL_RETRIEVAL", {"retrieved_on": "2026-03-12"}, "2026-03-13"),
        ("PORTAL_RETRIEVAL", {"retrieved_on": "2026-03-13"}, None),
        ("PORTAL_RETRIEVAL", {}, None),
        ("POST", {"receipt_contested": True}, None),
        ("POST", {"receipt_contested": True, "receipt_proven": True}, "2026-03-06"),
        ("POST", {"receipt_contested": True, "received_on": "2026-03-10"}, "2026-03-10"),
        ("POST", {"receipt_proven": False}, None),
    ],
)
def test_every_channel_has_its_own_rule(channel: str, more: dict[str, Any], on: str | None) -> None:
    found = values("notification", {**POST, "channel": channel, **more})
    assert found["notified"] is (on is not None)
    assert found["notified_on"] == (on and date.fromisoformat(on))


def test_nothing_runs_from_a_letter_that_was_not_notified() -> None:
    lost = {**POST, "never_received": True}
    assert values("remedy_period", lost)["final_from"] is None
    assert values("authority_period", {**lost, "weeks": 2})["period_end"] is None


def test_a_letter_is_not_received_before_it_left() -> None:
    early = {**POST, "received_on": "2026-03-01"}
    assert fault("notification", early) == ("rules.fact_before", "received_on")


def test_an_extension_runs_from_the_end_that_was_moved_off_a_weekend() -> None:
    # BGH 10.03.2009 VII ZB 87/08: Saturday 16 May, moved to Monday 18 May, one week more.
    facts = {"notified_on": "2026-05-02", "weeks": 2, "extension_weeks": 1, "calendar": "BE"}
    found = values("authority_period", facts)
    assert found["period_end"] == date(2026, 5, 26)  # 25 May is Whit Monday


@pytest.mark.parametrize(
    ("facts", "place"),
    [
        ({"notified_on": "2026-05-02", "calendar": "BE"}, "weeks"),
        ({"notified_on": "2026-05-02", "calendar": "BE", "weeks": 1, "days": 3}, "weeks"),
        ({"notified_on": "2026-05-02", "calendar": "BE", "weeks": 0}, "weeks"),
        ({"notified_on": "2026-05-02", "calendar": "BE", "days": 1001}, "days"),
        ({"notified_on": "2026-05-02", "weeks": 1}, "calendar"),
    ],
)
def test_a_period_needs_one_length_and_a_calendar(facts: dict[str, Any], place: str) -> None:
    assert fault("authority_period", facts)[1] == place


def test_assumption_day_counts_only_where_it_is_kept() -> None:
    facts = {"end_day": "2025-08-15", "calendar": "BY"}
    assert values("named_day", facts)["period_end"] == date(2025, 8, 15)
    kept = {**facts, "switches": ["catholic"]}
    assert values("named_day", kept)["period_end"] == date(2025, 8, 18)
    seat = {**facts, "calendar": "BY+catholic"}
    assert values("named_day", seat)["period_end"] == date(2025, 8, 18)
    rainy = {**facts, "calendar": "BY+rainy"}
    assert fault("named_day", rainy) == ("rules.unknown_calendar", "calendar")
    closed = {**facts, "free_days": ["2025-08-15"]}
    assert values("named_day", closed)["period_end"] == date(2025, 8, 18)


def test_an_application_is_in_time_up_to_the_last_calendar_day() -> None:
    facts = {"start": "2026-05-04", "weeks_before": 4, "calendar": "HE"}
    for day, in_time in (("2026-04-06", True), ("2026-04-07", False)):
        assert values("backward_period", {**facts, "filed_on": day})["in_time"] is in_time
    assert fault("backward_period", {"start": "2026-05-04", "calendar": "HE"})[1] == "weeks_before"


@pytest.mark.parametrize(
    ("facts", "final"),
    [
        ({"period_end": "2026-04-07"}, date(2026, 4, 8)),
        ({"period_end": "2026-04-07", "remedy_filed_on": "2026-04-07"}, None),
        ({"period_end": "2026-04-07", "remedy_filed_on": "2026-04-08"}, date(2026, 4, 8)),
        (
            {"period_end": "2026-04-07", "waiver_received_on": "2026-04-20"},
            date(2026, 4, 8),
        ),
        ({"notified_on": "2026-03-06", "waiver_received_on": "2026-03-06"}, date(2026, 3, 6)),
        ({"notified_on": "2026-03-06", "waiver_received_on": "2026-03-05"}, None),
    ],
)
def test_a_decision_is_final_after_its_period_or_with_a_waiver(
    facts: dict[str, Any], final: date | None
) -> None:
    assert values("finality", facts)["final_on"] == final


def test_reinstatement_is_asked_for_in_two_weeks_and_never_after_a_year() -> None:
    facts = {"obstacle_removed_on": "2027-04-01", "missed_period_end": "2026-04-07"}
    found = values("reinstatement", {**facts, "requested_on": "2027-04-08"})
    assert found["last_day"] == date(2027, 4, 7)
    assert found["admissible"] is False
    late = {**facts, "obstacle_removed_on": "2027-04-08"}
    assert values("reinstatement", late)["still_possible"] is False


def test_a_fixed_day_of_the_guideline_replaces_the_six_months() -> None:
    facts = {"budget_year": 2026, "fixed_day": "04-30", "calendar": "HE"}
    assert values("statement_due", facts)["due"] == date(2027, 4, 30)
    assert values("interim_statement_due", facts)["due"] == date(2027, 4, 30)
    assert fault("statement_due", {**facts, "fixed_day": "02-30"})[1] == "fixed_day"
    assert fault("statement_due", {**facts, "fixed_day": "April"})[1] == "fixed_day"
    assert fault("statement_due", {**facts, "budget_year": 20260})[0] == "rules.fact_year"


def test_a_statement_needs_the_end_of_something() -> None:
    assert fault("statement_due", {"calendar": "BE"})[1] == "funding_period_end"


def test_the_window_for_prompt_use_is_that_of_the_profile() -> None:
    facts = {"credited_on": "2026-06-15", "used_on": "2026-08-10"}
    federal, berlin = values("prompt_use", facts), values("prompt_use", facts, BERLIN)
    assert (federal["last_day"], federal["used_in_time"]) == (date(2026, 7, 27), False)
    assert (berlin["last_day"], berlin["used_in_time"]) == (date(2026, 8, 15), True)
    assert berlin["warn_on"] == date(2026, 8, 14)
    assumed = compute("prompt_use", {**facts, "assumed": True}, FEDERAL)
    assert assumed.values == federal
    assert [step.key for step in assumed.steps] == ["rules.step.prompt_use_assumed"]
    assert fault("prompt_use", {**facts, "window": "six weeks"})[1] == "window"
    assert fault("prompt_use", {**facts, "window": "0W"})[1] == "window"


@pytest.mark.parametrize(
    ("facts", "known"),
    [
        ({"reply_received_on": "2026-05-20", "hearing_ended_on": "2026-05-11"}, (2026, 5, 20)),
        ({"hearing_ended_on": "2026-05-11", "facts_known_on": "2026-01-01"}, (2026, 5, 11)),
        ({"facts_known_on": "2026-01-31"}, (2026, 1, 31)),
    ],
)
def test_the_year_for_revocation_starts_with_full_knowledge(
    facts: dict[str, Any], known: tuple[int, int, int]
) -> None:
    found = values("revocation_limit", {**facts, "decision_notified_on": "2027-06-01"})
    assert found["known_on"] == date(*known)
    assert found["first_alarm_on"] < found["second_alarm_on"] < found["warn_on"]
    assert found["warn_on"] < found["last_day"]
    assert found["in_time"] is False


def test_a_reply_does_not_come_before_the_hearing() -> None:
    facts = {"hearing_sent_on": "2026-05-20", "reply_received_on": "2026-05-19"}
    assert fault("revocation_limit", facts) == ("rules.fact_before", "reply_received_on")
    assert fault("revocation_limit", {})[0] == "rules.fact_missing"
    earlier = {"hearing_sent_on": "2026-05-20", "facts_known_on": "2026-05-01"}
    assert values("revocation_limit", earlier)["known_on"] == date(2026, 5, 1)


def test_interest_is_barred_at_the_end_of_the_third_year() -> None:
    facts = {"arose_on": "2023-12-31", "knowledge_on": "2024-01-01", "today": "2027-12-31"}
    found = values("interest_limitation", facts)
    assert (found["last_day"], found["barred"]) == (date(2027, 12, 31), False)
    assert values("interest_limitation", {**facts, "today": "2028-01-01"})["barred"] is True
    assert fault("interest_limitation", {"arose_year": 1})[0] == "rules.fact_year"


def test_a_profile_without_the_value_says_which_one() -> None:
    early = profile("federal", date(1980, 1, 1))
    with pytest.raises(MissingValue, match="failure_to_act_months"):
        compute("failure_to_act", {"application_received_on": "1980-01-01"}, early)


@pytest.mark.parametrize(
    ("facts", "rules", "court"),
    [
        ({"authority": "RP_DARMSTADT", "grantee_seat": "Gießen"}, HESSEN, "Gießen"),
        (
            {"authority": "RP_DARMSTADT", "territory": "ONE_COURT_DISTRICT"},
            HESSEN,
            "Darmstadt",
        ),
        ({"authority": "BMI", "authority_seat": "Bonn"}, FEDERAL, "Köln"),
        ({"authority": "BEZIRKSAMT"}, BERLIN, "Berlin"),
    ],
)
def test_the_court_follows_authority_or_grantee(
    facts: dict[str, Any], rules: Any, court: str
) -> None:
    assert values("remedy_and_court", facts, rules)["court"] == f"Verwaltungsgericht {court}"


@pytest.mark.parametrize(
    ("facts", "rules", "place"),
    [
        ({"authority": "NOBODY"}, FEDERAL, "authority"),
        ({"authority": "BMI"}, FEDERAL, "authority_seat"),
        ({"authority": "BMI", "authority_seat": "Atlantis"}, FEDERAL, "organisation.town"),
        ({"authority": "RP_DARMSTADT"}, HESSEN, "grantee_seat"),
        ({"authority": "RP_DARMSTADT", "territory": "HALF"}, HESSEN, "territory"),
    ],
)
def test_without_authority_seat_or_court_there_is_no_instruction(
    facts: dict[str, Any], rules: Any, place: str
) -> None:
    assert fault("remedy_and_court", facts, rules)[1] == place
