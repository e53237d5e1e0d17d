"""What one completed task costs as a case grows old: our services against the stock serializer."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.spiff.parser import SpiffBpmnParser
from SpiffWorkflow.spiff.serializer import DEFAULT_CONFIG
from SpiffWorkflow.util.task import TaskState
from sqlalchemy import func, select, text
from sqlmodel import col

from grantflow.services.policy import SYSTEM
from grantflow.store import db
from grantflow.store.tables import ProcessInstance
from tests.benchmark import diagrams
from tests.benchmark.world import Bench

AGES = (20, 100, 400, 1000)
SAMPLES = 15


def timed(act: Callable[[], object]) -> float:
    """Milliseconds."""
    before = time.perf_counter()
    act()
    return (time.perf_counter() - before) * 1000


def ours(bench: Bench) -> dict[str, Any]:
    """Median of committed service steps at each age, and the size of the stored state."""
    case_id, done = bench.new_case(), 0
    steps, sizes = {}, {}
    for age in AGES:
        while done < age:
            bench.step(case_id, done)
            done += 1
        samples = []
        for _ in range(SAMPLES):
            with db.reading(bench.sessions, bench.officer.scope) as session:
                task_id = bench.open_task(session, case_id)
            samples.append(timed(lambda t=task_id: bench.complete(t, 1)))
        done += SAMPLES
        steps[age] = median(samples)
        with db.reading(bench.sessions, SYSTEM.scope) as session:
            size = select(func.max(func.length(col(ProcessInstance.state))))
            sizes[age] = session.scalar(size.where(col(ProcessInstance.case_id) == case_id))
    return {"step_service_ms": steps, "state_bytes": sizes}


def stock(bench: Bench) -> dict[str, Any]:
    """SpiffWorkflow as documented: everything as JSON in one row, loaded and saved at each step."""
    for name in ("spiff", "spiff.workflow", "spiff.task", "spiff.data"):
        logging.getLogger(name).setLevel(logging.WARNING)
    parser = SpiffBpmnParser()
    parser.add_bpmn_xml(etree.fromstring(diagrams.stock()))
    spec, subs = parser.get_spec("lifecycle"), parser.get_subprocess_specs("lifecycle")
    serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(DEFAULT_CONFIG))
    workflow = BpmnWorkflow(spec, subs)
    workflow.do_engine_steps()
    engine = db.connect(bench.urls.owner, 1).engine
    with engine.begin() as connection:
        connection.execute(text("create table stock_case (id int primary key, state text)"))
        row = {"state": serializer.serialize_json(workflow)}
        connection.execute(text("insert into stock_case values (1, :state)"), row)
    steps: dict[int, float | None] = {}
    done = 0
    for age in AGES:
        done = _age(workflow, done, age)
        state = serializer.serialize_json(workflow)
        with engine.begin() as connection:
            connection.execute(text("update stock_case set state = :s"), {"s": state})
        steps[age] = _sample(engine, serializer) if done >= age else None
    engine.dispose()
    return {"stock_step_ms": steps, "stock_stalls_at": done if done < AGES[-1] else None}


def _age(workflow: BpmnWorkflow, done: int, age: int) -> int:
    """Complete tasks in memory until the age is reached or the engine finds no task any more."""
    while done < age:
        task = workflow.get_next_task(state=TaskState.READY, manual=True)
        if task is None:
            break
        task.set_data(**diagrams.answers(done))
        task.run()
        workflow.do_engine_steps()
        done += 1
    return done


def _sample(engine: Any, serializer: BpmnWorkflowSerializer) -> float:
    samples = []
    for _ in range(5):
        with engine.connect() as connection:
            samples.append(timed(lambda c=connection: _stock_step(c, serializer)))
    return median(samples)


def _stock_step(connection: Any, serializer: BpmnWorkflowSerializer) -> None:
    state = connection.execute(text("select state from stock_case for update")).scalar_one()
    workflow = serializer.deserialize_json(state)
    task = workflow.get_next_task(state=TaskState.READY, manual=True)
    task.set_data(**diagrams.answers(1))
    task.run()
    workflow.do_engine_steps()
    row = {"s": serializer.serialize_json(workflow)}
    connection.execute(text("update stock_case set state = :s"), row)
    connection.commit()
