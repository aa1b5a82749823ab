"""The access log: one JSON line per request.

Belongs here: the line and where it goes. Never in it: keys, bodies, query strings, prices.
"""

import json
import sys
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self, TextIO

from pricing_service.notes import RequestNotes

MAX_PATH: Final = 200
GATHER_SECONDS: Final = 0.1
MAX_WAITING: Final = 20_000
CLOSE_SECONDS: Final = 1.0
# One % format instead of json.dumps of a dict: a third of the time, for every request.
_LINE: Final = (
    '{"time":"%s","request_id":"%s","client":%s,"key":%s,"group":%s,"method":%s,"path":%s,'
    '"status":%d,"ms":%.3f,"bytes":%d,"book_age_seconds":%s}\n'
)
_text: Final = json.encoder.encode_basestring_ascii


@dataclass(frozen=True, slots=True)
class Answered:
    """What is known of a request when its answer is ready; `book_age` in seconds."""

    client: str
    method: str
    path: str
    status: int
    seconds: float
    length: int
    book_age: int | None


class AccessLog:
    """Writes lines to one stream, whole and in order, from a thread of its own.

    Many lines are one system call, and no answer waits for a disk or a terminal. What was not
    written yet when the process is killed is lost: a tenth of a second of requests.
    """

    def __init__(self, stream: TextIO, *, close: bool = False) -> None:
        self._stream = stream
        self._close = close
        self._lines: deque[str] = deque()
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._writing = threading.Lock()
        self.lost = 0
        self._thread = threading.Thread(target=self._run, name="access-log", daemon=True)
        self._thread.start()

    @classmethod
    def to(cls, place: str) -> Self | None:
        """The log of a setting: "stderr", a path, or "" for none.

        Raises:
            OSError: the file cannot be opened for appending.
        """
        if not place:
            return None
        if place == "stderr":
            return cls(sys.stderr)
        return cls(Path(place).open("a", encoding="utf-8"), close=True)

    def write(self, noted: RequestNotes, answered: Answered) -> None:
        """Take one line; while the stream cannot keep up, lines are counted and dropped."""
        if len(self._lines) >= MAX_WAITING:
            self.lost += 1
            return
        self._lines.append(_line(noted, answered))
        if not self._wake.is_set():
            self._wake.set()

    def flush(self) -> None:
        """Write what waits; a full disk or a closed pipe is counted and stops nothing."""
        with self._writing:
            lines = [self._lines.popleft() for _ in range(len(self._lines))]
            try:
                self._stream.write("".join(lines))
                self._stream.flush()
            except (OSError, ValueError):
                self.lost += len(lines)

    def close(self) -> None:
        """Write what waits, and close the file where it is one.

        A stream that takes nothing more, as a pipe whose reader has stopped reading, is left
        after a second: it must not keep the service from ending.
        """
        self._stopped.set()
        self._wake.set()
        self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wake.wait()
            self._stopped.wait(GATHER_SECONDS)
            # Cleared before the lines are taken: a line that comes in between wakes it again.
            self._wake.clear()
            self.flush()
        self.flush()
        if self._close:
            # What could not be written was counted; closing tries it once more.
            with suppress(OSError):
                self._stream.close()


def _line(noted: RequestNotes, answered: Answered) -> str:
    age = answered.book_age
    return _LINE % (
        datetime.now(UTC).isoformat(timespec="milliseconds"),
        noted.request_id,
        _text(answered.client[:64]),
        _text(noted.key),
        _text(noted.group[:64]) if noted.group else "null",
        _text(answered.method[:16]),
        _text(answered.path[:MAX_PATH]),
        answered.status,
        answered.seconds * 1000,
        answered.length,
        "null" if age is None else age,
    )
