"""Times of the store: stamps on records and how the date filters read their text (WC §1.2).

Belongs here: local and GMT stamps, date filters. Does not: which records are bumped.
"""

import re
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from woocp_pipelines.rules.clock import read_gmt, store_local, write_gmt
from woocp_pipelines.sandbox.store.errors import Json

_DATE_TIME: Final = re.compile(
    r"^(?P<day>\d{4}-\d{2}-\d{2})[Tt ](?P<time>\d{2}:\d{2}:\d{2})"
    r"(?P<fraction>\.\d+)?(?P<zone>[Zz]|[+-]\d{2}(?::?\d{2})?)?$"
)


def stamp(record: Json, name: str, moment: datetime | None, zone: ZoneInfo) -> None:
    """Set `name` (store-local) and `name_gmt` of a record; None clears both."""
    record[name] = None if moment is None else store_local(moment, zone).isoformat()
    record[f"{name}_gmt"] = None if moment is None else write_gmt(moment)


def complete_stamp(record: Json, name: str, zone: ZoneInfo, default: datetime | None) -> None:
    """Fill the missing half of a stamp, or both halves from `default`."""
    gmt, local = record.get(f"{name}_gmt"), record.get(name)
    if gmt:
        stamp(record, name, read_gmt(gmt), zone)
    elif local:
        stamp(record, name, datetime.fromisoformat(local).replace(tzinfo=zone), zone)
    elif name not in record:
        stamp(record, name, default, zone)
    else:
        record[f"{name}_gmt"] = None


def is_date_time(text: str) -> bool:
    """Whether the REST layer takes a text as date-time: a bare date or an epoch it does not."""
    match = _DATE_TIME.match(text)
    if match is None:
        return False
    try:
        datetime.fromisoformat(f"{match['day']}T{match['time']}")
    except ValueError:
        return False
    return True


def filter_bound(text: str, zone: ZoneInfo, *, dates_are_gmt: bool) -> str:
    """The GMT text that a filter value is compared with, right or wrong, as WooCommerce does.

    Naive text is site time, or UTC with `dates_are_gmt`. Text with a zone is read rightly without
    the flag; with it, it is turned into site time and then compared with the UTC column. A
    fraction without the flag hides the zone, so that the text counts as site time (WC §1.2).
    """
    match = _DATE_TIME.match(text)
    if match is None:
        raise ValueError(f"expected an ISO date-time, found {text!r}")
    naive = datetime.fromisoformat(f"{match['day']}T{match['time']}")
    offset = match["zone"]
    if offset is None or (match["fraction"] and not dates_are_gmt):
        aware = naive.replace(tzinfo=UTC if dates_are_gmt else zone)
        return write_gmt(aware)
    aware = datetime.fromisoformat(naive.isoformat() + offset.upper().replace("Z", "+00:00"))
    return store_local(aware, zone).isoformat() if dates_are_gmt else write_gmt(aware)
