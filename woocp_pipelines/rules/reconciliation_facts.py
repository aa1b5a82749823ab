"""What a reconciliation compares: an order of the shop, what woocp knows of it, its documents.

Belongs here: the records, and reading an order of the store as far as money goes. Does not: the
comparison (reconciliation.py), nor reading Counterpoint (counterpoint/reconciled_*.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal

from woocp_pipelines.rules.clock import known_gmt
from woocp_pipelines.rules.money import ZERO, read_decimal
from woocp_pipelines.rules.reconciliation_sums import Sums

# The shop charges nothing for such an order, whatever it was before.
GIVEN_UP: Final = frozenset(
    ("cancelled", "failed", "trash", "pending", "draft", "auto-draft", "checkout-draft")
)
Place = Literal["open", "ticket history", "order history"]
# Orders, layaways and tickets sell; holds, quotes and voids do not (CP §1.20).
SELLING: Final = frozenset("OLT")


class UnreadableOrderError(ValueError):
    """An order of the store whose money cannot be read; names the field."""


@dataclass(frozen=True, slots=True)
class ShopOrder:
    """An order as the shop shows it now; `refunds` are positive amounts, the oldest first."""

    order_id: int
    number: str
    status: str
    currency: str
    created: datetime
    modified: datetime
    is_paid: bool
    total: Decimal
    refunds: tuple[Decimal, ...]
    customer_id: int

    @property
    def refunded(self) -> Decimal:
        """What was given back in all."""
        return sum(self.refunds, ZERO)


@dataclass(frozen=True, slots=True)
class Staged:
    """The staging row that counts. `total` and `is_paid` are of the state that is or was booked.

    `booked_for`: the customer of the documents, where woocp itself wrote them.
    """

    status: str
    number: str = ""
    total: Decimal | None = None
    is_paid: bool = False
    code: str = ""
    says: str = ""
    doc_id: int | None = None
    booked_for: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter of an order, open or settled by a person; `total` of the order it keeps."""

    kind: str
    code: str
    is_open: bool
    next_step: str = ""
    settled_by: str = ""
    note: str = ""
    total: Decimal | None = None


@dataclass(frozen=True, slots=True)
class BookedKey:
    """What USER_ORDER_KEY says; without `doc_id` a person entered the order by hand."""

    doc_id: int | None
    tkt_no: str = ""
    deposit_doc_id: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One document of Counterpoint. `paid` is the sum of its tenders, of open ones only.

    `total` is None where Counterpoint keeps none (PS_ORD_HIST), `paid` where it cannot be read: no
    column of the posted tenders (PS_TKT_HIST_PMT) is known. `origins` are the documents that a
    posted ticket was released from. `changed_by` is who touched it last. `cust_no` and `sums` of
    open ones only.
    """

    doc_id: int
    tkt_no: str
    doc_typ: str
    ref: str
    place: Place
    total: Decimal | None
    paid: Decimal | None = None
    origins: frozenset[int] = frozenset()
    is_release: bool = False
    changed_by: str = ""
    sums: Sums | None = None
    cust_no: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """All that Counterpoint's database holds of one order."""

    staged: Staged | None = None
    letters: tuple[Letter, ...] = ()
    key: BookedKey | None = None
    documents: tuple[Document, ...] = ()

    @property
    def is_booked(self) -> bool:
        """Whether woocp made a document of it."""
        return self.key is not None and self.key.doc_id is not None

    @property
    def is_by_hand(self) -> bool:
        """A person said that it is never to be booked."""
        skipped = self.staged is not None and self.staged.status == "SKIPPED"
        return not self.is_booked and (self.key is not None or skipped)


def read_shop_order(raw: Mapping[str, Any]) -> ShopOrder:
    """Read what a reconciliation needs of an order, and nothing else: broken lines do not matter.

    Raises:
        UnreadableOrderError: an amount or a time is not one.
    """
    created, modified = (known_gmt(raw.get(f"date_{name}_gmt")) for name in ("created", "modified"))
    if created is None or modified is None:
        raise UnreadableOrderError(
            f"date_created_gmt {raw.get('date_created_gmt')!r}, date_modified_gmt "
            f"{raw.get('date_modified_gmt')!r}: expected UTC times"
        )
    refunds = raw.get("refunds")
    amounts = [_refund(each) for each in refunds] if isinstance(refunds, list) else []
    customer = raw.get("customer_id")
    return ShopOrder(
        order_id=raw["id"],
        number=str(raw.get("number") or raw["id"]),
        status=str(raw.get("status")),
        currency=str(raw.get("currency")),
        created=created,
        modified=modified,
        is_paid=bool(raw.get("date_paid_gmt")),
        total=_amount("total", raw.get("total")),
        refunds=tuple(amount for _, amount in sorted(amounts) if amount),
        customer_id=customer if isinstance(customer, int) else 0,
    )


def _refund(entry: object) -> tuple[int, Decimal]:
    if not isinstance(entry, Mapping):
        raise UnreadableOrderError(f"refunds: expected objects, found {entry!r}")
    number = entry.get("id")
    return number if isinstance(number, int) else 0, -_amount("refunds", entry.get("total"))


def _amount(field: str, value: object) -> Decimal:
    try:
        return read_decimal(value)
    except ValueError as error:
        raise UnreadableOrderError(f"{field}: {error}") from error
