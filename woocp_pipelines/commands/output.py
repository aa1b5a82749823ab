"""What commands print: one JSON document for programs, or tables for people.

Belongs here: the two consoles and how a report looks. Does not: what is in it.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from woocp_pipelines.flows.report import FlowReport
from woocp_pipelines.rules.problems import Problem

_SHOWN: Final = 50


def note(text: str) -> None:
    """One line for people on stderr: stdout may be read by a program."""
    line(Console(stderr=True), text)


def write_json(document: object) -> None:
    """The one document on stdout. ASCII, so that every console and pipe can carry it."""
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


def show_report(report: FlowReport, *, console: Console | None = None) -> None:
    """A flow's run for people: counts, facts, planned changes, refused records with next steps."""
    console = console or Console()
    if report.outcome == "skipped":
        line(console, f"{report.flow}: skipped, {report.skip_reason}")
        return
    written = "to write" if report.mode == "plan" else "written"
    line(
        console,
        f"{report.flow} ({report.mode}): {report.read} read, "
        f"{report.written} {written}, {report.unchanged} unchanged, {report.waiting} waiting, "
        f"{len(report.refused)} refused, in {report.seconds:.1f} s",
    )
    for name, value in report.facts.items():
        line(console, f"  {name.replace('_', ' ')}: {value}")
    if report.mode == "plan" and report.changes:
        rows = ((each.key, each.what, each.before, each.after) for each in report.changes)
        console.print(table("What would change", ("record", "what", "before", "after"), rows))
    if report.mode == "plan":
        for name, records in report.tables.items():
            title = name.removesuffix("_table").replace("_", " ")
            console.print(table(title, tuple(records[0]), (each.values() for each in records)))
    _show_problems(report, console)


def _show_problems(report: FlowReport, console: Console) -> None:
    for each in report.refused[:_SHOWN]:
        if each.kind == "run":
            show_refused(console, each.key, each.problem, what="not complete,")
        else:
            show_refused(console, f"{each.kind} {each.key}", each.problem)
    rest = len(report.refused) - _SHOWN
    if rest > 0:
        line(console, f"… and {rest} more: woocp dead-letters")


def show_refused(console: Console, record: str, problem: Problem, *, what: str = "refused") -> None:
    """One refused record: which, why, and what to do. Lines, since a table would cut sentences."""
    line(console, f"  {what} {record}: {problem.sentence()}")
    line(console, f"    next step: {problem.next_step}")


def line(console: Console, text: str) -> None:
    """One line as it is: no markup, and no line breaks of ours in a file or a pipe."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def table(title: str, columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> Table:
    """A table of texts as they are: square brackets in data are no markup."""
    found = list(rows)
    # Cells of several lines need something between one record and the next.
    is_tall = any("\n" in str(cell) for row in found for cell in row)
    made = Table(title=title, title_justify="left", show_lines=is_tall)
    for name in columns:
        made.add_column(name, overflow="fold")
    for row in found:
        made.add_row(*("" if cell is None else escape(str(cell)) for cell in row))
    return made
