"""One SKU explained: what Counterpoint has, what may be shown, what the store shows, and why.

Belongs here: reading both sides for it. Reads only. Does not: which products are meant
(stock_search.py), how it is shown (commands/stock.py), the rules of quantities (rules/).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Final

from sqlalchemy import Connection, Engine

from woocp_pipelines.counterpoint.codes import require_locations
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.product_map import read_product_map
from woocp_pipelines.counterpoint.sku_facts import SkuFacts, read_sku_facts
from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.counterpoint.stock import read_stock
from woocp_pipelines.counterpoint.stock_details import (
    LastSent,
    LocationStock,
    read_description,
    read_last_sent,
    read_like_item_numbers,
    read_locations,
    read_product_letters,
)
from woocp_pipelines.counterpoint.unbooked import read_unbooked_orders, read_unmatched_lines
from woocp_pipelines.flows.inventory_breaker import read_latest_blocked
from woocp_pipelines.flows.inventory_figures import policy_of
from woocp_pipelines.flows.stock_search import FoundProduct, asked_id, find_products
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.rules.product_mapping import MapEntry, mapped_as
from woocp_pipelines.rules.stock_policy import (
    LeftAlone,
    Published,
    StockFigures,
    StockPolicy,
    free_quantity,
    published_quantity,
)
from woocp_pipelines.rules.units import SoldAs, sku_key
from woocp_pipelines.rules.unmatched_lines import (
    UnmatchedLine,
    matched,
    placeable,
    with_unmatched,
)
from woocp_pipelines.settings import Mode, Settings
from woocp_pipelines.woocommerce.client import StoreClient

_NEAR: Final = 5
_DUPLICATE: Final = "DUPLICATE_SKU"


class StockUnknownError(Exception):
    """Neither side knows what was asked for; the text names what is spelt alike."""


@dataclass(frozen=True, slots=True)
class OrderTakes:
    """An unbooked web order and what it takes from the item, in stocking units."""

    number: str
    status: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class ItemAnswer:
    """One Counterpoint item: everything that its published quantities are made of."""

    figures: StockFigures
    policy: StockPolicy
    description: str
    locations: list[LocationStock]
    orders: list[OrderTakes]

    @property
    def item_no(self) -> str:
        """ITEM_NO."""
        return self.figures.item.item_no

    @property
    def buffer(self) -> Decimal:
        """What is kept back, in stocking units."""
        return self.policy.buffer_of(self.item_no)

    @property
    def free(self) -> Decimal | None:
        """What is left to sell, in stocking units; None without a stock row."""
        return free_quantity(self.figures, self.policy)


@dataclass(frozen=True, slots=True)
class ProductAnswer:
    """One product or variation: what it stands for, what it may show, what it shows."""

    found: FoundProduct
    sold: SoldAs | None
    published: Published | LeftAlone
    last: LastSent | None
    letters: list[Mapping[str, Any]]

    @property
    def may_show(self) -> int | None:
        """The quantity that the shop may show; None where it is left alone."""
        return self.published.quantity if isinstance(self.published, Published) else None

    @property
    def arithmetic(self) -> str:
        """How `may_show` came about."""
        return self.published.arithmetic if isinstance(self.published, Published) else ""

    @property
    def left_alone(self) -> str:
        """Why no quantity is written; empty where one is."""
        return self.published.reason if isinstance(self.published, LeftAlone) else ""

    @property
    def verdict(self) -> str:
        """What follows from both sides, in one sentence."""
        if isinstance(self.published, LeftAlone):
            return "woocp writes no quantity to it"
        if self.found.record is None:
            return "whether it needs a quantity is not known"
        if self.found.product.quantity == self.published.quantity:
            return "the store shows what it may"
        return f"the next run writes {self.published.quantity}"


@dataclass(frozen=True, slots=True)
class StockAnswer:
    """All that both sides say about what was asked for."""

    asked: str
    items: list[ItemAnswer]
    products: list[ProductAnswer]
    mode: Mode
    blocked_run: str | None = None
    store_failed: str = ""


def explain_stock(
    settings: Settings, engine: Engine, store: StoreClient | None, asked: str
) -> StockAnswer:
    """Explain the stock of an SKU, an item or a product.

    Args:
        settings: `[inventory]`, `[units]` and the store.
        engine: of Counterpoint; before `woocp db upgrade` there are neither map nor web orders.
        store: to ask what it shows now; None leaves it out.
        asked: see `find_products`.

    Raises:
        StockUnknownError: nobody knows it.
        UnknownLocationError: `[inventory] locations` names one that does not exist.
        DBAPIError: Counterpoint could not be read.
    """
    with reading(engine) as connection:
        upgraded = table_exists(connection, "USER_PRODUCT_MAP", "STORE_ID")
        entries = read_product_map(connection, settings.store.id) if upgraded else {}
    # No HTTP inside a transaction: a slow shop would hold it open.
    search = find_products(store, asked, entries)
    with reading(engine) as connection:
        reader = _Reader(connection, settings, entries, upgraded=upgraded)
        reader.read(search.products, asked)
        if not reader.figures and not search.products:
            raise StockUnknownError(_unknown(connection, asked, entries.values()))
        return StockAnswer(
            asked,
            items=[reader.item(key) for key in sorted(reader.figures)],
            products=[reader.product(found) for found in search.products],
            mode=settings.mode_of("inventory"),
            blocked_run=(read_latest_blocked(connection, settings.store.id) if upgraded else None),
            store_failed=search.failed,
        )


@dataclass(slots=True)
class _Reader:
    """Counterpoint's side of one answer, read within one transaction."""

    connection: Connection
    settings: Settings
    entries: Mapping[int, MapEntry]
    upgraded: bool
    facts: SkuFacts = field(init=False)
    lines: list[UnmatchedLine] = field(default_factory=list)
    figures: Mapping[str, StockFigures] = field(default_factory=dict)

    @property
    def policy(self) -> StockPolicy:
        return policy_of(self.settings.inventory)

    def read(self, products: list[FoundProduct], asked: str) -> None:
        """Items of the products; where there are none, the item that the text itself names."""
        mapped = (self.entries.get(each.product.product_id) for each in products)
        self.facts = read_sku_facts(
            self.connection,
            [asked, *(each.product.sku for each in products)],
            self.settings.units.suffixes,
            item_nos=[entry.sold.item_no for entry in mapped if entry and entry.sold],
        )
        answers = [self._resolve(each) for each in products]
        answers += [] if products else [self.facts.resolve(asked, None)]
        numbers = {answer.item_no for answer in answers if isinstance(answer, SoldAs)}
        store_id, inventory = self.settings.store.id, self.settings.inventory
        if self.upgraded:
            self.lines = placeable(read_unmatched_lines(self.connection, store_id), self.entries)
        require_locations(self.connection, inventory.locations)
        figures = read_stock(
            self.connection,
            store_id,
            inventory.locations,
            upgraded=self.upgraded,
            item_nos=sorted(numbers),
        )
        self.figures = with_unmatched(figures, self.entries, self.lines)

    def item(self, key: str) -> ItemAnswer:
        """Everything about one item."""
        figures = self.figures[key]
        item_no = figures.item.item_no
        locations = self.settings.inventory.locations
        return ItemAnswer(
            figures,
            self.policy,
            read_description(self.connection, item_no),
            read_locations(self.connection, item_no, locations),
            self._orders(key, item_no) if self.upgraded else [],
        )

    def product(self, found: FoundProduct) -> ProductAnswer:
        """Everything about one product."""
        product_id, store_id = found.product.product_id, self.settings.store.id
        answer = self._resolve(found)
        sold = answer if isinstance(answer, SoldAs) else None
        published = self._published(found, answer)
        if not self.upgraded:
            return ProductAnswer(found, sold, published, None, [])
        letters = read_product_letters(self.connection, store_id, product_id)
        twice = next((letter for letter in letters if letter["CODE"] == _DUPLICATE), None)
        if twice:
            published = LeftAlone(f"{twice['FOUND']}; {twice['NEXT_STEP']}")
        last = read_last_sent(self.connection, store_id, product_id)
        return ProductAnswer(found, sold, published, last, letters)

    def _resolve(self, found: FoundProduct) -> SoldAs | Problem:
        entry = self.entries.get(found.product.product_id)
        return self.facts.resolve(found.product.sku, mapped_as(entry, found.product.sku))

    def _published(self, found: FoundProduct, answer: SoldAs | Problem) -> Published | LeftAlone:
        entry = self.entries.get(found.product.product_id)
        if entry is not None and entry.switched_off:
            return LeftAlone("its row in USER_PRODUCT_MAP was switched off by a person")
        if isinstance(answer, Problem):
            return LeftAlone(f"{answer.sentence()}; {answer.next_step}")
        figures = self.figures.get(sku_key(answer.item_no))
        published = published_quantity(figures, answer.sell_unit, self.policy)
        if isinstance(published, Published) and not found.product.manages_stock:
            return LeftAlone(
                "the store would drop a quantity: its parent manages the stock"
                if found.product.stock_on_parent
                else "the store would drop a quantity: it does not manage this product's stock"
            )
        return published

    def _orders(self, key: str, item_no: str) -> list[OrderTakes]:
        orders = read_unbooked_orders(self.connection, self.settings.store.id, item_no)
        found = [OrderTakes(*each) for each in orders]
        for line in self.lines:
            match = matched(line, self.entries, self.figures)
            if match and match[0] == key:
                found.append(OrderTakes(line.order_number, line.status, match[1]))
        return found


def _unknown(connection: Connection, asked: str, entries: Iterable[MapEntry]) -> str:
    key = sku_key(asked)
    names = {sku_key(entry.product.sku): entry.product.sku for entry in entries}
    names |= {sku_key(number): number for number in read_like_item_numbers(connection, key)}
    near = [names[each] for each in get_close_matches(key, names, n=_NEAR)]
    hint = f"; spelt alike: {', '.join(near)}" if near else ""
    what = "no SKU, item number or product id" if asked_id(asked) else "no SKU or item number"
    return f"{asked}: {what} that the store or Counterpoint knows{hint}"
