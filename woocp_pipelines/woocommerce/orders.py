"""Reading orders and refunds, marking an order with our own meta data, completing it.

Belongs here: the order end points. Does not: what an order means for Counterpoint
(rules/order_mapping.py), and notes (order_notes.py). WC §1, §2; design §4.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from woocp_pipelines.rules.clock import write_gmt
from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines.woocommerce.errors import Call, NotFound, UnexpectedAnswer
from woocp_pipelines.woocommerce.keyset import read_by_modified, whole_second
from woocp_pipelines.woocommerce.listing import LARGEST_PAGE, read_by_id
from woocp_pipelines.woocommerce.records import (
    JsonObject,
    read_id,
    read_object,
    read_records,
    read_time,
)
from woocp_pipelines.woocommerce.transport import Query

_SECOND = timedelta(seconds=1)
_TIMES = ("date_created_gmt", "date_modified_gmt")


def read_orders_modified(
    client: StoreClient,
    *,
    modified_after: datetime,
    page_size: int = 50,
    statuses: Sequence[str] = ("any",),
) -> Iterator[list[JsonObject]]:
    """Yield orders changed after a moment, oldest change first, a page at a time.

    `any` leaves out trash and drafts; trashed orders are read with `statuses=("trash",)`. An
    order changed while we read comes again with its new `date_modified_gmt`. An idle poll is one
    request.

    Raises:
        ValueError: the moment has no zone, or the statuses cannot be asked for together.
        StoreError: a page could not be read or is not what WooCommerce sends.
    """
    params = {"status": _status_query(statuses)}
    return read_by_modified(
        client, "orders", params, modified_after=modified_after, page_size=page_size
    )


def read_orders_created(
    client: StoreClient,
    *,
    after: datetime,
    before: datetime,
    page_size: int = 50,
    statuses: Sequence[str] = ("any",),
    fields: Sequence[str] = (),
) -> Iterator[list[JsonObject]]:
    """Yield orders created from `after` (included) until `before` (excluded), by ascending id.

    The two are the bounds of a store-local day in UTC (`rules.clock.store_day_bounds`). The store
    filters exclusively, so the second before `after` is sent. Order by id, since an order's
    creation time does not change while its modified time does; see listing.py for what is safe.
    `fields` names what is wanted beside id and times; orders without their lines come five times
    as fast (WC, timings).

    Raises:
        ValueError: a moment has no zone, the range is empty, or the statuses do not go together.
        StoreError: a page could not be read or is not what WooCommerce sends.
    """
    if after.tzinfo is None or before.tzinfo is None or after >= before:
        raise ValueError(f"expected after < before with zones, found {after!r}, {before!r}")
    params: Query = {
        "status": _status_query(statuses),
        "after": write_gmt(after - _SECOND),
        # write_gmt cuts fractions: a range that ends within a second takes in that second.
        "before": write_gmt(before + _SECOND if before.microsecond else before),
        "dates_are_gmt": True,
    }
    if fields:
        params = {**params, "_fields": ["id", *_TIMES, *fields]}
    return _complete_orders(read_by_id(client, "orders", params, page_size=page_size))


def read_order(client: StoreClient, order_id: int) -> JsonObject | None:
    """One order with its lines, trashed ones too; None when the store has none of that id.

    Raises:
        StoreError: it could not be read; an unknown route is no missing order.
    """
    call = Call("GET", f"orders/{order_id}")
    try:
        order = read_object(client.get(call.path).data, call)
    except NotFound:
        return None
    return _complete_order(order, call, order_id)


def read_orders_by_id(
    client: StoreClient,
    order_ids: Sequence[int],
    *,
    statuses: Sequence[str] = ("any",),
    fields: Sequence[str] = (),
) -> list[JsonObject]:
    """Those of these orders that the store shows in a list, in one request.

    Trashed ones are not among them whatever is asked (WC §1.9); `read_order` shows each.

    Args:
        client: the store.
        order_ids: 1 to 100 different ids; more outgrow a web server's header buffer (WC §3.11).
        statuses: as for the other lists.
        fields: what is wanted beside id and times; all where none is named.

    Raises:
        ValueError: no id, or too many; without any the store shows all orders.
        StoreError: the list could not be read or is not what was asked for.
    """
    if not 1 <= len(order_ids) <= LARGEST_PAGE:
        raise ValueError(f"expected 1 to {LARGEST_PAGE} order ids, found {len(order_ids)}")
    call = Call("GET", "orders")
    query: Query = {
        "include": list(order_ids),
        "status": _status_query(statuses),
        "per_page": LARGEST_PAGE,
    }
    if fields:
        query = {**query, "_fields": ["id", *_TIMES, *fields]}
    orders = read_records(client.get(call.path, query).data, call)
    foreign = sorted({order["id"] for order in orders} - set(order_ids))
    if foreign:
        raise UnexpectedAnswer(call, f"asked for orders by id, found others: {foreign[:5]}.")
    return [_complete_order(order, call, order["id"]) for order in orders]


def read_refunds(client: StoreClient, *, modified_after: datetime) -> Iterator[list[JsonObject]]:
    """Yield refunds of all orders made or changed after a moment, by ascending id.

    `parent_id` names the order, `date_created_gmt` is there; the list does not show when a refund
    was modified. A refund that is deleted leaves no trace (WC §1.4).

    Raises:
        ValueError: the moment has no zone.
        StoreError: a page could not be read or is not what WooCommerce sends.
    """
    params: Query = {
        "modified_after": write_gmt(whole_second(modified_after)),
        "dates_are_gmt": True,
    }
    return _refunds(client, params)


def read_refunds_created(
    client: StoreClient, *, after: datetime, before: datetime
) -> Iterator[list[JsonObject]]:
    """Yield refunds of all orders made from `after` (included) until `before`, by ascending id.

    Raises:
        ValueError: a moment has no zone.
        StoreError: a page could not be read or is not what WooCommerce sends.
    """
    params: Query = {
        "after": write_gmt(after - _SECOND),
        "before": write_gmt(before + _SECOND if before.microsecond else before),
        "dates_are_gmt": True,
    }
    return _refunds(client, params)


def _refunds(client: StoreClient, params: Query) -> Iterator[list[JsonObject]]:
    call = Call("GET", "refunds")
    for page in read_by_id(client, "refunds", params):
        for refund in page:
            read_id(refund, call, "parent_id")
            read_time(refund, "date_created_gmt", call)
        yield page


def write_order_meta(client: StoreClient, order_id: int, meta: Mapping[str, str]) -> JsonObject:
    """Set meta data of an order by key and return the order; safe to repeat.

    With order tables every write moves `date_modified` (WC §1.4): the order comes again in the
    next poll.

    Raises:
        ValueError: no key, or a value that is not text; the store would turn it into text.
        NotFound: the order is gone.
        UnexpectedAnswer: the store answered but did not keep a value.
    """
    if not meta or not all(isinstance(value, str) for value in meta.values()):
        raise ValueError(f"expected meta keys with text values, found {sorted(meta)}")
    return _write(client, order_id, meta, {})


def complete_order(client: StoreClient, order_id: int, meta: Mapping[str, str]) -> JsonObject:
    """Set status `completed` and meta data in one request, return the order; safe to repeat.

    The store mails its customer then. Whether the order may be completed is the caller's to know.

    Raises:
        ValueError: a meta value that is not text.
        NotFound: the order is gone.
        UnexpectedAnswer: the store answered but has another status, or did not keep a value.
    """
    if not all(isinstance(value, str) for value in meta.values()):
        raise ValueError(f"expected meta keys with text values, found {sorted(meta)}")
    order = _write(client, order_id, meta, {"status": "completed"})
    if order.get("status") != "completed":
        call = Call("PUT", f"orders/{order_id}")
        raise UnexpectedAnswer(call, f"the store made status {order.get('status')} of completed.")
    return order


def _write(
    client: StoreClient, order_id: int, meta: Mapping[str, str], fields: Mapping[str, str]
) -> JsonObject:
    call = Call("PUT", f"orders/{order_id}")
    entries = [{"key": key, "value": value} for key, value in meta.items()]
    body = {**fields, "meta_data": entries} if entries else dict(fields)
    order = _complete_order(read_object(client.put(call.path, body).data, call), call, order_id)
    # A list, not a dict: an order may hold one key twice, and one of them is ours.
    kept = [(entry.get("key"), entry.get("value")) for entry in order.get("meta_data", [])]
    lost = [key for key, value in meta.items() if (key, value) not in kept]
    if lost:
        raise UnexpectedAnswer(call, f"the store did not keep the value of {', '.join(lost)}.")
    return order


def _status_query(statuses: Sequence[str]) -> str:
    """Statuses as one comma list, which also an OAuth signature survives (WC §5)."""
    wanted = list(statuses)
    if isinstance(statuses, str) or not wanted or not all(wanted):
        raise ValueError(f"statuses must be a list of status names, found {statuses!r}")
    if "any" in wanted and len(wanted) > 1:
        # `any,trash` silently means `any` (WC §1.8).
        raise ValueError(f"status any cannot be combined, found {wanted}")
    return ",".join(wanted)


def _complete_orders(pages: Iterator[list[JsonObject]]) -> Iterator[list[JsonObject]]:
    call = Call("GET", "orders")
    for page in pages:
        yield [_complete_order(order, call, order["id"]) for order in page]


def _complete_order(order: JsonObject, call: Call, order_id: int) -> JsonObject:
    found = read_id(order, call)
    if found != order_id:
        raise UnexpectedAnswer(call, f"asked for order {order_id}, found order {found}.")
    for field in _TIMES:
        read_time(order, field, call)
    return order
