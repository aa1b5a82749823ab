"""Fills a Counterpoint database and a store with the invented retailer, the same data every time.

Belongs here: creating tables and writing rows. Does not: what the retailer is (retailer/), nor
files, settings and servers (opening.py).
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, update

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.migrations import upgrade
from woocp_pipelines.counterpoint.statements import insert_rows
from woocp_pipelines.counterpoint.tables import USER_CUSTOMER_MAP
from woocp_pipelines.rules.clock import store_local
from woocp_pipelines.sandbox.retailer.accounts import ACCOUNTS, PLUGIN_ROLES
from woocp_pipelines.sandbox.retailer.catalogue import DEFAULT_ITEMS, DEFAULT_SEED
from woocp_pipelines.sandbox.retailer.codes import code_tables
from woocp_pipelines.sandbox.retailer.customers import customer_tables
from woocp_pipelines.sandbox.retailer.item_rows import item_tables
from woocp_pipelines.sandbox.retailer.listings import Listing
from woocp_pipelines.sandbox.retailer.native_documents import document_tables, native_order_value
from woocp_pipelines.sandbox.retailer.order_json import order_json, refund_json
from woocp_pipelines.sandbox.retailer.order_seed import PLUGIN_GATEWAYS
from woocp_pipelines.sandbox.retailer.price_rules import price_tables
from woocp_pipelines.sandbox.retailer.shelf import shown_quantity, sold_by_listing
from woocp_pipelines.sandbox.retailer.shop_json import product_json, variation_json
from woocp_pipelines.sandbox.retailer.web_shop import Retailer, build_retailer
from woocp_pipelines.sandbox.schema import create_vendor_tables, vendor_tables
from woocp_pipelines.sandbox.store import StoreState
from woocp_pipelines.sandbox.store.users import add_roles

Row = dict[str, Any]
ZONE: Final = ZoneInfo("America/New_York")
TODAY: Final = datetime(2026, 11, 3, 13, 0, tzinfo=UTC)


def seed_counterpoint(
    engine: Engine,
    *,
    items: int = DEFAULT_ITEMS,
    seed: int = DEFAULT_SEED,
    now: datetime = TODAY,
) -> Retailer:
    """Create the vendor's tables and ours in an empty database and fill them.

    Args:
        engine: of an empty database, SQLite or SQL Server.
        items: how many items; the first ones are the same for every number.
        seed: what stock quantities are drawn from.
        now: the aware time that rows are stamped with.

    Raises:
        ValueError: fewer items than the seeded orders need.
    """
    retailer = build_retailer(items=items, seed=seed)
    create_vendor_tables(engine)
    upgrade(engine)
    local = store_local(now, ZONE)
    with writing(engine) as connection:
        for tables in (
            code_tables(local),
            item_tables(retailer.catalogue, local),
            customer_tables(local),
            price_tables(local),
            document_tables(retailer.items),
        ):
            _insert(connection, tables)
        _note_native_orders(connection)
        _map_accounts(connection, local)
    return retailer


def seed_store(state: StoreState, retailer: Retailer) -> None:
    """Load products, accounts, orders and refunds into an empty store."""
    with state.unit():
        add_roles(state, list(PLUGIN_ROLES))
        state.set_setting("payment_gateways", PLUGIN_GATEWAYS)
        for account in ACCOUNTS:
            state.add_customer(account.to_json())
        _add_products(state, retailer)
        for order in retailer.orders:
            raw = state.add_order(order_json(order, retailer.shop))
            for number in range(len(order.refunds)):
                state.add_refund(order.order_id, refund_json(order, raw, number))


def _add_products(state: StoreState, retailer: Retailer) -> None:
    items, sold = retailer.items, sold_by_listing(retailer.orders)
    options: dict[int, list[str]] = {}
    for listing in retailer.listings:
        if listing.shape == "variation":
            options.setdefault(listing.parent_id, []).append(listing.option)
    for listing in retailer.listings:
        item = items.get(listing.item_no or "")
        quantity = shown_quantity(listing, item, sold.get(listing.sku, 0))
        _add_listing(state, listing, quantity, options.get(listing.product_id, []))


def _add_listing(state: StoreState, listing: Listing, quantity: int, options: list[str]) -> None:
    if listing.shape == "variation":
        state.add_variation(listing.parent_id, variation_json(listing, quantity))
    else:
        state.add_product(product_json(listing, quantity, options))


def _insert(connection: Connection, tables: Mapping[str, Iterable[Row]]) -> None:
    for name, rows in tables.items():
        insert_rows(connection, vendor_tables()[name], list(rows))


def _note_native_orders(connection: Connection) -> None:
    """What the tills would have noted at the customer of an open order (CP §4.7.5)."""
    customers = vendor_tables()["AR_CUST"]
    for cust_no, value in native_order_value().items():
        connection.execute(
            update(customers)
            .where(customers.c.CUST_NO == cust_no)
            .values(NO_OF_ORDS=1, ORD_BAL=Decimal(value))
        )


def _map_accounts(connection: Connection, local: datetime) -> None:
    rows = [
        {
            "CUST_NO": account.cust_no,
            "WOO_USER_ID": account.user_id,
            "WOO_EMAIL": account.person.email,
            "MAPPING_SOURCE": "IMPORT",
            "IS_ACTIVE": True,
            "CREATED_DT": local,
            "CREATED_BY": "sandbox",
        }
        for account in ACCOUNTS
        if account.mapped
    ]
    insert_rows(connection, USER_CUSTOMER_MAP, rows)
