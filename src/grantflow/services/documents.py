"""Files handed in with a case: added, taken back, fetched."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.documents import Blobs, inspect
from grantflow.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from grantflow.forms import Field
from grantflow.services import answers, audit, policy
from grantflow.services.catalogue import programme_of
from grantflow.services.policy import Actor
from grantflow.services.task_rules import require_may_do
from grantflow.settings import settings
from grantflow.store import cases as case_rows
from grantflow.store import documents as rows
from grantflow.store import reviews
from grantflow.store import tasks as task_rows
from grantflow.store.tables import Case, Document, Task

MOST_FILES = 100
"""Files of one case; far more than anybody needs, and a limit for whoever tries."""


def add_document(
    session: Session,
    actor: Actor,
    task_id: UUID,
    field: str,
    name: str,
    content: bytes,
    blobs: Blobs,
) -> Document:
    """Hand in a file for a file field of an open task's form.

    ``field`` is the path of the field. The file must be what its ending says, of a kind the field
    takes, and no larger than the installation allows. Raises Invalid (named after the field),
    NotAllowed, Conflict, NotFound.
    """
    found = task_rows.task_for(session, task_id, actor.account_id)
    case: Case = case_rows.get_case(session, found.task.case_id)
    require_may_do(session, actor, case, found)
    accept = _field(session, case, found.task, field).limits.accept
    megabytes = settings().upload_megabytes
    inspected = inspect(name, content, megabytes=megabytes, place=field, accept=accept)
    if len(rows.list_documents(session, case.id)) >= MOST_FILES:
        raise Invalid([Problem("services.documents.too_many", {"most": MOST_FILES}, field)])
    # The store may be slow, so nobody's lock is held meanwhile; the task is looked at again after.
    blobs.put(content)
    case = case_rows.lock_case(session, case.id)
    require_may_do(session, actor, case, task_rows.task_for(session, task_id, actor.account_id))
    document = Document(
        case_id=case.id,
        authority_id=case.authority_id,
        form=found.task.form,
        field=field,
        name=inspected.name,
        media_type=inspected.media_type,
        size=inspected.size,
        sha256=inspected.sha256,
        at=clock.now(),
        by=policy.require_account(actor),
    )
    rows.add_document(session, document)
    _record(session, actor, case, document, "document.added")
    return document


def _field(session: Session, case: Case, task: Task, path: str) -> Field:
    form = answers.form_of(programme_of(session, case.programme_version_id), task)
    found = next((one for one in form.file_fields() if one.path == path), None) if form else None
    if found is None:
        raise NotFound("services.documents.no_such_field", field=path)
    return found


def remove_document(session: Session, actor: Actor, document_id: UUID) -> None:
    """Take a file back that was not handed in with finished answers yet.

    The bytes stay for the history. Raises NotAllowed for files of others, Conflict once answers
    that name it were given, NotFound.
    """
    document = rows.get_document(session, document_id)
    case = case_rows.lock_case(session, document.case_id)
    policy.require_case(actor, case)
    policy.require_not_excluded(session, actor, case.id)
    if document.by != actor.account_id and not (
        actor.is_applicant and actor.acts_for(case.organisation_id)
    ):
        raise NotAllowed("services.documents.not_yours")
    if rows.is_named_in_answers(session, case.id, document.id):
        raise Conflict("services.documents.handed_in")
    document.removed_at = clock.now()
    _record(session, actor, case, document, "document.removed")


def get_document(
    session: Session, actor: Actor, document_id: UUID, blobs: Blobs
) -> tuple[Document, bytes]:
    """A file the actor may see (``list_documents``). Raises NotFound, NotAllowed if excluded."""
    document = rows.get_document(session, document_id)
    case = case_rows.get_case(session, document.case_id)
    if not policy.may_see_case(actor, case):
        raise NotFound("services.documents.not_found")
    policy.require_not_excluded(session, actor, case.id)
    if not _may_read(session, actor, case, document):
        raise NotFound("services.documents.not_found")
    return document, blobs.get(document.sha256)


def _may_read(session: Session, actor: Actor, case: Case, document: Document) -> bool:
    if _reads_all(actor, case) or document.by == actor.account_id:
        return True
    if not _reads_handed_in(session, actor, case):
        return False
    return rows.is_named_in_answers(session, case.id, document.id)


def _reads_all(actor: Actor, case: Case) -> bool:
    """The applicant's side works on its drafts together; the system is nobody."""
    return actor.is_system or actor.acts_for(case.organisation_id)


def _reads_handed_in(session: Session, actor: Actor, case: Case) -> bool:
    """Staff do; panel members once they declared for their review that they have no interests."""
    if not policy.only_panel(actor, case):
        return True
    return reviews.has_clear_review(session, case.id, policy.require_account(actor))


def list_documents(session: Session, actor: Actor, case_id: UUID) -> Sequence[Document]:
    """The files of a case the actor may see, oldest first. Raises NotFound, NotAllowed.

    What the applicant put into a draft is nobody else's until answers naming it were handed in.
    """
    case = case_rows.get_case(session, case_id)
    policy.require_case(actor, case)
    policy.require_not_excluded(session, actor, case_id)
    if _reads_all(actor, case):
        return rows.list_documents(session, case_id)
    if not _reads_handed_in(session, actor, case):
        return ()
    return rows.list_visible(session, case_id, actor.account_id)


def _record(session: Session, actor: Actor, case: Case, document: Document, kind: str) -> None:
    data = {"sha256": document.sha256, "form": document.form}
    if actor.is_applicant:
        # What is not handed in yet is nobody else's business, not even by its name.
        kind = f"{kind}_by_applicant"
    else:
        data["name"] = document.name
    audit.record(
        session, case.id, case.authority_id, actor, kind,
        public=actor.is_applicant, data=data,
    )  # fmt: skip
