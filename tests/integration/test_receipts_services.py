"""Receipts of a statement in the database: imported, typed, replaced, judged, compared."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from tests.integration.desk import Desks, words
from tests.integration.ponds import Ponds, build
from tests.integration.small_programme import package

from grantflow.clock import now
from grantflow.errors import Conflict, Invalid, NotAllowed, NotFound
from grantflow.programmes.package import Package
from grantflow.services import receipts, receipts_findings, statements
from grantflow.services.policy import SYSTEM
from grantflow.services.receipts import ReceiptList
from grantflow.services.receipts_findings import Verdict
from grantflow.services.task_views import task_view
from grantflow.services.tasks import save_draft
from grantflow.settings import Settings
from grantflow.store import receipts as store
from grantflow.store.db import Sessions
from grantflow.store.tables import Case, Receipt, ReceiptFinding
from grantflow.texts import text
from grantflow.web.refusals import say

HEAD = "Beleg;Bezahlt am;Empfänger;Grund;Betrag"
LIST = f"{HEAD}\n1;01.02.2027;Bagger GmbH;Aushub;1.000,00\n2;02.02.2027;Gärtnerei;Seerosen;250,50"
TYPED = {"paid_on": "2027-02-03", "payee": "Gärtnerei", "reason": "Schilf", "amount": "12,30"}


@pytest.fixture
def case(ponds: Ponds) -> Case:
    """A case whose first form is being filled in."""
    return ponds.open()


def task_of(ponds: Ponds, case: Case, element: str = "submit") -> UUID:
    return ponds.tasks(case.id)[element].id


def take(ponds: Ponds, case: Case, content: str = LIST, **more: Any) -> int:
    task = task_of(ponds, case)
    return ponds.do("applicant", receipts.import_list, task, "liste.csv", content.encode(), **more)


def listed(
    ponds: Ponds, case: Case, who: str = "applicant", element: str = "submit"
) -> ReceiptList:
    return ponds.look(who, receipts.list_of, task_of(ponds, case, element))


def submit(ponds: Ponds, case: Case) -> None:
    ponds.complete("applicant", case, "submit", depth="2 m", requested_amount="2000")


def test_an_imported_list_is_kept_in_its_order(ponds: Ponds, case: Case) -> None:
    assert take(ponds, case) == 2
    found = listed(ponds, case)
    assert [(row.receipt.position, row.receipt.payee) for row in found.rows] == [
        (1, "Bagger GmbH"),
        (2, "Gärtnerei"),
    ]
    assert found.sums.total == Decimal("1250.50")
    assert (found.mode, found.open) == ("edit", True)


def test_a_list_with_one_fault_changes_nothing(ponds: Ponds, case: Case) -> None:
    take(ponds, case)
    with pytest.raises(Invalid):
        take(ponds, case, LIST + "\n3;31.02.2027;A;B;5", replace=True)
    assert listed(ponds, case).sums.count == 2


def test_a_second_list_follows_the_first_or_replaces_it(ponds: Ponds, case: Case) -> None:
    take(ponds, case)
    take(ponds, case)
    found = listed(ponds, case)
    assert found.sums.count == 4
    assert [r.key for r in found.remarks].count("receipts.check.twice_money") == 2
    take(ponds, case, replace=True)
    assert listed(ponds, case).sums.count == 2


def test_a_list_in_windows_1252_and_files_that_are_none(ponds: Ponds, case: Case) -> None:
    task = task_of(ponds, case)
    content = LIST.encode("cp1252")
    assert ponds.do("applicant", receipts.import_list, task, "alt.csv", content) == 2
    with pytest.raises(Invalid):
        ponds.do("applicant", receipts.import_list, task, "liste.exe", b"MZ")


def test_receipts_are_typed_corrected_and_removed(ponds: Ponds, case: Case) -> None:
    task = task_of(ponds, case)
    first = ponds.do("applicant", receipts.add, task, TYPED)
    changed = ponds.do("applicant", receipts.change, task, first.id, {**TYPED, "amount": "13,30"})
    assert (changed.position, changed.amount) == (1, Decimal("13.30"))
    with pytest.raises(Invalid) as caught:
        ponds.do("applicant", receipts.add, task, {**TYPED, "amount": "12,345", "payee": " "})
    assert {p.place for p in caught.value.problems} == {"amount", "payee"}
    amount = next(p for p in caught.value.problems if p.place == "amount")
    assert text(amount.key, "en", **amount.params).startswith("Row 2, column “Amount”: “12,345”")
    ponds.do("applicant", receipts.remove, task, changed.id)
    assert listed(ponds, case).rows == []
    with pytest.raises(NotFound):
        ponds.do("applicant", receipts.remove, task, changed.id)


def test_receipts_and_findings_are_read_in_the_language_of_whoever_types(
    ponds: Ponds, case: Case
) -> None:
    task = task_of(ponds, case)
    for who in ("applicant", "officer"):
        ponds.people[who] = replace(ponds.people[who], language="en")
    row = ponds.do("applicant", receipts.add, task, {**TYPED, "amount": "12,000"})
    assert row.amount == Decimal(12000)
    with pytest.raises(Invalid) as caught:
        ponds.do("applicant", receipts.add, task, {**TYPED, "amount": "1.234"})
    assert "Please write 1234 or 1,234.00" in say(caught.value.problems[0], "en")
    submit(ponds, case)
    with pytest.raises(Invalid) as refused:
        judge(ponds, case, Verdict("reduced", "1.200", "Nur zum Teil."))
    assert "Please write 1200 or 1,200.00" in say(refused.value.problems[0], "en")
    with pytest.raises(Invalid) as more:
        judge(ponds, case, Verdict("reduced", "12,000", "Nur zum Teil."))
    assert "less than 12,000.00 €" in say(more.value.problems[0], "en")
    judge(ponds, case, Verdict("reduced", "1,200", "Nur zum Teil."))
    (found,) = listed(ponds, case, "officer", "check").rows
    assert found.accepted == Decimal(1200)


def test_after_handing_in_nothing_changes_but_findings(ponds: Ponds, case: Case) -> None:
    take(ponds, case)
    task = task_of(ponds, case)
    submit(ponds, case)
    with pytest.raises(Conflict):
        ponds.do("applicant", receipts.add, task, TYPED)
    with pytest.raises(NotAllowed):
        ponds.do("officer", receipts.add, task_of(ponds, case, "check"), TYPED)
    found = listed(ponds, case, "officer", "check")
    assert (found.mode, found.sums.count) == ("check", 2)


def judge(ponds: Ponds, case: Case, *verdicts: Verdict, who: str = "officer") -> int:
    rows = listed(ponds, case, "officer", "check").rows
    chosen = {row.receipt.id: one for row, one in zip(rows, verdicts, strict=False)}
    return ponds.do(who, receipts_findings.judge, task_of(ponds, case, "check"), chosen)


def test_findings_count_and_a_later_one_replaces_an_earlier_one(ponds: Ponds, case: Case) -> None:
    take(ponds, case)
    submit(ponds, case)
    reduced = Verdict("reduced", "900,00", "Skonto nicht abgezogen.")
    assert judge(ponds, case, reduced, Verdict("refused", reason="Nicht notwendig.")) == 2
    assert listed(ponds, case, "officer", "check").sums.accepted == Decimal("900.00")
    judge(ponds, case, Verdict("accepted"))
    assert listed(ponds, case, "officer", "check").sums.accepted == Decimal("1000.00")
    assert ponds.count(ReceiptFinding) == 3


def test_findings_without_reason_or_with_too_much_are_refused(ponds: Ponds, case: Case) -> None:
    take(ponds, case)
    submit(ponds, case)
    with pytest.raises(Invalid) as caught:
        judge(ponds, case, Verdict("reduced", "1000,00", "Zu viel"), Verdict("refused"))
    assert [p.key.rpartition(".")[2] for p in caught.value.problems] == ["not_less", "reason"]
    with pytest.raises(Invalid):
        judge(ponds, case, Verdict("reduced", "viel", "Zu viel"), Verdict("perhaps"))
    with pytest.raises(NotFound):
        judge(ponds, case, Verdict("accepted"), who="applicant")
    assert ponds.count(ReceiptFinding) == 0


def test_what_was_handed_in_once_stays_in_the_file(ponds: Ponds, case: Case) -> None:
    take(ponds, case)
    statement = listed(ponds, case).statement
    with ponds.transaction(SYSTEM) as session:
        rows = store.list_receipts(session, statement)
        store.drop_receipts(session, rows[:1], handed_in=now(), now=now())
        store.drop_receipts(session, rows[1:], handed_in=None, now=now())
    assert listed(ponds, case).rows == []
    with ponds.reading() as session:
        kept = session.scalars(select(Receipt)).all()
        assert [(row.payee, row.replaced_at is None) for row in kept] == [("Bagger GmbH", False)]


def test_the_same_receipt_in_another_project_is_found(ponds: Ponds, case: Case) -> None:
    take(ponds, case)
    other = ponds.open("Unkenteich")
    take(ponds, other)
    with ponds.reading() as session:
        reference = session.get_one(Case, case.id).reference
    remarks = listed(ponds, other).remarks
    assert [r.params["reference"] for r in remarks if r.key.endswith("other_project")] == [
        reference,
        reference,
    ]


def test_strangers_see_nothing_of_it(ponds: Ponds, case: Case) -> None:
    with pytest.raises(NotFound):
        ponds.look("stranger", receipts.list_of, task_of(ponds, case))
    with pytest.raises(NotFound):
        ponds.look("officer", receipts.list_of, UUID(int=0))


def test_the_list_as_csv_can_be_imported_again(ponds: Ponds, case: Case) -> None:
    take(ponds, case)
    ponds.do("applicant", receipts.add, task_of(ponds, case), {**TYPED, "payee": "=cmd()"})
    found = listed(ponds, case)
    content = receipts_findings.as_csv(found, "de")
    assert "'=cmd()" in content.decode("utf-8-sig")
    assert take(ponds, case, content.decode("utf-8-sig"), replace=True) == 3
    assert listed(ponds, case).rows[0].receipt.paid_on == date(2027, 2, 1)


def test_pages_lead_from_a_faulty_list_to_findings(desks: Desks) -> None:
    ponds = desks.ponds
    case = ponds.open()
    here = f"/receipts/{task_of(ponds, case)}"
    frieda = desks.of("applicant")
    assert "0 Belege" in frieda.read(f"/my/tasks/{task_of(ponds, case)}")
    faulty = _send(frieda, here, LIST.replace("250,50", "250,505"))
    assert faulty.status_code == 422
    assert "Zeile 3, Spalte „Betrag“" in faulty.text
    assert "2 Belege wurden übernommen" in frieda.follow(_send(frieda, here, LIST))
    assert "eingetragen" in frieda.follow(frieda.post(here, _action="add", **TYPED))
    assert frieda.post(here, _action="add", **{**TYPED, "paid_on": "bald"}).status_code == 422
    first = listed(ponds, case).rows[0].receipt.id
    assert "Beleg 1 ändern" in frieda.read(here, edit=str(first))
    changed = frieda.post(here, _action=f"change:{first}", **TYPED)
    assert "geändert" in frieda.follow(changed)
    last = listed(ponds, case).rows[-1].receipt.id
    assert "entfernt" in frieda.follow(frieda.post(here, _action=f"remove:{last}"))
    assert frieda.post(here, _action="remove:none").status_code == 404
    assert frieda.post(here, _action="import").status_code == 422
    assert frieda.get(f"{here}/list.csv").headers["content-type"].startswith("text/csv")
    submit(ponds, case)
    _judge_on_pages(desks, case)


def _send(desk: Any, here: str, content: str) -> Any:
    return desk.client.post(
        here,
        data={"_csrf": desk.csrf, "_action": "import"},
        files={"file": ("liste.csv", content.encode(), "text/csv")},
    )


def _judge_on_pages(desks: Desks, case: Case) -> None:
    officer, ponds = desks.of("officer"), desks.ponds
    check = task_of(ponds, case, "check")
    here = f"/receipts/{check}"
    assert "Belege prüfen" in officer.read(f"/tasks/{check}")
    receipt = listed(ponds, case, "officer", "check").rows[0].receipt.id
    without = officer.post(here, _action="judge", **{f"verdict-{receipt}": "refused"})
    assert without.status_code == 422
    reasoned = {f"verdict-{receipt}": "refused", f"reason-{receipt}": "Nicht notwendig."}
    assert "Eine Feststellung" in officer.follow(officer.post(here, _action="judge", **reasoned))
    ponds.complete("officer", case, "check", verdict="good", note="In Ordnung.")
    assert "Nicht notwendig." in officer.read(here)


def test_refused_findings_keep_what_was_typed(desks: Desks) -> None:
    ponds = desks.ponds
    case = ponds.open()
    take(ponds, case)
    submit(ponds, case)
    here = f"/receipts/{task_of(ponds, case, 'check')}"
    first, second = (row.receipt.id for row in listed(ponds, case, "officer", "check").rows)
    typed = {
        f"verdict-{first}": "refused",
        f"reason-{first}": "Vor dem Zeitraum bezahlt.",
        f"verdict-{second}": "reduced",
        f"accepted-{second}": "200,00",
        f"reason-{second}": "",
    }
    officer = desks.of("officer")
    answer = officer.post(here, _action="judge", **typed)
    assert answer.status_code == 422
    for kept in ("Vor dem Zeitraum bezahlt.", 'value="200,00"'):
        assert kept in answer.text
    assert answer.text.count(" selected") == 2
    assert f'id="reason-{second}-error"' in answer.text
    assert f'id="reason-{first}-error"' not in answer.text
    assert all(row.finding is None for row in listed(ponds, case, "officer", "check").rows)


@pytest.mark.parametrize(
    ("verdict", "accepted", "key"),
    [("", "5,00", "unknown"), ("refused", "5,00", "no_amount"), ("accepted", "5,00", "no_amount"),
     ("reduced", "", "amount_missing"), ("reduced", "fünf", "amount")],
)  # fmt: skip
def test_an_amount_is_never_dropped_in_silence(
    ponds: Ponds, case: Case, verdict: str, accepted: str, key: str
) -> None:
    take(ponds, case)
    submit(ponds, case)
    with pytest.raises(Invalid) as refused:
        judge(ponds, case, Verdict(verdict, accepted, "Nicht notwendig."))
    assert [problem.key for problem in refused.value.problems] == [f"receipts.verdict.{key}"]


def test_a_draft_follows_the_findings_until_somebody_changes_the_sum(
    sessions: Sessions, test_settings: Settings, clock: Any
) -> None:
    clock("2027-02-01T09:00")
    given = package()
    form = json.loads(given.files["forms/check.form"])
    counted = {"id": "id_counted", "type": "number", "key": "counted", "label": "Anerkannt",
               "properties": {"prefill": "=sum(receipts.accepted)", "format": "money"}}  # fmt: skip
    form["components"].append(counted)
    content = Package({**given.files, "forms/check.form": json.dumps(form).encode()})
    ponds = build(sessions, test_settings, content)
    case = ponds.open()
    take(ponds, case)
    submit(ponds, case)
    task = task_of(ponds, case, "check")

    def sum_now() -> Any:
        return ponds.look("officer", task_view, task).answers["counted"]

    ponds.do("officer", save_draft, task, {"counted": "1.250,50", "note": "I"})
    judge(ponds, case, Verdict("reduced", "400,00", "Nur zum Teil."))
    assert sum_now() == 650.5
    ponds.do("officer", save_draft, task, {"counted": "600", "note": "Im"})
    judge(ponds, case, Verdict("refused", "", "Gar nicht notwendig."))
    assert sum_now() == "600"


def test_the_page_of_receipts_speaks_the_language_of_whoever_types(desks: Desks) -> None:
    case = desks.ponds.open()
    take(desks.ponds, case)
    here = f"/receipts/{task_of(desks.ponds, case)}"
    desk = desks.of("applicant", "en")
    first = listed(desks.ponds, case).rows[0].receipt.id
    assert 'value="1,000.00"' in desk.get(f"{here}?edit={first}").text
    refused = desk.post(here, _action="add", **{**TYPED, "amount": "1.234"})
    assert "Row 3, column “Amount”: “1.234” can be read in two ways" in words(refused)
    desk.follow(desk.post(here, _action="add", **{**TYPED, "amount": "12,000"}))
    assert listed(desks.ponds, case).rows[2].receipt.amount == Decimal(12000)


def test_a_draft_of_a_statement_is_read_in_the_language_of_whoever_drafts_it() -> None:
    assert statements.read_money("12,000", "en") == Decimal(12000)
    assert statements.read_money("12.000", "en") is None
    assert statements.read_money("12.000") == Decimal(12000)


def test_the_list_that_is_handed_in_is_counted_before_it_leaves(desks: Desks) -> None:
    case = desks.ponds.open()
    take(desks.ponds, case)
    task = task_of(desks.ponds, case)
    desk = desks.of("applicant")
    sent = desk.post(f"/my/tasks/{task}", _action="check", depth="2 m", requested_amount="2000")
    page = desk.follow(sent)
    assert "Belege 2" in page
    assert "1.250,50 €" in page
