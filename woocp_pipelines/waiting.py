"""Waiting for something, but not longer than a given time.

Belongs here: nothing else. Drivers and libraries have time-outs of their own, which are set where
they are used; this is for what those do not cover, such as looking up a name.
"""

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class TooSlowError(Exception):
    """Something gave no answer within its time."""


def within(seconds: float, work: Callable[[], T], what: str) -> T:
    """The result of some work, or an end to waiting for it.

    The thread is left to itself then: the work must hold nothing that another one waits for.

    Raises:
        TooSlowError: no result in time.
    """
    results: list[T] = []
    errors: list[Exception] = []

    def run() -> None:
        try:
            results.append(work())
        except Exception as error:  # noqa: BLE001 - raised again below, in the caller's thread
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True, name=f"woocp: {what}")
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise TooSlowError(f"{what} gave no answer within {seconds:g} s")
    return results[0]
