"""Times of the store and of Counterpoint, also in the hours that exist twice or not at all."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woocp_pipelines.rules.clock import (
    NotADayError,
    read_day,
    read_gmt,
    read_local_moment,
    store_day_bounds,
    store_local,
    store_local_date,
    utc_now,
    write_gmt,
)

NEW_YORK = ZoneInfo("America/New_York")
moments = st.datetimes(datetime(2001, 1, 1), datetime(2037, 12, 31), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(fold=0)
)
days = st.dates(date(2007, 1, 2), date(2037, 12, 30))
# Havana, Beirut and Asuncion have changed their clocks at midnight.
zones = st.sampled_from(
    ["America/New_York", "America/Havana", "Asia/Beirut", "America/Asuncion", "Asia/Kolkata"]
).map(ZoneInfo)


@given(moments)
def test_what_is_written_is_read_back_to_the_second(moment):
    assert read_gmt(write_gmt(moment)) == moment.replace(microsecond=0)
    assert write_gmt(moment.astimezone(NEW_YORK)) == write_gmt(moment)


def test_a_filter_bound_is_naive_utc_of_whole_seconds():
    moment = datetime(2026, 1, 5, 10, 30, 0, 999_999, tzinfo=NEW_YORK)
    assert write_gmt(moment) == "2026-01-05T15:30:00"


@pytest.mark.parametrize(
    "text", ["2026-01-05T15:30:20", "2026-01-05T15:30:20Z", "2026-01-05T15:30:20+00:00"]
)
def test_a_gmt_text_is_utc_with_and_without_its_zone(text):
    assert read_gmt(text) == datetime(2026, 1, 5, 15, 30, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2026-01-05",
        "20260105",
        "2026-13-05T00:00:00",
        "0000-00-00T00:00:00",
        "2026-01-05T15:30:20-05:00",
    ],
)
def test_a_text_that_is_no_utc_moment_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        read_gmt(text)


def test_the_worked_example_is_half_past_ten_in_new_york():
    moment = datetime(2026, 1, 5, 15, 30, 0, 1, tzinfo=UTC)
    assert store_local(moment, NEW_YORK) == datetime(2026, 1, 5, 10, 30)


def test_an_evening_order_keeps_its_local_day():
    """CP §6.6 bug 39: dates shifted into the next day."""
    moment = datetime(2026, 1, 6, 3, 30, tzinfo=UTC)
    assert store_local_date(moment, NEW_YORK) == datetime(2026, 1, 5)


def test_the_hour_that_comes_twice_has_one_local_time_and_two_moments():
    first, second = (datetime(2026, 11, 1, hour, 30, tzinfo=UTC) for hour in (5, 6))
    assert store_local(first, NEW_YORK) == store_local(second, NEW_YORK)
    assert store_local(first, NEW_YORK) == datetime(2026, 11, 1, 1, 30)
    assert write_gmt(first) != write_gmt(second)


def test_the_hour_that_is_left_out_is_never_a_local_time():
    before, after = (datetime(2026, 3, 8, *at, tzinfo=UTC) for at in ((6, 59, 59), (7, 0, 0)))
    assert store_local(before, NEW_YORK) == datetime(2026, 3, 8, 1, 59, 59)
    assert store_local(after, NEW_YORK) == datetime(2026, 3, 8, 3)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 6, 1), 24), (date(2026, 11, 1), 25)]
)
def test_a_day_has_as_many_hours_as_its_clocks(day, hours):
    start, end = store_day_bounds(day, NEW_YORK)
    assert end - start == timedelta(hours=hours)


@given(days, zones)
def test_days_follow_each_other_without_gap_or_overlap(day, zone):
    start, end = store_day_bounds(day, zone)
    assert store_day_bounds(day + timedelta(days=1), zone)[0] == end
    assert store_local(start, zone).date() == day
    assert store_local(end - timedelta(microseconds=1), zone).date() == day
    assert timedelta(hours=23) <= end - start <= timedelta(hours=25)


@given(moments)
def test_a_moment_lies_within_the_bounds_of_its_local_day(moment):
    midnight = store_local_date(moment, NEW_YORK)
    start, end = store_day_bounds(midnight.date(), NEW_YORK)
    assert midnight.time() == time()
    assert start <= moment < end


@pytest.mark.parametrize(
    "use",
    [
        write_gmt,
        lambda moment: store_local(moment, NEW_YORK),
        lambda moment: store_local_date(moment, NEW_YORK),
    ],
)
def test_a_naive_time_is_never_taken_for_the_servers(use):
    with pytest.raises(ValueError, match="aware"):
        use(datetime(2026, 1, 5, 10, 30))


def test_the_present_is_aware():
    assert utc_now().utcoffset() == timedelta(0)


@given(st.dates())
def test_a_day_that_a_person_gives_is_read_as_it_is_written(day):
    assert read_day(day.isoformat()) == day


def test_a_moment_that_a_person_gives_is_a_day_or_its_day_and_time():
    noon = datetime(2026, 11, 22, 12, 5)
    assert read_local_moment("2026-11-22") == datetime(2026, 11, 22)
    assert read_local_moment("2026-11-22T12:05") == noon
    assert read_local_moment("2026-11-22T12:05:07") == noon.replace(second=7)


WRONG_DAYS = ["2026-10-1", "20261001", "2026-W40-4", " 2026-10-01", "2026-02-30", "٢٠٢٦-10-01", ""]


@pytest.mark.parametrize("read", [read_day, read_local_moment])
@pytest.mark.parametrize("text", WRONG_DAYS)
def test_a_day_written_otherwise_is_refused_with_what_is_expected(read, text):
    with pytest.raises(NotADayError) as refused:
        read(text)
    assert str(refused.value).startswith(f"found {text!r}, expected a day of the calendar as YYYY")


@pytest.mark.parametrize("clock", ["T", "T9:00", "T09", "T24:30", " 09:00", "T09:00+02:00"])
def test_a_moment_written_otherwise_is_refused_with_what_is_expected(clock):
    with pytest.raises(NotADayError, match="as YYYY-MM-DDTHH:MM or YYYY-MM-DDTHH:MM:SS; write it"):
        read_local_moment(f"2026-10-01{clock}")
