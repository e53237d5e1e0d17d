"""Answers to the form of a task: checked against form, choices and documents, kept as revisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.errors import Invalid
from grantflow.forms import Form, Option
from grantflow.forms.field import OFFERED
from grantflow.programmes import contest_days, grant_limits, last_days, need_window
from grantflow.programmes.constants import constants
from grantflow.programmes.load import Programme
from grantflow.services import balances, policy, profiles, statements
from grantflow.services.policy import Actor
from grantflow.store import acts, forms_data, suspensions
from grantflow.store import documents as document_rows
from grantflow.store import letters as letter_rows
from grantflow.store import people as people_rows
from grantflow.store.casefile import names as account_names
from grantflow.store.cases import LockedCase
from grantflow.store.forms_data import NewAnswers
from grantflow.store.tables import Case, Document, Task

NO_FORM = "none"
REQUESTED, TITLE = "requested_amount", "project_title"
LONGEST_TITLE = 200
PANEL = "panel_members"
REMEDY_OF = {"decisions_to_object_to": "objection", "decisions_to_sue_against": "court_action"}
Options = Mapping[str, Sequence[Option]]


@dataclass(frozen=True)
class Checked:
    """Answers that may be kept, and the routing values that go on into the diagram."""

    answers: dict[str, Any]
    routing: dict[str, Any]


def form_of(programme: Programme, task: Task) -> Form | None:
    """The form of a task; None for a task that is only confirmed. Raises NotFound."""
    return None if task.form == NO_FORM else programme.form(task.form)


def item_of(task: Task) -> str:
    """What distinguishes several answers to one form in a case, e.g. the reviewer."""
    return str(task.facts.get("item") or "")


def context_of(
    session: Session, programme: Programme, form: Form | None, task: Task, case: Case
) -> dict[str, Any]:
    """What expressions of the form may use besides the answers.

    These are the terms of the programme, the task's routing values and, for a form that shows
    them, the receipts.
    """
    known = {**constants(programme.file), "case_title": case.title, "reference": case.reference}
    data = task.facts.get("data", {})
    item = item_of(task)
    shown = statements.receipts_shown(session, form, case, item, data) if form else {}
    return {**known, **data, **shown}


def options_of(session: Session, form: Form, case: Case) -> dict[str, Sequence[Option]]:
    """Choices that only the case knows: its documents per file field, the panel's members."""
    found: dict[str, Sequence[Option]] = {}
    names = {field.options_from for field in form.every_field if field.options_from}
    if PANEL in names:
        members = people_rows.list_holders(
            session, policy.Role.PANEL_MEMBER, case.authority_id, case.programme_id
        )
        excluded = policy.excluded_accounts(session, case.id)
        found[PANEL] = [
            Option(str(member.id), member.name, member.name)
            for member in members
            if member.id not in excluded
        ]
    files = form.file_fields()
    if files:
        handed_in = document_rows.list_documents(session, case.id)
        for field in files:
            found[field.path] = [
                _document(row)
                for row in handed_in
                if row.form == form.name and row.field == field.path
            ]
    return found


def options_read(
    session: Session, form: Form, case: Case, *given: Mapping[str, Any]
) -> dict[str, Sequence[Option]]:
    """The choices under which kept answers are read: whoever was named stays named.

    People who declared a conflict since, or left the panel, can no longer be chosen; what was
    submitted does not change by that.
    """
    found = options_of(session, form, case)
    if PANEL in found:
        offered = {option.value for option in found[PANEL]}
        named = {one for answers in given for one in form.picked(answers, PANEL)}
        gone = [UUID(one) for one in named - offered]
        names = account_names(session, gone)
        earlier = [Option(str(account), name, name) for account, name in names.items()]
        found[PANEL] = sorted([*found[PANEL], *earlier], key=lambda option: option.label)
    return found


def offered(session: Session, programme: Programme, form: Form, case: Case) -> Options:
    """What the case has of a form's fixed choices: its ``decisions`` are acts that have left it.

    For a remedy those are offered against which none of its kind is pending yet.
    """
    wanted = {field.offered for field in form.every_field} & OFFERED
    if not wanted:
        return {}
    sent = letter_rows.dispatched_acts(session, case.id, programme.acts)
    pending = {(one.remedy, one.subject) for one in suspensions.running(session, case.id)}
    return {
        name: [Option(act, act) for act in sent if (REMEDY_OF.get(name), act) not in pending]
        for name in wanted
    }


def _document(row: Document) -> Option:
    return Option(str(row.id), row.name, row.name)


def check(
    session: Session,
    programme: Programme,
    form: Form,
    task: Task,
    case: Case,
    raw: Mapping[str, Any],
    language: str,
) -> Checked:
    """Check raw answers, written in ``language``.

    Invalid carries every problem with its place (``plan.0.amount``). A document counts only if it
    was handed in for this field of this case. A drafted decision grants no more than was asked for
    and than its funding lines allow; a payment request reaches no further than the window of prompt
    use and the rest of the grant; a hearing leaves time to answer; a remedy comes after its
    decision.
    """
    options = {**options_of(session, form, case), **offered(session, programme, form, case)}
    context = context_of(session, programme, form, task, case)
    answers = form.validate(raw, context=context, options=options, language=language)
    above = [*grant_limits.exceeded(programme.file, case.requested, answers)]
    today = clock.today()
    if need_window.is_request(answers):
        above += need_window.exceeded(profiles.for_case(session, case, today), today, answers)
        above += need_window.above_rest(balances.unpaid(session, case), answers)
    if last_days.gives_time(answers):
        above += last_days.refused(profiles.terms(session, programme, today), today, answers)
    if name := contest_days.contested(answers):
        above += contest_days.refused(_left_on(session, case, name), answers)
    if above:
        raise Invalid(above)
    return Checked(answers, form.routing(answers))


def _left_on(session: Session, case: Case, name: str) -> date | None:
    """The day in Germany on which the first letter of that name left the case."""
    found = acts.first_left(session, case.id, name)
    return found.astimezone(clock.BERLIN).date() if found else None


def keep(
    session: Session, actor: Actor, case: Case, task: Task, answers: Mapping[str, Any]
) -> None:
    """Store checked answers as the next revision of form and item."""
    forms_data.add_revision(
        session,
        NewAnswers(
            case_id=case.id,
            authority_id=case.authority_id,
            form=task.form,
            item=item_of(task),
            answers=answers,
            task_id=task.id,
            at=clock.now(),
            by=actor.account_id,
        ),
    )


def tell_case(case: LockedCase, checked: Checked) -> None:
    """Let the case know what its lists show: how much is asked for, and under which title.

    By convention these are the answers ``requested_amount`` (euro) and ``project_title``.
    """
    if checked.routing.get(REQUESTED) is not None:
        case.requested = Decimal(str(checked.answers.get(REQUESTED)))
    title = " ".join(str(checked.answers.get(TITLE) or "").split())
    if title:
        case.title = title[:LONGEST_TITLE]


def beginning(
    session: Session, programme: Programme, form: Form, task: Task, context: Mapping[str, Any]
) -> tuple[Mapping[str, Any], str]:
    """What a person finds in the form of an open task, and where it is from.

    ``previous`` are the answers last given to the same form and item in the same process, which
    has come back to it, or in an earlier run of the same stage. Another request, review or claim
    begins anew: ``start`` is the form's own beginning. Fields nobody may change follow ``context``,
    and choices the diagram branches on are made anew (``Form.repeated``), but not in a draft that
    the second pair of eyes has sent back: there only what they found wrong is changed.
    """
    lifecycle = programme.file.lifecycle
    earlier = forms_data.find_earlier(session, task, item_of(task), lifecycle)
    if earlier is not None:
        again = form.renewed if task.facts.get("returned") else form.repeated
        return again(earlier.answers, context), "previous"
    return form.start(context), "start"


def given_in(session: Session, task: Task) -> Mapping[str, Any]:
    """The answers that were given when a task was done; empty for a task without a form."""
    found = forms_data.find_of_task(session, task.id)
    return found.answers if found else {}


def title_of(programme: Programme, form: str, language: str) -> str:
    """The title of a form, or its name where a version has no form of that name."""
    known = programme.forms.get(form)
    return known.title["en" if language == "en" else "de"] if known else form
