"""One connection to the service.

Belongs here: what Waitress leaves open: telling the caller that a connection ends when the server
stops, and not waiting long for a request that never comes in whole.
"""

import socket
from typing import Any, Final

from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer
from waitress.task import WSGITask

# A connection is idle after so long: a request may be on its way on one that was just used.
IDLE_SECONDS: Final = 0.2
# A request is one packet or a few; a proxy collects them before it passes any on.
REQUEST_SECONDS: Final = 15.0
# Between two looks at all connections.
LOOK_SECONDS: Final = 5


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


class Channel(HTTPChannel):  # type: ignore[misc] # Waitress has no types.
    """A connection that can be ended without losing a request.

    `waits_since` is when the request began that has not come in whole yet: at first when the
    connection was opened. None while no request is begun.
    """

    task_class = LastTask

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.waits_since: float | None = self.creation_time

    def received(self, data: bytes) -> bool:
        """Take in what the caller sent."""
        taken: bool = super().received(data)
        if self.request is None:
            self.waits_since = None
        elif self.waits_since is None:
            self.waits_since = self.last_activity
        return taken

    def is_slow(self, now: float) -> bool:
        """Its caller takes too long to say what it wants."""
        return self.waits_since is not None and now - self.waits_since >= REQUEST_SECONDS

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


def watch_channels(server: Any) -> None:
    """Let a server use channels of ours, and close those whose caller is slow.

    Half requests would otherwise hold the places of other callers for a minute.

    Args:
        server: from `waitress.server.create_server(…, cleanup_interval=LOOK_SECONDS)`.
    """

    def maintain(now: float) -> None:
        BaseWSGIServer.maintenance(server, now)
        for channel in server.active_channels.values():
            if channel.is_slow(now):
                channel.will_close = True

    server.channel_class = Channel
    server.maintenance = maintain
