"""One table of everything that was measured against a floor.

Belongs here: rows and their text. Does not: measuring (measuring.py).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.measuring import Measured

_TITLES: Final = ("what", "requests", "seconds", "floor", "its seconds", "ratio", "processor")


@dataclass(frozen=True, slots=True)
class Compared:
    """One measurement beside its floor: the same work by the barest means, in the same run."""

    what: str
    requests: int
    ours: Measured
    floor_name: str
    floor: Measured

    def cells(self) -> tuple[str, ...]:
        """The row as texts; the best round of each side counts."""
        ours, floor = min(self.ours.wall), min(self.floor.wall)
        return (
            self.what,
            str(self.requests),
            f"{ours:.2f} (+{self.ours.noise:.0%})",
            self.floor_name,
            f"{floor:.2f} (+{self.floor.noise:.0%})",
            f"{ours / floor:.1f}x",
            f"{min(self.ours.cpu):.2f} / {min(self.floor.cpu):.2f}",
        )


def print_table(rows: Iterable[Compared]) -> None:
    """Print the rows in columns; `processor` is this process's seconds, ours and the floor's."""
    print_columns([_TITLES, *(row.cells() for row in rows)])


def print_columns(lines: Sequence[Sequence[str]]) -> None:
    """Print a table of texts; the first line holds the titles."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    titles, *rest = [_padded(line, widths) for line in lines]
    rule = _padded(["-" * width for width in widths], widths)
    print("\n".join([titles, rule, *rest]))


def _padded(cells: Sequence[str], widths: Sequence[int]) -> str:
    """A row of a Markdown table."""
    return f"| {' | '.join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))} |"
