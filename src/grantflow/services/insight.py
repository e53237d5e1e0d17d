"""What of a case panel members may see: not its file, nor others' reviews before their own."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from grantflow.errors import NotAllowed
from grantflow.services.policy import Actor, only_panel
from grantflow.store.reviews import given_reviews
from grantflow.store.tables import Case


def require_file(actor: Actor, case: Case) -> None:
    """Raises NotAllowed for somebody who sees this case as a panel member only."""
    if only_panel(actor, case):
        raise NotAllowed("review.no_file")


def sealed_tasks(session: Session, actor: Actor, case: Case) -> frozenset[UUID]:
    """Reviews of a case whose answers the actor may not see yet.

    Whoever still has to review sees nobody's answers; a panel member without a review of their own
    in the case never does.
    """
    reviews = given_reviews(session, case.id)
    own = [one.task for one in reviews if one.task.assignee_id == actor.account_id]
    waiting = any(task.status == "open" for task in own)
    done = any(task.status == "done" for task in own)
    if not waiting and (done or not only_panel(actor, case)):
        return frozenset()
    return frozenset(one.task.id for one in reviews if one.task.assignee_id != actor.account_id)
