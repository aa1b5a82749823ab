"""A new customer in Counterpoint, and the map row of a user (CP §1.1, §2.4, §3.2.1).

Belongs here: the number, the row in AR_CUST with what the template customer gives, the first
ship-to address, the map. Whether a customer may be made: customer_settling.py and the rules.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select

from woocp_pipelines.counterpoint.codes import no_tax_code
from woocp_pipelines.counterpoint.gone_accounts import release_customers
from woocp_pipelines.counterpoint.numbers import next_series
from woocp_pipelines.counterpoint.ship_addresses import put_ship_address
from woocp_pipelines.counterpoint.statements import insert_rows
from woocp_pipelines.counterpoint.tables import AR_CUST, SY_TAX_COD, SY_WRKGRP, USER_CUSTOMER_MAP
from woocp_pipelines.rules.clock import store_local
from woocp_pipelines.rules.customer_building import FROM_TEMPLATE, customer_row
from woocp_pipelines.rules.customer_reading import WebCustomer
from woocp_pipelines.rules.document_keys import MAX_NUMBER
from woocp_pipelines.rules.problems import RefusedError
from woocp_pipelines.settings import Settings

# Of a user whose customer was made from the account, and of one whose customer was there before:
# only of the latter has somebody chosen the tier (CP §3.2.1.7).
MADE_SOURCE: Final = "AUTO_STAGING"
LINKED_SOURCE: Final = "AUTO_EMAIL"
_COUNTER: Final = "NXT_CUST_NO"
_STAGED_CODES: Final = ("CATEG_COD", "PROF_COD_1", "TAX_COD", "STR_ID")


def create_customer(
    connection: Connection, settings: Settings, customer: WebCustomer, now: datetime
) -> str:
    """Insert a customer with its ship-to address, and its map row when it is a registered user.

    Call it under the lock `woocp:customers`, after having looked.

    Raises:
        RefusedError: NO_TAX_CODE, or no number could be taken (counterpoint/numbers.py).
    """
    (made,) = create_customers(connection, settings, [customer], now)
    if isinstance(made, RefusedError):
        raise made
    return str(made["CUST_NO"])


def create_customers(
    connection: Connection, settings: Settings, customers: Sequence[WebCustomer], now: datetime
) -> list[dict[str, Any] | RefusedError]:
    """`create_customer` for some, with one swap of the counter: the rows that were written.

    Who is refused takes no number, and the others are made all the same. The counter is locked
    from the swap to the end of the transaction: the tills wait for it, so it comes late.
    """
    if not customers:
        return []
    rows = _rows(connection, settings, customers, now)
    made = [(row, customer) for row, customer in rows if not isinstance(row, RefusedError)]
    try:
        numbers = _take_numbers(connection, settings, len(made)) if made else []
    except RefusedError as refused:
        return [row if isinstance(row, RefusedError) else refused for row, _ in rows]
    for (row, _), cust_no in zip(made, numbers, strict=True):
        row["CUST_NO"] = cust_no
    insert_rows(connection, AR_CUST, [row for row, _ in made])
    for row, customer in made:
        if customer.ship_to:
            put_ship_address(connection, row["CUST_NO"], customer.ship_to, settings, now)
    pairs = [(customer, row["CUST_NO"]) for row, customer in made]
    map_customers(connection, settings, pairs, now, MADE_SOURCE)
    return [row for row, _ in rows]


def _rows(
    connection: Connection, settings: Settings, customers: Iterable[WebCustomer], now: datetime
) -> list[tuple[dict[str, Any] | RefusedError, WebCustomer]]:
    """Each customer with its row of AR_CUST, complete but for the number, or its refusal."""
    template = read_template(connection, settings)
    tax = settings.tax
    tax_codes = read_tax_codes(connection, {tax.default, *tax.by_state.values()})

    def row_of(customer: WebCustomer) -> dict[str, Any] | RefusedError:
        try:
            row = customer_row("", customer, settings, now, template)
            if row["TAX_COD"] is not None:
                check_tax_code(row["TAX_COD"], tax_codes)
        except RefusedError as refused:
            return refused
        return row

    return [(row_of(customer), customer) for customer in customers]


def _take_numbers(connection: Connection, settings: Settings, count: int) -> list[str]:
    def taken(numbers: Collection[str]) -> Collection[str]:
        statement = select(AR_CUST.c.CUST_NO).where(AR_CUST.c.CUST_NO.in_(numbers))
        return connection.execute(statement).scalars().all()

    key = {"WRKGRP_ID": settings.counterpoint.workgroup}
    longest = {_COUNTER: MAX_NUMBER}
    return next_series(connection, SY_WRKGRP, longest, key, count, taken=taken)[_COUNTER]


def staged_codes(row: Mapping[str, Any]) -> dict[str, str | None]:
    """The codes of a new customer that its staging row shows, too (CP §2.3)."""
    return {name: row[name] for name in _STAGED_CODES}


def map_customers(
    connection: Connection,
    settings: Settings,
    pairs: Iterable[tuple[WebCustomer, str]],
    now: datetime,
    source: str,
) -> None:
    """Map rows of customers and their numbers; `source` is MADE_SOURCE or LINKED_SOURCE.

    Guests have no user id, so no map row: their e-mail finds them again (CP §3.2.1.7). The pair
    of an account that the shop has deleted ends: the map is one to one.
    """
    rows = [
        {
            "CUST_NO": cust_no,
            "WOO_USER_ID": customer.user_id,
            "WOO_EMAIL": customer.email,
            "MAPPING_SOURCE": source,
            "IS_ACTIVE": True,
            "CREATED_DT": store_local(now, settings.store.zone),
            "CREATED_BY": "woocp",
        }
        for customer, cust_no in pairs
        if customer.user_id is not None
    ]
    if source == LINKED_SOURCE:
        release_customers(connection, {str(row["CUST_NO"]) for row in rows})
    insert_rows(connection, USER_CUSTOMER_MAP, rows)


def read_template(connection: Connection, settings: Settings) -> Mapping[str, str | None]:
    """Codes of SY_WRKGRP.TMPLT_CUST_NO; empty where the workgroup names no existing customer."""
    named = SY_WRKGRP.c.TMPLT_CUST_NO == AR_CUST.c.CUST_NO
    statement = (
        select(*(AR_CUST.c[name] for name in FROM_TEMPLATE))
        .select_from(SY_WRKGRP.join(AR_CUST, named))
        .where(SY_WRKGRP.c.WRKGRP_ID == settings.counterpoint.workgroup)
    )
    row = connection.execute(statement).mappings().one_or_none()
    return {} if row is None else dict(row)


def read_tax_codes(connection: Connection, codes: Collection[str]) -> frozenset[str]:
    """Which of these tax codes exist."""
    statement = select(SY_TAX_COD.c.TAX_COD).where(SY_TAX_COD.c.TAX_COD.in_(sorted(codes)))
    return frozenset(connection.execute(statement).scalars())


def check_tax_code(code: str, existing: Collection[str]) -> None:
    """Refuse a customer whose tax code Counterpoint does not have.

    Raises:
        RefusedError: NO_TAX_CODE, retryable.
    """
    if code in existing:
        return
    raise RefusedError(no_tax_code(repr(code)))
