"""Ship-to addresses of a customer: AR_SHIP_ADRS (CP §1.2, §3.2.3).

Belongs here: finding an address again, or adding it under an id of its own. The address printed
on a document is PS_DOC_CONTACT and has nothing to do with this table.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select

from woocp_pipelines.counterpoint.statements import MAX_PARAMETERS, chunks, insert_rows
from woocp_pipelines.counterpoint.tables import AR_CUST, AR_SHIP_ADRS
from woocp_pipelines.rules.address_matching import SAME_WHEN, place_of
from woocp_pipelines.rules.addresses import Address
from woocp_pipelines.rules.clock import naive_utc, store_local
from woocp_pipelines.settings import Settings

DEFAULT_ADDRESS: Final = "(DEFAULT)"
# Of a customer who has no other yet.
FIRST_ID: Final = "1"
# A longer number is nobody's counting, and one more than it would not fit the column.
_LONGEST_ID: Final = 9


# As native rows have it, so that a replicating site sees the row (CP §7 Q9).
RS_STAT: Final = 0


@dataclass(frozen=True)
class KnownAddresses:
    """Addresses of some customers as they were read, their own and their ship-to ones."""

    ids: Mapping[tuple[str, ...], str]

    def find(self, cust_no: str, address: Address) -> str | None:
        """ADRS_ID of a customer's address; None when it was not there: see `ship_address_id`."""
        return self.ids.get((cust_no, *place_of(address.columns())))


def read_known_addresses(connection: Connection, cust_nos: Iterable[str]) -> KnownAddresses:
    """Read the addresses of many customers: two statements for up to 2,000 of them."""
    ids: dict[tuple[str, ...], str] = {}
    own, more = AR_CUST, AR_SHIP_ADRS
    for part in chunks(sorted(set(cust_nos)), MAX_PARAMETERS):
        statement = select(own.c.CUST_NO, *(own.c[name] for name in SAME_WHEN))
        for row in connection.execute(statement.where(own.c.CUST_NO.in_(part))).mappings():
            ids[row["CUST_NO"], *place_of(row)] = DEFAULT_ADDRESS
        columns = (more.c.CUST_NO, more.c.SHIP_ADRS_ID, *(more.c[name] for name in SAME_WHEN))
        statement = select(*columns).where(more.c.CUST_NO.in_(part)).order_by(more.c.SHIP_ADRS_ID)
        for row in connection.execute(statement).mappings():
            ids.setdefault((row["CUST_NO"], *place_of(row)), row["SHIP_ADRS_ID"])
    return KnownAddresses(ids)


def put_ship_address(
    connection: Connection, cust_no: str, address: Address, settings: Settings, now: datetime
) -> str:
    """Find the address among the customer's, or add it; gives its SHIP_ADRS_ID.

    The same address is told by `rules.address_matching`; what is there already stays as it is. A
    new id is one more than the highest number among the customer's ids: ids are text, and others
    such as '(DEFAULT)' do not count (CP §6.1 bug 4). Whoever takes the id at the same time breaks
    the key, and the unit of work is repeated (transactions.py).

    Args:
        connection: a transaction that writes.
        cust_no: an existing customer.
        address: with a street; see `Address.has_street`.
        settings: who writes, and where the store is.
        now: UTC.
    """
    table = AR_SHIP_ADRS
    columns = (table.c.SHIP_ADRS_ID, *(table.c[name] for name in SAME_WHEN))
    statement = select(*columns).where(table.c.CUST_NO == cust_no).order_by(table.c.SHIP_ADRS_ID)
    known = [dict(each) for each in connection.execute(statement).mappings()]
    row = address.columns()
    place = place_of(row)
    for each in known:
        if place_of(each) == place:
            return str(each["SHIP_ADRS_ID"])
    ship_adrs_id = _next_id([str(each["SHIP_ADRS_ID"]) for each in known])
    values = {
        **row,
        **address.upper_names(),
        "CUST_NO": cust_no,
        "SHIP_ADRS_ID": ship_adrs_id,
        "SHIP_NAM_TYP": address.NAM_TYP,
        "RS_STAT": RS_STAT,
        **stamps(settings, now),
    }
    insert_rows(connection, table, [values])
    return ship_adrs_id


def add_ship_address(
    connection: Connection, cust_no: str, address: Address, settings: Settings, now: datetime
) -> str | None:
    """Add an address when it is new to the customer; the id of what was added, else None.

    Args: as of `ship_address_id`.
    """
    if read_known_addresses(connection, [cust_no]).find(cust_no, address) is not None:
        return None
    return put_ship_address(connection, cust_no, address, settings, now)


def ship_address_id(
    connection: Connection, cust_no: str, address: Address, settings: Settings, now: datetime
) -> str:
    """ADRS_ID of a ship-to contact: the default address, or one of AR_SHIP_ADRS (CP §4.7.1).

    Args:
        connection: a transaction that writes.
        cust_no: an existing customer.
        address: with a street.
        settings: who writes, and where the store is.
        now: UTC.
    """
    columns = (AR_CUST.c[name] for name in SAME_WHEN)
    statement = select(*columns).where(AR_CUST.c.CUST_NO == cust_no)
    own = connection.execute(statement).mappings().one_or_none()
    if own is not None and place_of(dict(own)) == place_of(address.columns()):
        return DEFAULT_ADDRESS
    return put_ship_address(connection, cust_no, address, settings, now)


def stamps(settings: Settings, now: datetime) -> dict[str, Any]:
    """Who wrote the row and when: store-local for people, UTC for other sites."""
    return {
        "LST_MAINT_DT": store_local(now, settings.store.zone),
        "LST_MAINT_USR_ID": settings.counterpoint.user,
        "RS_UTC_DT": naive_utc(now),
    }


def _next_id(ids: Iterable[str]) -> str:
    numbers = (int(each) for each in ids if each.isdecimal() and len(each) <= _LONGEST_ID)
    return str(max(numbers, default=0) + 1)
