"""What was told, as the text that a sensor's cursor keeps between its looks.

Belongs here: reading and writing that text. A text that is none of ours is forgotten: the worst
that comes of it is that a problem is told twice.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from woocp_pipelines.rules.alerting import Told
from woocp_pipelines.rules.health_facts import LEVELS

_VERSION: Final = 1
_LONGEST_PAUSE: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class ChannelMemory:
    """What one channel has told. Times are UTC.

    Attributes:
        told: by problem.
        failures: how often in a row nothing could be sent.
        next_attempt: when to try again after that.
    """

    told: Mapping[str, Told] = field(default_factory=dict)
    failures: int = 0
    next_attempt: datetime | None = None

    def may_try(self, now: datetime) -> bool:
        """Whether the pause after a failure is over; also after a clock was set back."""
        due = self.next_attempt
        return due is None or not now < due <= now + _LONGEST_PAUSE

    def failed(self, now: datetime) -> "ChannelMemory":
        """The same after a message that could not be sent: nothing of it counts as told."""
        pause = min(timedelta(minutes=2**self.failures), _LONGEST_PAUSE)
        return ChannelMemory(self.told, min(self.failures + 1, 10), now + pause)


def read_memory(text: str | None) -> dict[str, ChannelMemory]:
    """The memory of each channel, by its name; empty where there is none."""
    if not text:
        return {}
    try:
        stored = json.loads(text)
        if stored["version"] != _VERSION:
            return {}
        return {name: _read_channel(each) for name, each in stored["channels"].items()}
    except (AttributeError, KeyError, TypeError, ValueError):
        return {}


def write_memory(channels: Mapping[str, ChannelMemory]) -> str:
    """The text to keep."""
    stored = {name: _write_channel(each) for name, each in channels.items()}
    return json.dumps({"version": _VERSION, "channels": stored}, separators=(",", ":"))


def _read_channel(stored: Any) -> ChannelMemory:
    told = {str(key): _read_told(each) for key, each in stored["told"].items()}
    return ChannelMemory(told, int(stored["failures"]), _moment(stored["next"]))


def _read_told(stored: Any) -> Told:
    level, title, first, last, gone, ends = stored
    if level not in LEVELS:
        raise ValueError(f"no level: {level!r}")
    start, latest = _moment(first), _moment(last)
    if start is None or latest is None:
        raise ValueError("a problem without times")
    return Told(level, str(title), start, latest, _moment(gone), bool(ends))


def _write_channel(channel: ChannelMemory) -> dict[str, Any]:
    return {
        "told": {
            key: [
                each.level,
                each.title,
                _text(each.first),
                _text(each.last),
                _text(each.gone),
                int(each.ends),
            ]
            for key, each in channel.told.items()
        },
        "failures": channel.failures,
        "next": _text(channel.next_attempt),
    }


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment
