"""The edge of the command line: every failure becomes clear sentences and exit code 2.

Belongs here: how expected exceptions read, and how a failure is answered with --json.
"""

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeGuard

import typer

if TYPE_CHECKING:
    from woocp_pipelines.settings import FlowName, Mode

FAILED: Final = 2
REFUSED: Final = 1
# A command line that cannot be read; typer gives a name to this child of it only.
_USAGE_ERROR: Final = typer.BadParameter.__mro__[1]


class CommandError(Exception):
    """A command that cannot go on; the text says why and what to do next."""


class FailedAnswerError(Exception):
    """A command that failed, with the keys that its JSON answer has always; its cause says why."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__("failed")
        self._answer = answer

    def document(self) -> dict[str, Any]:
        """The answer without anything found out."""
        return self._answer


class FailedRunError(FailedAnswerError):
    """A run of a flow that failed: which one; its cause says why.

    `mode` is None where not even the settings could be read.
    """

    def __init__(self, flow: "FlowName", mode: "Mode | None", seconds: float) -> None:
        super().__init__({})
        self.flow: FlowName = flow
        self.mode: Mode | None = mode
        self.seconds = seconds

    def document(self) -> dict[str, Any]:
        """The keys of every run's answer; counts are zero, whatever was done is in the log."""
        from woocp_pipelines.flows.report import FlowReport

        report = FlowReport(self.flow, self.mode or "plan", seconds=self.seconds)
        return {**report.to_json(), "mode": self.mode, "outcome": "failed"}


@dataclass(slots=True)
class Edge:
    """What the command line says about failures; options note it while they are read."""

    debug: bool = False
    as_json: bool = False


def report_failure(error: Exception, edge: Edge) -> None:
    """Say what failed: sentences on stderr, with --json also the one document on stdout."""
    known: dict[str, Any] = {}
    cause = error
    if isinstance(error, FailedAnswerError):
        known = error.document() if edge.as_json else {}
        cause = error.__cause__ if isinstance(error.__cause__, Exception) else error
    lines = explain(cause)
    for line in lines:
        sys.stderr.write(f"woocp: {line}\n")
    if edge.as_json:
        from woocp_pipelines.commands.output import write_json

        write_json({**known, "error": "; ".join(lines)})


def is_usage_error(error: Exception) -> TypeGuard[typer.BadParameter]:
    """Whether the command line is what is wrong."""
    return isinstance(error, _USAGE_ERROR)


def report_usage_error(error: typer.BadParameter, *, as_json: bool) -> int:
    """Say what is wrong with the command line, in typer's words; the exit code.

    `as_json`: which command it was meant for may not be known, so the answer is the error alone.
    """
    error.show()
    if as_json:
        from woocp_pipelines.commands.output import write_json

        write_json({"error": error.format_message()})
    return error.exit_code


def explain(error: Exception) -> list[str]:
    """One line for each thing to correct. Never a secret: no URL, no bound parameter."""
    from sqlalchemy.exc import DBAPIError

    from woocp_pipelines.counterpoint.refusals import shown
    from woocp_pipelines.settings_loading import SettingsError
    from woocp_pipelines.woocommerce.errors import StoreError

    if isinstance(error, SettingsError):
        return str(error).splitlines()
    if isinstance(error, StoreError):
        return [f"the store: {error}"]
    if isinstance(error, DBAPIError):
        return [f"the database: {shown(error)}"]
    if type(error).__module__.startswith(("woocp_pipelines", "pricing_service")):
        # Our own exceptions are written as sentences.
        return str(error).splitlines()
    return [f"{type(error).__name__}: {error}"]
