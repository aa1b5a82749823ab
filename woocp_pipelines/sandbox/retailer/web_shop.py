"""The whole web shop of the retailer, put together once for seeding and for expectations."""

from dataclasses import dataclass

from woocp_pipelines.sandbox.retailer.catalogue import (
    DEFAULT_ITEMS,
    DEFAULT_SEED,
    ItemSeed,
    build_catalogue,
    by_number,
)
from woocp_pipelines.sandbox.retailer.listings import Listing, build_listings, by_sku
from woocp_pipelines.sandbox.retailer.native_lines import promised_at_tills
from woocp_pipelines.sandbox.retailer.order_seed import OrderSeed
from woocp_pipelines.sandbox.retailer.orders_odd import odd_orders
from woocp_pipelines.sandbox.retailer.orders_plain import plain_orders


@dataclass(frozen=True, slots=True)
class Retailer:
    """Items, listings and orders that belong together."""

    catalogue: tuple[ItemSeed, ...]
    listings: tuple[Listing, ...]
    orders: tuple[OrderSeed, ...]

    @property
    def items(self) -> dict[str, ItemSeed]:
        """Items by ITEM_NO."""
        return by_number(self.catalogue)

    @property
    def shop(self) -> dict[str, Listing]:
        """Listings by SKU."""
        return by_sku(self.listings)


def build_retailer(*, items: int = DEFAULT_ITEMS, seed: int = DEFAULT_SEED) -> Retailer:
    """The retailer of so many items; the same arguments give the same retailer.

    Raises:
        ValueError: too few items for the seeded orders.
    """
    catalogue = build_catalogue(items, seed, promised_at_tills())
    orders = sorted((*plain_orders(), *odd_orders()), key=lambda order: order.created)
    return Retailer(catalogue, build_listings(catalogue), tuple(orders))
