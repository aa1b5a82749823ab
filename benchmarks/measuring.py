"""How long something takes, as the best of some rounds, and as a ratio to its floor.

Belongs here: clocks and printing. Does not: what is measured.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of every round. The best is the least disturbed one; the spread is the noise."""

    rounds: tuple[float, ...]

    @property
    def best(self) -> float:
        """The quickest round."""
        return min(self.rounds)

    @property
    def noise(self) -> float:
        """How much longer the slowest round took, as a share of the best."""
        return max(self.rounds) / self.best - 1


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_turns(
    rounds: int, works: Sequence[tuple[Callable[[], object], Callable[[], object]]]
) -> list[Measured]:
    """Measure several works in turns, so that a busy moment of the machine meets all of them.

    Args:
        rounds: how often each is measured.
        works: pairs of what makes ready, which is not measured, and what is.
    """
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for times, (prepare, work) in zip(taken, works, strict=True):
            prepare()
            times.append(seconds(work))
    return [Measured(tuple(times)) for times in taken]


def show(what: str, count: int, ours: Measured, floors: Iterable[tuple[str, Measured]]) -> None:
    """One line for what was measured, one for each floor it stands on."""
    print(
        f"  {what}: {count} in {ours.best:.3f} s, {count / ours.best:.0f}/s "
        f"(slowest of {len(ours.rounds)}: +{ours.noise:.0%})"
    )
    for name, floor in floors:
        print(f"    {ours.best / floor.best:.1f}x {name}: {floor.best:.3f} s (+{floor.noise:.0%})")
