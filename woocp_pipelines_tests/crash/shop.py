"""The small shop of the crash and fault tests: what both systems hold before the first run.

Belongs here: seeding, and which order must end how. Does not: looking at what came out
(ledger.py). The orders stand on two pages of a pull, behind abandoned carts.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Engine, insert

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.sync_state import write_state
from woocp_pipelines.counterpoint.tables import USER_ORDER_STAGING
from woocp_pipelines.flows.order_reading import MARK
from woocp_pipelines.rules.clock import write_gmt
from woocp_pipelines.sandbox.store import ApiKey, StoreState
from woocp_pipelines_tests.customer_world import KEY, SECRET, block
from woocp_pipelines_tests.order_world import line, plain_order
from woocp_pipelines_tests.worked_example import example_order, seed_example

Json = dict[str, Any]
CARTS: Final = 45
_FIRST_CART: Final = 10_001
LEGACY: Final = 20010
_UNPAID: Final[Json] = {"date_paid_gmt": None, "payment_method": "bacs", "transaction_id": ""}


@dataclass(frozen=True)
class Expected:
    """How an order must end: its staging status, and how many deposits its document has."""

    status: str
    deposits: int = 0
    email: str = ""


# In the order in which they were changed; the fifth ends the first page of a pull.
EXPECTED: Final = {
    20001: Expected("BOOKED", 1, "ann@printers.test"),
    20002: Expected("BOOKED", 1, "guest@crash.test"),
    20003: Expected("HELD"),
    20004: Expected("REFUSED"),
    20005: Expected("BOOKED", 0, "ann@printers.test"),
    20006: Expected("BOOKED", 1, "guest@crash.test"),
    20007: Expected("BOOKED", 1, "new.account@crash.test"),
    # Changed long before the mark, known from an old row only: read again by its id.
    LEGACY: Expected("BOOKED", 1, "legacy@crash.test"),
}
LETTERS: Final = {
    ("order", "20004", "SKU_NOT_FOUND"),
    ("revision", "20007", "REFUNDED_BEFORE_BOOKING"),
}


def seed_counterpoint(engine: Engine) -> None:
    """Codes, two items, one customer, a mark of two hours ago, and a row of the old scripts."""
    seed_example(engine)
    now = datetime.now(UTC)
    mark = (now - timedelta(hours=2)).replace(microsecond=0)
    with writing(engine) as connection:
        write_state(connection, "main", MARK, mark.isoformat(), now)
        connection.execute(
            insert(USER_ORDER_STAGING).values(
                STORE_ID="main",
                WOO_ORDER_ID=LEGACY,
                BATCH_ID="WOO_ORDERS_20260301_080000",
                STATUS="REREAD",
            )
        )


def seed_store(state: StoreState) -> None:
    """Products, two accounts, abandoned carts, and the orders of EXPECTED."""
    state.add_key(ApiKey(KEY, SECRET))
    first = datetime.now(UTC) - timedelta(minutes=115)
    with state.unit():
        state.add_customer({"id": 77, "email": "ann@printers.test"})
        state.add_customer({"id": 78, "email": "new.account@crash.test"})
        for number in range(CARTS):
            _add(state, _FIRST_CART + number, first + timedelta(seconds=number), _cart())
        for number, (order_id, changes) in enumerate(_orders().items()):
            # Further apart than a pull's overlap, which would hide a mark that moved too early.
            _add(state, order_id, first + timedelta(minutes=5 + 11 * number), changes)
        _add(state, LEGACY, first - timedelta(days=20), buyer("legacy@crash.test") | paper(1))


def order_json(order_id: int, changed: datetime, changes: Json) -> Json:
    """An order made and paid at the moment of its last change."""
    moment = write_gmt(changed)
    times = {f"date_{name}_gmt": moment for name in ("created", "modified", "paid")}
    return example_order(**{"id": order_id, "number": str(order_id), **times, **changes})


def buyer(email: str, customer_id: int = 0) -> Json:
    """A buyer's fields of an order; a guest unless an account is given."""
    address = block(email=email, company="", state="FL", city="Davie", postcode="33314")
    shipping = {name: value for name, value in address.items() if name != "email"}
    return {"customer_id": customer_id, "billing": address, "shipping": shipping}


def _orders() -> dict[int, Json]:
    refund = {"refunds": [{"id": 30001, "reason": "", "total": "-5.00"}]}
    return {
        20001: {},
        20002: buyer("guest@crash.test") | paper(2),
        20003: {"status": "on-hold", "date_paid_gmt": None},
        20004: plain_order([line(3, "NO-SUCH-ITEM", 1, "5.00")]),
        20005: paper(7) | _UNPAID,
        20006: buyer("Guest@Crash.test") | _carton(2),
        20007: buyer("new.account@crash.test", 78) | paper(4) | refund,
    }


def paper(quantity: int) -> Json:
    """The fields of an order of so many packs of paper."""
    return plain_order([line(1, "01-10100", quantity, f"{quantity * 20}.00")])


def _carton(quantity: int) -> Json:
    return plain_order([line(2, "01-10251-CARTON", quantity, f"{quantity * 190}.00")])


def _cart() -> Json:
    return paper(1) | {"status": "pending"} | _UNPAID


def _add(state: StoreState, order_id: int, changed: datetime, changes: Json) -> None:
    order = order_json(order_id, changed, changes)
    for each in order["line_items"]:
        if state.find("product", each["product_id"]) is None:
            product = {"id": each["product_id"], "name": each["name"], "sku": each["sku"]}
            state.add_product(product)
    state.add_order(order)
