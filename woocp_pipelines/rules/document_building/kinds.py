"""The three kinds of document that a booking consists of, and the flags in which they differ.

CP §4.1: option A is an order, option B an order with its deposit ticket, option C a sale ticket.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Kind:
    """One document of a booking. `part` is its total type, tax part and payment application."""

    name: Literal["order", "deposit", "sale"]
    doc_id: int
    tkt_no: str
    doc_typ: str
    lin_typ: str
    part: str
    log_entry: str

    @property
    def enters_lines(self) -> bool:
        """Order lines and their copies count as entered, a sale's do not (CP §1.10: QTY_ENTD)."""
        return self.name != "sale"

    @property
    def sells(self) -> bool:
        """True for the document that carries the goods; a deposit ticket only copies them."""
        return self.name != "deposit"


def order_kind(doc_id: int, tkt_no: str) -> Kind:
    """Options A and B: the order."""
    return Kind("order", doc_id, tkt_no, "O", "O", "O", "Entered a new order")


def deposit_kind(doc_id: int, tkt_no: str) -> Kind:
    """Option B: the ticket that carries the order's deposit."""
    entry = "Entered a new ticket with order deposit"
    return Kind("deposit", doc_id, tkt_no, "T", "U", "S", entry)


def sale_kind(doc_id: int, tkt_no: str) -> Kind:
    """Option C: the ticket of a sale that is handed over at once."""
    return Kind("sale", doc_id, tkt_no, "T", "S", "S", "Entered a new ticket")
