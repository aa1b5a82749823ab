"""The store's products as the inventory sync sees them: sellable things with a stock of their own.

Belongs here: reading one record of /products or /variations (WC §3). Does not: which Counterpoint
item a product is (product_mapping.py), how much to publish (stock_policy.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

# Types that are sold through others, or elsewhere, and so hold no stock to publish.
_NOT_SOLD_ITSELF: Final = frozenset({"grouped", "external"})
_PARENT_TYPE: Final = "variable"
# What USER_PRODUCT_MAP can hold; more is no count of goods.
_LARGEST: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class StoreProduct:
    """One simple product, or one variation of `parent_id`, as the store shows it.

    `quantity` is what the shop shows, in selling units; None when it does not manage a stock of
    its own, or shows no whole number (shops with decimal quantities) or an absurd one.
    """

    product_id: int
    parent_id: int | None
    sku: str
    quantity: int | None
    manages_stock: bool
    stock_on_parent: bool = field(default=False, compare=False)


def has_variations(record: Mapping[str, Any]) -> bool:
    """True for a parent product, of plugins too (`variable-subscription`)."""
    return str(record.get("type", "")).startswith(_PARENT_TYPE)


def read_store_product(record: Mapping[str, Any]) -> StoreProduct | None:
    """One record of the store; None when it is nothing that is sold by itself.

    `manage_stock` of a variation may be the text "parent" (WC §3.5). Its `sku` may be the
    parent's, which the store hands down when the variation has none.
    """
    if has_variations(record) or record.get("type") in _NOT_SOLD_ITSELF:
        return None
    managed = record.get("manage_stock")
    return StoreProduct(
        product_id=int(record["id"]),
        parent_id=int(record.get("parent_id") or 0) or None,
        sku=str(record.get("sku") or "").strip(),
        quantity=_whole(record.get("stock_quantity")) if managed is True else None,
        manages_stock=managed is True,
        stock_on_parent=managed == "parent",
    )


def _whole(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    whole = int(value)
    return whole if whole == value and abs(whole) <= _LARGEST else None
