"""What a waiting person sees: the step at work and how long each took.

On a terminal a spinner with the step's name; in a file or a pipe one plain line for each step.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from rich.console import Console


class Progress:
    """Numbered steps on a console, with their seconds."""

    def __init__(self, console: Console, steps: int) -> None:
        self._console = console
        self._steps = steps
        self.taken: list[tuple[str, float]] = []

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Show the step while the block runs, then its time."""
        number = f"{len(self.taken) + 1}/{self._steps}"
        shown = f"{number} {name}"
        is_terminal = self._console.is_terminal
        start = time.perf_counter()
        with self._console.status(f"{shown} …") if is_terminal else nullcontext():
            yield
        seconds = time.perf_counter() - start
        self.taken.append((name, seconds))
        self._console.print(f"{shown}: {seconds:.1f} s", markup=False, highlight=False)
