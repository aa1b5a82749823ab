"""The barest client that keeps its connections: bytes out, bytes in, how long each answer took.

Belongs here: load and its figures. Does not: what is asked or who answers (pricing.py). No HTTP
library: one would take more time of a machine with few processors than the servers themselves.
"""

import json
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"
_AT_ONCE: Final = 1 << 16
_WAIT: Final = 120.0
_LOOKS: Final = 0.05


@dataclass(frozen=True, slots=True)
class Load:
    """What some connections got: seconds from first to last, and of every answer, shortest first.

    `cpu` is the server's processor time of the whole.
    """

    seconds: float
    each: tuple[float, ...]
    cpu: float

    @property
    def per_second(self) -> float:
        """Answers in a second."""
        return len(self.each) / self.seconds

    @property
    def cpu_each(self) -> float:
        """Processor seconds of the server for one answer."""
        return self.cpu / len(self.each)

    def percentile(self, share: float) -> float:
        """Seconds within which that share of the answers came."""
        return self.each[min(len(self.each) - 1, int(len(self.each) * share))]


def post(path: str, body: Mapping[str, Any], secret: str) -> bytes:
    """A request as it goes over the wire."""
    content = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {secret}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


class Connection:
    """One connection that is kept."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=_WAIT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> bytes:
        """The whole answer.

        Raises:
            OSError: any other status than 200, or a connection that was closed.
        """
        self._socket.sendall(request)
        got = b""
        while _END not in got:
            got += self._more()
        head, _, content = got.partition(_END)
        if not head.startswith(b"HTTP/1.1 200"):
            raise OSError(f"expected status 200, found {(head + content)[:300]!r}")
        length = int(head.lower().partition(_LENGTH)[2].partition(b"\r")[0])
        while len(content) < length:
            content += self._more()
        return head + _END + content

    def close(self) -> None:
        """Close it."""
        self._socket.close()

    def _more(self) -> bytes:
        found = self._socket.recv(_AT_ONCE)
        if not found:
            raise OSError("the server closed the connection")
        return found


def drive(
    port: int,
    requests: Sequence[bytes],
    connections: int,
    *,
    cpu: Callable[[], float],
    pause: float = 0.0,
    until: Callable[[], bool] | None = None,
) -> Load:
    """Ask all requests, shared out to connections that ask one after the other.

    Args:
        port: of a server on this machine.
        requests: taken in turn.
        connections: as many threads.
        cpu: the server's processor seconds so far.
        pause: seconds of every connection between an answer and its next request.
        until: go on asking them from the beginning until this is true.

    Raises:
        OSError: an answer that is none.
    """
    crowd = [_Asker(port, requests[number::connections], pause) for number in range(connections)]
    ended = threading.Event()
    if until is None:
        # Once is enough.
        ended.set()
    threads = [threading.Thread(target=each.run, args=(ended,)) for each in crowd]
    began, used = time.perf_counter(), cpu()
    for thread in threads:
        thread.start()
    while until is not None and not until() and not any(each.failure for each in crowd):
        time.sleep(_LOOKS)
    ended.set()
    for thread in threads:
        thread.join()
    seconds, used = time.perf_counter() - began, cpu() - used
    for each in crowd:
        if each.failure is not None:
            raise each.failure
    return Load(seconds, tuple(sorted(took for each in crowd for took in each.taken)), used)


class _Asker:
    """One connection with its requests, and how long each answer took."""

    def __init__(self, port: int, requests: Sequence[bytes], pause: float) -> None:
        self._connection = Connection(port)
        self._requests = requests
        self._pause = pause
        self.taken: list[float] = []
        self.failure: OSError | None = None

    def run(self, ended: threading.Event) -> None:
        """All requests once at least, and over and over until `ended`."""
        try:
            self._ask_all(ended)
            while not ended.is_set():
                self._ask_all(ended)
        except OSError as error:
            self.failure = error
        finally:
            self._connection.close()

    def _ask_all(self, ended: threading.Event) -> None:
        for request in self._requests:
            started = time.perf_counter()
            self._connection.ask(request)
            self.taken.append(time.perf_counter() - started)
            if self._pause and ended.wait(self._pause):
                return
