"""Ending a running Waitress server without losing an answer.

Belongs here: what Waitress has no call for: to stop listening, let requests under way end, tell
their callers that the connection ends, and close connections that are idle. Does not: signals
(server.py).
"""

import logging
import socket
import threading
import time
from collections.abc import MutableMapping
from typing import Any, Final

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.task import WSGITask

from woocp_pipelines.serving import end_loop

LOG: Final = logging.getLogger("pricing_service")
# An answer takes milliseconds; who has not sent a request by then will ask the next process.
DRAIN_SECONDS: Final = 10.0
# A connection is idle after so long: a request may be on its way on one that was just used.
IDLE_SECONDS: Final = 0.2
_LOOK_SECONDS: Final = 0.05
_LOOP_SECONDS: Final = 2.0


class LastTask(WSGITask):  # type: ignore[misc] # Waitress has no types.
    """One request, whose answer ends the connection once the server stops."""

    def build_response_header(self) -> bytes:
        """The head of the answer, with `Connection: close` while the server stops."""
        channel = self.channel
        # Requests sent ahead on this connection are answered first: close would drop them.
        is_last = len(channel.requests) == 1 and channel.request is None
        if is_last and not channel.server.accepting:
            self.request.headers["CONNECTION"] = "close"
        head: bytes = super().build_response_header()
        return head


class DrainedChannel(HTTPChannel):  # type: ignore[misc] # Waitress has no types.
    """A connection that can be ended without losing a request."""

    task_class = LastTask

    def is_idle(self, now: float) -> bool:
        """Nothing was received, is being answered or sent, or waits in the socket."""
        if self.requests or self.request is not None or self.total_outbufs_len:
            return False
        return now - self.last_activity >= IDLE_SECONDS and not self._has_more()

    def _has_more(self) -> bool:
        try:
            return bool(self.socket.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return False
        except OSError:
            # Reset by the caller: there is nobody left to answer.
            return False


def drain(server: Any, channels: MutableMapping[Any, Any], seconds: float = DRAIN_SECONDS) -> None:
    """Stop listening, wait for requests under way, then let the server's loop end.

    Called from another thread than the loop's. Returns when the loop has been told to end.

    Args:
        server: from `waitress.server.create_server(…, map=channels)`, its `channel_class` a
            `DrainedChannel`, its loop running.
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
