"""Which running processes of a case belong together: a process, what called it, what it called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from grantflow.programmes.load import Programme
from grantflow.store.tables import ProcessInstance
from grantflow.texts import Worded


def lineage(
    running: Mapping[UUID, ProcessInstance], instance_id: UUID | None
) -> Iterator[ProcessInstance]:
    """A running process and those that called it, the outermost last."""
    one = running.get(instance_id) if instance_id else None
    while one is not None:
        yield one
        one = running.get(one.parent_id) if one.parent_id else None


def others(
    running: Sequence[ProcessInstance], instance_id: UUID | None
) -> Iterator[ProcessInstance]:
    """Those that are neither around nor in a process, nor the process itself."""
    by_id = {one.id: one for one in running}
    own = {one.id for one in lineage(by_id, instance_id)}
    for one in running:
        inside = any(above.id == instance_id for above in lineage(by_id, one.id))
        if one.id not in own and not inside:
            yield one


def named(programme: Programme, row: ProcessInstance) -> Worded:
    """The name of a process in both languages."""
    definition = programme.process(row.process_id)
    return Worded(definition.name, definition.name_en or definition.name)
