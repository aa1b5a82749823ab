"""One shop on both sides in which tills, buyers, people and failing servers meet the flows.

Belongs here: what can happen, done to the real systems and to the model alike. Does not: in which
order (test_truth.py), what must be true of it (truth_checks.py).
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from sqlite3 import connect
from typing import Any

from sqlalchemy import Engine, event

from woocp_pipelines.counterpoint.engine import open_engine, writing
from woocp_pipelines.flows.documents import create_documents
from woocp_pipelines.flows.inventory import sync_inventory
from woocp_pipelines.flows.orders import pull_orders
from woocp_pipelines.flows.replay import replay_orders
from woocp_pipelines.flows.report import FlowReport
from woocp_pipelines.sandbox.store.faults import Fault
from woocp_pipelines_tests.customer_world import put
from woocp_pipelines_tests.flows.inventory.truth_model import Item, Model, WebOrder
from woocp_pipelines_tests.order_world import OrderWorld, order_world
from woocp_pipelines_tests.worked_example import seed_example

D = Decimal
CARTON = D(4)
UNKNOWN = "LATER"
SOLD_AS = {
    "PLAIN": ("PLAIN", D(1)),
    "RED": ("RED", D(1)),
    "BOX": ("BOX", D(1)),
    "BOX-CARTON": ("BOX", CARTON),
    "BACK": ("BACK", D(1)),
    UNKNOWN: (UNKNOWN, D(1)),
}
START = {"PLAIN": 6, "RED": 5, "BOX": 9, "BACK": 2}
BUFFERS = {"RED": 1}
BILLING = {"first_name": "Ann", "last_name": "Lee", "address_1": "1 Dock Rd", "city": "Davie",
           "state": "FL", "postcode": "33314", "country": "US",
           "email": "ann@printers.test"}  # fmt: skip
Middle = Callable[[], object]


class TruthShop:
    """The two systems, and the model that follows them."""

    def __init__(self, world: OrderWorld) -> None:
        self.world = world
        items = {name: Item(D(count)) for name, count in START.items()}
        for name, count in BUFFERS.items():
            items[name].buffer = D(count)
        self.model = Model(dict(SOLD_AS), items)
        self.ids = self._list_products()
        self.sku_of = {product_id: sku for sku, product_id in self.ids.items()}
        # Whether the model may know more, or less, of the orders than the last pull.
        self.uncertain = False

    def _list_products(self) -> dict[str, int]:
        state = self.world.state
        parent = state.add_product({"name": "Shirt", "sku": "SHIRT", "type": "variable"})["id"]
        ids = {}
        for sku in SOLD_AS:
            backorders = "yes" if sku == "BACK" else "no"
            fields = {"name": sku, "sku": sku, "regular_price": "1.00", "manage_stock": True,
                      "stock_quantity": 3, "backorders": backorders}  # fmt: skip
            made = (
                state.add_variation(parent, fields) if sku == "RED" else state.add_product(fields)
            )
            ids[sku] = int(made["id"])
        return ids

    # What is true now.

    def orders(self) -> dict[int, WebOrder]:
        """The store's orders, read past its API."""
        return {
            raw["id"]: self.model.read_order(raw, self.sku_of)
            for raw in self.world.state.rows("order")
        }

    def shown(self) -> dict[str, int]:
        """What buyers see of each SKU."""
        state = self.world.state
        found = {}
        for sku, product_id in self.ids.items():
            record = state.peek("variation" if sku == "RED" else "product", product_id)
            assert record is not None
            found[sku] = int(record["stock_quantity"])
        return found

    def promises(self) -> dict[str, int]:
        """What they may see."""
        return self.model.promises(self.orders())

    # Counterpoint's people.

    def till_sale(self, name: str, quantity: int) -> None:
        """A ticket with an S line: committed until it is posted (CP §1.5.1)."""
        item = self.model.items[name]
        item.committed, item.till = item.committed + quantity, item.till + quantity
        self._save(name)

    def post_tickets(self) -> None:
        """The day's posting."""
        for name, item in self.model.items.items():
            item.on_hand, item.committed = item.on_hand - item.till, item.committed - item.till
            item.till = D(0)
            self._save(name)

    def move(self, name: str, quantity: int) -> None:
        """Goods receipt, or what a stock take found missing."""
        self.model.items[name].on_hand += quantity
        self._save(name)

    def add_unknown_item(self, quantity: int) -> None:
        """The item that the store sold before Counterpoint had it."""
        if UNKNOWN not in self.model.items:
            self.model.items[UNKNOWN] = Item(D(quantity))
            with writing(self.world.engine) as connection:
                _put_item(connection, UNKNOWN, quantity)

    def _save(self, name: str) -> None:
        item = self.model.items[name]
        values = {"QTY_ON_HND": item.on_hand, "QTY_COMMIT": item.committed}
        self.world.set_rows("IM_INV", {"ITEM_NO": name, "LOC_ID": "01"}, **values)

    # Buyers and the shop's staff, over HTTP.

    def buy(self, sku: str, quantity: int, status: str) -> int:
        """A web order; the store takes the goods at once, unless it is pending."""
        key = "variation_id" if sku == "RED" else "product_id"
        line = {key: self.ids[sku], "quantity": quantity}
        sent = {"status": status, "customer_id": 77, "billing": BILLING, "payment_method": "nmi",
                "line_items": [line]}  # fmt: skip
        return int(self.world.store.post("orders", sent).data["id"])

    def set_status(self, order_id: int, status: str) -> None:
        """Paid, cancelled, failed and so on."""
        self.world.store.put(f"orders/{order_id}", {"status": status})

    def edit(self, order_id: int, quantity: int) -> None:
        """Another quantity of its only line."""
        (line,) = self._raw(order_id)["line_items"]
        total = f"{quantity}.00"
        change = {"id": line["id"], "quantity": quantity, "subtotal": total, "total": total}
        self.world.store.put(f"orders/{order_id}", {"line_items": [change]})

    def refund(self, order_id: int, *, restock: bool) -> None:
        """One piece is paid back; the last one makes the order refunded."""
        raw = self._raw(order_id)
        if raw["status"] in ("refunded", "trash") or D(raw["total"]) <= len(raw["refunds"]):
            return
        line = {"id": raw["line_items"][0]["id"], "quantity": 1, "refund_total": "1.00"}
        sent = {"amount": "1.00", "api_refund": False, "api_restock": restock, "line_items": [line]}
        self.world.store.post(f"orders/{order_id}/refunds", sent)

    def trash(self, order_id: int) -> None:
        """Its goods stay taken in the store (WC §3.7)."""
        self.world.store.delete(f"orders/{order_id}")

    def fault(self, kind: str, **options: Any) -> None:
        """Something goes wrong with the next requests of a kind."""
        self.world.server.faults.add(Fault(kind, **options))

    def _raw(self, order_id: int) -> dict[str, Any]:
        raw = self.world.state.find("order", order_id)
        assert raw is not None
        return raw

    # The flows.

    def pull(self) -> FlowReport:
        """The order sync; the model learns what it read."""
        report = pull_orders(self.world.context)
        self._learn(report)
        return report

    def _learn(self, report: FlowReport) -> None:
        assert (report.outcome, report.waiting) == ("done", 0)
        self.uncertain = False
        self.model.pulled(self.orders())

    def book(self) -> FlowReport:
        """Order creation."""
        if self.uncertain:
            self.pull()
        expected = self.model.to_book(self.model.staged.keys() - self.model.refused)
        report = create_documents(self.world.context)
        assert report.created == len(expected), report
        self.model.book(expected)
        return report

    def replay(self) -> None:
        """A person has corrected what could be corrected."""
        again = set(self.model.refused)
        if again:
            now = self.orders()
            self.model.staged.update({order_id: now[order_id] for order_id in again})
            expected = self.model.to_book(again)
            report = replay_orders(self.world.context, [], every=True).report
            assert report.created == len(expected), report
            self.model.book(expected)

    def sync(self, *, full: bool = False, middle: Middle | None = None) -> FlowReport:
        """The inventory sync, with something that happens once as soon as it has pulled orders."""
        self.world.server.requests.clear()
        todo = [middle] if middle else []

        def pull(_: Any, **options: Any) -> FlowReport:
            report = pull_orders(self.world.context, **options)
            self._learn(report)
            while todo:
                todo.pop()()
            return report

        return sync_inventory(self.world.context, full=full, pull=pull)


def _put_item(connection: Any, name: str, quantity: int) -> None:
    carton = {"ALT_1_UNIT": "CT", "ALT_1_NUMER": CARTON, "ALT_1_DENOM": D(1)}
    price = {"PRC_1": D(1), "REG_PRC": D(1)}
    put(connection, "IM_ITEM", ITEM_NO=name, DESCR=name, CATEG_COD="PAPER", PRC_DECS=2,
        STK_UNIT="PK", IS_ECOMM_ITEM="Y", **price, **(carton if name == "BOX" else {}))  # fmt: skip
    dims = {f"DIM_{number}_UPR": "*" for number in (1, 2, 3)}
    put(connection, "IM_PRC", ITEM_NO=name, LOC_ID="*", **dims, **price)
    put(connection, "IM_INV", ITEM_NO=name, LOC_ID="01", QTY_ON_HND=D(quantity),
        QTY_COMMIT=D(0), GL_VAL=D(10))  # fmt: skip


def seed_truth(engine: Engine) -> None:
    """Counterpoint as the shop opens: the worked example's codes, and few items."""
    seed_example(engine)
    with writing(engine) as connection:
        for name, quantity in START.items():
            _put_item(connection, name, quantity)


@contextmanager
def truth_shop(database: Path, folder: Path) -> Iterator[TruthShop]:
    """A shop over a database made by `seed_truth`."""
    engine = open_engine(f"sqlite:///{database}")
    event.listen(engine, "connect", _leave_disk_alone)
    # The last connection to close a file writes its log back, which costs more than most flows.
    with closing(connect(database)) as keeper, order_world(engine, folder) as world:
        keeper.execute("SELECT count(*) FROM IM_INV").fetchone()
        world.configure(inventory={"buffers": BUFFERS})
        yield TruthShop(world)
    engine.dispose()


def _leave_disk_alone(raw: Any, _: object) -> None:
    raw.execute("PRAGMA synchronous=OFF")
