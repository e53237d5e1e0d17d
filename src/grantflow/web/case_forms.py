"""The answers of a case with their revisions and differences, and the files handed in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from grantflow.errors import NotFound
from grantflow.forms import Form, FormView
from grantflow.services import answers
from grantflow.services.documents import list_documents
from grantflow.services.insight import sealed_tasks
from grantflow.services.policy import Actor
from grantflow.store import casefile as rows
from grantflow.store import forms_data
from grantflow.store.forms_data import Revision
from grantflow.store.tables import Document
from grantflow.texts import text
from grantflow.web import casefile, formats
from grantflow.web.casefile import CaseFile
from grantflow.web.deps import CurrentDoor, StaffActor, visitor

router = APIRouter(prefix="/cases/{case_id}")


@dataclass(frozen=True)
class Earlier:
    """One revision in the list below a form; ``href`` compares it with the one before."""

    number: int
    by: str | None
    at: str
    href: str | None


@dataclass(frozen=True)
class Answered:
    """A form with its newest answers in one process; no view while not for this reader."""

    form: str
    task_id: UUID | None
    instance_id: UUID | None
    process: str
    anchor: str
    title: str
    item: str
    about: str  # the item as the title of the form goes on with it: "by …", "for …"
    revision: int
    by: str | None
    at: str
    day: str
    view: FormView | None
    earlier: tuple[Earlier, ...]


@dataclass(frozen=True)
class Reader:
    """Who reads the answers of which case, and in which language."""

    session: Session
    file: CaseFile
    language: str
    sealed: frozenset[UUID]  # tasks whose answers this reader may not see yet

    def may_see(self, revision: Revision) -> bool:
        """Whether these answers are open to the reader."""
        return revision.row.task_id not in self.sealed


@router.get("/forms")
def forms(case_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """Every form that was answered, the newest answers open for reading."""
    with door.reading(actor) as session:
        file = casefile.open_file(session, actor, case_id)
        reader = reader_of(session, actor, file, visitor(request).language)
        return casefile.show(
            request, file, "forms", "case/forms.html", forms=answered_forms(reader)
        )


def reader_of(session: Session, actor: Actor, file: CaseFile, language: str) -> Reader:
    """The reader, with what is still sealed for them."""
    sealed = sealed_tasks(session, actor, file.parts.case)
    return Reader(session, file, language, sealed)


def answered_forms(reader: Reader) -> list[Answered]:
    """The forms of each process of a case, in the order in which they were last answered."""
    found = forms_data.revisions(reader.session, reader.file.id)
    by_form = sorted(found, key=lambda one: (*_place(one), one.row.revision))
    groups = [list(group) for _, group in groupby(by_form, key=_place)]
    groups.sort(key=lambda group: group[-1].row.at)
    items = _item_names(reader.session, (group[-1].row.item for group in groups))
    return [_answered(reader, group, items) for group in groups]


def _place(one: Revision) -> tuple[str, str, str]:
    return (one.row.form, one.row.item, str(one.instance_id))


def _item_names(session: Session, items: Iterable[str]) -> Mapping[str, str]:
    """Items are mostly account ids of reviewers; those get the person's name."""
    ids = {}
    for item in items:
        try:
            ids[item] = UUID(item)
        except ValueError:
            continue
    known = rows.names(session, list(ids.values()))
    return {item: known[account_id] for item, account_id in ids.items() if account_id in known}


def _answered(reader: Reader, group: Sequence[Revision], items: Mapping[str, str]) -> Answered:
    newest = group[-1]
    row = newest.row
    return Answered(
        form=row.form,
        task_id=row.task_id,
        instance_id=newest.instance_id,
        process=casefile.stage_name(reader.file.programme, newest.process_id, reader.language),
        anchor="-".join(filter(None, (row.form, row.item, str(row.revision)))),
        title=answers.title_of(reader.file.programme, row.form, reader.language),
        item=items.get(row.item, row.item),
        about=_about(row.item, items.get(row.item), reader.language),
        revision=row.revision,
        by=newest.by,
        at=formats.moment(row.at, reader.language),
        day=formats.short_day(row.at, reader.language),
        view=_view(reader, newest) if reader.may_see(newest) else None,
        earlier=_earlier(reader, group) if len(group) > 1 and reader.may_see(newest) else (),
    )


def _about(item: str, person: str | None, language: str) -> str:
    """An item that is an account names who answered, e.g. a reviewer; any other says for what."""
    if person:
        return text("case.forms.item_of", language, person=person)
    return text("case.forms.item", language, item=item) if item else ""


def _view(reader: Reader, revision: Revision) -> FormView | None:
    form = _form(reader.file, revision.row.form)
    if form is None:
        return None
    given, case = revision.row.answers, reader.file.parts.case
    options = answers.options_read(reader.session, form, case, given)
    return form.view(given, language=reader.language, options=options, readonly=True)


def _form(file: CaseFile, name: str) -> Form | None:
    """The form, unless the case has moved to a version without it."""
    return file.programme.forms.get(name)


def _earlier(reader: Reader, group: Sequence[Revision]) -> tuple[Earlier, ...]:
    numbers = {one.row.revision for one in group}
    found = []
    for revision in reversed(group):
        row = revision.row
        query = urlencode({"form": row.form, "item": row.item, "revision": row.revision})
        comparable = row.revision - 1 in numbers
        href = f"/cases/{reader.file.id}/forms/changes?{query}" if comparable else None
        at = formats.moment(row.at, reader.language)
        found.append(Earlier(row.revision, revision.by, at, href))
    return tuple(found)


@router.get("/forms/changes")
def changes(
    case_id: UUID,
    form: str,
    revision: int,
    request: Request,
    actor: StaffActor,
    door: CurrentDoor,
    item: str = "",
) -> Response:
    """What changed from the revision before to this one."""
    language = visitor(request).language
    with door.reading(actor) as session:
        file = casefile.open_file(session, actor, case_id)
        reader = reader_of(session, actor, file, language)
        new = rows.revision_of(session, case_id, form, item, revision)
        old = rows.revision_of(session, case_id, form, item, revision - 1)
        if {new.task_id, old.task_id} & reader.sealed:
            raise NotFound("case.forms.no_revision")
        known = file.programme.form(form)
        options = answers.options_read(session, known, file.parts.case, old.answers, new.answers)
        return casefile.show(
            request,
            file,
            "forms",
            "case/changes.html",
            title=known.title[language],
            number=revision,
            by=rows.names(session, [new.by]).get(new.by),
            at=new.at,
            changes=known.diff(old.answers, new.answers, options),
        )


@dataclass(frozen=True)
class DocumentLine:
    """A file and the field it was handed in for."""

    row: Document
    place: str


@router.get("/documents")
def documents(case_id: UUID, request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """The files handed in with the case."""
    language = visitor(request).language
    with door.reading(actor) as session:
        file = casefile.open_file(session, actor, case_id)
        found = list_documents(session, actor, case_id)
        lines = [DocumentLine(row, _handed_in_at(file, row, language)) for row in found]
        names = rows.names(session, [row.by for row in found])
        return casefile.show(
            request, file, "documents", "case/documents.html", documents=lines, names=names
        )


def _handed_in_at(file: CaseFile, row: Document, language: str) -> str:
    form = _form(file, row.form)
    if form is None:
        return row.form
    labels = [f.label(language) for f in form.file_fields() if f.path == row.field]
    return " · ".join([form.title[language], *labels])
