"""Rule books as versions: delivered, proposed, refused with gaps, released by a second person."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.integration.ponds import Ponds

from grantflow.errors import Conflict, Invalid, NotAllowed, NotFound
from grantflow.rules.base_rates import BaseRateMissing
from grantflow.rules.profiles import MissingValue
from grantflow.services import base_rates, profiles, rule_books, rule_changes, rule_views
from grantflow.services.policy import SYSTEM
from grantflow.services.rule_changes import NewValue
from grantflow.store import payments
from grantflow.store import rule_books as rows
from grantflow.store.tables import Case, RuleVersion

Clock = Callable[[str], None]
TODAY = date(2027, 2, 1)


@pytest.fixture
def workflows(ponds: Ponds, tmp_path: Path) -> Path:
    """A folder with the shipped rules, which a test may change."""
    folder = tmp_path / "workflows"
    shutil.copytree(ponds.settings.workflows_dir / "_shared/rules", folder / "_shared/rules")
    return folder


@pytest.fixture
def loaded(ponds: Ponds, workflows: Path) -> Ponds:
    """The shipped rules are in force."""
    load(ponds, workflows)
    return ponds


def load(ponds: Ponds, folder: Path) -> list[RuleVersion]:
    with ponds.transaction(SYSTEM) as session:
        return rule_books.load_shipped(session, folder)


def new(**changes: Any) -> NewValue:
    facts: dict[str, Any] = {
        "name": "proof_reserve_days",
        "value": 5,
        "since": date(2027, 3, 1),
        "until": None,
        "source": "Hausverfügung 3/2027",
        "confidence": "published",
    }
    return NewValue(**{**facts, **changes})


def propose(ponds: Ponds, area: str = "federal", who: str = "manager", **changes: Any) -> Any:
    return ponds.do(who, rule_changes.propose, area, new(**changes))


def released(ponds: Ponds, area: str = "federal", **changes: Any) -> RuleVersion:
    """A value proposed by one manager and released by the other."""
    version = propose(ponds, area, **changes)
    ponds.do("manager", rule_changes.submit, version.id, "Hausverfügung")
    return ponds.do("second_manager", rule_changes.release, version.id)


def value(ponds: Ponds, case: Case, name: str, on: date = TODAY) -> Any:
    with ponds.reading() as session:
        return profiles.for_case(session, case, on).value(name, on).value


def test_the_shipped_books_come_into_force_once(ponds: Ponds, workflows: Path) -> None:
    first = load(ponds, workflows)
    assert {v.area for v in first} == {"base_rates", "berlin", "federal", "hessen"}
    assert {(v.state, v.number, v.released_by) for v in first} == {("released", 1, None)}
    assert load(ponds, workflows) == []


def test_a_book_with_a_gap_is_not_taken_over_at_all(ponds: Ponds, workflows: Path) -> None:
    federal = workflows / "_shared/rules/federal.toml"
    gap = federal.read_text().replace("until = 2024-12-31", "until = 2024-11-30", 1)
    federal.write_text(gap)
    with pytest.raises(Exception) as refused:
        load(ponds, workflows)
    assert "rules.gap" in str(refused.value)
    assert ponds.count(RuleVersion) == 0


def test_a_new_delivery_replaces_values_nobody_has_changed(loaded: Ponds, workflows: Path) -> None:
    federal = workflows / "_shared/rules/federal.toml"
    federal.write_text(federal.read_text().replace('value = "P6W"', 'value = "P5W"'))
    (version,) = load(loaded, workflows)
    assert (version.number, version.state, version.origin) == (2, "released", "delivered")


def test_a_new_delivery_keeps_what_was_changed_here_and_waits_for_a_person(
    loaded: Ponds, workflows: Path
) -> None:
    released(loaded)
    federal = workflows / "_shared/rules/federal.toml"
    federal.write_text(federal.read_text().replace('value = "P6W"', 'value = "P5W"'))
    (version,) = load(loaded, workflows)
    assert version.state == "review"
    book = rule_books.book_of(version)
    assert [one.value for one in book.values["proof_reserve_days"]] == [3, 5]
    assert book.values["prompt_use"][0].value == "P5W"
    with pytest.raises(Conflict):
        loaded.do("manager", rule_changes.send_back, version.id, "Nein")
    assert loaded.do("manager", rule_changes.release, version.id).state == "released"


def test_a_value_is_proposed_handed_over_and_released_by_a_second_person(loaded: Ponds) -> None:
    draft = propose(loaded)
    assert (draft.state, draft.number) == ("draft", 2)
    loaded.do("manager", rule_changes.submit, draft.id, "Hausverfügung 3/2027")
    for own in ("manager",):
        with pytest.raises(NotAllowed) as refused:
            loaded.do(own, rule_changes.release, draft.id)
        assert refused.value.key == "rules_admin.four_eyes"
    version = loaded.do("second_manager", rule_changes.release, draft.id)
    assert version.state == "released"
    assert version.released_by == loaded.who("second_manager").account_id
    book = rule_books.book_of(version)
    entries = book.values["proof_reserve_days"]
    assert [(e.value, e.since, e.until) for e in entries] == [
        (3, date(1990, 1, 1), date(2027, 2, 28)),
        (5, date(2027, 3, 1), None),
    ]


def test_whoever_added_anything_to_a_proposal_cannot_release_it(loaded: Ponds) -> None:
    draft = propose(loaded)
    propose(loaded, who="second_manager", name="retention_years", value=6)
    loaded.do("manager", rule_changes.submit, draft.id, "Zwei Werte")
    for who in ("manager", "second_manager"):
        with pytest.raises(NotAllowed):
            loaded.do(who, rule_changes.release, draft.id)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"source": " "}, "rules_admin.source_missing"),
        ({"confidence": "sure"}, "rules_admin.confidence_unknown"),
        ({"name": "no_such_value"}, "rules_admin.name_unknown"),
        ({"value": "fünf"}, "rules.wrong_kind"),
        ({"value": True}, "rules.wrong_kind"),
        ({"until": date(2027, 2, 1)}, "rules.ends_before_start"),
        ({"name": "deemed_days", "since": date(2020, 1, 1)}, "rules.later_entry"),
        (
            {"name": "deemed_days", "since": date(2020, 1, 1), "until": date(2025, 5, 1)},
            "rules.overlap",
        ),
        (
            {"name": "deemed_days", "since": date(2020, 1, 1), "until": date(2024, 5, 1)},
            "rules.gap",
        ),
    ],
)
def test_a_value_that_does_not_fit_is_refused_and_nothing_is_kept(
    loaded: Ponds, changes: dict[str, Any], key: str
) -> None:
    with pytest.raises(Invalid) as refused:
        propose(loaded, **changes)
    assert key in {problem.key for problem in refused.value.problems}
    assert loaded.count(RuleVersion, state="draft") == 0


def test_an_entry_of_the_same_day_is_confirmed_and_not_doubled(loaded: Ponds) -> None:
    version = released(
        loaded, "hessen", name="deemed_days", value=4, since=date(2025, 1, 1),
        source="Bestätigt durch den Fördergeber",
    )  # fmt: skip
    entries = rule_books.book_of(version).values["deemed_days"]
    assert [e.confidence for e in entries] == ["secondary", "published"]
    names = {line.name for line in loaded.look("manager", rule_views.uncertain, TODAY)
             if line.area == "hessen"}  # fmt: skip
    assert "deemed_days" not in names


def test_what_one_area_lacks_can_be_entered_there(loaded: Ponds) -> None:
    facts = {"name": "fixed_amount_limit", "value": 5000, "since": date(1990, 1, 1)}
    version = propose(loaded, "hessen", **facts)
    assert rule_books.book_of(version).values["fixed_amount_limit"][0].value == 5000


def test_a_value_out_of_its_range_is_not_proposed(loaded: Ponds) -> None:
    with pytest.raises(Invalid) as refused:
        propose(loaded, value=400)
    assert [problem.key for problem in refused.value.problems] == ["rules.value_range"]


def test_a_second_word_about_the_same_day_replaces_the_first(loaded: Ponds) -> None:
    propose(loaded)
    draft = propose(loaded, value=7)
    assert [change["entry"]["value"] for change in draft.changes] == [7]
    draft = loaded.do("manager", rule_changes.take_back, draft.id, 0)
    assert draft.changes == []
    with pytest.raises(Conflict):
        loaded.do("manager", rule_changes.take_back, draft.id, 0)
    with pytest.raises(Conflict):
        loaded.do("manager", rule_changes.submit, draft.id, "Nichts")


def test_a_proposal_in_review_rests_and_can_be_given_back(loaded: Ponds) -> None:
    draft = propose(loaded)
    with pytest.raises(Invalid):
        loaded.do("manager", rule_changes.submit, draft.id, "  ")
    loaded.do("manager", rule_changes.submit, draft.id, "Hausverfügung")
    with pytest.raises(Conflict):
        propose(loaded, value=9)
    with pytest.raises(Invalid):
        loaded.do("second_manager", rule_changes.send_back, draft.id, "")
    back = loaded.do("second_manager", rule_changes.send_back, draft.id, "Quelle fehlt")
    assert (back.state, back.note) == ("draft", "Quelle fehlt")
    loaded.do("manager", rule_changes.discard, draft.id)
    with pytest.raises(Conflict):
        loaded.do("manager", rule_changes.discard, draft.id)


def test_a_proposal_on_an_older_version_is_not_released(loaded: Ponds, workflows: Path) -> None:
    draft = propose(loaded)
    loaded.do("manager", rule_changes.submit, draft.id, "Hausverfügung")
    federal = workflows / "_shared/rules/federal.toml"
    federal.write_text(federal.read_text().replace('value = "P6W"', 'value = "P5W"'))
    load(loaded, workflows)
    with pytest.raises(Conflict) as refused:
        loaded.do("second_manager", rule_changes.release, draft.id)
    assert refused.value.key == "rules_admin.base_changed"
    loaded.do("second_manager", rule_changes.send_back, draft.id, "Neue Fassung")
    loaded.do("manager", rule_changes.submit, draft.id, "Auf der neuen Fassung")
    version = loaded.do("second_manager", rule_changes.release, draft.id)
    book = rule_books.book_of(version)
    assert book.values["prompt_use"][0].value == "P5W"
    assert book.values["proof_reserve_days"][-1].value == 5


def test_only_rule_managers_change_and_only_some_look(loaded: Ponds) -> None:
    for who in ("officer", "head", "admin", "registry", "applicant"):
        with pytest.raises(NotAllowed):
            propose(loaded, who=who)
    for who in ("registry", "panel", "applicant"):
        with pytest.raises(NotAllowed):
            loaded.look(who, rule_views.areas, TODAY)
    with pytest.raises(NotFound):
        loaded.look("officer", rule_views.area, "bavaria", TODAY)


def test_a_released_version_is_frozen_in_the_database(loaded: Ponds) -> None:
    with pytest.raises(NotAllowed), loaded.transaction(SYSTEM) as session:
        session.execute(text("update rule_version set content = '{}'"))


def test_nobody_can_propose_before_the_rules_are_loaded(ponds: Ponds) -> None:
    with pytest.raises(Conflict) as refused:
        propose(ponds)
    assert refused.value.key == "rules_admin.not_loaded"


def test_an_applicant_is_counted_by_released_rules_and_sees_no_drafts(loaded: Ponds) -> None:
    propose(loaded)
    with loaded.reading(loaded.who("applicant")) as session:
        assert {v.state for v in rows.list_versions(session)} == {"released"}


# ---- which rules count for a case


def test_a_decision_binds_the_case_to_the_rules_of_its_day(loaded: Ponds, clock: Clock) -> None:
    case, later = loaded.granted(), loaded.submitted()
    clock("2027-02-02T09:00")
    version = released(loaded, name="retention_years", value=10, since=date(1990, 1, 1))
    assert value(loaded, case, "retention_years") == 5
    assert value(loaded, later, "retention_years") == 10
    with loaded.reading() as session:
        decision = payments.list_decisions(session, case.id)[-1]
        bound = profiles.bound(decision)
        assert bound is not None
        assert (bound.area, bound.number) == ("federal", 1)
        assert bound.digest != version.digest
        profile = profiles.for_case(session, case, date(2029, 1, 1))
        assert (profile.on, profile.book.digest) == (TODAY, bound.digest)


def test_without_stored_rules_the_copy_of_the_programme_counts_and_binds(
    ponds: Ponds, workflows: Path, clock: Clock
) -> None:
    case = ponds.granted()
    with ponds.reading() as session:
        bound = profiles.bound(payments.list_decisions(session, case.id)[-1])
    assert bound is not None
    assert bound.version_id is None
    clock("2027-02-02T09:00")
    load(ponds, workflows)
    released(ponds, name="retention_years", value=10, since=date(1990, 1, 1))
    assert value(ponds, case, "retention_years") == 5
    assert value(ponds, ponds.submitted(), "retention_years") == 10


def test_a_decision_from_before_the_rules_were_kept_has_those_of_its_programme(
    ponds: Ponds, workflows: Path
) -> None:
    case = ponds.granted()
    with ponds.transaction(SYSTEM) as session:
        session.execute(text("update decision set facts = facts - 'rules'"))
    load(ponds, workflows)
    released(ponds, name="retention_years", value=10, since=date(1990, 1, 1))
    assert value(ponds, case, "retention_years") == 5


def test_a_letter_is_notified_by_the_rules_in_force_on_its_day(loaded: Ponds) -> None:
    released(loaded, name="deemed_days", value=6, since=date(2025, 1, 1))
    case = loaded.granted()
    with loaded.reading() as session:
        sent = session.execute(
            text("select max(notified_on) from dispatch where case_id = :c"), {"c": case.id}
        )
        assert sent.scalar_one() == date(2027, 2, 7)


def test_a_value_with_an_end_is_missed_afterwards_by_name(loaded: Ponds) -> None:
    released(loaded, name="retention_years", value=5, since=date(1990, 1, 1),
             until=date(2027, 6, 30))  # fmt: skip
    case = loaded.submitted()
    assert value(loaded, case, "retention_years", date(2027, 6, 30)) == 5
    with pytest.raises(MissingValue) as missing:
        value(loaded, case, "retention_years", date(2027, 7, 1))
    assert missing.value.params["name"] == "retention_years"


# ---- base rates


def test_base_rates_end_and_are_entered_with_a_last_day(loaded: Ponds) -> None:
    with loaded.reading() as session:
        known = base_rates.in_force(session)
    missing = date.fromordinal(known.until.toordinal() + 1)
    with pytest.raises(BaseRateMissing):
        known.on(missing)
    rate = {"name": "base_rate", "value": 2.5, "since": missing}
    with pytest.raises(Invalid) as refused:
        propose(loaded, "base_rates", **rate)
    assert refused.value.problems[0].key == "rules_admin.base_rate_until"
    with pytest.raises(Invalid) as endless:
        propose(loaded, "base_rates", **rate, until=date(2099, 12, 31))
    assert endless.value.problems[0].key == "rules_money.rate_end"
    released(loaded, "base_rates", **rate, until=date(missing.year, 6, 30))
    with loaded.reading() as session:
        entered = base_rates.in_force(session)
        fact = base_rates.as_fact(session)
    assert str(entered.on(missing).rate) == "2.5"
    assert fact["until"] == f"{missing.year}-06-30"
    assert fact["rates"][-1]["rate"] == "2.5"


def test_a_base_rate_changes_on_two_days_of_the_year_only(loaded: Ponds) -> None:
    with loaded.reading() as session:
        known = base_rates.in_force(session)
    next_day = date.fromordinal(known.until.toordinal() + 1)
    later = {"since": date(next_day.year + 1, 1, 1), "until": date(next_day.year + 1, 6, 30)}
    with pytest.raises(Invalid) as gap:
        propose(loaded, "base_rates", name="base_rate", value=2.5, **later)
    assert gap.value.problems[0].key == "rules.gap"
    with pytest.raises(Invalid):
        propose(loaded, "base_rates", name="base_rate", value=2.5,
                since=date(2026, 9, 1), until=known.until)  # fmt: skip


def test_without_stored_base_rates_the_shipped_ones_count(ponds: Ponds) -> None:
    with ponds.reading() as session:
        assert base_rates.in_force(session).rates


def test_what_is_uncertain_is_listed_with_its_programme(loaded: Ponds) -> None:
    found = loaded.look("officer", rule_views.uncertain, TODAY)
    assert {one.confidence for one in found}.isdisjoint({"law", "published"})
    reserve = next(o for o in found if (o.area, o.name) == ("federal", "proof_reserve_days"))
    assert (reserve.value, reserve.part) == (3, "")
    own = [one for one in found if one.area == "pond_restoration"]
    assert {"calls", "authority", "remedy"} <= {one.part for one in own}
    assert {one.version_id for one in own} == {loaded.version.id}
    assert loaded.look("officer", rule_views.area, "federal", TODAY).uncertain > 0
    with loaded.reading() as session:
        assert {"de": "Teiche", "en": "Ponds"} in rule_views.users(session, "federal")
