"""Which of the open problems people are told, and when: once, again if worse, once a day, the end.

Belongs here: the decision, as a pure function of what was told before. Does not: what a problem is
(defs/operations/alert_*.py), what a message looks like (alerts/messages.py), sending (alerts/).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final

from woocp_pipelines.rules.health_facts import LEVELS, Level

REMIND_AFTER: Final = timedelta(hours=24)
# Whoever is reminded of one problem is reminded of the others, too: one mail a day, not one each.
REMIND_TOGETHER: Final = timedelta(hours=12)
# New records of a problem that is known are told no more often than this.
MORE_AFTER: Final = timedelta(hours=1)
# What fails every other run is one problem, not ten recoveries.
QUIET: Final = timedelta(minutes=10)
# What is remembered must stay small: it is stored with every tick.
MOST: Final = 100
NAMES_KEPT: Final = 50
DIGEST_LENGTH: Final = 8
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
        records: the first ones it is about.
        count: how many records there are in all.
        names: what tells each of `records` from others, where a new one is news; else empty.
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
    names: tuple[str, ...] = ()
    ends: bool = True


@dataclass(frozen=True, slots=True)
class Told:
    """What is remembered of a problem that people know of. Times are UTC.

    `seen` are digests of the names that were told, as far as they were listed; `count` is how many
    there were then, or fewer since.
    """

    level: Level
    title: str
    first: datetime
    last: datetime
    gone: datetime | None = None
    ends: bool = True
    count: int = 0
    seen: frozenset[str] = frozenset()

    @property
    def was_cut(self) -> bool:
        """Whether there were more records than names."""
        return self.count > len(self.seen)


@dataclass(frozen=True, slots=True)
class Decision:
    """What to tell now; `kept` is to be remembered when nothing is told or when it was sent.

    `worse` are also those with new records; `more` has the keys of those that have nothing but
    that. `left_out` counts what is too much to be told.
    `again` is set where messages could not be sent for a while, `missed` then has what began and
    ended meanwhile.
    """

    new: tuple[OpenProblem, ...] = ()
    worse: tuple[OpenProblem, ...] = ()
    more: frozenset[str] = frozenset()
    reminded: tuple[OpenProblem, ...] = ()
    recovered: tuple[Told, ...] = ()
    still_open: tuple[Told, ...] = ()
    kept: Mapping[str, Told] = field(default_factory=dict)
    left_out: int = 0
    again: bool = False
    missed: tuple[Told, ...] = ()

    @property
    def says_something(self) -> bool:
        """Whether there is a message to send."""
        told = self.new or self.worse or self.reminded or self.recovered
        return bool(told) or self.again

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
    every = _by_key(problems)
    found = _most_important(every, known)
    new = [each for key, each in found.items() if key not in known]
    worse = [
        _new_records_first(each, known[key])
        for key, each in found.items()
        if key in known and _is_worse(each, known[key], now)
    ]
    spoken = {each.key for each in (*new, *worse)}
    reminded = _reminded([each for key, each in found.items() if key not in spoken], known, now)
    spoken |= {each.key for each in reminded}
    # Too much to be told is not over.
    absent = {key: told for key, told in known.items() if key not in found}
    after, recovered = _absent(absent, now, lambda key: key in every or unknown(key))
    for key, each in found.items():
        after[key] = _present(each, known.get(key), now, told_now=key in spoken)
    return Decision(
        new=tuple(new),
        worse=tuple(worse),
        more=frozenset(each.key for each in worse if not _is_graver(each, known[each.key])),
        reminded=tuple(reminded),
        recovered=tuple(recovered),
        still_open=tuple(after[key] for key in found if key not in spoken),
        kept=after,
        left_out=len(every) - len(found),
    )


def after_silence(decision: Decision, missed: Mapping[str, Told]) -> Decision:
    """The same where nothing could be sent for a while: told, too, is what was `missed`.

    Also where that is nothing: people may have noticed that no message came.
    """
    over = tuple(told for key, told in missed.items() if key not in decision.kept)
    return replace(decision, again=True, missed=over)


def _by_key(problems: Sequence[OpenProblem]) -> dict[str, OpenProblem]:
    """One for each key, the worst."""
    ordered = sorted(problems, key=_gravity, reverse=True)
    found: dict[str, OpenProblem] = {}
    for each in ordered:
        found.setdefault(each.key[:KEY_LENGTH], replace(each, key=each.key[:KEY_LENGTH]))
    return found


def _most_important(
    found: Mapping[str, OpenProblem], known: Mapping[str, Told]
) -> dict[str, OpenProblem]:
    """The worst first, and no more than can be remembered: known ones rather than new ones."""
    if len(found) <= MOST:
        return dict(found)
    ordered = sorted(
        found.items(), key=lambda each: (_gravity(each[1]), each[0] in known), reverse=True
    )
    return dict(ordered[:MOST])


def _gravity(problem: OpenProblem) -> int:
    return LEVELS.index(problem.level)


def _is_graver(problem: OpenProblem, told: Told) -> bool:
    return _gravity(problem) > LEVELS.index(told.level)


def _is_worse(problem: OpenProblem, told: Told, now: datetime) -> bool:
    if _is_graver(problem, told):
        return True
    return _is_over(told.last, MORE_AFTER, now) and _has_more(problem, told)


def _has_more(problem: OpenProblem, told: Told) -> bool:
    """Whether there are records that people were not told of; by their number where lists are cut.

    A list is the oldest ones: one that is settled lets another one in that is not new.
    """
    if not problem.names:
        return False
    if problem.count > len(problem.names[:NAMES_KEPT]) or told.was_cut:
        return problem.count > told.count
    return not _digests(problem.names) <= told.seen


def _new_records_first(problem: OpenProblem, told: Told) -> OpenProblem:
    if len(problem.names) != len(problem.records):
        return problem
    pairs = zip(problem.names, problem.records, strict=True)
    ordered = sorted(pairs, key=lambda each: _digest(each[0]) in told.seen)
    return replace(problem, records=tuple(record for _name, record in ordered))


def _digests(names: Iterable[str]) -> frozenset[str]:
    return frozenset(_digest(each) for each in names)


def _digest(name: str) -> str:
    return blake2b(name.encode(), digest_size=DIGEST_LENGTH // 2).hexdigest()


def _is_over(since: datetime, time: timedelta, now: datetime) -> bool:
    """Whether a time has passed; a clock that was set back must keep nothing silent."""
    return not since <= now < since + time


def _reminded(
    open_ones: Sequence[OpenProblem], known: Mapping[str, Told], now: datetime
) -> list[OpenProblem]:
    def silent_for(each: OpenProblem, time: timedelta) -> bool:
        return _is_over(known[each.key].last, time, now)

    if not any(silent_for(each, REMIND_AFTER) for each in open_ones):
        return []
    return [each for each in open_ones if silent_for(each, REMIND_TOGETHER)]


def _present(problem: OpenProblem, told: Told | None, now: datetime, *, told_now: bool) -> Told:
    seen = _digests(problem.names[:NAMES_KEPT])
    if told is None or told_now:
        return Told(
            # Better and then worse again is no news.
            level=max(problem.level, told.level if told else "ok", key=LEVELS.index),
            title=problem.title[:TITLE_LENGTH],
            first=told.first if told else now,
            last=now,
            ends=problem.ends,
            count=problem.count,
            seen=seen,
        )
    return replace(
        told,
        title=problem.title[:TITLE_LENGTH],
        gone=None,
        ends=problem.ends,
        count=min(problem.count, told.count),
        seen=seen if told.was_cut else told.seen,
    )


def _absent(
    known: Mapping[str, Told], now: datetime, unknown: Callable[[str], bool]
) -> tuple[dict[str, Told], list[Told]]:
    """What is left of the problems that are not seen now, and those that are over."""
    kept, over = {}, []
    for key, told in known.items():
        if unknown(key):
            kept[key] = told
        elif told.gone is None or told.gone > now:
            kept[key] = replace(told, gone=now)
        elif now - told.gone < QUIET:
            kept[key] = told
        elif told.ends:
            over.append(told)
    latest = sorted(kept.items(), key=lambda each: each[1].last, reverse=True)
    return dict(latest[:MOST]), over
