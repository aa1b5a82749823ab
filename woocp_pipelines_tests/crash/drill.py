"""Kill, restart, look: one world per plan, several worlds at a time.

Belongs here: the course of a drill. Does not: what is counted and compared in it.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from woocp_pipelines_tests.crash.findings import Findings, find_faults, other_counts
from woocp_pipelines_tests.crash.ledger import Ledger
from woocp_pipelines_tests.crash.plan import Plan, choose
from woocp_pipelines_tests.crash.shop import EXPECTED, LETTERS
from woocp_pipelines_tests.crash.world import (
    Ran,
    WorkerFailedError,
    World,
    make_templates,
    open_lane,
)

# A server needs a moment to notice that a session is dead and to free its locks.
_MOST_RESTARTS = 30
Progress = Callable[["Drilled"], None]


class UndisturbedError(Exception):
    """The run that nobody kills is not right itself: nothing can be learned from kills."""


@dataclass(frozen=True)
class Drilled:
    """What became of one world: the points it was killed at, and what was wrong in the end."""

    plan: Plan
    killed_at: tuple[str, ...]
    findings: Findings


@dataclass(frozen=True)
class Drill:
    """All worlds, and the points of the run that nobody disturbed."""

    points: Sequence[str]
    worlds: Sequence[Drilled]


def run_drill(
    folder: Path, *, worlds: int, seed: int, lanes: int, progress: Progress = lambda _: None
) -> Drill:
    """Run one world undisturbed, choose points from it, then kill a fresh world at each.

    Raises:
        UndisturbedError: the undisturbed world ends with faults.
    """
    templates = folder / "templates"
    templates.mkdir()
    make_templates(templates)
    with open_lane(templates, folder / "undisturbed") as alone, alone.world() as world:
        first, second = world.run(), world.run()
        undisturbed = world.ledger()
        faults = _faults(world, undisturbed, undisturbed, second).all()
    if faults:
        raise UndisturbedError("\n".join(faults))
    plans = choose(first.points, len(second.points), worlds, seed)

    def lane(number: int) -> list[Drilled]:
        done = []
        with open_lane(templates, folder / str(number)) as worlds_here:
            for plan in plans[number::lanes]:
                with worlds_here.world() as world:
                    done.append(_drill(world, plan, undisturbed))
                progress(done[-1])
        return done

    with ThreadPoolExecutor(lanes) as pool:
        drilled = [each for part in pool.map(lane, range(lanes)) for each in part]
    return Drill(first.points, drilled)


def _drill(world: World, plan: Plan, undisturbed: Ledger) -> Drilled:
    killed: list[str] = []

    def run(kill_at: int | None = None) -> Ran:
        ran = world.run(kill_at)
        if ran.killed:
            killed.extend(ran.points)
        return ran

    try:
        last = _kill_and_recover(world, plan, run)
    except WorkerFailedError as error:
        findings = Findings(other=(f"a restarted run failed: {error}",))
    else:
        findings = _faults(world, world.ledger(), undisturbed, last)
    return Drilled(plan, tuple(killed), findings)


def _kill_and_recover(world: World, plan: Plan, run: Callable[[int | None], Ran]) -> Ran:
    """Restart until it ends by itself; the run after that, which must find nothing to do."""
    run(plan.at)
    if plan.hurried:
        run(None)
    world.let_leases_run_out()
    again = iter(plan.again)
    for _ in range(_MOST_RESTARTS):
        if run(next(again, None)).ended:
            break
        world.let_leases_run_out()
    return run(None)


def _faults(world: World, end: Ledger, undisturbed: Ledger, last: Ran) -> Findings:
    found = find_faults(world.start, end, EXPECTED)
    letters = f"open dead letters are {sorted(end.letters)}, must be {sorted(LETTERS)}"
    return replace(
        found,
        other=(
            *found.other,
            *other_counts(undisturbed, end),
            *([] if end.letters == LETTERS else [letters]),
            *(
                f"a further run of {report['flow']} wrote {report['written']}"
                for report in last.reports
                if report["written"] or report["waiting"] or report["outcome"] != "done"
            ),
        ),
    )
