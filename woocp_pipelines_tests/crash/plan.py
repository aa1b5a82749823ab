"""Which points a drill kills at: drawn with a seed, spread over all phases.

Belongs here: the choice. Does not: counting points (points.py) or killing (drill.py).
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

_EVERY_THIRD = 3
_MOST_AGAIN = 3


@dataclass(frozen=True)
class Plan:
    """When one world's process is killed.

    `at` is the point of the first run; `again` are the points of the recoveries that follow, each
    of which may end before its point. `hurried`: it is also restarted at once, while the dead
    process's leases still hold.
    """

    at: int
    again: tuple[int, ...]
    hurried: bool


def phase_of(point: str) -> str:
    """The phase in a point's name."""
    return point.partition(":")[0]


def choose(points: Sequence[str], idle_points: int, worlds: int, seed: int) -> list[Plan]:
    """Draw the points of so many worlds; every second one evenly from the phases in turn.

    Args:
        points: names of the points of an undisturbed run.
        idle_points: how many points a run has that finds nothing to do; a recovery has more.
        worlds: no more than there are points.
        seed: the same seed gives the same plans.
    """
    draw = random.Random(seed)
    return [
        Plan(
            at=at,
            again=_again(draw, len(points) - at + idle_points)
            if number % _EVERY_THIRD == 0
            else (),
            hurried=number % 2 == 0,
        )
        for number, at in enumerate(_spread(points, worlds, draw))
    ]


def _again(draw: random.Random, left: int) -> tuple[int, ...]:
    return tuple(draw.randint(1, left) for _ in range(draw.randint(1, _MOST_AGAIN)))


def _spread(points: Sequence[str], worlds: int, draw: random.Random) -> list[int]:
    if worlds > len(points):
        raise ValueError(f"{worlds} worlds wanted, a run has {len(points)} points")
    left = list(range(1, len(points) + 1))
    draw.shuffle(left)
    phases: dict[str, list[int]] = defaultdict(list)
    for at in left:
        phases[phase_of(points[at - 1])].append(at)
    # Phases with few points would hardly be met otherwise, and booking has most of them.
    turns = [
        at for turn in range(len(points)) for each in phases.values() for at in each[turn:][:1]
    ]
    chosen: dict[int, None] = {}
    for pair in zip(turns, left, strict=True):
        chosen.update(dict.fromkeys(pair))
    return list(chosen)[:worlds]
