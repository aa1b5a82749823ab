"""`make crash`: kills the order path at many points and tells whether anything was lost or twice.

Belongs here: the command. Exit code 1 when anything at all was wrong.
"""

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from woocp_pipelines_tests.crash.drill import Drilled, run_drill
from woocp_pipelines_tests.crash.report import closing_line, faults, table

_STEP = 20


def main(
    worlds: int = 200, seed: int = 2026, lanes: Annotated[int, typer.Option(min=1)] = 2
) -> None:
    """Kill the order path in so many worlds, some again and again; a seed gives the same points."""
    console = Console(highlight=False)
    done: list[Drilled] = []

    def progress(drilled: Drilled) -> None:
        done.append(drilled)
        if len(done) % _STEP == 0:
            console.print(f"{len(done)} of {worlds} worlds")

    with tempfile.TemporaryDirectory() as folder:
        drill = run_drill(Path(folder), worlds=worlds, seed=seed, lanes=lanes, progress=progress)
    wrong = faults(drill)
    for text in wrong:
        console.print(text, markup=False)
    console.print(table(drill))
    # Not by the console, which would wrap it: it is read by programs.
    typer.echo(closing_line(drill))
    raise typer.Exit(bool(wrong))


if __name__ == "__main__":
    typer.run(main)
