"""Which of the open problems people are told, and when: once, again if worse, once a day, the end.

Belongs here: the decision, as a pure function of what was told before. Does not: what a problem is
(defs/operations/alert_*.py), what a message looks like (alerts/messages.py), sending (alerts/).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from woocp_pipelines.rules.health_facts import LEVELS, Level

REMIND_AFTER: Final = timedelta(hours=24)
# Whoever is reminded of one problem is reminded of the others, too: one mail a day, not one each.
REMIND_TOGETHER: Final = timedelta(hours=12)
# What fails every other run is one problem, not ten recoveries.
QUIET: Final = timedelta(minutes=10)
# What is remembered must stay small: it is stored with every tick.
MOST: Final = 100
KEY_LENGTH: Final = 120
TITLE_LENGTH: Final = 160


@dataclass(frozen=True, slots=True)
class OpenProblem:
    """Something that is wrong now.

    Attributes:
        key: the same as long as it is the same problem.
        level: warning or critical.
        title: one line.
        what: what happened, in a few lines.
        next_step: which command to run, what to look at.
        page: a path of Dagster's UI, such as /runs/…; '' where none helps.
        since: UTC, where it is known.
        records: the first few it is about.
        count: how many records there are in all.
        ends: False of what nobody can see the end of; it is dropped without a word.
    """

    key: str
    level: Level
    title: str
    what: str
    next_step: str
    page: str = ""
    since: datetime | None = None
    records: tuple[str, ...] = ()
    count: int = 0
    ends: bool = True


@dataclass(frozen=True, slots=True)
class Told:
    """What is remembered of a problem that people know of. Times are UTC."""

    level: Level
    title: str
    first: datetime
    last: datetime
    gone: datetime | None = None
    ends: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """What to tell now; `kept` is to be remembered when nothing is told or when it was sent."""

    new: tuple[OpenProblem, ...] = ()
    worse: tuple[OpenProblem, ...] = ()
    reminded: tuple[OpenProblem, ...] = ()
    recovered: tuple[Told, ...] = ()
    still_open: tuple[Told, ...] = ()
    kept: Mapping[str, Told] = field(default_factory=dict)

    @property
    def says_something(self) -> bool:
        """Whether there is a message to send."""
        return bool(self.new or self.worse or self.reminded or self.recovered)

    @property
    def level(self) -> Level:
        """The worst of what is told; ok when it is only good news."""
        told = (*self.new, *self.worse, *self.reminded)
        return max((each.level for each in told), key=LEVELS.index, default="ok")


def decide(
    known: Mapping[str, Told],
    problems: Sequence[OpenProblem],
    now: datetime,
    *,
    unknown: Callable[[str], bool] = lambda _key: False,
) -> Decision:
    """Compare what is wrong now with what was told.

    Args:
        known: by key.
        problems: all that is wrong now; the same key twice is one problem, the worse one.
        now: UTC.
        unknown: whether nothing can be said of a problem now, since its source is away. Such a
            problem neither goes on nor ends.
    """
    found = _by_key(problems)
    new = [each for key, each in found.items() if key not in known]
    worse = [each for key, each in found.items() if key in known and _is_worse(each, known[key])]
    due = [each for key, each in found.items() if key in known and each not in worse]
    reminded = _reminded(due, known, now)
    after, recovered = _absent(known, found, now, unknown)
    spoken = {each.key for each in (*new, *worse, *reminded)}
    for key, each in found.items():
        after[key] = _present(each, known.get(key), now, told_now=key in spoken)
    still = [after[key] for key in found if key not in spoken]
    return Decision(
        tuple(new), tuple(worse), tuple(reminded), tuple(recovered), tuple(still), after
    )


def _by_key(problems: Sequence[OpenProblem]) -> dict[str, OpenProblem]:
    """The worst first, and no more than can be remembered."""
    ordered = sorted(problems, key=lambda each: LEVELS.index(each.level), reverse=True)
    found: dict[str, OpenProblem] = {}
    for each in ordered:
        found.setdefault(each.key[:KEY_LENGTH], replace(each, key=each.key[:KEY_LENGTH]))
    return dict(list(found.items())[:MOST])


def _is_worse(problem: OpenProblem, told: Told) -> bool:
    return LEVELS.index(problem.level) > LEVELS.index(told.level)


def _reminded(
    open_ones: Sequence[OpenProblem], known: Mapping[str, Told], now: datetime
) -> list[OpenProblem]:
    def silent_for(each: OpenProblem, time: timedelta) -> bool:
        last = known[each.key].last
        # A clock that was set back must not keep it silent.
        return not last <= now < last + time

    if not any(silent_for(each, REMIND_AFTER) for each in open_ones):
        return []
    return [each for each in open_ones if silent_for(each, REMIND_TOGETHER)]


def _present(problem: OpenProblem, told: Told | None, now: datetime, *, told_now: bool) -> Told:
    level = problem.level
    if told is not None:
        # Better and then worse again is no news.
        level = max(level, told.level, key=LEVELS.index)
    return Told(
        level=level,
        title=problem.title[:TITLE_LENGTH],
        first=told.first if told else now,
        last=now if told is None or told_now else told.last,
        ends=problem.ends,
    )


def _absent(
    known: Mapping[str, Told],
    found: Mapping[str, OpenProblem],
    now: datetime,
    unknown: Callable[[str], bool],
) -> tuple[dict[str, Told], list[Told]]:
    """What is left of the problems that are not seen now, and those that are over."""
    kept, over = {}, []
    for key, told in known.items():
        if key in found:
            continue
        if unknown(key):
            kept[key] = told
        elif told.gone is None or told.gone > now:
            kept[key] = replace(told, gone=now)
        elif now - told.gone < QUIET:
            kept[key] = told
        elif told.ends:
            over.append(told)
    return kept, over
