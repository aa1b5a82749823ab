"""A small shop on both sides: a Counterpoint database and the sandbox store over HTTP."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import DateTime, String, delete, insert, select, update

from woocp_pipelines.counterpoint.dead_letters import read_dead_letters
from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.tables import (
    IM_INV,
    USER_ORDER_STAGING,
    USER_ORDER_STAGING_LIN,
    USER_PRODUCT_MAP,
)
from woocp_pipelines.counterpoint.types import Code, LocalDateTime
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.inventory import sync_inventory
from woocp_pipelines.flows.report import FlowReport
from woocp_pipelines.sandbox.schema import vendor_tables
from woocp_pipelines.sandbox.store import ApiKey, StoreServer, StoreState
from woocp_pipelines.settings_environment import Connections, PricingAccess
from woocp_pipelines.settings_loading import build_settings
from woocp_pipelines.woocommerce.client import StoreClient

KEY, SECRET = "ck_inventory", "cs_inventory"
CODES = ("store", "station", "drawer", "user", "sales_rep", "workgroup", "stock_location",
         "price_location")  # fmt: skip

ITEM = {"ITEM_TYP": "I", "STAT": "A", "STK_UNIT": "PK", "IS_ECOMM_ITEM": "Y"}


class Clock:
    """Both systems' clock, which tests move; near the real time, by which requests are signed."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=10)
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def filler(column_type: Any) -> Any:
    if isinstance(column_type, LocalDateTime | DateTime):
        return datetime(2026, 1, 1)
    return "-" if isinstance(column_type, Code | String) else 0


def at(location: str) -> dict[str, Any]:
    """Settings of a shop whose goods are at one location, also those of its orders."""
    codes = {**dict.fromkeys(CODES, "01"), "stock_location": location}
    return {"inventory": {"locations": [location]}, "counterpoint": codes}


class Pull:
    """Stands for the order sync where a test decides what it does; it counts its calls."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.steps: list[Any] = []
        self.outcome = "done"
        self.mode = "apply"
        self.written = 0

    def __call__(self, context: FlowContext, **options: Any) -> FlowReport:
        self.calls.append(options)
        if self.steps:
            self.steps.pop(0)()
        mode = options.get("mode") or self.mode
        report = FlowReport("orders", mode, outcome=self.outcome, updated=self.written)
        report.skip_reason = "another run of orders is at work"
        return report


class Shop:
    """What a test says to both systems, and what it asks of them."""

    def __init__(self, engine: Any, state: StoreState, server: StoreServer, home: Path) -> None:
        self.engine, self.state, self.server, self.home = engine, state, server, home
        self.clock = Clock()
        self.pull = Pull()
        self.runs = 0
        self.client = StoreClient(server.url, KEY, SECRET, sleep=lambda seconds: None, attempts=2)
        self.settings: dict[str, Any] = {}

    def item(self, number: str, on_hand: Any = None, committed: Any = 0, **values: Any) -> None:
        self.put("IM_ITEM", **(ITEM | {"ITEM_NO": number, "DESCR": number} | values))
        if on_hand is not None:
            self.stock(number, on_hand, committed)

    def locations(self, *codes: str) -> None:
        self.put_many("IM_LOC", [{"LOC_ID": code, "DESCR": code} for code in codes])

    def equal_products(self, count: int, quantity: int) -> None:
        """Products I0, I1, … that show what Counterpoint has."""
        with self.state.unit():
            for number in range(count):
                self.product(f"I{number}", quantity)
        rows = [{"ITEM_NO": f"I{number}", **ITEM, "DESCR": "-"} for number in range(count)]
        self.put_many("IM_ITEM", rows)
        stock = {"LOC_ID": "01", "QTY_ON_HND": Decimal(quantity), "QTY_COMMIT": Decimal(0)}
        self.put_many("IM_INV", [{"ITEM_NO": row["ITEM_NO"], **stock} for row in rows])

    def stock_of_first(self, count: int, quantity: int) -> None:
        where = IM_INV.c.ITEM_NO.in_([f"I{number}" for number in range(count)])
        with writing(self.engine) as connection:
            connection.execute(update(IM_INV).where(where).values(QTY_ON_HND=Decimal(quantity)))

    def stock(self, number: str, on_hand: Any, committed: Any = 0, location: str = "01") -> None:
        where = (IM_INV.c.ITEM_NO == number) & (IM_INV.c.LOC_ID == location)
        with writing(self.engine) as connection:
            connection.execute(delete(IM_INV).where(where))
        self.put("IM_INV", ITEM_NO=number, LOC_ID=location, QTY_ON_HND=Decimal(on_hand),
                 QTY_COMMIT=Decimal(committed))  # fmt: skip

    def put(self, name: str, **values: Any) -> None:
        self.put_many(name, [values])

    def put_many(self, name: str, rows: list[dict[str, Any]]) -> None:
        table = vendor_tables()[name]
        needed = {
            column.name: filler(column.type)
            for column in table.columns
            if not (column.nullable or column.server_default or column.computed)
        }
        with writing(self.engine) as connection:
            connection.execute(insert(table), [needed | row for row in rows])

    def product(self, sku: str, quantity: int | None, **values: Any) -> int:
        managed = {"manage_stock": quantity is not None, "stock_quantity": quantity}
        record = {"name": sku, "sku": sku, "regular_price": "1.00"} | managed | values
        return int(self.state.add_product(record)["id"])

    def variation(self, parent: int, sku: str, quantity: int | None, **values: Any) -> int:
        managed = {"manage_stock": quantity is not None, "stock_quantity": quantity}
        record = {"sku": sku, "regular_price": "1.00"} | managed | values
        return int(self.state.add_variation(parent, record)["id"])

    def shown(self, product_id: int) -> int | None:
        kind = "product" if self.state.peek("product", product_id) else "variation"
        record = self.state.peek(kind, product_id)
        assert record is not None
        return record["stock_quantity"]

    def order(self, number: int, status: str, *lines: tuple[str, Any]) -> None:
        """An unbooked web order with (ITEM_NO, stocking quantity) lines."""
        with writing(self.engine) as connection:
            order = {"BATCH_ID": "B", "WOO_ORDER_ID": number, "STORE_ID": "main"}
            connection.execute(insert(USER_ORDER_STAGING).values(**order, STATUS=status))
            for line_id, (item_no, quantity) in enumerate(lines, 1):
                connection.execute(
                    insert(USER_ORDER_STAGING_LIN).values(
                        STORE_ID="main", WOO_ORDER_ID=number, WOO_LINE_ID=line_id, ITEM_NO=item_no,
                        QTY=Decimal(quantity), STK_QTY=Decimal(quantity), SELL_UNIT="0",
                    )
                )  # fmt: skip

    def name_lines(self, **values: Any) -> None:
        """Change what is known of every staged line."""
        with writing(self.engine) as connection:
            connection.execute(update(USER_ORDER_STAGING_LIN).values(**values))

    def book(self, number: int) -> None:
        where = USER_ORDER_STAGING.c.WOO_ORDER_ID == number
        with writing(self.engine) as connection:
            connection.execute(update(USER_ORDER_STAGING).where(where).values(STATUS="BOOKED"))

    def context(self) -> FlowContext:
        self.runs += 1
        business = {"mode": "apply", "orders": {"start_date": "2026-01-01"},
                    "counterpoint": dict.fromkeys(CODES, "01"), **self.settings}  # fmt: skip
        connections = Connections(
            sandbox=True, home=self.home, database_url=SecretStr("sqlite://"),
            store_url=self.server.url, store_key=SecretStr(KEY), store_secret=SecretStr(SECRET),
        )  # fmt: skip
        settings = build_settings(business, connections, PricingAccess(), "test")
        return FlowContext(settings, self.engine, self.client, self.clock, f"run-{self.runs}")

    def sync(self, **options: Any) -> FlowReport:
        """One run, some seconds after the last; the request log holds its requests only."""
        self.clock.wait(3)
        self.server.requests.clear()
        return sync_inventory(self.context(), **({"pull": self.pull} | options))

    def requests(self) -> list[str]:
        rows = self.server.requests.rows()
        return [f"{row.method} {row.path.removeprefix('/wp-json/wc/v3')}" for row in rows]

    def letters(self) -> list[tuple[str, str]]:
        with reading(self.engine) as connection:
            rows = read_dead_letters(connection, "main")
        return [(row["SKU"], row["CODE"]) for row in rows]

    def map_rows(self) -> list[dict[str, Any]]:
        statement = select(USER_PRODUCT_MAP).order_by(USER_PRODUCT_MAP.c.MAP_ID)
        with reading(self.engine) as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]


@pytest.fixture
def shop(engine, tmp_path):
    clock = Clock()
    state = StoreState.open(tmp_path / "store.db", clock=clock)
    state.add_key(ApiKey(KEY, SECRET, permissions="read_write"))
    with StoreServer(state) as server:
        made = Shop(engine, state, server, tmp_path)
        made.clock = clock
        made.locations("01", "02")
        yield made
        made.client.close()
    state.close()
