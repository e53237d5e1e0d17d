"""The stages that programmes know, with the names they give them; for filters and lists."""

from __future__ import annotations

from sqlalchemy.orm import Session

from grantflow.programmes.load import Programme
from grantflow.services.catalogue import programme_of
from grantflow.services.policy import Actor
from grantflow.services.reach import case_reach
from grantflow.store import casefile as rows
from grantflow.web.casefile import stage_name


def codes(programme: Programme) -> set[str]:
    """The stages a programme puts its cases into."""
    return {
        element.properties["stage"]
        for process_id in programme.processes
        for element in programme.process(process_id).elements.values()
        if element.properties.get("stage")
    }


def names(session: Session, actor: Actor, language: str) -> dict[str, str]:
    """Stage code -> name, for the programmes in force that the actor works for."""
    reach = None if actor.is_system else case_reach(actor)
    found: dict[str, str] = {}
    for version_id in rows.published_versions(session, reach):
        programme = programme_of(session, version_id)
        for stage in codes(programme):
            found.setdefault(stage, stage_name(programme, stage, language))
    return found


def choices(named: dict[str, str]) -> list[tuple[str, str]]:
    """The stages for a filter, by name."""
    return sorted(named.items(), key=lambda choice: choice[1].lower())
