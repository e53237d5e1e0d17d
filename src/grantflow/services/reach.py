"""Where somebody's roles let them see cases and tasks: authorities and programmes."""

from __future__ import annotations

from collections.abc import Collection

from grantflow.services.policy import WITHOUT_CASES, Actor, Role
from grantflow.store.cases import Reach
from grantflow.store.worklists import Sight

# They see what they are asked to review, not everybody else's work.
BY_INVITATION = frozenset({Role.PANEL_MEMBER})


def _sorted(found: set[Reach]) -> tuple[Reach, ...]:
    return tuple(sorted(found, key=str))


def case_reach(actor: Actor) -> tuple[Reach, ...]:
    """Authorities and programmes (None: all of them) whose cases the actor may see in lists."""
    shut = WITHOUT_CASES | BY_INVITATION
    return _sorted({(g.authority_id, g.programme_id) for g in actor.grants if g.role not in shut})


def sight(actor: Actor) -> Sight:
    """Which open tasks the actor may see."""
    roles: dict[str, set[Reach]] = {}
    wide: set[Reach] = set()
    for grant in actor.grants:
        where = (grant.authority_id, grant.programme_id)
        roles.setdefault(grant.role, set()).add(where)
        if grant.role not in WITHOUT_CASES | BY_INVITATION:
            wide.add(where)
    by_role = {role: _sorted(found) for role, found in sorted(roles.items())}
    return Sight(actor.account_id, by_role, _sorted(wide), actor.organisations)


def reach_of(actor: Actor, roles: Collection[str]) -> tuple[Reach, ...]:
    """Where the actor holds one of some roles."""
    return _sorted({(g.authority_id, g.programme_id) for g in actor.grants if g.role in roles})
