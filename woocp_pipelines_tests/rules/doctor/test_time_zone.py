"""Another zone of the shop: red where the database server agrees with it, else yellow."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from woocp_pipelines.rules.doctor.store import ShopZone, judge_time_zone
from woocp_pipelines_tests.worked_example import example_settings

WINTER, SUMMER = (datetime(2026, month, 15, 12, tzinfo=UTC) for month in (1, 7))
SETTINGS = example_settings("")  # America/New_York


def hours(number):
    return timedelta(hours=number)


@pytest.mark.parametrize(
    ("name", "offset", "now", "alike"),
    [
        ("America/New_York", -4, SUMMER, True),
        ("US/Eastern", -5, WINTER, True),
        ("America/Chicago", -6, WINTER, False),
        # The same hours today, and others in winter.
        ("America/Puerto_Rico", -4, SUMMER, False),
        ("", -5, WINTER, True),
        ("", -5, SUMMER, False),
        ("UTC", 0, WINTER, False),
        ("Mars/Olympus", -5, WINTER, True),
    ],
)
def test_zones_are_alike_when_they_show_the_same_hours_all_the_year(name, offset, now, alike):
    assert ShopZone(name, Decimal(offset)).is_like(SETTINGS.store.zone, now) is alike


@pytest.mark.parametrize(
    ("name", "offset", "now", "server", "level"),
    [
        ("America/Chicago", -6, WINTER, -6, "red"),
        ("America/Chicago", -5, SUMMER, -5, "red"),
        ("", -8, WINTER, -8, "red"),
        ("America/Puerto_Rico", -4, WINTER, -4, "red"),
        # The server agrees with the setting.
        ("America/Chicago", -6, WINTER, -5, "yellow"),
        # The three disagree.
        ("America/Chicago", -6, WINTER, -8, "yellow"),
        # A server that keeps UTC says nothing, whatever the shop says.
        ("America/Chicago", -6, WINTER, 0, "yellow"),
        ("UTC", 0, WINTER, 0, "yellow"),
        ("Europe/London", 0, WINTER, 0, "yellow"),
        ("Europe/London", 1, SUMMER, 1, "red"),
        # Alike today: nobody can tell before winter.
        ("America/Puerto_Rico", -4, SUMMER, -4, "yellow"),
        # SQLite has no server.
        ("America/Chicago", -6, WINTER, None, "yellow"),
    ],
)
def test_another_zone_is_red_only_where_the_server_s_clock_agrees(name, offset, now, server, level):
    shop = ShopZone(name, Decimal(offset))
    witness = None if server is None else hours(server)
    found = judge_time_zone(shop, SETTINGS, now, witness)
    assert (found.id, found.level) == ("store.time_zone", level)
    assert found.stops == (("customers", "documents") if level == "red" else ())


def test_both_say_what_is_dated_and_how_to_find_out():
    shop = ShopZone("America/Chicago", Decimal(-6))
    for server in (hours(-6), None):
        found = judge_time_zone(shop, SETTINGS, WINTER, server)
        assert "customers and documents are dated by store.time_zone" in found.why
        assert "TKT_DT with the clock on the wall" in found.fix
