"""A new customer in Counterpoint, and the map row of a user (CP §1.1, §2.4, §3.2.1).

Belongs here: the number, the row in AR_CUST with what the template customer gives, the first
ship-to address, the map. Whether a customer may be made: customer_writing.py and the rules.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select

from woocp_pipelines.counterpoint.codes import no_tax_code
from woocp_pipelines.counterpoint.numbers import next_number
from woocp_pipelines.counterpoint.ship_addresses import put_ship_address
from woocp_pipelines.counterpoint.statements import insert_rows, read_rows
from woocp_pipelines.counterpoint.tables import AR_CUST, SY_TAX_COD, SY_WRKGRP, USER_CUSTOMER_MAP
from woocp_pipelines.rules.clock import store_local
from woocp_pipelines.rules.customer_building import FROM_TEMPLATE, customer_row
from woocp_pipelines.rules.customer_reading import WebCustomer
from woocp_pipelines.rules.problems import RefusedError
from woocp_pipelines.settings import Settings

MAPPING_SOURCE: Final = "AUTO_STAGING"
_STAGED_CODES: Final = ("CATEG_COD", "PROF_COD_1", "TAX_COD", "STR_ID")


def create_customer(
    connection: Connection, settings: Settings, customer: WebCustomer, now: datetime
) -> str:
    """Insert a customer with its ship-to address, and its map row when it is a registered user.

    Call it under the lock `woocp:customers`, after having looked.

    Raises:
        RefusedError: NO_TAX_CODE, or no number could be taken (counterpoint/numbers.py).
    """
    return str(insert_customer(connection, settings, customer, now)["CUST_NO"])


def insert_customer(
    connection: Connection, settings: Settings, customer: WebCustomer, now: datetime
) -> dict[str, Any]:
    """`create_customer`, with the row that was written."""
    key = {"WRKGRP_ID": settings.counterpoint.workgroup}

    def taken(numbers: Collection[str]) -> Collection[str]:
        return [row["CUST_NO"] for row in read_rows(connection, AR_CUST, "CUST_NO", numbers)]

    cust_no = next_number(connection, SY_WRKGRP, "NXT_CUST_NO", key, taken=taken)
    row = customer_row(cust_no, customer, settings, now, read_template(connection, settings))
    if row["TAX_COD"] is not None:
        check_tax_code(row["TAX_COD"], read_tax_codes(connection, [row["TAX_COD"]]))
    insert_rows(connection, AR_CUST, [row])
    if customer.ship_to:
        local, user = store_local(now, settings.store.zone), settings.counterpoint.user
        put_ship_address(connection, cust_no, customer.ship_to, user, local)
    map_customer(connection, settings, customer, cust_no, now)
    return row


def staged_codes(row: Mapping[str, Any]) -> dict[str, str | None]:
    """The codes of a new customer that its staging row shows, too (CP §2.3)."""
    return {name: row[name] for name in _STAGED_CODES}


def map_customer(
    connection: Connection, settings: Settings, customer: WebCustomer, cust_no: str, now: datetime
) -> None:
    """Guests have no user id, so no map row: their e-mail finds them again (CP §3.2.1.7)."""
    if customer.user_id is None:
        return
    row = {
        "CUST_NO": cust_no,
        "WOO_USER_ID": customer.user_id,
        "WOO_EMAIL": customer.email,
        "MAPPING_SOURCE": MAPPING_SOURCE,
        "IS_ACTIVE": True,
        "CREATED_DT": store_local(now, settings.store.zone),
        "CREATED_BY": "woocp",
    }
    insert_rows(connection, USER_CUSTOMER_MAP, [row])


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
