"""How long something takes, as the best of some rounds, and as a ratio to its floor.

Belongs here: clocks and printing. Does not: what is measured.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of every round, by the wall's clock and by the processor's.

    The best round is the least disturbed one; the spread is the noise. On a busy machine the
    processor's clock is the fairer one, as long as both sides work in this process.
    """

    wall: tuple[float, ...]
    cpu: tuple[float, ...]

    @property
    def noise(self) -> float:
        """How much longer the slowest round took, as a share of the best."""
        return max(self.wall) / min(self.wall) - 1


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """How long one call takes, by both clocks."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def in_turns(
    rounds: int, works: Sequence[tuple[Callable[[], object], Callable[[], object]]]
) -> list[Measured]:
    """Measure several works in turns, so that a busy moment of the machine meets all of them.

    Args:
        rounds: how often each is measured.
        works: pairs of what makes ready, which is not measured, and what is.
    """
    taken: list[list[tuple[float, float]]] = [[] for _ in works]
    for _ in range(rounds):
        for times, (prepare, work) in zip(taken, works, strict=True):
            prepare()
            times.append(seconds(work))
    return [Measured(*zip(*times, strict=True)) for times in taken]


def show(what: str, count: int, ours: Measured, floors: Iterable[tuple[str, Measured]]) -> None:
    """One line for what was measured, one for each floor it stands on."""
    best = min(ours.wall)
    print(
        f"  {what}: {count} in {best:.3f} s, {count / best:.0f}/s, processor {min(ours.cpu):.3f} s "
        f"(slowest of {len(ours.wall)}: +{ours.noise:.0%})"
    )
    for name, floor in floors:
        print(
            f"    {best / min(floor.wall):.1f}x {name}: {min(floor.wall):.3f} s "
            f"(+{floor.noise:.0%}); processor {min(ours.cpu) / min(floor.cpu):.1f}x"
        )
