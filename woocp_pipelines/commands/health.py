"""`woocp health`: how the syncs are, for an outside monitor and for people (CP §3.9)."""

from typing import TYPE_CHECKING, Any

import typer

from woocp_pipelines.commands.options import JsonOption, SandboxOption

if TYPE_CHECKING:
    from woocp_pipelines.flows.health import Health
    from woocp_pipelines.rules.health_facts import Finding


def health(*, sandbox: SandboxOption = False, as_json: JsonOption = False) -> None:
    """Look at thresholds and services; exit code 0 all is well, 1 warning, 2 critical."""
    from woocp_pipelines.commands.output import write_json
    from woocp_pipelines.commands.sandbox_session import make_sandbox
    from woocp_pipelines.flows.health import look_at_health
    from woocp_pipelines.rules.health_facts import LEVELS
    from woocp_pipelines.settings_loading import load_settings

    settings = load_settings(force_sandbox=sandbox, need=("database",))
    if sandbox:
        make_sandbox(settings.connections.home)
    found = look_at_health(settings)
    if as_json:
        write_json(_document(found))
    else:
        _show(found)
    raise typer.Exit(LEVELS.index(found.level))


def _document(found: "Health") -> dict[str, Any]:
    return {
        "status": found.level,
        "at": found.at.isoformat(timespec="seconds"),
        "checks": [_check(each) for each in found.findings],
    }


def _check(each: "Finding") -> dict[str, Any]:
    return {
        "check": each.check,
        "level": each.level,
        "found": each.found,
        "threshold": each.threshold,
        "since": each.since.isoformat(timespec="seconds") if each.since else None,
        "records": list(each.records),
        "next_step": each.next_step,
    }


def _show(found: "Health") -> None:
    from rich.console import Console

    from woocp_pipelines.commands.output import line

    console = Console()
    for each in found.findings:
        line(console, f"{each.level:8}  {each.check}: {each.found} ({each.threshold})")
        if each.level != "ok":
            for record in each.records:
                line(console, f"            {record}")
            line(console, f"          next step: {each.next_step}")
    line(console, found.level)
