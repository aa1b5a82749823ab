"""Which Counterpoint item each product of the store is, and what speaks against it (CP §2.7, §3.4).

Belongs here: joining what the store shows with the known map, and the conflicts. Does not: SKU
rules (units.py), reading and writing USER_PRODUCT_MAP (counterpoint/product_map.py).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.rules.store_products import StoreProduct
from woocp_pipelines.rules.units import SoldAs, sku_key

# Problems of the SKU itself: the item or its unit may be added in Counterpoint.
SKU_CODES: Final = frozenset({"SKU_NOT_FOUND", "UNIT_UNKNOWN"})
# All that can speak against a product before a quantity is sent.
MAP_CODES: Final = SKU_CODES | {"NO_SKU", "DUPLICATE_SKU", "UNMANAGED_STOCK", "STOCK_ON_PARENT"}
_LONGEST_SKU: Final = 50
_LATIN: Final = 256

Resolve = Callable[[str, SoldAs | None], SoldAs | Problem]


@dataclass(frozen=True, slots=True)
class MapEntry:
    """One row of the product map. `sold` is None while the SKU has never stood for an item.

    `map_id` is None for a row that is not stored yet. `ours` is False for rows of people and of
    the retailer's old scripts: what they say, their SKU and their `note` are kept. `switched_off`
    is a row that people made inactive: the product is then neither synced nor a conflict. `lost`:
    Counterpoint no longer has what `sold` says; it is remembered, so that the product is not
    forgotten.
    """

    product: StoreProduct
    sold: SoldAs | None
    map_id: int | None = None
    active: bool = True
    ours: bool = True
    switched_off: bool = False
    note: str = ""
    lost: bool = field(default=False, compare=False)

    @property
    def is_unresolved(self) -> bool:
        """Nothing in the store needs to change for this row to get its item."""
        return self.active and (self.sold is None or self.lost)


def sold_by_variations(rows: Iterable[MapEntry]) -> frozenset[int]:
    """Ids of products that are sold by their variations only, as far as these rows know.

    A line of such a product that names no variation is of one that was deleted (WC §2), and the
    SKU that it shows is the parent's: not what was sold.

    Args:
        rows: the variations' rows, inactive ones too, which deleted variations leave behind; and
            the active row of the product itself, which one has that is simple now. A person's
            counts only where no variation is active.
    """
    every = list(rows)
    own = {row.product.product_id: row for row in every if row.active}
    parents = set()
    for row in every:
        parent_id = row.product.parent_id
        itself = own.get(parent_id) if parent_id else None
        if parent_id and (itself is None or (row.active and not itself.ours)):
            parents.add(parent_id)
    return frozenset(parents)


def variation_gone(product_id: int) -> Problem:
    """A line names no variation of a product that is sold by its variations."""
    return Problem(
        code="VARIATION_GONE",
        field="variation_id",
        found=f"no variation of product {product_id}, which is sold by its variations,",
        expected="the variation that was sold: when it is deleted, the line shows the SKU of the "
        "product, which may be another item",
        next_step="its goods may still be on sale: enter the order in Counterpoint by hand and "
        "`woocp settle` it; or put what was sold in the line's place in WooCommerce",
    )


@dataclass(slots=True)
class MapUpdate:
    """The map after a read of the store: all entries, those to be stored, and the conflicts.

    `problems` has an entry for each product that was seen, empty where all is well; `gone` are
    products that a full read no longer showed; `shadowed` those whose SKU belongs to a product
    that was not seen.
    """

    entries: dict[int, MapEntry]
    changed: list[MapEntry] = field(default_factory=list)
    problems: dict[int, tuple[StoreProduct, Sequence[Problem]]] = field(default_factory=dict)
    gone: list[int] = field(default_factory=list)
    shadowed: set[int] = field(default_factory=set)

    @property
    def needs_full_reading(self) -> bool:
        """Whether a news is that a product carries the SKU of one that was not seen."""
        return bool(self.shadowed & self.problems.keys())


def mapped_as(known: MapEntry | None, sku: str) -> SoldAs | None:
    """What the map says of a product that now shows this SKU.

    A row of ours was derived from an SKU: when that changed, it says nothing any more.
    """
    if known is None or (known.ours and sku_key(known.product.sku) != sku_key(sku)):
        return None
    return known.sold


def update_map(
    known: Mapping[int, MapEntry],
    seen: Iterable[StoreProduct],
    resolve: Resolve,
    *,
    counts_stock: Callable[[SoldAs], bool] = lambda _: True,
    not_sold: Iterable[int] = (),
    full: bool = False,
) -> MapUpdate:
    """Bring the map up to date with what the store showed.

    Args:
        known: the map's entries by product id, inactive ones of ours too.
        seen: products read; each id at most once.
        resolve: finds the item of an SKU, given what the map says.
        counts_stock: False for a service and the like: its product need not manage a stock.
        not_sold: ids that were read but are no sellable thing (parents, grouped products).
        full: `seen` and `not_sold` are the whole catalogue: what is missing is gone.
    """
    products = {product.product_id: product for product in seen}
    update = MapUpdate(entries=dict(known))
    missing = set(not_sold) & known.keys()
    if full:
        missing |= known.keys() - products.keys()
    for product_id in sorted(missing):
        if known[product_id].active:
            _store(update, replace(known[product_id], active=False))
            update.gone.append(product_id)
    rules = _Rules(resolve, counts_stock, _owners(update.entries, products), products.keys())
    for product_id in sorted(products):
        product, entry = products[product_id], known.get(product_id)
        if entry is None or not entry.switched_off:
            _see(update, product, entry, rules)
    return update


def _owners(entries: Mapping[int, MapEntry], seen: Mapping[int, StoreProduct]) -> dict[str, int]:
    """The one product that may carry each SKU: the one that had it, else the lowest id."""
    owners = {
        sku_key(entry.product.sku): product_id
        for product_id, entry in sorted(entries.items(), reverse=True)
        if entry.active and (product_id not in seen or _keeps_sku(entry, seen[product_id]))
    }
    for product_id in sorted(seen):
        entry = entries.get(product_id)
        if entry is None or not entry.switched_off:
            owners.setdefault(sku_key(seen[product_id].sku), product_id)
    return owners


def _keeps_sku(entry: MapEntry, product: StoreProduct) -> bool:
    """Whether the row goes on holding its SKU under the map's unique index."""
    return not entry.ours or sku_key(entry.product.sku) == sku_key(product.sku)


@dataclass(frozen=True, slots=True)
class _Rules:
    """What one product is judged by."""

    resolve: Resolve
    counts_stock: Callable[[SoldAs], bool]
    owners: Mapping[str, int]
    seen: Collection[int]


def _see(
    update: MapUpdate,
    product: StoreProduct,
    entry: MapEntry | None,
    rules: _Rules,
) -> None:
    mapped = mapped_as(entry, product.sku)
    answer = rules.resolve(product.sku, mapped)
    owner = rules.owners[sku_key(product.sku)]
    problems = [answer] if isinstance(answer, Problem) else _stock_problems(product, answer, rules)
    sold = mapped if isinstance(answer, Problem) else answer
    fits = _fits_map(product.sku)
    active = fits or (entry is not None and not entry.ours and sold is not None)
    if owner != product.product_id and product.sku:
        active, problems = False, [_duplicate(product, owner)]
        if owner not in rules.seen:
            update.shadowed.add(product.product_id)
    update.problems[product.product_id] = (product, problems)
    if entry is None and not active:
        return
    keeps_sku = entry is not None and not (entry.ours and fits)
    fresh = replace(
        entry or MapEntry(product, sold),
        product=replace(product, sku=entry.product.sku) if entry and keeps_sku else product,
        sold=sold,
        active=active,
        lost=isinstance(answer, Problem),
    )
    update.entries[product.product_id] = fresh
    if fresh != entry:
        update.changed.append(fresh)


def _fits_map(sku: str) -> bool:
    """Whether the map's varchar column can hold an SKU; no item number is longer."""
    return 0 < len(sku) <= _LONGEST_SKU and all(ord(character) < _LATIN for character in sku)


def _store(update: MapUpdate, entry: MapEntry) -> None:
    update.entries[entry.product.product_id] = entry
    update.changed.append(entry)


def _stock_problems(product: StoreProduct, sold: SoldAs, rules: _Rules) -> list[Problem]:
    if product.manages_stock or not rules.counts_stock(sold):
        return []
    if product.stock_on_parent:
        return [
            Problem(
                code="STOCK_ON_PARENT",
                field="manage_stock",
                found=f"variation {product.product_id}: stock is kept on product "
                f"{product.parent_id}",
                expected="each variation manages its own stock",
                next_step="tick 'Manage stock?' on the variation in the store",
            )
        ]
    return [
        Problem(
            code="UNMANAGED_STOCK",
            field="manage_stock",
            found="false: the store would drop any quantity",
            expected="true",
            next_step="tick 'Track stock quantity' on the product in the store",
        )
    ]


def _duplicate(product: StoreProduct, owner: int) -> Problem:
    return Problem(
        code="DUPLICATE_SKU",
        field="sku",
        found=f"{product.sku!r} on product {product.product_id} and on product {owner}",
        expected="one product for each SKU; the stock goes to the latter only",
        next_step="give one of the two products another SKU in the store",
    )
