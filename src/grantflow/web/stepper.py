"""The way through the stages of a programme, and how far a case has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from grantflow.programmes.load import Programme
from grantflow.store.tables import Case, ProcessInstance

_CALL = "{http://www.omg.org/spec/BPMN/20100524/MODEL}callActivity"
_STATES = {"ended": "done", "running": "now", "cancelled": "stopped"}


@dataclass(frozen=True)
class Step:
    """One stage: its name, and whether it is done, now, stopped or still to come (``next``)."""

    process_id: str
    name: str
    state: str = "next"


def planned(programme: Programme, language: str) -> list[Step]:
    """The stages in the order in which the lifecycle calls them."""
    return [Step(called, _name(programme, called, language)) for called in _calls(programme)]


def _calls(programme: Programme) -> list[str]:
    """Processes that the lifecycle calls, each once, from left to right as they are drawn."""
    definition = programme.process(programme.file.lifecycle)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    root = etree.fromstring(definition.xml, parser)
    places = _places(root)
    calls = [(call.get("id", ""), call.get("calledElement", "")) for call in root.iter(_CALL)]
    calls.sort(key=lambda call: places.get(call[0], 0.0))
    return list(dict.fromkeys(called for _, called in calls if called in programme.processes))


def _places(root: etree._Element) -> dict[str, float]:
    found = {}
    for shape in root.iter("{*}BPMNShape"):
        bounds = shape.find("{*}Bounds")
        if bounds is not None:
            found[shape.get("bpmnElement", "")] = float(bounds.get("x", "0"))
    return found


def _name(programme: Programme, process_id: str, language: str) -> str:
    definition = programme.process(process_id)
    return (definition.name_en if language == "en" else "") or definition.name or process_id


def steps(
    programme: Programme, case: Case, instances: Sequence[ProcessInstance], language: str
) -> list[Step]:
    """The stages with how far the case has come; after its end what was not begun is left out."""
    latest = {row.process_id: row.status for row in instances}
    found = [
        Step(step.process_id, step.name, _STATES.get(latest.get(step.process_id, ""), "next"))
        for step in planned(programme, language)
    ]
    if case.closed_at is None:
        return found
    return [step for step in found if step.state != "next"] or found[:1]
