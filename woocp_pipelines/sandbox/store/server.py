"""The store on Waitress in a thread: a free port, a clean close.

Belongs here: starting, stopping, and what faults need of the server. Does not: the application.
"""

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from waitress.server import create_server

from woocp_pipelines.sandbox.store.app import create_app
from woocp_pipelines.sandbox.store.faults import Faults
from woocp_pipelines.sandbox.store.request_log import RequestLog
from woocp_pipelines.sandbox.store.state import StoreState
from woocp_pipelines.serving import end_loop


class StoreServer:
    """A running store. Use it as a context manager, or `start` and `close` it.

    Args:
        state: what the store holds; it is not closed with the server.
        host: address to listen on.
        port: 0 picks a free one.
        trust_forwarded_proto: take `X-Forwarded-Proto: https` of clients for TLS, as behind a
            proxy. Off by default: then Basic logins never pass, since the sandbox has no TLS.
        threads: workers; a held connection (`faults.py`) keeps one busy.
    """

    def __init__(
        self,
        state: StoreState,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        trust_forwarded_proto: bool = False,
        threads: int = 8,
    ) -> None:
        self.faults = Faults()
        self.app = create_app(state, self.faults)
        self.app.config.update(CUT=self._cut, PAUSE=self._pause)
        trust = (
            {"trusted_proxy": "*", "trusted_proxy_headers": {"x-forwarded-proto"}}
            if trust_forwarded_proto
            else {}
        )
        self._channels: dict[Any, Any] = {}
        self._server = create_server(
            self.app, host=host, port=port, threads=threads, map=self._channels, **trust
        )
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox-store", daemon=True)
        self.url = f"http://{host}:{self._server.effective_port}"

    @property
    def requests(self) -> RequestLog:
        """The log of requests."""
        log: RequestLog = self.app.extensions["request_log"]
        return log

    def start(self) -> None:
        """Begin to answer; returns at once."""
        self._thread.start()

    def close(self) -> None:
        """Stop answering, end held connections, free the port."""
        self._closing.set()
        self._server.task_dispatcher.shutdown(timeout=5)
        end_loop(self._server, self._channels)
        self._thread.join(timeout=10)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _run(self) -> None:
        self._server.run()

    def _pause(self, seconds: float) -> None:
        self._closing.wait(seconds)

    def _cut(self, host: str, port: int) -> None:
        for channel in list(self._channels.values()):
            if getattr(channel, "addr", None) == (host, port):
                # A client that gave up before has already closed its side.
                with suppress(OSError):
                    channel.socket.shutdown(socket.SHUT_RDWR)
