"""Two stores to read from: the sandbox, and a tiny real HTTP server that answers by script.

The script is for what no well-behaved store shows; everything else runs against the sandbox.
"""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from woocp_pipelines.sandbox.store import ApiKey, StoreServer, StoreState
from woocp_pipelines.woocommerce.client import StoreClient

KEY = "ck_1111222233334444555566667777888899990000"
SECRET = "cs_aaaabbbbccccddddeeeeffff0000111122223333"


@dataclass
class Reply:
    """One answer; a `body` that is no text goes as JSON. `cut` drops bytes, `hold` never ends."""

    body: Any = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    hold: bool = False
    hang_up: bool = False


@dataclass
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    port: int


def _encode(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    return (body if isinstance(body, str) else json.dumps(body)).encode()


class ScriptedStore:
    """Answers requests from a script, in turn; `default` (a function) answers when it is empty."""

    def __init__(self) -> None:
        self.script: deque[Reply] = deque()
        self.default: Callable[[Seen], Reply] = lambda seen: Reply(status=599)
        self.seen: list[Seen] = []
        self.released = threading.Event()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def replies(self, *replies: Reply) -> None:
        self.script.extend(replies)

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, seen: Seen) -> Reply:
        with self._lock:
            self.seen.append(seen)
            scripted = self.script.popleft() if self.script else None
        return scripted or self.default(seen)

    def _handler(store: "ScriptedStore") -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body in one packet; apart, each answer waits 40 ms for an ACK

            def _serve(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                raw = self.rfile.read(length)
                parts = urlsplit(self.path)
                seen = Seen(
                    method=self.command,
                    path=parts.path,
                    query=dict(parse_qsl(parts.query)),
                    headers=dict(self.headers),
                    body=json.loads(raw) if raw else None,
                    port=self.client_address[1],
                )
                self._send(store.answer(seen))

            do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815

            def _send(self, reply: Reply) -> None:
                if reply.hold:
                    store.released.wait()
                if reply.hold or reply.hang_up:
                    self.close_connection = True
                    return
                content = _encode(reply.body)
                self.send_response(reply.status)
                self.send_header("Content-Length", str(len(content)))
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content[: len(content) // 2] if reply.cut else content)
                self.close_connection = reply.cut

            def log_message(self, *args: Any) -> None:
                """Keep the test output quiet."""

        return Handler


@pytest.fixture
def reply() -> type[Reply]:
    return Reply


@pytest.fixture
def store() -> Iterator[ScriptedStore]:
    scripted = ScriptedStore()
    yield scripted
    scripted.close()


@pytest.fixture
def pauses() -> list[float]:
    """What the client would have slept."""
    return []


@pytest.fixture
def credentials() -> tuple[str, str]:
    return KEY, SECRET


@pytest.fixture
def client(store: ScriptedStore, pauses: list[float]) -> Iterator[StoreClient]:
    with StoreClient(store.url, KEY, SECRET, sleep=pauses.append, timeout_seconds=5) as made:
        yield made


@pytest.fixture
def hasty(store: ScriptedStore, pauses: list[float]) -> Iterator[StoreClient]:
    """A client that gives an answer a fifth of a second, for servers that hold it back."""
    with StoreClient(
        store.url, KEY, SECRET, sleep=pauses.append, timeout_seconds=0.2, attempts=2
    ) as made:
        yield made


@pytest.fixture
def now() -> datetime:
    """The sandbox's present moment, which stands still: what changes in a test changes now.

    The real one, since signatures older than 15 minutes are refused (WC §5).
    """
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def state(tmp_path: Path, now: datetime) -> Iterator[StoreState]:
    opened = StoreState.open(tmp_path / "store.sqlite", clock=lambda: now)
    opened.add_key(ApiKey(KEY, SECRET))
    yield opened
    opened.close()


@pytest.fixture
def server(state: StoreState) -> Iterator[StoreServer]:
    with StoreServer(state) as running:
        yield running


@pytest.fixture
def shop(server: StoreServer, pauses: list[float]) -> Iterator[StoreClient]:
    """A client of the sandbox store."""
    with StoreClient(server.url, KEY, SECRET, sleep=pauses.append, timeout_seconds=10) as made:
        yield made
