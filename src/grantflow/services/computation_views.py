"""What staff read of the computations of a case: all of them, or those beside a task."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow.engine import Element
from grantflow.errors import NotAllowed, NotFound
from grantflow.services.cases import get_case
from grantflow.services.catalogue import programme_of
from grantflow.services.insight import require_file
from grantflow.services.policy import Actor
from grantflow.store import computations as rows
from grantflow.store import forms_data
from grantflow.store.tables import Computation, Task


def of_case(session: Session, actor: Actor, case_id: UUID) -> Sequence[Computation]:
    """Everything computed in a case, newest first, for whoever may read its file.

    Raises NotFound (also for applicants, who are told results by letter), NotAllowed.
    """
    case = get_case(session, actor, case_id)
    if actor.is_applicant:
        raise NotFound("services.cases.not_found")
    require_file(actor, case)
    return rows.list_computations(session, case_id)


def beside(session: Session, actor: Actor, task: Task) -> Sequence[Computation]:
    """What the process of a task has computed, the newest of each step, newest first.

    What was computed out of answers that have been given anew since is left out: it is history.
    Empty for whoever may not read the file. Raises NotFound.
    """
    case = get_case(session, actor, task.case_id)
    if actor.is_applicant:
        return ()
    try:
        require_file(actor, case)
    except NotAllowed:  # a panel member reviews without the file
        return ()
    found = rows.of_instances(session, case.id, [task.instance_id])
    elements = programme_of(session, case.programme_version_id).process(task.process_id).elements
    return [row for row in found if _still_rests(session, row, elements.get(row.element_id))]


def _still_rests(session: Session, row: Computation, element: Element | None) -> bool:
    """Whether the answers it was computed out of (``answers_from``: a form) are still the last."""
    form = element.properties.get("answers_from") if element else None
    latest = forms_data.find_latest(session, row.case_id, form) if form else None
    return latest is None or latest.at <= row.at
