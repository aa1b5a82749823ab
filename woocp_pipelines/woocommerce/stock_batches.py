"""One batch of stock quantities: sending it, halving it, and reading its answer item by item.

Belongs here: a single request's writes. Does not: splitting a catalogue into batches (stock.py).
WC §3.
"""

from dataclasses import dataclass
from decimal import Decimal
from threading import Lock
from typing import Any

from woocp_pipelines.woocommerce.answers import clean_text
from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines.woocommerce.errors import (
    AuthenticationFailed,
    Call,
    NotReachable,
    Redirected,
    StoreError,
    UnexpectedAnswer,
)
from woocp_pipelines.woocommerce.listing import LARGEST_PAGE
from woocp_pipelines.woocommerce.records import JsonObject, read_object

_MOST_FAILURES_IN_A_ROW = 3
# Too large or too slow. A 500 is more often one product that breaks the server.
_ABOUT_SIZE = frozenset({413, 504, 524})
_SMALLEST_LESSON = 5
_UNAVAILABLE = "STORE_UNAVAILABLE"
_PARENT_UNAVAILABLE = "PARENT_UNAVAILABLE"
# These would meet every batch alike.
FATAL = (AuthenticationFailed, NotReachable, Redirected)


@dataclass(frozen=True, slots=True)
class StockWrite:
    """An absolute quantity for one product, or for one variation of `parent_id`.

    `manage_stock` True also switches stock management on for it; False leaves the product's own
    setting, and the quantity is then refused by a product that does not manage its stock.
    """

    product_id: int
    parent_id: int | None
    quantity: int
    manage_stock: bool = False


@dataclass(frozen=True, slots=True)
class StockWriteResult:
    """What became of one write.

    Attributes:
        write: the write.
        stored: the quantity that the store shows afterwards; None when unknown or not managed.
        code: empty when stored as sent; else WooCommerce's code or one of ours: INVALID_PRODUCT,
            INVALID_QUANTITY, DUPLICATE_WRITE, STOCK_NOT_MANAGED, STOCK_DIFFERS,
            STORE_UNAVAILABLE, PARENT_UNAVAILABLE, UNEXPECTED_ANSWER, HTTP_<status>.
        message: the reason in words, empty when stored.
        transient: the same write may pass later.
        error: the failure of the request, which says nothing about the product; None where the
            store answered for this product, or the write was not sent.
    """

    write: StockWrite
    stored: int | Decimal | None = None
    code: str = ""
    message: str = ""
    transient: bool = False
    error: StoreError | None = None

    @property
    def ok(self) -> bool:
        """True when the store holds what was sent."""
        return not self.code

    @property
    def was_given_up(self) -> bool:
        """True when the store was seen to be down before it was this write's turn."""
        return self.code == _UNAVAILABLE and self.error is None


def refuse(
    write: StockWrite, code: str, message: str, *, transient: bool = False
) -> StockWriteResult:
    """A result for a write that is not in the store."""
    return StockWriteResult(write, code=code, message=message, transient=transient)


class Outage:
    """What the senders of one run have learned: whether sending makes sense, and how much at once.

    A product that breaks the server must not hold up the others, a store that is down must not
    be asked thousands of times: three single writes that fail in a row end the run. A size that
    the store could not take is not tried again with every batch.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._failures = 0
        self._largest = LARGEST_PAGE

    @property
    def largest(self) -> int:
        """How many writes a batch may have by now."""
        with self._lock:
            return self._largest

    def was_too_big(self, size: int) -> None:
        """A batch of this size was too much work; down to a size that still makes sense."""
        with self._lock:
            self._largest = max(min(self._largest, size // 2), _SMALLEST_LESSON)

    @property
    def is_everywhere(self) -> bool:
        """True when nothing more is to be sent to the store at all."""
        return self.is_certain

    @property
    def is_certain(self) -> bool:
        """True when nothing more is to be sent."""
        with self._lock:
            return self._failures >= _MOST_FAILURES_IN_A_ROW

    def succeeded(self) -> None:
        """A batch was answered; failures before a verdict count no more."""
        with self._lock:
            if self._failures < _MOST_FAILURES_IN_A_ROW:
                self._failures = 0

    def failed(self, error: StoreError) -> None:
        """A request failed that cannot be made smaller."""
        with self._lock:
            if _is_everywhere(error):
                self._failures = _MOST_FAILURES_IN_A_ROW
            elif error.transient:
                self._failures += 1


class OutageOfOne(Outage):
    """The same of one parent: what breaks on its variations counts as one failure of the store."""

    def __init__(self, store: Outage) -> None:
        super().__init__()
        self._store = store
        self._is_told = False

    @property
    def largest(self) -> int:
        """As for the whole store."""
        return self._store.largest

    def was_too_big(self, size: int) -> None:
        """A lesson for the whole store."""
        self._store.was_too_big(size)

    @property
    def is_everywhere(self) -> bool:
        """True when nothing more is to be sent to the store at all."""
        return self._store.is_certain

    @property
    def is_certain(self) -> bool:
        """True when nothing more is to be sent of this parent."""
        return self._store.is_certain or super().is_certain

    def succeeded(self) -> None:
        """A batch of this parent was answered."""
        super().succeeded()
        self._store.succeeded()
        self._is_told = False

    def failed(self, error: StoreError) -> None:
        """A request failed that cannot be made smaller."""
        super().failed(error)
        if not self._is_told or _is_everywhere(error):
            self._store.failed(error)
        self._is_told = True


def send_batch(
    client: StoreClient, writes: list[StockWrite], outage: Outage
) -> list[StockWriteResult]:
    """Send writes of one parent (or all without one); exactly one result for each, in order.

    A batch that may have failed by its size is halved. Quantities are absolute, so a half that
    was applied already does no harm (WC §3.3, §5). Errors are results, never raised.
    """
    if outage.is_certain:
        return [_not_sent(write, everywhere=outage.is_everywhere) for write in writes]
    if len(writes) > outage.largest:
        return _in_parts(client, writes, outage.largest, outage)
    path = _path(writes[0].parent_id)
    body = {"update": [_item(write) for write in writes]}
    try:
        answer = client.post(path, body, repeatable=True, divisible=True)
        items = _read_items(answer.data, writes, Call("POST", path))
    except StoreError as error:
        if len(writes) > 1 and _may_pass_in_halves(error):
            if error.timed_out or error.status in _ABOUT_SIZE:
                outage.was_too_big(len(writes))
            return _in_parts(client, writes, len(writes) // 2, outage)
        outage.failed(error)
        return [_failed(write, error) for write in writes]
    outage.succeeded()
    return [_read_item(write, item) for write, item in zip(writes, items, strict=True)]


def _in_parts(
    client: StoreClient, writes: list[StockWrite], first: int, outage: Outage
) -> list[StockWriteResult]:
    head = send_batch(client, writes[:first], outage)
    return head + send_batch(client, writes[first:], outage)


def _may_pass_in_halves(error: StoreError) -> bool:
    return error.may_be_too_big or (error.transient and not _turned_away(error))


def _is_everywhere(error: StoreError) -> bool:
    return isinstance(error, FATAL) or _turned_away(error)


def _turned_away(error: StoreError) -> bool:
    """The store was not reached, or would not listen: smaller requests fare no better."""
    return error.transient and not error.may_have_written


def _path(parent_id: int | None) -> str:
    return "products/batch" if parent_id is None else f"products/{parent_id}/variations/batch"


def _item(write: StockWrite) -> JsonObject:
    item: JsonObject = {"id": write.product_id, "stock_quantity": write.quantity}
    return {**item, "manage_stock": True} if write.manage_stock else item


def _read_items(data: Any, writes: list[StockWrite], call: Call) -> list[JsonObject]:
    """The answer's items, after making sure that each stands where its write stood (WC §3.3)."""
    items = read_object(data, call).get("update")
    if not isinstance(items, list) or len(items) != len(writes):
        count = len(items) if isinstance(items, list) else "no list"
        raise UnexpectedAnswer(call, f"sent {len(writes)} updates, the answer has {count}.")
    for write, item in zip(writes, items, strict=True):
        found = item.get("id") if isinstance(item, dict) else None
        if found != write.product_id:
            raise UnexpectedAnswer(call, f"expected product {write.product_id}, found {found!r}.")
    return items


def _read_item(write: StockWrite, item: JsonObject) -> StockWriteResult:
    error = item.get("error")
    if error is not None:
        fields = error if isinstance(error, dict) else {}
        code = str(fields.get("code") or "UNEXPECTED_ANSWER")
        return refuse(write, code, clean_text(str(fields.get("message") or error)))
    managed, stored = item.get("manage_stock"), item.get("stock_quantity")
    if managed is not True:
        # "parent" is the text of a variation whose parent holds the stock; its number is not ours.
        reason = "the parent product manages it" if managed == "parent" else f"it is {managed!r}"
        return refuse(write, "STOCK_NOT_MANAGED", f"manage_stock: {reason}; quantity was dropped")
    if isinstance(stored, bool) or stored != write.quantity:
        # A sale between writing and answering looks the same; the next run compares again.
        found = stored if isinstance(stored, int | Decimal) else None
        text = f"sent {write.quantity}, the store shows {stored!r}"
        return StockWriteResult(write, found, "STOCK_DIFFERS", text, transient=True)
    return StockWriteResult(write, stored)


def _failed(write: StockWrite, error: StoreError) -> StockWriteResult:
    if isinstance(error, UnexpectedAnswer):
        code = "UNEXPECTED_ANSWER"
    elif error.transient:
        code = _UNAVAILABLE
    else:
        code = error.code or f"HTTP_{error.status}"
    return StockWriteResult(
        write, code=code, message=error.reason, transient=error.transient, error=error
    )


def _not_sent(write: StockWrite, *, everywhere: bool) -> StockWriteResult:
    if everywhere:
        text = "not sent: the store failed on an earlier batch of this run"
        return refuse(write, _UNAVAILABLE, text, transient=True)
    text = f"not sent: the store failed on other variations of product {write.parent_id}"
    return refuse(write, _PARENT_UNAVAILABLE, text, transient=True)
