"""Reading what the store should know of Counterpoint's web customers (CP §3.2.2).

Belongs here: AR_CUST with the users of the map, in one statement, the check of the column that
the settings name for the bid number, and the mark of those whose tier people have decided on. Does
not: what is made of it (rules/customer_push.py).
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnClause,
    Connection,
    String,
    and_,
    column,
    null,
    or_,
    select,
    table,
    true,
    update,
)

from woocp_pipelines.counterpoint.catalog import read_catalog
from woocp_pipelines.counterpoint.customer_creation import MADE_SOURCE
from woocp_pipelines.counterpoint.statements import MAX_PARAMETERS, chunks
from woocp_pipelines.counterpoint.tables import USER_CUSTOMER_MAP
from woocp_pipelines.counterpoint.types import Code
from woocp_pipelines.rules.customer_push import WebAccount
from woocp_pipelines.settings_loading import SettingsError

_YES: Final = "Y"
_CUSTOMERS: Final = "AR_CUST"
_TEXTS: Final = ("char", "nchar", "varchar", "nvarchar")


class NoBidColumnError(SettingsError):
    """`customers.bid_no_source` names no text column of AR_CUST; `near` are columns like it."""

    def __init__(self, name: str, found: str, near: Sequence[str]) -> None:
        such = f", such as {', '.join(near)}" if near else ""
        super().__init__(
            f"customers.bid_no_source: {name!r} is {found}; name the text column that holds a "
            f"customer's bid number{such}, or leave it empty"
        )
        self.found = found
        self.near = tuple(near)


def check_bid_column(connection: Connection, name: str) -> None:
    """Make sure that `customers.bid_no_source` names a text column of the live AR_CUST.

    Raises:
        NoBidColumnError: it names none; the retailer's own columns are listed.
    """
    if not name:
        return
    columns = read_catalog(connection, [_CUSTOMERS])[_CUSTOMERS].columns
    found = columns.get(name.upper())
    if found is not None and found.type_name in _TEXTS:
        return
    what = "no column of AR_CUST" if found is None else f"of type {found.type_name}, not text"
    near = sorted(each for each in columns if each.startswith(("USR_", "USER_", "PROF_")))
    raise NoBidColumnError(name, what, near)


def read_web_accounts(
    connection: Connection, bid_column: str, *, map_exists: bool = True, is_marked: bool = True
) -> list[WebAccount]:
    """Every customer with IS_ECOMM_CUST 'Y' or an active map row, with the user of that row.

    Args:
        connection: reading.
        bid_column: checked by `check_bid_column`; empty reads none.
        map_exists: there may be no map before `woocp db upgrade`.
        is_marked: or one without the column of `mark_decided`.
    """
    customers = table(_CUSTOMERS, *_columns(bid_column))
    mapped = USER_CUSTOMER_MAP
    source: Any = customers
    user_id: Any = null()
    made_by: Any = null()
    decided: Any = null()
    wanted = customers.c.IS_ECOMM_CUST == _YES
    if map_exists:
        on = and_(mapped.c.CUST_NO == customers.c.CUST_NO, mapped.c.IS_ACTIVE == true())
        source, user_id = customers.outerjoin(mapped, on), mapped.c.WOO_USER_ID
        made_by, wanted = mapped.c.MAPPING_SOURCE, or_(wanted, mapped.c.WOO_USER_ID.is_not(None))
        decided = mapped.c.TIER_DECIDED_GMT if is_marked else null()
    statement = (
        select(
            customers.c.CUST_NO,
            customers.c.CATEG_COD,
            customers.c.PROF_COD_1,
            (customers.c[bid_column.upper()] if bid_column else null()).label("BID_NO"),
            customers.c.IS_ECOMM_CUST,
            user_id.label("USER_ID"),
            made_by.label("MADE_BY"),
            decided.label("DECIDED"),
        )
        .select_from(source)
        .where(wanted)
        .order_by(customers.c.CUST_NO)
    )
    return [
        WebAccount(
            row.CUST_NO,
            row.CATEG_COD,
            row.PROF_COD_1,
            row.BID_NO,
            row.USER_ID,
            on_web=row.IS_ECOMM_CUST == _YES,
            made_here=row.MADE_BY == MADE_SOURCE,
            tier_decided=row.DECIDED is not None,
        )
        for row in connection.execute(statement)
    ]


def mark_decided(connection: Connection, user_ids: Collection[int], now: datetime) -> None:
    """Remember of these users that somebody has given their customer another tier than the first.

    It stays so when the tier is set back: then that is a decision, too.
    """
    mapped = USER_CUSTOMER_MAP
    for part in chunks(sorted(user_ids), MAX_PARAMETERS - 2):
        connection.execute(
            update(mapped)
            .where(mapped.c.WOO_USER_ID.in_(part), mapped.c.IS_ACTIVE == true())
            .values(TIER_DECIDED_GMT=now)
        )


def _columns(bid_column: str) -> list[ColumnClause[str]]:
    """The few columns that are read; the bid number's is the retailer's and in no table of ours."""
    columns: dict[str, ColumnClause[str]] = {
        name: column(name, Code(length))
        for name, length in (
            ("CUST_NO", 15),
            ("CATEG_COD", 10),
            ("PROF_COD_1", 10),
            ("IS_ECOMM_CUST", 1),
        )
    }
    if bid_column:
        columns.setdefault(bid_column.upper(), column(bid_column.upper(), String()))
    return list(columns.values())
