"""What was told, as the text that a sensor's cursor keeps between its looks.

Belongs here: reading and writing that text. A text that is none of ours is forgotten: the worst
that comes of it is that a problem is told twice.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from woocp_pipelines.rules.alerting import DIGEST_LENGTH, MOST, Decision, Told
from woocp_pipelines.rules.health_facts import LEVELS

_VERSION: Final = 2
_LONGEST_PAUSE: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class ChannelMemory:
    """What one channel has told. Times are UTC.

    Attributes:
        told: by problem.
        failures: how often in a row nothing could be sent; only a message that goes out ends it.
        next_attempt: when to try again after that.
        missed: what began since then, first and last seen; told as well when it is over by the
            time of a message.
    """

    told: Mapping[str, Told] = field(default_factory=dict)
    failures: int = 0
    next_attempt: datetime | None = None
    missed: Mapping[str, Told] = field(default_factory=dict)

    def may_try(self, now: datetime) -> bool:
        """Whether the pause after a failure is over; also after a clock was set back."""
        due = self.next_attempt
        return due is None or not now < due <= now + _LONGEST_PAUSE

    def failed(self, now: datetime) -> "ChannelMemory":
        """The same after a message that could not be sent: nothing of it counts as told."""
        pause = min(timedelta(minutes=2**self.failures), _LONGEST_PAUSE)
        failures = min(self.failures + 1, 10)
        return replace(self, failures=failures, next_attempt=now + pause)

    def untold(self, decision: Decision) -> "ChannelMemory":
        """The same with what a message would have told now, were it sent."""
        began = {each.key: self._seen_again(each.key, decision) for each in decision.new}
        latest = list({**self.missed, **began}.items())[-MOST:]
        return replace(self, missed=dict(latest))

    def _seen_again(self, key: str, decision: Decision) -> Told:
        seen, before = decision.kept[key], self.missed.get(key)
        return replace(seen, first=before.first) if before else seen


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
    return ChannelMemory(
        _read_problems(stored["told"]),
        int(stored["failures"]),
        _moment(stored["next"]),
        _read_problems(stored["missed"]),
    )


def _read_problems(stored: Any) -> dict[str, Told]:
    return {str(key): _read_told(each) for key, each in stored.items()}


def _read_told(stored: Any) -> Told:
    level, title, first, last, gone, ends, count, seen = stored
    if level not in LEVELS:
        raise ValueError(f"no level: {level!r}")
    start, latest = _moment(first), _moment(last)
    if start is None or latest is None:
        raise ValueError("a problem without times")
    digests = (seen[at : at + DIGEST_LENGTH] for at in range(0, len(seen), DIGEST_LENGTH))
    return Told(
        level,
        str(title),
        start,
        latest,
        _moment(gone),
        bool(ends),
        int(count),
        frozenset(digests),
    )


def _write_channel(channel: ChannelMemory) -> dict[str, Any]:
    return {
        "told": _write_problems(channel.told),
        "failures": channel.failures,
        "next": _text(channel.next_attempt),
        "missed": _write_problems(channel.missed),
    }


def _write_problems(problems: Mapping[str, Told]) -> dict[str, Any]:
    return {
        key: [
            each.level,
            each.title,
            _text(each.first),
            _text(each.last),
            _text(each.gone),
            int(each.ends),
            each.count,
            "".join(sorted(each.seen)),
        ]
        for key, each in problems.items()
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
