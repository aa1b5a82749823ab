"""Web orders that must not be booked: held, refused with a reason, or left alone.

Belongs here: one order for each such reason. Good orders: orders_plain.py.
"""

from collections.abc import Iterable
from decimal import Decimal

from woocp_pipelines.sandbox.retailer import accounts
from woocp_pipelines.sandbox.retailer.listings import UNIT_UNKNOWN_SKU, UNKNOWN_SKU
from woocp_pipelines.sandbox.retailer.order_seed import (
    CHEQUE,
    LATER,
    WIRE,
    Line,
    OrderSeed,
    Refund,
    basket,
    held,
    ignored,
    line,
    refused,
)
from woocp_pipelines.sandbox.retailer.people import Person

_PASSER_BY = Person("Ivo", "Perrin", "", "ivo@perrin.example")


def odd_orders() -> Iterable[OrderSeed]:
    """Orders that must not be booked, each with its reason."""
    yield from _held()
    yield from _refused()
    yield from _ignored()


def _held() -> Iterable[OrderSeed]:
    school = accounts.SCHOOL
    lines = basket(("PR-1005", 25))
    unpaid = held("on hold until the transfer arrives")
    yield OrderSeed(
        7058, "2026-10-27T13:00:00", school, lines, unpaid, "on-hold", method=WIRE, paid=False
    )
    lines = basket(("TP-1002-CARTON", 1), ("LB-1002", 2))
    waiting = held("on hold until the cheque arrives")
    yield OrderSeed(
        7019,
        "2026-10-27T14:00:00",
        _PASSER_BY,
        lines,
        waiting,
        "on-hold",
        method=CHEQUE,
        paid=False,
    )


def _refused() -> Iterable[OrderSeed]:
    florist, tape = accounts.FLORIST, (line("TP-1001", 1),)
    yield OrderSeed(
        7030, "2026-10-28T08:00:00", accounts.TWINS, tape, refused("AMBIGUOUS_CUSTOMER")
    )
    partly_gone = (Line("", 2, deleted=True), line("TP-1001", 1))
    yield OrderSeed(7033, "2026-10-28T09:00:00", florist, partly_gone, refused("NO_SKU"))
    lines = basket((UNKNOWN_SKU, 1), ("LB-1001", 2))
    yield OrderSeed(7034, "2026-10-28T10:00:00", florist, lines, refused("SKU_NOT_FOUND"))
    lines = basket((UNIT_UNKNOWN_SKU, 1))
    yield OrderSeed(7035, "2026-10-28T11:00:00", florist, lines, refused("UNIT_UNKNOWN"))
    yield OrderSeed(
        7036, "2026-10-28T12:00:00", florist, tape, refused("NO_PAY_CODE"), method=LATER
    )
    yield OrderSeed(
        7037, "2026-10-28T13:00:00", florist, tape, refused("ARITHMETIC"), off=Decimal("10.00")
    )
    yield OrderSeed(7038, "2026-10-28T14:00:00", florist, tape, refused("CURRENCY"), currency="CAD")


def _ignored() -> Iterable[OrderSeed]:
    florist, tape = accounts.FLORIST, (line("TP-1005", 3),)
    old = ignored("before orders.start_date")
    yield OrderSeed(7001, "2026-09-28T15:00:00", florist, tape, old, "completed")
    # the first of October in UTC, still September in the store
    yield OrderSeed(7002, "2026-10-01T02:30:00", florist, tape, old)
    for number, status in ((7020, "pending"), (7021, "cancelled"), (7022, "failed")):
        unpaid = ignored(f"status {status}")
        created = f"2026-10-29T{number - 7010:02d}:00:00"
        yield OrderSeed(number, created, florist, tape, unpaid, status, paid=False)
    everything = Refund(7103, amount="all", reason="changed their mind")
    yield OrderSeed(
        7023,
        "2026-10-29T15:00:00",
        florist,
        tape,
        ignored("refunded in full before it was ever seen"),
        "refunded",
        refunds=(everything,),
    )
    trashed = ignored("in the trash")
    yield OrderSeed(7059, "2026-10-29T16:00:00", florist, tape, trashed, "trash", paid=False)
