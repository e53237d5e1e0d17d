"""From BPMN files to definitions that can be run."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException

from grantflow.decisions import DecisionTable
from grantflow.engine.elements import Element, message_start, read_elements
from grantflow.engine.prepare import prepare
from grantflow.engine.rewrite import rewrite
from grantflow.engine.spiff import Parser
from grantflow.engine.writes import written
from grantflow.engine.xml import load_xml, properties, tag
from grantflow.errors import BadProgramme, Problem

# Below WARNING SpiffWorkflow puts all task data into every record.
logging.getLogger("spiff").setLevel(logging.WARNING)


@dataclass(frozen=True, eq=False)
class Definition:
    """One process of a programme, ready to run; immutable and shared by all its instances.

    ``writes`` are the variables its elements set; ``message_start`` names the message that starts
    it; ``constants`` are what its expressions know besides the data of an instance. While a process
    with ``holds_payments`` runs nobody else orders payments; one with ``changes_grant`` decides on
    the amount of the grant. ``spec`` and ``subs`` are SpiffWorkflow's and nobody's business outside
    the engine.
    """

    process_id: str
    name: str
    name_en: str
    file: str
    xml: bytes
    elements: Mapping[str, Element]
    message_start: str | None
    holds_payments: bool
    changes_grant: bool
    writes: frozenset[str]
    decisions: Mapping[str, DecisionTable]
    spec: Any = field(repr=False)
    subs: Mapping[str, Any] = field(repr=False)
    constants: Mapping[str, Any] = field(default_factory=dict)


def _problem(error: ValidationException, file: str, process_id: str) -> Problem:
    place = f"{file}#{getattr(error, 'id', None) or process_id}"
    return Problem("lint.not_runnable", {"detail": str(error)}, place)


def _definition(
    process: Any, raw: bytes, file: str, decisions: Mapping[str, DecisionTable]
) -> Definition:
    process_id = process.get("id", "")
    elements = read_elements(process)
    started_by = message_start(process)
    writes = written(process, decisions)
    own = properties(process)
    root = process.getroottree().getroot()
    rewrite(process)
    parser = Parser()
    parser.add_bpmn_xml(root, filename=file)
    spec = parser.get_spec(process_id)
    subs = parser.get_subprocess_specs(process_id)
    for each in [spec, *subs.values()]:
        prepare(each, elements, root)
    return Definition(
        process_id=process_id,
        name=process.get("name", process_id),
        name_en=own.get("name_en", ""),
        file=file,
        xml=raw,
        elements=elements,
        message_start=started_by,
        holds_payments=own.get("holds_payments") == "true",
        changes_grant=own.get("changes_grant") == "true",
        writes=writes,
        decisions=decisions,
        spec=spec,
        subs=subs,
    )


def _definitions(
    raw: bytes, file: str, decisions: Mapping[str, DecisionTable], problems: list[Problem]
) -> Iterator[Definition]:
    try:
        ids = [process.get("id", "") for process in load_xml(raw, file).iter(tag("process"))]
    except BadProgramme as error:
        problems += error.problems
        return
    for process_id in ids:
        # Each process gets a tree of its own, because redrawing changes it.
        root = load_xml(raw, file)
        process = next(p for p in root.iter(tag("process")) if p.get("id", "") == process_id)
        try:
            yield _definition(process, raw, file, decisions)
        except ValidationException as error:
            problems.append(_problem(error, file, process_id))


def parse(
    files: Mapping[str, bytes], decisions: Mapping[str, DecisionTable]
) -> Mapping[str, Definition]:
    """The processes of some BPMN files by process id.

    Only what stands in the way of running is refused here; ``lint`` says far more. Raises
    BadProgramme with all problems, each with ``file#element``.
    """
    found: dict[str, Definition] = {}
    problems: list[Problem] = []
    for file, raw in files.items():
        for definition in _definitions(raw, file, decisions, problems):
            if definition.process_id in found:
                other = found[definition.process_id].file
                params = {"process": definition.process_id, "file": other}
                place = f"{file}#{definition.process_id}"
                problems.append(Problem("lint.process_twice", params, place))
            found[definition.process_id] = definition
    if problems:
        raise BadProgramme(problems)
    return found
