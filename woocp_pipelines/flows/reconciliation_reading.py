"""Reads both sides of a business day afresh: the shop's orders, and what Counterpoint holds.

Belongs here: what is asked of each system, in which order: first the shop, so that nothing is
missed that came in between. Does not: the comparison (rules/reconciliation*.py).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.reconciled_documents import Wanted, read_documents
from woocp_pipelines.counterpoint.reconciled_orders import (
    read_booked_ids,
    read_booked_keys,
    read_letters,
    read_order_ids,
    read_owners,
    read_staged,
)
from woocp_pipelines.counterpoint.statements import chunks
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.order_pages import is_upgraded
from woocp_pipelines.flows.order_statuses import Ask, StoreStatuses, read_mark
from woocp_pipelines.flows.orders import changes_start
from woocp_pipelines.rules.clock import read_gmt, store_day_bounds
from woocp_pipelines.rules.document_building.header import number_ref
from woocp_pipelines.rules.reconciliation_facts import (
    BookedKey,
    Document,
    Known,
    Letter,
    ShopOrder,
    Staged,
    UnreadableOrderError,
    read_shop_order,
)
from woocp_pipelines.rules.reconciliation_pairing import pair_documents
from woocp_pipelines.woocommerce.errors import Refused
from woocp_pipelines.woocommerce.listing import LARGEST_PAGE
from woocp_pipelines.woocommerce.orders import (
    read_order,
    read_orders_by_id,
    read_orders_created,
    read_refunds_created,
)

Raw = dict[str, Any]
# Without lines and addresses orders come five times as fast.
_FIELDS: Final = (
    "number",
    "status",
    "currency",
    "total",
    "refunds",
    "customer_id",
    "date_paid_gmt",
)
_NO_ROUTE: Final = "rest_no_route"
# Addresses of more ids outgrow a web server's header buffer (WC §3.11).
_ASKED_AT_ONCE: Final = 50


@dataclass(slots=True)
class ShopDay:
    """The shop's orders of a day by id; `others` are of other days, and were refunded on it.

    `entered`: those of `others` of which only a document bears the day.
    `unread`: number of an order whose money cannot be read, and why.
    """

    orders: dict[int, ShopOrder] = field(default_factory=dict)
    others: dict[int, ShopOrder] = field(default_factory=dict)
    unread: list[tuple[str, str]] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    entered: set[int] = field(default_factory=set)

    @property
    def every(self) -> dict[int, ShopOrder]:
        """All orders to compare."""
        return {**self.others, **self.orders}

    def take(self, raw: Raw, into: dict[int, ShopOrder]) -> None:
        """Read one order, or note why not."""
        self.seen.add(raw["id"])
        try:
            into[raw["id"]] = read_shop_order(raw)
        except UnreadableOrderError as error:
            said = (str(raw.get("number") or raw["id"]), str(error))
            if said not in self.unread:
                self.unread.append(said)


@dataclass(frozen=True, slots=True)
class BooksDay:
    """Counterpoint's side: what is known of each order, and documents of none of them.

    `elsewhere`: booked orders of the day that the shop did not list for it.
    `reads_after`: where the next reading of the order sync begins.
    """

    known: Mapping[int, Known]
    strays: tuple[tuple[Document, ...], ...]
    elsewhere: frozenset[int]
    reads_after: datetime


def read_shop(context: FlowContext, day: date) -> ShopDay:
    """All orders placed on the day, whatever their status, and orders refunded on it.

    Raises:
        StoreError: the store could not be read.
    """
    since, until = store_day_bounds(day, context.settings.store.zone)
    statuses, found = StoreStatuses(context), ShopDay()

    def read(ask: Ask) -> Iterator[list[Raw]]:
        return read_orders_created(
            context.store,
            after=since,
            before=until,
            statuses=ask.statuses,
            page_size=LARGEST_PAGE,
            fields=_FIELDS,
        )

    for _, page in statuses.pages(read):
        for raw in page:
            found.take(raw, found.orders)
    parents = sorted(_refunded_on(context, since, until) - found.seen)
    for raw in _by_id(context, parents, statuses.all_names()):
        found.take(raw, found.others)
    return found


def in_shop(context: FlowContext, order_ids: Collection[int]) -> set[int]:
    """Those of these orders that the shop still has, whatever day or status.

    Raises:
        StoreError: the store could not be read.
    """
    if not order_ids:
        return set()
    names = StoreStatuses(context).all_names()
    return {raw["id"] for raw in _by_id(context, sorted(order_ids), names)}


def read_entered(context: FlowContext, shop: ShopDay, strays: Iterable[Sequence[Document]]) -> bool:
    """Add the staged orders of other days whose REF documents of no order bear; whether any.

    Raises:
        StoreError: the store could not be read.
    """
    prefix = number_ref("")
    refs = {each.ref for documents in strays for each in documents}
    numbers = {ref[len(prefix) :] for ref in refs if ref.upper().startswith(prefix)}
    with reading(context.engine) as connection:
        if not numbers or not is_upgraded(connection):
            return False
        found = read_order_ids(connection, context.store_id, numbers) - shop.seen
    if not found:
        return False
    before = len(shop.others)
    for raw in _by_id(context, sorted(found), StoreStatuses(context).all_names()):
        shop.take(raw, shop.others)
    shop.entered |= found
    return len(shop.others) > before


def read_books(context: FlowContext, day: date, shop: ShopDay) -> BooksDay:
    """What Counterpoint's database holds of these orders and of our station on the day.

    Works before `woocp db upgrade`: then there are documents only.
    """
    since, until = store_day_bounds(day, context.settings.store.zone)
    # Before staging is read: what a sync stores in between is then seen there.
    reads_after = changes_start(context, read_mark(context).moment)
    with reading(context.engine) as connection:
        upgraded = is_upgraded(connection)
        ids = set(shop.every)
        if upgraded:
            ids |= read_booked_ids(connection, context.store_id, since, until)
        own = _OwnTables.read(connection, context.store_id, ids if upgraded else set())
        refs = {number_ref(order.number): order.order_id for order in shop.every.values()}
        wanted = Wanted(own.doc_ids(), refs, context.settings.counterpoint, day)
        documents = read_documents(connection, wanted)
        owners, foreign = dict(own.owners()), set[int]()
        if upgraded:
            rest = {each.doc_id for each in documents} - owners.keys()
            for each in read_owners(connection, rest):
                if each.store_id == context.store_id:
                    owners[each.doc_id] = each.order_id
                else:
                    foreign.add(each.doc_id)
            later = set(owners.values()) - ids
            own = own.joined(_OwnTables.read(connection, context.store_id, later))
    pairs = pair_documents(
        documents, owners, {ref.upper(): order_id for ref, order_id in refs.items()}, foreign
    )
    every = {*ids, *pairs.of_orders}
    known = {each: replace(own.of(each), documents=pairs.of_orders.get(each, ())) for each in every}
    elsewhere = frozenset(every - shop.every.keys() - shop.seen)
    return BooksDay(known, pairs.strays, elsewhere, reads_after)


@dataclass(frozen=True, slots=True)
class _OwnTables:
    """What the USER_* tables say of some orders."""

    staged: dict[int, Staged]
    letters: dict[int, list[Letter]]
    keys: dict[int, BookedKey]

    @classmethod
    def read(
        cls, connection: Connection, store_id: str, order_ids: Collection[int]
    ) -> "_OwnTables":
        return cls(
            read_staged(connection, store_id, order_ids),
            read_letters(connection, store_id, order_ids),
            read_booked_keys(connection, store_id, order_ids),
        )

    def joined(self, other: "_OwnTables") -> "_OwnTables":
        return _OwnTables(
            self.staged | other.staged, self.letters | other.letters, self.keys | other.keys
        )

    def of(self, order_id: int) -> Known:
        return Known(
            self.staged.get(order_id),
            tuple(self.letters.get(order_id, ())),
            self.keys.get(order_id),
        )

    def owners(self) -> Iterator[tuple[int, int]]:
        """DOC_ID and order: what a staging row names counts as well, if no key says otherwise."""
        for order_id, row in self.staged.items():
            if row.doc_id:
                yield row.doc_id, order_id
        for order_id, key in self.keys.items():
            for doc_id in (key.doc_id, key.deposit_doc_id):
                if doc_id:
                    yield doc_id, order_id

    def doc_ids(self) -> set[int]:
        return {doc_id for doc_id, _ in self.owners()}


def _refunded_on(context: FlowContext, since: datetime, until: datetime) -> set[int]:
    """Orders with a refund made in this time; a store without such a list shows them elsewhere."""
    parents: set[int] = set()
    try:
        for page in read_refunds_created(context.store, after=since, before=until):
            made = (each for each in page if since <= read_gmt(each["date_created_gmt"]) < until)
            parents |= {each["parent_id"] for each in made}
    except Refused as error:
        if error.code != _NO_ROUTE:
            raise
    return parents


def _by_id(context: FlowContext, order_ids: list[int], names: tuple[str, ...]) -> Iterable[Raw]:
    """These orders as they are now; trashed ones singly, since no list by id shows them."""
    for part in chunks(order_ids, _ASKED_AT_ONCE):
        listed = read_orders_by_id(context.store, part, statuses=names)
        yield from listed
        for order_id in sorted(set(part) - {raw["id"] for raw in listed}):
            raw = read_order(context.store, order_id)
            if raw is not None:
                yield raw
