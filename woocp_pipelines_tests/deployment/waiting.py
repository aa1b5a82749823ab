"""Asking again until something is so, within a time that is far more than it takes."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")

_PAUSE = threading.Event()


def eventually(what: str, ask: Callable[[], Answer], *, seconds: float = 90) -> Answer:
    """The first answer that is true; the test fails with the last one when none comes."""
    deadline = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"{what}: still {answer!r} after {seconds} s"
        _PAUSE.wait(0.2)
