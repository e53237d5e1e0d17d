"""What the diagrams of a programme may refer to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from grantflow.decisions import DecisionTable
from grantflow.engine.lint.diagram import Diagram, Level
from grantflow.engine.writes import written
from grantflow.engine.xml import local, properties
from grantflow.expressions import Entries


@dataclass(frozen=True)
class EffectRule:
    """Which parameters an effect needs, may have, and what some of them may be.

    An ``open`` effect takes any further parameters; of ``one_of`` exactly one is needed.
    """

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    open: bool = False
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    one_of: tuple[str, ...] = ()


@dataclass(frozen=True)
class LintContext:
    """The vocabulary around the diagrams: given by the programme and by the application.

    None: cannot be known, so that nothing is unknown. Not ``whole``: something that may set values
    could not be read, so that no value can be said to be set nowhere.
    """

    effects: Mapping[str, EffectRule] = field(default_factory=dict)
    lanes: Mapping[str, str] | None = field(default_factory=dict)
    roles: frozenset[str] = frozenset()
    forms: Mapping[str, frozenset[str]] = field(default_factory=dict)  # name -> routing names
    letters: frozenset[str] = frozenset()
    decisions: frozenset[str] | None = frozenset()
    processes: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()  # set before a process starts
    constants: Entries = field(default_factory=dict)  # name -> entries of its rows; never set
    whole: bool = True


@dataclass(frozen=True)
class Context:
    """The vocabulary together with what the diagrams themselves bring along."""

    known: LintContext
    tables: Mapping[str, DecisionTable]
    variables: frozenset[str]
    user_tasks: frozenset[str]
    processes: frozenset[str]
    whole: bool = True  # whether every diagram could be read

    @classmethod
    def of(
        cls,
        diagrams: Iterable[Diagram],
        tables: Mapping[str, DecisionTable],
        known: LintContext,
        *,
        whole: bool = True,
    ) -> Context:
        """Gather the variables, user tasks and processes of all diagrams."""
        diagrams = list(diagrams)
        levels = [level for diagram in diagrams for level in diagram.levels]
        processes = [process for diagram in diagrams for process in diagram.processes]
        variables = set(known.variables)
        for process in processes:
            variables |= written(process, tables)
        for level in levels:
            variables |= set(_from_people(level, known))
        tasks = {n.get("id", "") for lv in levels for n in lv.nodes if local(n) == "userTask"}
        return cls(
            known=known,
            tables=tables,
            variables=frozenset(variables),
            user_tasks=frozenset(tasks),
            processes=known.processes | {p.get("id", "") for p in processes},
            whole=whole,
        )

    def unset(self, names: frozenset[str]) -> list[str]:
        """Those of the names that nothing sets, as far as everything that sets could be read."""
        return sorted(names - self.variables) if self.whole and self.known.whole else []


def form_of(node: object) -> str:
    """The form of a user task: its property, else its id."""
    return properties(node).get("form") or str(node.get("id", ""))  # type: ignore[attr-defined]


def _from_people(level: Level, known: LintContext) -> Iterator[str]:
    """What people enter: the routing fields of forms, and a declared conflict of interest."""
    for node in level.nodes:
        if local(node) == "userTask":
            yield from known.forms.get(form_of(node), ())
            if properties(node).get("declaration"):
                yield "conflict"
