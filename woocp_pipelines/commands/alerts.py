"""`woocp alerts …`: whether alerts reach people."""

from typing import Final

import typer

from woocp_pipelines.commands.errors import FAILED, CommandError
from woocp_pipelines.commands.options import JsonOption, SandboxOption

app: Final = typer.Typer(no_args_is_help=True, help="Whether alerts reach people.")


@app.callback()
def _root() -> None:
    """Without it typer would make `test` the command itself."""


@app.command("test")
def send_test(*, sandbox: SandboxOption = False, as_json: JsonOption = False) -> None:
    """Send a test message by every channel that is set, and say what became of it."""
    from woocp_pipelines.alerts.channels import open_channels, send
    from woocp_pipelines.alerts.messages import compose_test, place_of
    from woocp_pipelines.alerts.web import send_ping
    from woocp_pipelines.commands.output import write_json
    from woocp_pipelines.rules.clock import utc_now
    from woocp_pipelines.settings_loading import load_settings

    settings = load_settings(force_sandbox=sandbox, allow_sandbox=True)
    access = settings.alert_access
    message = compose_test(place_of(settings), utc_now())
    results = {each.name: send(each, message) for each in open_channels(access)}
    if access.ping_url is not None:
        results["ping"] = send_ping(access.ping_url)
    if not results:
        raise CommandError(
            "no channel is set; set WOOCP_ALERT_SMTP_URL, WOOCP_ALERT_FROM and WOOCP_ALERT_TO, or "
            "WOOCP_ALERT_SLACK_URL, or WOOCP_ALERT_PING_URL (see .env.example)"
        )
    if as_json:
        write_json({name: {"ok": each.ok, "said": each.said} for name, each in results.items()})
    else:
        for name, each in results.items():
            typer.echo(f"{name}: {'ok' if each.ok else 'FAILED'}: {each.said}")
    if not all(each.ok for each in results.values()):
        raise typer.Exit(FAILED)
