"""What the store shows, kept in USER_PRODUCT_MAP: the store's side of the inventory sync.

Belongs here: reading what changed in the store since the last run (or everything), resolving it
to items, and storing map, conflicts and mark in one transaction. Does not: quantities to publish.

The mark is the newest modified time that the store showed, never a local clock. It moves only
together with the rows that it stands for; what still has to be written is the difference between
those rows and Counterpoint, so a run that fails later loses nothing.
"""

import json
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.product_map import (
    read_open_products,
    read_product_map,
    save_product_map,
)
from woocp_pipelines.counterpoint.settled_letters import SettledLetters, read_settled
from woocp_pipelines.counterpoint.sku_facts import SkuFacts, read_sku_facts
from woocp_pipelines.counterpoint.sync_state import read_state, write_state
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.inventory_letters import only_news, save_conflicts, unsettled
from woocp_pipelines.rules.clock import read_gmt
from woocp_pipelines.rules.product_mapping import SKU_CODES, MapEntry, MapUpdate, update_map
from woocp_pipelines.rules.store_products import (
    StoreProduct,
    has_variations,
    read_store_product,
)
from woocp_pipelines.woocommerce.products import (
    read_all_variations,
    read_newest_change,
    read_products,
)

MARK: Final = "inventory.products_mark"
_SECOND: Final = timedelta(seconds=1)
# Two seconds after we first saw a time of the store, the store's own clock is past that second.
_SETTLING: Final = timedelta(seconds=2)
# A variation is saved some time before its parent, whose new time is what a poll notices.
_VARIATION_OVERLAP: Final = timedelta(seconds=60)

Raw = dict[str, Any]


class EmptyStoreError(Exception):
    """A full reading showed no product although the map has some: a fault, not an empty shop."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the store was read. `settled`: nothing can change any more within that second."""

    newest: datetime
    first_seen: datetime
    settled: bool = False

    @property
    def bound(self) -> datetime:
        """The exclusive bound of the next poll (WC §1.1)."""
        return self.newest if self.settled else self.newest - _SECOND

    def text(self) -> str:
        """As kept in USER_SYNC_STATE."""
        seen = self.first_seen.isoformat()
        return json.dumps([self.newest.isoformat(), seen, self.settled])

    @classmethod
    def read(cls, text: str) -> "Mark":
        """The reverse of `text`."""
        newest, first_seen, settled = json.loads(text)
        moments = datetime.fromisoformat(newest), datetime.fromisoformat(first_seen)
        return cls(*moments, bool(settled))


@dataclass(frozen=True, slots=True)
class StoreRead:
    """One reading of the store: its records, and the mark that follows from it."""

    records: list[Raw]
    mark: Mark | None
    full: bool


def refresh_mirror(
    context: FlowContext, *, full: bool, apply: bool, upgraded: bool = True
) -> MapUpdate:
    """Read what changed in the store and bring the product map up to date.

    An idle poll is one request. Nothing is written unless `apply`; without `upgraded` there is no
    map to start from, and everything is read. The result's `problems` are those that are news;
    after a full reading, all. Where a product seems to carry the SKU of another one that did not
    change, everything is read at once: that one may have been deleted, which no poll shows.

    Raises:
        StoreError: the store could not be read; nothing was stored.
        EmptyStoreError: a full reading gave nothing.
    """
    known = _read_known(context) if upgraded else _Known({}, {}, None, SettledLetters())
    read = _read_store(context, known.mark, full=full)
    if read.full and not read.records and any(entry.active for entry in known.entries.values()):
        raise EmptyStoreError(
            f"the store lists no product, the product map has {len(known.entries)}; nothing was "
            "changed. Check WOOCP_STORE_URL and what the key's user may see"
        )
    update = _update(context, known, read)
    found = unsettled(update.problems.values(), known.settled)
    update.problems = {each[0].product_id: each for each in found}
    if not read.full:
        update.problems = only_news(update.problems, known.letters)
        if update.needs_full_reading:
            return refresh_mirror(context, full=True, apply=apply, upgraded=upgraded)
    if apply and (update.changed or update.problems or read.mark != known.mark):
        _store(context, update, known.entries, read.mark)
    return update


@dataclass(frozen=True, slots=True)
class _Known:
    """What was remembered: the map, the codes of open dead letters by product, the mark.

    `settled`: what people closed by hand.
    """

    entries: dict[int, MapEntry]
    letters: dict[int, set[str]]
    mark: Mark | None
    settled: SettledLetters

    def to_look_at_again(self, read: Container[int]) -> list[MapEntry]:
        """Products whose item may have come or gone in Counterpoint; the store need not change."""
        return [
            entry
            for product_id, entry in self.entries.items()
            if product_id not in read
            and (
                entry.is_unresolved
                or (entry.active and self.letters.get(product_id, set()) & SKU_CODES)
            )
        ]


def _read_known(context: FlowContext) -> _Known:
    with reading(context.engine) as connection:
        text = read_state(connection, context.store_id, MARK)
        entries = read_product_map(connection, context.store_id)
        letters = read_open_products(connection, context.store_id)
        settled = read_settled(connection, context.store_id, "product")
    by_product = {int(key): codes for key, codes in letters.items()}
    return _Known(entries, by_product, Mark.read(text) if text else None, settled)


def _update(context: FlowContext, known: _Known, read: StoreRead) -> MapUpdate:
    products, not_sold = _sellable(read.records)
    again = [entry.product for entry in known.to_look_at_again(products)]
    seen = [*products.values(), *([] if read.full else again)]
    with reading(context.engine) as connection:
        facts = _read_facts(context, connection, seen, known.entries)
    return update_map(
        known.entries,
        seen,
        facts.resolve,
        counts_stock=facts.counts_stock,
        not_sold=not_sold,
        full=read.full,
    )


def _read_store(context: FlowContext, mark: Mark | None, *, full: bool) -> StoreRead:
    if full or mark is None:
        newest = read_newest_change(context.store)
        seen = context.now()
        records = _flat(read_products(context.store))
        if any(map(has_variations, records)):
            records += _flat(read_all_variations(context.store))
        return StoreRead(records, Mark(newest, seen) if newest else None, full=True)
    started = context.now()
    records = _flat(read_products(context.store, modified_after=mark.bound))
    moved = _moved(mark, records, started, context.now())
    if any(map(has_variations, records)):
        since = mark.bound - _VARIATION_OVERLAP
        records += _flat(read_all_variations(context.store, modified_after=since))
    return StoreRead(records, moved, full=False)


def _moved(mark: Mark, records: list[Raw], started: datetime, ended: datetime) -> Mark:
    newest = max((read_gmt(record["date_modified_gmt"]) for record in records), default=mark.newest)
    if newest > mark.newest:
        return Mark(newest, first_seen=ended)
    return replace(mark, settled=mark.settled or started - mark.first_seen >= _SETTLING)


def _flat(pages: Iterable[list[Raw]]) -> list[Raw]:
    return [record for page in pages for record in page]


def _sellable(records: Iterable[Raw]) -> tuple[dict[int, StoreProduct], set[int]]:
    """Products by id, the last reading of each, and the ids of what is not sold by itself."""
    products: dict[int, StoreProduct] = {}
    not_sold: set[int] = set()
    for record in records:
        product = read_store_product(record)
        if product is None:
            not_sold.add(record["id"])
        else:
            products[product.product_id] = product
    return products, not_sold


def _read_facts(
    context: FlowContext,
    connection: Connection,
    seen: Iterable[StoreProduct],
    known: Mapping[int, MapEntry],
) -> SkuFacts:
    products = list(seen)
    entries = [known[each.product_id] for each in products if each.product_id in known]
    return read_sku_facts(
        connection,
        [product.sku for product in products],
        context.settings.units.suffixes,
        item_nos=[entry.sold.item_no for entry in entries if entry.sold],
    )


def _store(
    context: FlowContext, update: MapUpdate, known: dict[int, MapEntry], mark: Mark | None
) -> None:
    now = context.now()
    with writing(context.engine) as connection:
        save_product_map(connection, context.store_id, update.changed, known, now)
        save_conflicts(context, connection, update.problems.values(), gone=update.gone)
        if mark is not None:
            write_state(connection, context.store_id, MARK, mark.text(), now)
