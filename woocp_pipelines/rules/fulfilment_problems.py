"""What people must do where an order's fulfilment and the shop do not go together (CP §3.6).

Belongs here: the codes and sentences; they are dead letters of kind `revision`, which stay open
until a person settles them or the order is told as shipped after all, and those of messages that
the store did not take. Does not: when (flows/, fulfilment_outcome.py).
"""

from typing import Final

from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.rules.replaying import GONE

STOPPED: Final = "STATUS_NOT_PROCESSING"
# Kind `revision`, beside those that reading an order makes (rules/order_revisions.py).
FULFILMENT_CODES: Final = (
    "DOCUMENT_CANCELLED",
    "DOCUMENT_CLOSED_SHORT",
    "DOCUMENT_GONE",
    "SHIPMENT_UNCLEAR",
    STOPPED,
)
UNREADABLE: Final = "DOCUMENT_UNREADABLE"
# The shop gave the order up by itself; a document that is closed, too, is as it must be.
GIVEN_UP: Final = frozenset(("cancelled", "refunded", "failed", "trash"))
COMPLETED: Final = "completed"
PROCESSING: Final = "processing"


def document_cancelled(number: str, document: str, status: str) -> Problem:
    """Counterpoint cancelled an order that the shop still has."""
    return Problem(
        code="DOCUMENT_CANCELLED",
        field="status",
        found=f"{document} was cancelled in Counterpoint; in the shop the order is {status}",
        expected="an order that is alive in both systems, or in none",
        next_step="cancel and refund the order in the shop, or reinstate the document in "
        f"Counterpoint; then `woocp settle {number} --note …`",
    )


def closed_short(number: str, document: str, status: str) -> Problem:
    """Counterpoint closed an order of which a part was never shipped."""
    return Problem(
        code="DOCUMENT_CLOSED_SHORT",
        field="QTY_SHIPPED",
        found=f"{document} was closed in Counterpoint before all was shipped; in the shop the "
        f"order is {status}, its note says what went out",
        expected="all lines shipped, or none",
        next_step="refund in the shop what does not come and complete the order there by hand; "
        f"then `woocp settle {number} --note …`",
    )


def document_gone(number: str, document: str) -> Problem:
    """The document is in no table, by two looks."""
    return Problem(
        code="DOCUMENT_GONE",
        field="DOC_ID",
        found=f"{document} is neither open nor in the history (PS_DOC_HDR, PS_ORD_HIST, "
        "PS_TKT_HIST)",
        expected="the order's document",
        next_step="find out who deleted it; enter it again by hand or cancel the order in the "
        f"shop; then `woocp settle {number} --note …`. woocp never books it again",
    )


def shipment_unclear(number: str, document: str, tickets: str) -> Problem:
    """Release tickets have all goods of the order, and may have them for something else."""
    return Problem(
        code="SHIPMENT_UNCLEAR",
        field="QTY_SHIPPED",
        found=f"{document}: its own lines do not say that all was shipped; release tickets have "
        f"the goods ({tickets}), but were made of other orders, too, or sold more of an item than "
        "was still to come",
        expected="release tickets of this order with its goods alone, or QTY_SHIPPED on its lines",
        next_step="look in Counterpoint which goods of these tickets belong to the order. All "
        "were shipped: complete the order in the shop by hand; not all: leave it; then "
        f"`woocp settle {number} --note …`. The shop was told nothing; should the lines say it "
        "later, it is told and this letter closes by itself",
    )


def document_unreadable(document: str, error: Exception) -> Problem:
    """Rows that no rule is prepared for; this order is told nothing until they are."""
    return Problem(
        code=UNREADABLE,
        field="record",
        found=f"{document}: {type(error).__name__}: {error}",
        expected="rows that the rules of fulfilment know",
        next_step="correct in Counterpoint what the message names, or report it to woocp with the "
        "log; every run looks again",
        retryable=True,
    )


def not_processing(number: str, status: str) -> Problem:
    """All goods went out, and the shop has the order in a status that nobody may change unasked."""
    return Problem(
        code=STOPPED,
        field="status",
        found=f"all goods were shipped; in the shop the order is {status}",
        expected=PROCESSING,
        next_step="see why the shop stopped the order. Shipped rightly: set it to processing, and "
        "the next run of fulfilment completes it, or complete it by hand; this letter then closes "
        "by itself. Given up in the shop: get the goods back or the money, then "
        f"`woocp settle {number} --note …`",
    )


def not_told(error: str, *, gone: bool) -> Problem:
    """The store did not take a message; `gone`: it has no such order."""
    return Problem(
        code=GONE if gone else "STORE_REFUSED_NOTE",
        field="note",
        found=error,
        expected="the note and the meta data on the order, and its status where that follows",
        next_step="nothing: the order is booked, its store record is gone"
        if gone
        else "nothing if the store comes back: it is sent again; else see the store's error log",
        retryable=not gone,
    )


def stopped_unread(error: str, orders: int) -> Problem:
    """Nobody knows whether the shop let orders go that it had stopped."""
    return Problem(
        code="STOPPED_ORDERS_UNREAD",
        field="status",
        found=error,
        expected=f"the status of {orders} orders that were shipped while the shop had stopped them",
        next_step="nothing if the store comes back: every run looks again; else see the store's "
        "error log",
        retryable=True,
    )
