"""What a person reads about one customer's change: before, and after column by column.

Belongs here: the texts of the report. Does not: deciding or writing anything.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from woocp_pipelines.counterpoint.customer_creation import LINKED_SOURCE, MADE_SOURCE
from woocp_pipelines.counterpoint.customer_settling import Settled
from woocp_pipelines.counterpoint.ship_addresses import RS_STAT
from woocp_pipelines.flows.report import Change
from woocp_pipelines.rules.addresses import Address
from woocp_pipelines.rules.customer_building import FIXED
from woocp_pipelines.rules.customer_reading import WebCustomer

CREATE: Final = "create customer"
LINK: Final = "link by e-mail"
SHIP_TO: Final = "add ship-to address"
GONE: Final = "close dead letters"
_NOT_THERE: Final = "not in Counterpoint"
_MOMENT: Final = "the moment of writing"
_MOMENTS: Final = ("LST_MAINT_DT", "RS_UTC_DT")


def planned_creation(customer: WebCustomer, row: Mapping[str, Any]) -> Iterable[Change]:
    """Every column of a new customer, its ship-to address, and its map row.

    Args:
        customer: who it is.
        row: of AR_CUST, as `rules.customer_building.customer_row` makes it.
    """
    own = {"CUST_NO": row["CUST_NO"]}
    own |= {name: value for name, value in row.items() if name not in FIXED}
    own |= dict.fromkeys(_MOMENTS, _MOMENT)
    after = f"{_lines(own)}\nand what every web customer has, see above"
    yield Change(customer.key, CREATE, _NOT_THERE, after)
    if customer.ship_to:
        yield planned_ship_to(customer.key, row["CUST_NO"], customer.ship_to)
    if customer.user_id is not None:
        yield _map_row(customer, "map the new customer", row["CUST_NO"], MADE_SOURCE)


def fixed_values() -> str:
    """The columns of every new customer: said once, not for each of them."""
    return ", ".join(f"{name} {value}" for name, value in FIXED.items())


def planned_link(customer: WebCustomer, cust_no: str) -> Change:
    """The map row of a user whose e-mail names a customer."""
    return _map_row(customer, LINK, cust_no, LINKED_SOURCE)


def planned_ship_to(key: str, cust_no: str, address: Address) -> Change:
    """A new row of AR_SHIP_ADRS."""
    columns = {
        "CUST_NO": cust_no,
        "SHIP_ADRS_ID": "the next number of this customer",
        **address.columns(),
        "SHIP_NAM_TYP": address.NAM_TYP,
        "RS_STAT": RS_STAT,
        **dict.fromkeys(_MOMENTS, _MOMENT),
    }
    return Change(key, SHIP_TO, _NOT_THERE, _lines(columns))


def done(customer: WebCustomer, settled: Settled) -> Iterable[Change]:
    """What was written: the rows themselves are in the tables. Kept in the log: nobody's name."""
    if settled.action == "INSERT":
        yield Change(customer.key, CREATE, _NOT_THERE, f"CUST_NO: {settled.cust_no}")
    elif settled.action == "LINKED_EXISTING":
        yield Change(customer.key, LINK, "no map row", f"CUST_NO: {settled.cust_no}")
    if settled.ship_adrs_id:
        after = f"CUST_NO: {settled.cust_no}\nSHIP_ADRS_ID: {settled.ship_adrs_id}"
        yield Change(customer.key, SHIP_TO, _NOT_THERE, after)


def gone(key: str) -> Change:
    """A user whom the store has no more."""
    return Change(key, GONE, "open", "closed: the store has no such user any more")


def _map_row(customer: WebCustomer, what: str, cust_no: str, source: str) -> Change:
    columns = {
        "CUST_NO": cust_no,
        "WOO_USER_ID": customer.user_id,
        "WOO_EMAIL": customer.email,
        "MAPPING_SOURCE": source,
        "IS_ACTIVE": 1,
    }
    return Change(customer.key, what, f"{customer.address.NAM}: no map row", _lines(columns))


def _lines(columns: Mapping[str, Any]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in columns.items() if value is not None)
