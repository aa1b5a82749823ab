"""Time: UTC-aware inside, store-local only where Counterpoint wants it.

Belongs here: reading WooCommerce's times and turning them into Counterpoint's, and reading the days
and moments that people give. CP §3.8, WC §1.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
# Python's own readers take 2026-10-1, 20261001 or 2026-W40-4 as well, each of them others.
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME: Final = re.compile(r"\d{2}:\d{2}(:\d{2})?", re.ASCII)


class NotADayError(ValueError):
    """A day or moment that a person gave cannot be read; says what was found and expected."""


def utc_now() -> datetime:
    """The present moment; the default of every injected clock."""
    return datetime.now(UTC)


def read_day(text: str) -> date:
    """Read a day that a person gave: of the calendar, written YYYY-MM-DD and not otherwise.

    Raises:
        NotADayError: it is none, or written otherwise.
    """
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise NotADayError(
        f"found {text!r}, expected a day of the calendar as YYYY-MM-DD; write it like 2026-11-22"
    )


def read_local_moment(text: str) -> datetime:
    """Read a store-local day, or its day and time YYYY-MM-DDTHH:MM, with or without seconds.

    Raises:
        NotADayError: it is none, or written otherwise.
    """
    day, has_time, clock = text.partition("T")
    try:
        if not has_time:
            return datetime.combine(read_day(day), time())
        if _TIME.fullmatch(clock):
            return datetime.combine(read_day(day), time.fromisoformat(clock))
    except ValueError:
        pass
    raise NotADayError(
        f"found {text!r}, expected a day of the calendar as YYYY-MM-DD or a moment as "
        "YYYY-MM-DDTHH:MM or YYYY-MM-DDTHH:MM:SS; write it like 2026-11-22 or 2026-11-22T17:30"
    )


def read_gmt(text: str) -> datetime:
    """Read one of WooCommerce's `*_gmt` texts (naive UTC, whole seconds) as an aware time.

    Raises:
        ValueError: the text is no ISO date-time, or carries a zone other than UTC.
    """
    if "T" not in text and " " not in text:
        raise ValueError(f"expected a date and a time, found {text!r}")
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    if moment.utcoffset() != timedelta(0):
        raise ValueError(f"expected a UTC time, found {text!r}")
    return moment.astimezone(UTC)


def known_gmt(value: object) -> datetime | None:
    """The same of a record that nobody vouches for; None where it holds no such time."""
    try:
        return read_gmt(value) if isinstance(value, str) else None
    except ValueError:
        return None


def write_gmt(moment: datetime) -> str:
    """Naive UTC of whole seconds, the only form the order filters read right (WC §1.2).

    Raises:
        ValueError: the time is naive.
    """
    return naive_utc(moment).isoformat(timespec="seconds")


def naive_utc(moment: datetime) -> datetime:
    """Naive UTC of whole seconds, as Counterpoint keeps RS_UTC_DT (CP §1.1).

    Raises:
        ValueError: the time is naive.
    """
    return _aware(moment).astimezone(UTC).replace(tzinfo=None, microsecond=0)


def store_local(moment: datetime, zone: ZoneInfo) -> datetime:
    """Naive local time of the store, as Counterpoint keeps TKT_DT and LST_MAINT_DT (CP §0.5).

    The zone is the store's, never the server's; microseconds go, since `datetime` of SQL Server
    would round them to 3.33 ms and so change the value on reading back.

    Raises:
        ValueError: the time is naive.
    """
    return _aware(moment).astimezone(zone).replace(tzinfo=None, microsecond=0)


def store_local_date(moment: datetime, zone: ZoneInfo) -> datetime:
    """Midnight of the store-local day: Counterpoint's date columns (T_DAT), such as PAY_DAT."""
    return datetime.combine(_aware(moment).astimezone(zone).date(), time())


def store_day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """First moment of a store-local day and of the next one, in UTC; 23 to 25 hours apart.

    Where a change of clocks takes midnight away, the day begins with the first time it has.
    """
    start = datetime.combine(day, time(), tzinfo=zone)
    end = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)
    return start.astimezone(UTC), end.astimezone(UTC)


def _aware(moment: datetime) -> datetime:
    """Naive times would be read in the server's zone, which is nobody's (CP §6.6 bug 39)."""
    if moment.utcoffset() is None:
        raise ValueError(f"expected an aware time, found {moment!r}")
    return moment
