"""What the web shop sells: which SKU stands for which item in which unit, under which product.

Belongs here: products, variations and their peculiarities. Does not: the quantity that the shop
shows (shelf.py) and the JSON (shop_json.py).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Literal

from woocp_pipelines.sandbox.retailer.catalogue import ItemSeed
from woocp_pipelines.sandbox.retailer.families import SUFFIXES
from woocp_pipelines.sandbox.retailer.item_rows import barcode_of

Shape = Literal["simple", "parent", "variation"]

FIRST_PRODUCT_ID: Final = 101
PARENT_STOCK_SKU: Final = "FS-1004"
UNMANAGED_SKU: Final = "LB-1006"
LOWER_CASE_SKU: Final = "sw-1004"
UNKNOWN_SKU: Final = "XX-4040"
UNIT_UNKNOWN_SKU: Final = "RP-1002-CARTON"
BARCODED_ITEM: Final = "LB-1003"
# Every 11th item may be sold beyond zero; of tape and mailers every 8th has variations.
_BACKORDERS: Final = (11, 4)
_VARIATIONS: Final = (8, 4)


@dataclass(frozen=True, slots=True)
class Listing:
    """One product or variation. `item_no` None: the SKU means nothing in Counterpoint.

    `unit` is the selling unit's code as a number, 0 the stocking unit. `problem` is the dead letter
    that the product itself must get; its stock is then left alone.
    """

    product_id: int
    sku: str
    name: str
    item_no: str | None
    unit: int
    price: Decimal
    shape: Shape = "simple"
    parent_id: int = 0
    option: str = ""
    manages_stock: bool = True
    backorders: str = "no"
    problem: str | None = None


def build_listings(catalogue: Sequence[ItemSeed]) -> tuple[Listing, ...]:
    """Every product and variation of the shop, ids counted up from FIRST_PRODUCT_ID."""
    listings: list[Listing] = []
    for item in catalogue:
        if item.on_web:
            for draft in _drafts(item):
                listings.append(_numbered(draft, listings))
    for sku, name, problem in (
        (UNKNOWN_SKU, "Discontinued sampler", "SKU_NOT_FOUND"),
        (UNIT_UNKNOWN_SKU, "Kraft by the carton", "UNIT_UNKNOWN"),
    ):
        draft = Listing(0, sku, name, None, 0, Decimal("19.90"), problem=problem)
        listings.append(_numbered(draft, listings))
    return tuple(listings)


def by_sku(listings: Iterable[Listing]) -> dict[str, Listing]:
    """Listings by SKU; parents of variations without an SKU are left out."""
    return {listing.sku: listing for listing in listings if listing.sku}


def _numbered(draft: Listing, before: Sequence[Listing]) -> Listing:
    parent = 0
    if draft.shape == "variation":
        parent = next(one.product_id for one in reversed(before) if one.shape == "parent")
    return replace(draft, product_id=FIRST_PRODUCT_ID + len(before), parent_id=parent)


def _drafts(item: ItemSeed) -> Iterator[Listing]:
    plain = _plain(item)
    if item.item_no == PARENT_STOCK_SKU:
        yield from _stock_on_parent(item)
    elif item.item_no.startswith(("TP-", "ML-")) and _is_one_of(item, _VARIATIONS):
        yield replace(plain, shape="parent", sku="", item_no=None, manages_stock=False)
        yield _variation(item, 0)
        yield _variation(item, 1)
    else:
        yield _renamed(item, plain)
        if _also_by_the_unit(item):
            yield _by_the_unit(item)


def _plain(item: ItemSeed) -> Listing:
    backorders = "notify" if _is_one_of(item, _BACKORDERS) else "no"
    return Listing(
        0, item.item_no, item.text, item.item_no, 0, item.price_of(0), backorders=backorders
    )


def _is_one_of(item: ItemSeed, pattern: tuple[int, int]) -> bool:
    every, position = pattern
    return item.number % every == position


def _renamed(item: ItemSeed, plain: Listing) -> Listing:
    """The few simple products whose SKU or stock is not as usual."""
    if item.item_no == LOWER_CASE_SKU.upper():
        return replace(plain, sku=LOWER_CASE_SKU)
    if item.item_no == UNMANAGED_SKU:
        return replace(plain, manages_stock=False, problem="UNMANAGED_STOCK")
    return plain


def _also_by_the_unit(item: ItemSeed) -> bool:
    position = {"TP": 2, "PB": 2, "PR": 2, "LB": 3, "SW": 1, "OF": 3}.get(item.item_no[:2])
    return bool(item.alternates) and position is not None and item.number % 8 == position


def _by_the_unit(item: ItemSeed) -> Listing:
    """The item once more, by its first alternate unit: the SKU has a suffix, or is the barcode."""
    unit = item.alternates[0]
    suffix = next(suffix for suffix, name in SUFFIXES.items() if name == unit.name)
    sku = f"{item.item_no}-{suffix}"
    if item.item_no == BARCODED_ITEM:
        sku = barcode_of(item, 1)
    return Listing(0, sku, f"{item.text}, {suffix.lower()}", item.item_no, 1, item.price_of(1))


def _variation(item: ItemSeed, unit: int) -> Listing:
    option = "Carton" if unit else "Single"
    sku = f"{item.item_no}-CARTON" if unit else item.item_no
    return Listing(
        0, sku, item.text, item.item_no, unit, item.price_of(unit), "variation", option=option
    )


def _stock_on_parent(item: ItemSeed) -> Iterator[Listing]:
    """A variable product whose quantity stands on the parent, which no unit can be right for."""
    problem = "STOCK_ON_PARENT"
    yield Listing(0, item.item_no, item.text, item.item_no, 0, item.price_of(0), "parent")
    for unit, suffix in ((0, "CASE"), (1, "SLEEVE")):
        yield Listing(
            0,
            f"{item.item_no}-{suffix}",
            item.text,
            item.item_no,
            unit,
            item.price_of(unit),
            "variation",
            option=suffix.title(),
            manages_stock=False,
            problem=problem,
        )
