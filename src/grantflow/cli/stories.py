"""Drives scenarios through the real services under a controlled clock, as the demo does.

Every step is a transaction of the person who does it; between the steps the jobs run (letters are
rendered and sent) and time passes timer by timer, as it would with a worker.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.cli import demo_money, demo_post
from grantflow.cli.cast import Cast
from grantflow.cli.world import World
from grantflow.documents import Blobs
from grantflow.errors import GrantFlowError, Invalid, Problem
from grantflow.jobs.inline import run_jobs
from grantflow.programmes.load import Programme
from grantflow.programmes.playing import said
from grantflow.programmes.scenario import Scenario, ScenarioStep
from grantflow.programmes.vocabulary import CAME_BACK
from grantflow.services import (
    cases,
    documents,
    receipts,
    receipts_findings,
    tasks,
    timers,
)
from grantflow.services.policy import SYSTEM, Actor
from grantflow.services.receipts_findings import Verdict
from grantflow.store import demo as facts
from grantflow.store.tables import Call, Task

_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True)
class Told:
    """What became of a story."""

    programme: str
    scenario: Scenario
    case_id: UUID
    reference: str
    status: str
    letters: Sequence[facts.SentLetter]
    problems: Sequence[Problem]


@dataclass
class Story:
    """One scenario on its way through the services."""

    world: World
    cast: Cast
    blobs: Blobs
    programme: Programme
    scenario: Scenario
    case_id: UUID = field(init=False)
    now: datetime = field(init=False)
    problems: list[Problem] = field(default_factory=list)

    @property
    def authority(self) -> str:
        return self.programme.file.authority.key

    def tell(self, call: Call, until: datetime | None = None) -> Told:
        """Play the story from the open call to its last step and compare.

        ``until`` stops at that moment, with whatever is then still to be done.
        """
        self.begin(call)
        self.go_on(self.scenario.step, until=until)
        return self.end(compared=until is None)

    def begin(self, call: Call) -> None:
        """Open the case."""
        applicant, organisation = self.cast.applicant(self.scenario.organisation)
        self.now = self.scenario.start
        with clock.at(self.now), self.world.transaction(applicant) as session:
            case = cases.open_case(
                session, applicant, call.id, organisation, self.scenario.case_title
            )
            self.case_id = case.id
        self._jobs()

    def go_on(
        self, steps: Sequence[ScenarioStep], first: int = 1, until: datetime | None = None
    ) -> None:
        """Play steps, the first of which has this number, until one is refused."""
        for number, step in enumerate(steps, first):
            if until is not None and step.at > until:
                self._pass_time(until)
                break
            try:
                self._play(step)
            except Invalid as error:
                for one in error.problems:
                    told = {"task": step.task, "field": one.place, "detail": one.key}
                    self._differs("answers", number, **told, error=one)
                break
            except GrantFlowError as error:
                self._differs("failed", number, detail=str(error), error=error)
                break
            self._compare(number, step)

    # ---- one step

    def _play(self, step: ScenarioStep) -> None:
        self._pass_time(step.at)
        actor = self._actor(step.by)
        with clock.at(self.now):
            self._pay_out(step)
            if step.task:
                self._do_task(actor, step, step.task)
            elif step.message:
                self._message(actor, step)
            elif step.start_process:
                with self.world.transaction(actor) as session:
                    cases.start_side_process(session, actor, self.case_id, step.start_process)
        self._jobs()

    def _pay_out(self, step: ScenarioStep) -> None:
        """Orders that are old have left, and all before a process that would hold them begins."""
        begun = step.start_process and self.programme.process(step.start_process)
        waits = timedelta(0) if begun and begun.holds_payments else demo_money.WAITS
        demo_money.pay_out(self.world, self.cast, self.authority, self.case_id, waits)

    def _actor(self, by: str) -> Actor:
        if by == "applicant":
            return self.cast.applicant(self.scenario.organisation)[0]
        return self.cast.staff(self.authority, by)

    def _message(self, actor: Actor, step: ScenarioStep) -> None:
        if step.message == CAME_BACK:
            demo_money.bank_returns(self.world, self.cast, self.authority, self.case_id)
            return
        with self.world.transaction(actor if step.message == "withdrawal" else SYSTEM) as session:
            if step.message == "withdrawal":
                cases.withdraw(session, actor, self.case_id, step.reason)
                return
            name, payload = str(step.message), step.payload
            if not cases.send_message(session, SYSTEM, self.case_id, name, payload):
                raise GrantFlowError("programmes.scenario.no_message", step="", message=name)

    def _do_task(self, actor: Actor, step: ScenarioStep, element: str) -> None:
        with self.world.reading() as session:
            open_tasks = facts.open_tasks(session, self.case_id)
        task = next((t for t in open_tasks if _is_for(t, element, actor)), None)
        if task is None:
            names = ", ".join(t.element_id for t in open_tasks) or "–"
            raise GrantFlowError(
                "programmes.scenario.task_not_open", step="", task=element, open=names
            )
        with self.world.transaction(actor) as session:
            if step.declare_conflict or task.facts.get("declaration"):
                tasks.declare_conflict(
                    session, actor, task.id, conflict=step.declare_conflict, reason=step.reason
                )
            _with_receipts(session, actor, task.id, step)
            if not step.declare_conflict:
                answers = self._answers(session, actor, task.id, step.answers)
                tasks.complete(session, actor, task.id, answers)

    def _answers(
        self, session: Session, actor: Actor, task_id: UUID, answers: dict[str, Any]
    ) -> dict[str, Any]:
        """Panel parts become account ids, file names become handed-in files."""
        form = tasks.task_view(session, actor, task_id).form
        files = {f.path for f in form.file_fields()} if form else set()
        filled = {k: self._people(v) for k, v in answers.items()}
        for path in files & filled.keys():
            filled[path] = [
                str(self._hand_in(session, actor, task_id, path, name)) for name in filled[path]
            ]
        return filled

    def _hand_in(self, session: Session, actor: Actor, task_id: UUID, path: str, name: str) -> UUID:
        content = sample_pdf(name)
        return documents.add_document(session, actor, task_id, path, name, content, self.blobs).id

    def _people(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._people(one) for one in value]
        if isinstance(value, str) and value.startswith("panel:"):
            return str(self.cast.staff(self.authority, value).account_id)
        return value

    # ---- time and jobs

    def _pass_time(self, until: datetime) -> None:
        """Let every timer of the case fire at its own moment."""
        while True:
            with self.world.reading() as session:
                due = facts.next_timer(session, self.case_id, until)
            if due is None:
                break
            self.now = max(self.now, due + _MOMENT)
            with clock.at(self.now), self.world.transaction(SYSTEM) as session:
                timers.fire(session, SYSTEM, self.case_id)
            self._jobs()
        self.now = max(self.now, until)

    def _jobs(self) -> None:
        with clock.at(self.now):
            while run_jobs(self.world.settings, self.world.sessions) and self._posted():
                continue  # what is posted has consequences, too

    def _posted(self) -> int:
        registry = self.cast.staff(self.authority, "REGISTRY")
        with self.world.transaction(registry) as session:
            return demo_post.deliver(session, registry, self.case_id)

    # ---- comparing

    def _differs(self, what: str, number: int, **params: Any) -> None:
        error = params.pop("error", None)
        if error is not None:
            params |= {"detail_key": error.key, "detail_params": error.params}
        place = f"scenarios/{self.scenario.name}.toml"
        self.problems.append(
            Problem(f"programmes.scenario.{what}", {"step": number, **params}, place)
        )

    def _compare(self, number: int, step: ScenarioStep) -> None:
        with self.world.reading() as session:
            open_tasks = facts.open_tasks(session, self.case_id)
            sent = facts.sent_letters(session, self.case_id)
            case = facts.case(session, self.case_id)
        expected = step.expect
        found = {
            "tasks": tuple(sorted(t.element_id for t in open_tasks)),
            "letters": tuple(letter.name for letter in sent),
            "status": case.status,
        }
        for what, actual in found.items():
            wanted = getattr(expected, what)
            wanted = tuple(sorted(wanted)) if what == "tasks" and wanted is not None else wanted
            if wanted is not None and wanted != actual:
                self._differs(what, number, expected=said(wanted), actual=said(actual))

    def end(self, *, compared: bool) -> Told:
        """What has become of the story, compared with what its scenario says of its end."""
        with self.world.reading() as session:
            case = facts.case(session, self.case_id)
            sent = facts.sent_letters(session, self.case_id)
            paid = facts.ordered_payments(session, self.case_id)
            running = facts.is_running(session, self.case_id)
        for what, wanted, actual in self._ends(case, sent, paid, ended=not running):
            if compared and wanted is not None and wanted != actual:
                self._differs(f"end_{what}", 0, expected=said(wanted), actual=said(actual))
        return Told(
            self.programme.key,
            self.scenario,
            self.case_id,
            case.reference,
            case.status,
            sent,
            self.problems,
        )

    def _ends(
        self,
        case: Any,
        sent: Sequence[facts.SentLetter],
        paid: Sequence[Decimal],
        *,
        ended: bool,
    ) -> Iterator[tuple[str, Any, Any]]:
        expected = self.scenario.expect
        yield "ended", expected.ended, ended
        yield "status", expected.status, case.status
        yield "letters", expected.letters, tuple(letter.name for letter in sent)
        yield "approved", expected.approved, case.approved
        yield "payments", expected.payments, tuple(paid)


def _with_receipts(session: Session, actor: Actor, task_id: UUID, step: ScenarioStep) -> None:
    """Import the receipts of a step, or judge those that are there."""
    if step.receipts:
        content = step.receipts.strip().encode()
        receipts.import_list(session, actor, task_id, "Belegliste.csv", content, replace=True)
    if step.findings:
        listed = receipts.list_of(session, actor, task_id).rows
        by_row = {row.receipt.position: row.receipt.id for row in listed}
        receipts_findings.judge(
            session,
            actor,
            task_id,
            {by_row[f.row]: Verdict(f.verdict, f.accepted, f.reason) for f in step.findings},
        )


def _is_for(task: Task, element: str, actor: Actor) -> bool:
    return task.element_id == element and task.assignee_id in (None, actor.account_id)


def sample_pdf(title: str) -> bytes:
    """A small, valid PDF that stands for a file an applicant hands in."""
    text = title.encode("latin-1", "replace").replace(b"(", b"").replace(b")", b"")
    stream = b"BT /F1 14 Tf 72 760 Td (" + text + b") Tj ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size, start = len(objects) + 1, len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    return out + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)
