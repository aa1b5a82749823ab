"""The edge of the command line: every failure becomes clear sentences and exit code 2.

Belongs here: how expected exceptions read. A usage error is typer's own affair.
"""

from typing import Final

FAILED: Final = 2
REFUSED: Final = 1


class CommandError(Exception):
    """A command that cannot go on; the text says why and what to do next."""


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
