"""`woocp doctor`: is this Counterpoint, is this store one that woocp may write to?

Reads only, also before `woocp db upgrade`. Exit code 0: green; 1: yellow or unknown; 2: red.
"""

from typing import TYPE_CHECKING

import typer

from woocp_pipelines.commands.options import JsonOption, SandboxOption

if TYPE_CHECKING:
    from rich.console import Console

    from woocp_pipelines.rules.doctor.findings import Examination, Finding


# No command knows Dagster's instance: services have its address, and nobody else.
_OF_DAGSTER = (
    "\nDagster's own settings are looked at by the job examination: in the UI, the check "
    "counterpoint_is_fit_for_writing of the asset counterpoint_items"
)


def doctor(*, sandbox: SandboxOption = False, as_json: JsonOption = False) -> None:
    """What is not as it should be in Counterpoint, the store and the settings, and how to mend it.

    Nothing is written. Exit code 0: green; 1: yellow or unknown; 2: red, and the flows concerned
    do not write until it is mended.
    """
    from rich.console import Console

    from woocp_pipelines.commands.opening import open_examination
    from woocp_pipelines.commands.output import line, write_json
    from woocp_pipelines.flows.doctor.examining import examine
    from woocp_pipelines.rules.clock import utc_now

    with open_examination(sandbox=sandbox) as (settings, engine, store):
        found = examine(settings, engine, store, utc_now())
    if as_json:
        write_json(found.to_json())
    else:
        _show(found, Console())
        if not settings.connections.sandbox:
            line(Console(), _OF_DAGSTER)
    raise typer.Exit(found.exit_code)


def _show(found: "Examination", console: "Console") -> None:
    from woocp_pipelines.commands.output import line

    counts = found.counts
    line(
        console,
        f"doctor: {found.status} ({counts['red']} red, {counts['yellow']} yellow, "
        f"{counts['unknown']} unknown; {counts['green']} of {counts['checks']} checks are green)",
    )
    for each in found.findings:
        _show_finding(each, console)
    if found.not_asked:
        line(
            console,
            f"\nnot asked, since its system is away or another: {', '.join(found.not_asked)}",
        )
    if found.by_hand:
        line(console, "\ncheck by hand, no table tells:")
    for each_by_hand in found.by_hand:
        line(console, f"  {each_by_hand.what}")
        _labelled(console, "    why: ", each_by_hand.why)
        _labelled(console, "    how: ", each_by_hand.how)


def _show_finding(each: "Finding", console: "Console") -> None:
    from woocp_pipelines.commands.output import line

    place = "" if each.place == each.id else f" {each.place}"
    line(console, f"\n[{each.level}] {each.id}{place}")
    for label, text in (
        ("found", each.found),
        ("expected", each.expected),
        ("why", each.why),
        ("fix", each.fix),
        ("stops", ", ".join(each.stops)),
    ):
        if text:
            _labelled(console, f"  {label + ':':<10}", text)


def _labelled(console: "Console", label: str, text: str) -> None:
    """On a screen the lines of a text stand below each other; in a file or a pipe it is one."""
    import textwrap

    from woocp_pipelines.commands.output import line

    if console.is_terminal:
        text = textwrap.fill(
            text,
            width=console.width,
            initial_indent=label,
            subsequent_indent=" " * len(label),
            break_long_words=False,
            break_on_hyphens=False,
        )
        line(console, text)
    else:
        line(console, label + text)
