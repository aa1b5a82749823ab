"""What every way of sending has in common: its answer, its time, and errors without secrets.

Belongs here: the shape of a channel. Does not: a protocol (mail.py, slack.py, ping.py).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from woocp_pipelines.alerts.messages import Message

# To connect, and for each answer. A sensor has sixty seconds for everything it does.
CONNECT_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 10.0
_ERROR_LENGTH: Final = 300


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a message; `said` is for people and holds no secret."""

    ok: bool
    said: str


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to people."""

    name: str
    send: Callable[[Message], Sent]


def said_without(text: str, secrets: Iterable[str]) -> str:
    """A text of a server or a library, cut, on one line, and with no secret in it."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "***")
    return " ".join(text.split())[:_ERROR_LENGTH]
