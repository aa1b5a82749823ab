"""A small world for tests of the customer sync: one store, one counter, people by name.

Belongs here: builders. Does not: assertions, and the sandbox's invented retailer.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Connection, Engine, Table, insert, select, update

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.statements import with_nulls
from woocp_pipelines.counterpoint.tables import (
    AR_CUST,
    AR_SHIP_ADRS,
    SY_WRKGRP,
    USER_CUSTOMER_MAP,
    USER_CUSTOMER_STAGING,
    USER_DEAD_LETTER,
    USER_ORDER_STAGING,
)
from woocp_pipelines.flows.report import FlowReport
from woocp_pipelines.rules.customer_building import customer_row
from woocp_pipelines.rules.customer_reading import WebCustomer, registered_customer
from woocp_pipelines.sandbox.schema import vendor_tables
from woocp_pipelines.settings import Settings
from woocp_pipelines.settings_environment import Connections, PricingAccess
from woocp_pipelines.settings_loading import build_settings

NOW = datetime(2026, 11, 22, 17, 5, 9, tzinfo=UTC)
KEY, SECRET = "ck_test_customers", "cs_test_customers"
CODES = {
    "store": "01",
    "station": "109",
    "drawer": "WEB",
    "user": "INTEG",
    "sales_rep": "INTEG",
    "workgroup": "WEB",
    "stock_location": "01",
    "price_location": "01",
}


# All that the customer sync may write, but for its own log.
WRITTEN = (
    AR_CUST,
    AR_SHIP_ADRS,
    SY_WRKGRP,
    USER_CUSTOMER_MAP,
    USER_CUSTOMER_STAGING,
    USER_DEAD_LETTER,
)


def settings_for(url: str | None = None, **tables: Any) -> Settings:
    """Settings in apply mode; the store at `url`."""
    business = {
        "mode": "apply",
        "counterpoint": CODES,
        "orders": {"start_date": "2026-01-01"},
        "tax": {"default": "OUT", "by_state": {"NY": "NY-STATE"}},
        **tables,
    }
    connections = Connections(
        sandbox=True,
        home=Path(),
        database_url=None,
        store_url=url,
        store_key=SecretStr(KEY),
        store_secret=SecretStr(SECRET),
    )
    return build_settings(business, connections, PricingAccess(), "test")


def seed_codes(engine: Engine, next_number: str = "00100") -> None:
    """What a new customer needs: store, tax codes, the workgroup's counter."""
    with writing(engine) as connection:
        put(connection, "PS_STR", STR_ID="01", DESCR="Main", STR_NO=1)
        put(connection, "PS_STR_CFG_PS", STR_ID="01", WALK_IN_CUST_NO="00001")
        put(connection, "SY_TAX_COD", TAX_COD="OUT")
        put(connection, "SY_TAX_COD", TAX_COD="NY-STATE")
        put(connection, "SY_WRKGRP", WRKGRP_ID="WEB", NXT_CUST_NO=next_number)


def put(connection: Connection, table: str, **values: Any) -> None:
    """Insert into a vendor table."""
    connection.execute(insert(vendor_tables()[table]).values(with_nulls(values)))


def known_customer(engine: Engine, cust_no: str, **values: Any) -> None:
    """A customer that Counterpoint has already."""
    row = customer_row(cust_no, registered_customer(user(1)), settings_for(), NOW)
    with writing(engine) as connection:
        values = with_nulls({**row, "EMAIL_ADRS_1": None, **values})
        connection.execute(insert(AR_CUST).values(values))


def block(**changes: Any) -> dict[str, Any]:
    """A billing block; give a field to change it."""
    return {
        "first_name": "Åse",
        "last_name": "Bjørnsdøttir",
        "company": "Nordlys & Søn",
        "address_1": "12 Main St",
        "address_2": "",
        "city": "Rochester",
        "postcode": "14604",
        "country": "US",
        "state": "NY",
        "email": "aase@nordlys.test",
        "phone": "585-555-1000",
        **changes,
    }


def user(user_id: int, email: str = "aase@nordlys.test", **billing: Any) -> dict[str, Any]:
    """A record of GET /customers."""
    main = block(**{"email": email, **billing})
    return {
        "id": user_id,
        "email": email,
        "first_name": main["first_name"],
        "last_name": main["last_name"],
        "role": "customer",
        "username": f"user{user_id}",
        "date_created_gmt": "2026-09-01T12:00:00",
        "billing": main,
        "shipping": {name: value for name, value in main.items() if name != "email"},
        "meta_data": [],
    }


def order(
    order_id: int,
    customer_id: int = 0,
    email: str = "aase@nordlys.test",
    shipping: Mapping[str, Any] | None = None,
    **billing: Any,
) -> dict[str, Any]:
    """As much of a raw order as the customer sync reads."""
    main = block(**{"email": email, **billing})
    return {
        "id": order_id,
        "number": f"W{order_id}",
        "customer_id": customer_id,
        "billing": main,
        "shipping": dict(shipping or {**main, "address_1": ""}),
        "line_items": [{"price": 1.5}],
    }


def stage_orders(engine: Engine, *orders: Mapping[str, Any], **changes: Any) -> None:
    """Paid orders that wait for their booking."""
    with writing(engine) as connection:
        for raw in orders:
            values = {
                "STORE_ID": "main",
                "WOO_ORDER_ID": raw["id"],
                "BATCH_ID": "test",
                "STATUS": "PENDING",
                "ORDER_JSON": json.dumps(raw),
                "ORD_PAID_GMT": NOW,
                **changes,
            }
            connection.execute(insert(USER_ORDER_STAGING).values(**values))


def rows(engine: Engine, table: Table) -> list[dict[str, Any]]:
    """All rows of a table by its first column."""
    first = next(iter(table.columns))
    with engine.connect() as connection:
        found = connection.execute(select(table).order_by(first)).mappings()
        return [dict(row) for row in found]


def registered(user_id: int, **changes: Any) -> WebCustomer:
    """A registered user as the rules see it."""
    return registered_customer(user(user_id, **changes))


def everything(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Whole-table dumps of all that the sync may write."""
    return {table.name: rows(engine, table) for table in WRITTEN}


def codes(report: FlowReport) -> dict[str, str]:
    """Refused customers and why."""
    return {item.key: item.problem.code for item in report.refused}


def mapped(engine: Engine, cust_no: str, user_id: int, **values: Any) -> None:
    """A map row, active unless said otherwise."""
    row = {"CUST_NO": cust_no, "WOO_USER_ID": user_id, "IS_ACTIVE": True, **values}
    with writing(engine) as connection:
        connection.execute(insert(USER_CUSTOMER_MAP).values(**row))


def change(engine: Engine, table: Table, column: str, value: Any, **values: Any) -> None:
    """What a person does in Counterpoint: rows with this value in the column get others."""
    with writing(engine) as connection:
        connection.execute(update(table).where(table.c[column] == value).values(**values))
