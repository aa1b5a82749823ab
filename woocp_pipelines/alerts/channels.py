"""The channels that are set, and telling all of them.

Belongs here: which there are, and what is remembered for each. A channel that fails keeps its own
memory, so what it could not tell is told later, and the others are not told twice.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from woocp_pipelines.alerts.mail import send_mail
from woocp_pipelines.alerts.memory import ChannelMemory
from woocp_pipelines.alerts.messages import Message, Place, compose
from woocp_pipelines.alerts.sending import Channel, Sent
from woocp_pipelines.alerts.web import send_slack
from woocp_pipelines.rules.alerting import OpenProblem, after_silence, decide
from woocp_pipelines.settings_alerts import AlertAccess
from woocp_pipelines.waiting import TooSlowError, within

_log = logging.getLogger(__name__)
# For one channel; two of them, and the look before, have sixty seconds together.
MOST_SECONDS: Final = 12.0
# From then on the other channels tell that this one is broken.
_BROKEN_AFTER: Final = 3
BROKEN: Final = "channel:"


@dataclass(frozen=True, slots=True)
class Telling:
    """What became of one look: the memory to keep, and what was said of each channel."""

    memory: dict[str, ChannelMemory]
    said: tuple[str, ...]

    @property
    def all_sent(self) -> bool:
        """Whether no channel is waiting to try again."""
        return not any(each.failures for each in self.memory.values())


def open_channels(access: AlertAccess) -> list[Channel]:
    """The channels that the environment names."""
    found = []
    if access.mail is not None:
        found.append(Channel("mail", partial(send_mail, access.mail)))
    if access.slack_url is not None:
        found.append(Channel("slack", partial(send_slack, access.slack_url)))
    return found


def tell(
    channels: Sequence[Channel],
    memory: Mapping[str, ChannelMemory],
    problems: Sequence[OpenProblem],
    place: Place,
    now: datetime,
    *,
    unknown: Callable[[str], bool] = lambda _key: False,
) -> Telling:
    """Tell each channel what it has not told yet; see rules/alerting.py."""
    after, said = {}, []
    for channel in channels:
        own = memory.get(channel.name, ChannelMemory())
        others = [
            _broken(name, each.failures)
            for name, each in memory.items()
            if name != channel.name and each.failures >= _BROKEN_AFTER
        ]
        decision = decide(own.told, [*problems, *others], now, unknown=unknown)
        if own.failures:
            decision = after_silence(decision, own.missed)
        if not decision.says_something:
            after[channel.name] = ChannelMemory(dict(decision.kept))
        elif not own.may_try(now):
            after[channel.name] = own.untold(decision)
            said.append(f"{channel.name}: waits until {own.next_attempt:%H:%M} UTC")
        else:
            sent = send(channel, compose(decision, place, now))
            said.append(sent.said)
            _note(channel.name, sent)
            after[channel.name] = (
                ChannelMemory(dict(decision.kept)) if sent.ok else own.untold(decision).failed(now)
            )
    return Telling(after, tuple(said))


def send(channel: Channel, message: Message) -> Sent:
    """Send a message by a channel; never raises, and never takes longer than MOST_SECONDS."""
    try:
        return within(MOST_SECONDS, lambda: channel.send(message), channel.name)
    except TooSlowError as error:
        return Sent(ok=False, said=str(error))


def _note(name: str, sent: Sent) -> None:
    if not sent.ok:
        _log.warning("alerts by %s: %s; tried again", name, sent.said)


def _broken(name: str, failures: int) -> OpenProblem:
    return OpenProblem(
        key=f"{BROKEN}{name}",
        level="warning",
        title=f"alerts by {name} do not go out",
        what=f"{failures} attempts in a row failed; what they were to tell is kept and told when "
        "one succeeds, also what is over by then",
        next_step="run `woocp alerts test` and read what it says",
        page="/automation",
    )
