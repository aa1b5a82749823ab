"""Schedules and sensors as problems: one that cannot be evaluated, one that nobody switched on.

Belongs here: what their last ticks and their switches say. A flow in plan mode may stand still.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import dagster as dg

from woocp_pipelines.alerts.health_problems import DATABASE
from woocp_pipelines.defs.operations.alert_graph import FLOW_OF_JOB, Graph
from woocp_pipelines.defs.operations.dagster_types import (
    InstigatorState,
    InstigatorStatus,
    SerializableErrorInfo,
    TickStatus,
)
from woocp_pipelines.rules.alerting import OpenProblem
from woocp_pipelines.settings import FlowName, Settings

_FINISHED: Final = (TickStatus.SUCCESS, TickStatus.SKIPPED, TickStatus.FAILURE)
_CRITICAL_IN_A_ROW: Final = 3
_TEXT: Final = 500
_DATABASE_ERRORS: Final = frozenset({"OperationalError", "InterfaceError", "DBAPIError"})

States = Mapping[str, InstigatorState]


def read_states(instance: dg.DagsterInstance, location: str | None) -> dict[str, InstigatorState]:
    """What Dagster remembers of our schedules and sensors, by name.

    Args:
        instance: Dagster's.
        location: the name of our code location; None for any.
    """
    found: dict[str, InstigatorState] = {}
    for state in instance.all_instigator_state():
        origin = state.origin.repository_origin.code_location_origin
        if location is None or origin.location_name == location:
            found[state.instigator_name] = state
    return found


def failed_tick_problems(
    instance: dg.DagsterInstance, graph: Graph, states: States, *, but: Iterable[str]
) -> list[OpenProblem]:
    """Schedules and sensors whose last ticks failed; they start nothing while that is so."""
    kinds = {each.name: "schedule" for each in graph.repository.schedule_defs}
    kinds |= {each.name: "sensor" for each in graph.repository.sensor_defs}
    found = []
    for name in sorted(kinds.keys() & states.keys() - set(but)):
        state = states[name]
        if state.status == InstigatorStatus.STOPPED:
            continue
        ticks = instance.get_ticks(
            state.instigator_origin_id,
            state.selector_id,
            limit=_CRITICAL_IN_A_ROW,
            statuses=list(_FINISHED),
        )
        failed = [each.error for each in ticks if each.status == TickStatus.FAILURE]
        if ticks and ticks[0].status == TickStatus.FAILURE and failed[0] is not None:
            again = len(failed) >= _CRITICAL_IN_A_ROW
            found.append(_failed_tick(kinds[name], state, failed[0], again=again))
    return found


def _failed_tick(
    kind: str, state: InstigatorState, error: SerializableErrorInfo, *, again: bool
) -> OpenProblem:
    name, first = state.instigator_name, _innermost(error)
    is_database = first.cls_name in _DATABASE_ERRORS
    title = f"the {kind} {name} cannot be evaluated"
    return OpenProblem(
        key=DATABASE if is_database else f"tick:{name}",
        level="critical" if again else "warning",
        title="Counterpoint's database does not answer" if is_database else title,
        what=f"{title}: {first.cls_name}: {_first_line(first.message)}",
        next_step=f"open the {kind}'s page; its last tick has the whole error",
        page=f"/locations/{state.origin.repository_origin.get_label()}/{kind}s/{name}",
    )


def stopped_schedule_problems(
    graph: Graph, states: States, settings: Settings
) -> list[OpenProblem]:
    """Flows in apply mode whose schedules are switched off."""
    stopped: dict[FlowName, list[str]] = {}
    for schedule in graph.repository.schedule_defs:
        flow = FLOW_OF_JOB.get(schedule.job_name)
        if flow and settings.mode_of(flow) == "apply" and not is_running(schedule, states):
            stopped.setdefault(flow, []).append(schedule.name)
    return [
        OpenProblem(
            key=f"stopped:{flow}",
            level="warning",
            title=f"{flow} are in apply mode, but a schedule of theirs is switched off",
            what="Nothing runs by itself that is not switched on",
            next_step=f'switch it on under Automation, or set [flows.{flow}] mode = "plan"',
            page="/automation",
            records=tuple(names),
            count=len(names),
        )
        for flow, names in sorted(stopped.items())
    ]


def is_running(schedule: dg.ScheduleDefinition, states: States) -> bool:
    """Whether a schedule is switched on, by a person or by its definition."""
    state = states.get(schedule.name)
    if state is None or state.status == InstigatorStatus.DECLARED_IN_CODE:
        return schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    return state.status == InstigatorStatus.RUNNING


def _innermost(error: SerializableErrorInfo) -> SerializableErrorInfo:
    """What it all began with: Dagster wraps the errors of our code in its own."""
    while error.cause is not None:
        error = error.cause
    return error


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:_TEXT]
