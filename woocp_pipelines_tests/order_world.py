"""The worked example's shop with a clock that tests move: orders come, change, go wrong.

Belongs here: what tests of the order flows say to both systems and ask of them. Does not:
assertions about one case.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, Engine, event, select, update
from sqlalchemy.exc import OperationalError

from woocp_pipelines.counterpoint.dead_letters import read_dead_letters
from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.statements import database_now
from woocp_pipelines.counterpoint.tables import METADATA
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.documents import create_documents
from woocp_pipelines.flows.orders import pull_orders
from woocp_pipelines.flows.outbox import notify_store
from woocp_pipelines.flows.report import FlowReport
from woocp_pipelines.rules.clock import write_gmt
from woocp_pipelines.sandbox.schema import vendor_tables
from woocp_pipelines.sandbox.store import ApiKey, StoreServer, StoreState
from woocp_pipelines.sandbox.store.faults import Fault
from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines_tests.customer_world import KEY, SECRET, put
from woocp_pipelines_tests.worked_example import example_order, example_settings

D = Decimal
START = date(2026, 1, 1)


class Clock:
    """Both systems' clock; near the real time, by which requests are signed."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC).replace(microsecond=0)

    def __call__(self) -> datetime:
        return self.now


class OrderWorld:
    """A store, a Counterpoint and the flows between them."""

    def __init__(self, engine: Engine, state: StoreState, server: StoreServer) -> None:
        self.state = state
        self.server = server
        self.clock = Clock()
        self.pauses: list[float] = []
        self.store = StoreClient(
            server.url, KEY, SECRET, sleep=self.pauses.append, timeout_seconds=5, attempts=2
        )
        self.context = FlowContext(
            example_settings(server.url), engine, self.store, self.clock, "test-run"
        )

    @property
    def engine(self) -> Engine:
        return self.context.engine

    def configure(self, **tables: Any) -> FlowContext:
        """The same world with other settings."""
        settings = example_settings(self.server.url, **tables)
        self.context = FlowContext(settings, self.engine, self.store, self.clock, "test-run")
        return self.context

    def wait(self, **duration: float) -> None:
        self.clock.now += timedelta(**duration)

    def grow_old(self, **duration: float) -> None:
        """Let time pass for woocp alone: the shop refuses requests that are signed long ago."""
        before = self.context.clock

        def clock() -> datetime:
            return before() + timedelta(**duration)

        self.context = FlowContext(
            self.context.settings, self.engine, self.store, clock, "test-run"
        )

    def ago(self, **duration: float) -> str:
        return write_gmt(self.clock.now - timedelta(**duration))

    def order(self, order_id: int = 20001, **changes: Any) -> None:
        """An order that came in a minute ago."""
        times = {
            "date_created_gmt": self.ago(minutes=1),
            "date_modified_gmt": self.ago(minutes=1),
            "date_paid_gmt": self.ago(minutes=1),
        }
        order = example_order(id=order_id, number=str(order_id), **{**times, **changes})
        for each in order["line_items"]:
            if self.state.find("product", each["product_id"]) is None:
                product = {"id": each["product_id"], "name": each["name"], "sku": each["sku"]}
                self.state.add_product(product)
        self.state.add_order(order)

    def orders(self, *order_ids: int, **changes: Any) -> None:
        for order_id in order_ids:
            self.order(order_id, **changes)

    def change(self, order_id: int = 20001, **sent: Any) -> None:
        """What the shop's staff do, over HTTP; a second later."""
        self.wait(seconds=1)
        self.store.put(f"orders/{order_id}", sent)

    def trash(self, order_id: int = 20001) -> None:
        self.wait(seconds=1)
        self.store.delete(f"orders/{order_id}")

    def overwrite(self, order_id: int = 20001, **changes: Any) -> None:
        """Change a record behind the API, as plugins and imports do."""
        self.wait(seconds=1)
        record = self.state.find("order", order_id)
        moment = {"date_modified_gmt": self.ago()}
        self.state.save("order", {**(record or {}), **moment, **changes})

    def fault(self, kind: str, **options: Any) -> None:
        self.server.faults.add(Fault(kind, **options))

    def pull(self, **options: Any) -> FlowReport:
        return pull_orders(self.context, **options)

    def book(self, **options: Any) -> FlowReport:
        return create_documents(self.context, **options)

    def notify(self, **options: Any) -> FlowReport:
        return notify_store(self.context, **options)

    def rows(self, table: str, **where: Any) -> list[dict[str, Any]]:
        found = vendor_tables().get(table)
        source = METADATA.tables[table] if found is None else found
        statement = select(source).filter_by(**where).order_by(*source.primary_key.columns)
        with reading(self.engine) as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]

    def staged(self, order_id: int = 20001) -> dict[str, Any]:
        (row,) = self.rows("USER_ORDER_STAGING", WOO_ORDER_ID=order_id)
        return row

    def statuses(self) -> dict[int, str]:
        return {row["WOO_ORDER_ID"]: row["STATUS"] for row in self.rows("USER_ORDER_STAGING")}

    def documents(self) -> list[tuple[str, str]]:
        """REF and type of every document, deposit tickets after their orders."""
        return sorted((row["REF"], row["DOC_TYP"]) for row in self.rows("PS_DOC_HDR"))

    def orders_booked(self) -> list[str]:
        return [reference for reference, kind in self.documents() if kind == "O"]

    def letters(self, *, closed: bool = False) -> list[tuple[str, str, str]]:
        """(kind, key, code) of the dead letters, open ones unless asked otherwise."""
        return [
            (row["KIND"], row["RECORD_KEY"], row["CODE"]) for row in self.letter_rows(closed=closed)
        ]

    def letter_rows(self, *, closed: bool = False) -> list[dict[str, Any]]:
        with reading(self.engine) as connection:
            return [
                dict(row) for row in read_dead_letters(connection, "main", include_closed=closed)
            ]

    def mark(self) -> datetime | None:
        found = self.rows("USER_SYNC_STATE", NAME="orders.modified_mark")
        return datetime.fromisoformat(found[0]["VALUE"]) if found else None

    def set_rows(self, table: str, where: dict[str, Any], **values: Any) -> None:
        """What somebody does in Counterpoint, or with SQL in our tables."""
        found = vendor_tables().get(table)
        source = METADATA.tables[table] if found is None else found
        with writing(self.engine) as connection:
            connection.execute(update(source).filter_by(**where).values(**values))

    def database_time(self) -> datetime:
        """What pauses and leases are measured by, whatever `clock` says."""
        with reading(self.engine) as connection:
            return database_now(connection)

    def due_again(self) -> None:
        """Let the pause of every waiting order be over."""
        self.set_rows("USER_ORDER_STAGING", {"STATUS": "PENDING"}, NEXT_ATTEMPT_GMT=None)

    def requests(self) -> list[str]:
        """Method and path of what the store was asked, without its prefix."""
        return [
            f"{row.method} {row.path.rpartition('/wc/v3')[2]}"
            for row in self.server.requests.rows()
        ]


@contextmanager
def order_world(engine: Engine, folder: Path) -> Iterator[OrderWorld]:
    """A fresh world over an empty or seeded Counterpoint."""
    clock = Clock()
    state = StoreState.open(folder / "store.db", clock=clock)
    state.add_key(ApiKey(KEY, SECRET))
    state.add_customer({"id": 77, "email": "ann@printers.test"})
    with StoreServer(state) as server:
        world = OrderWorld(engine, state, server)
        world.clock = clock
        world.configure()
        with world.store:
            yield world
    state.close()


def line(line_id: int, sku: str, quantity: int, total: str, tax: str = "0.00") -> dict[str, Any]:
    """A product line of the web order; the store shows the SKU that its product has now."""
    return {
        "id": line_id,
        "name": f"Item {sku}",
        "product_id": 200 + line_id,
        "variation_id": 0,
        "quantity": quantity,
        "tax_class": "",
        "subtotal": total,
        "subtotal_tax": tax,
        "total": total,
        "total_tax": tax,
        "taxes": [] if tax == "0.00" else [{"id": 1, "total": tax, "subtotal": tax}],
        "meta_data": [],
        "sku": sku,
        "price": float(total) / quantity,
    }


def plain_order(lines: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    """The fields of an order with these lines and nothing else: no shipping, coupon or tax."""
    total = sum((D(each["total"]) + D(each["total_tax"]) for each in lines), D(0))
    tax = sum((D(each["total_tax"]) for each in lines), D(0))
    return {
        "line_items": lines,
        "shipping_lines": [],
        "coupon_lines": [],
        "tax_lines": [],
        "discount_total": "0.00",
        "shipping_total": "0.00",
        "cart_tax": f"{tax:.2f}",
        "total_tax": f"{tax:.2f}",
        "total": f"{total:.2f}",
        **changes,
    }


def holds(row: dict[str, Any], **expected: Any) -> None:
    """Compare the named columns of a row, all at once."""
    assert {name: row[name] for name in expected} == expected


def book_all(world: OrderWorld) -> FlowReport:
    """Pull and book; both must run, and nothing must be refused or left waiting."""
    pulled, report = world.pull(), world.book()
    assert (pulled.outcome, pulled.skip_reason) == ("done", "")
    assert (report.outcome, report.skip_reason, report.waiting) == ("done", "", 0)
    assert [item.problem.sentence() for item in report.refused] == []
    return report


def total_row(world: OrderWorld, kind: str) -> dict[str, Any]:
    """The only PS_DOC_HDR_TOT row of a TOT_TYP."""
    (row,) = world.rows("PS_DOC_HDR_TOT", TOT_TYP=kind)
    return row


def conflict_once(engine: Engine, verb: str, table: str) -> None:
    """The next such statement is the victim of a deadlock, or finds the file busy."""
    due = [verb]

    def conflict(_connection: Any, _cursor: Any, text: str, *_: Any) -> None:
        if due and text.startswith(verb) and table in text.partition("(")[0].partition("SET")[0]:
            due.clear()
            raise OperationalError(text, {}, Exception("database is locked (1205)"))

    event.listen(engine, "before_cursor_execute", conflict)


def foreign_document(engine: Engine, table: str, **values: Any) -> None:
    """A document that woocp did not write, of the web station, open or in the history."""
    with writing(engine) as connection:
        add_foreign_document(connection, table, **values)


def add_foreign_document(connection: Connection, table: str, **values: Any) -> None:
    """`foreign_document` in the caller's transaction."""
    row = {
        "DOC_ID": 101163492218,
        "DOC_TYP": "O",
        "STR_ID": "01",
        "STA_ID": "109",
        "TKT_NO": "O109-000900",
        **values,
    }
    columns = vendor_tables()[table].columns
    given = {name: value for name, value in row.items() if name in columns}
    needed = {column.name: _something(column) for column in columns if _is_needed(column)}
    put(connection, table, **{**needed, **given})


def _is_needed(column: Column[Any]) -> bool:
    given_by_database = column.server_default is not None or column.computed is not None
    return not column.nullable and not given_by_database


def _something(column: Column[Any]) -> Any:
    try:
        kind = column.type.python_type
    except NotImplementedError:
        return D(0)
    values = {str: "x", int: 0, datetime: datetime(2026, 1, 1), UUID: UUID(int=1)}
    return values.get(kind, D(0))
