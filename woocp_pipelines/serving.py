"""Ending a Waitress server that runs in a thread; shared by the pricing service and the sandbox.

Belongs here: what Waitress itself has no call for. Does not: any application.
"""

from collections.abc import MutableMapping
from typing import Any

from waitress import wasyncore


def end_loop(server: Any, channels: MutableMapping[Any, Any]) -> None:
    """Let the loop of a server end: all its channels are closed in the loop's own thread.

    Args:
        server: from `waitress.server.create_server(…, map=channels)`, its workers shut down.
        channels: its map; the loop ends when it is empty.
    """
    trigger = server.trigger
    # Held until the loop is woken: else a wake-up from somewhere else may close the trigger
    # between the two steps, and ours would be written to a file that is no longer the trigger's.
    with trigger.lock:
        trigger.thunks.append(lambda: wasyncore.close_all(channels, ignore_all=True))
        trigger.pull_trigger()
