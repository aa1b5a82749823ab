"""Ending a running Waitress server without losing an answer.

Belongs here: what Waitress has no call for: to stop listening, let requests under way end, and
close connections that are idle. Does not: what one connection does then (channels.py), signals
(server.py).
"""

import logging
import threading
import time
from collections.abc import MutableMapping
from typing import Any, Final

from waitress import wasyncore

from woocp_pipelines.serving import end_loop

LOG: Final = logging.getLogger("pricing_service")
# An answer takes milliseconds; who has not sent a request by then will ask the next process.
DRAIN_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 0.05
_LOOP_SECONDS: Final = 2.0


def drain(server: Any, channels: MutableMapping[Any, Any], seconds: float = DRAIN_SECONDS) -> None:
    """Stop listening, wait for requests under way, then let the server's loop end.

    Called from another thread than the loop's. Returns when the loop has been told to end.

    Args:
        server: from `waitress.server.create_server(…, map=channels)`, its `channel_class` our
            `Channel`, its loop running.
        channels: its map.
        seconds: after which requests still under way are given up.
    """
    latest = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        _in_loop(server, lambda: _close_idle(server))
        left = len(server.active_channels)
        if not left or time.monotonic() >= latest:
            break
        pause.wait(_LOOK_SECONDS)
    if left:
        LOG.warning("%d connections were still busy after %g s: closed", left, seconds)
    server.task_dispatcher.shutdown(timeout=1)
    end_loop(server, channels)


def _in_loop(server: Any, work: Any) -> None:
    """Do something in the loop's thread, which owns all sockets, and wait for it."""
    done = threading.Event()

    def run() -> None:
        try:
            work()
        finally:
            done.set()

    server.trigger.pull_trigger(run)
    done.wait(_LOOP_SECONDS)


def _close_idle(server: Any) -> None:
    if server.accepting:
        _stop_listening(server)
    now = time.time()
    for channel in list(server.active_channels.values()):
        if channel.is_idle(now):
            channel.handle_close()


def _stop_listening(server: Any) -> None:
    # Whom the system let in already may have sent a request: closing would reset it.
    for _ in range(server.adj.backlog):
        known = len(server.active_channels)
        server.handle_accept()
        if len(server.active_channels) == known:
            break
    # Not server.close(): that would close the trigger as well, and nothing could end the loop.
    server.accepting = False
    wasyncore.dispatcher.close(server)
