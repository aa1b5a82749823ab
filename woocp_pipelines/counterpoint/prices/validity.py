"""When a price group is valid, from its four columns at either end (CP §1.17).

Belongs here: reading BEG_* and END_* of IM_PRC_GRP. Does not: comparing them with a moment.
"""

from datetime import datetime, time, timedelta

from woocp_pipelines.counterpoint.prices.collation import is_yes
from woocp_pipelines.counterpoint.prices.facts import Validity

_LAST_HOUR = 23
_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)


def read_validity(
    begin: tuple[datetime | None, str | None, datetime | None, int | None],
    end: tuple[datetime | None, str | None, datetime | None, int | None],
) -> Validity:
    """The validity from (date, NO_*_DAT flag, date with time, hour) of begin and of end.

    A flag 'Y', or neither date nor date with time, means no limit. The date with time decides
    where there is one: up to and including that second for the end (CP: 23:59:59). Otherwise the
    hour does, 0 being the start of the first day and the end of the last.
    """
    for name, (day, none, moment, hour) in (("BEG", begin), ("END", end)):
        problem = None if is_yes(none) else _problem(name, day, moment, hour)
        if problem is not None:
            return Validity(problem=problem)
    return Validity(_begins(*begin), _ends(*end))


def _begins(
    day: datetime | None, none: str | None, moment: datetime | None, hour: int | None
) -> datetime | None:
    if is_yes(none):
        return None
    if moment is not None:
        return moment
    return None if day is None else _midnight(day) + timedelta(hours=hour or 0)


def _ends(
    day: datetime | None, none: str | None, moment: datetime | None, hour: int | None
) -> datetime | None:
    if is_yes(none):
        return None
    if moment is not None:
        # Microseconds are SQL Server's 3.33 ms rounding; `datetime` ends a day at 23:59:59.
        return moment.replace(microsecond=0) + _SECOND
    if day is None:
        return None
    return _midnight(day) + (timedelta(hours=hour) + _SECOND if hour else _DAY)


def _problem(
    name: str, day: datetime | None, moment: datetime | None, hour: int | None
) -> str | None:
    if day is not None and moment is not None and day.date() != moment.date():
        return f"{name}_DAT {day:%Y-%m-%d} and {name}_DT {moment:%Y-%m-%d} disagree"
    if moment is None and hour is not None and not 0 <= hour <= _LAST_HOUR:
        return f"{name}_TIM_FLG {hour} is no hour"
    return None


def _midnight(day: datetime) -> datetime:
    return datetime.combine(day.date(), time())
