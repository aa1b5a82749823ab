"""Products, variations and accounts in the shapes that the store loads.

Belongs here: JSON of the catalogue's listings (WC §3). Orders: order_json.py.
"""

from typing import Any

from woocp_pipelines.sandbox.retailer.listings import Listing

Json = dict[str, Any]
_CREATED = "2026-08-17T12:00:00"
_PUSHED = "2026-09-30T22:15:00"


def product_json(listing: Listing, quantity: int, options: list[str]) -> Json:
    """A product in the shape of GET /products/{id}; `options` are those of its variations."""
    record = {
        "id": listing.product_id,
        # Product names come with entities (WC §2).
        "name": listing.name.replace("&", "&amp;"),
        "type": "variable" if listing.shape == "parent" else "simple",
        **_common(listing, quantity),
    }
    if listing.shape == "parent":
        record |= {
            "regular_price": "",
            "attributes": [_attribute(options)],
            "has_options": True,
        }
    return record


def variation_json(listing: Listing, quantity: int) -> Json:
    """A variation in the shape of GET /products/{parent}/variations/{id}."""
    return {
        "id": listing.product_id,
        "attributes": [{"id": 0, "name": "Pack", "slug": "pack", "option": listing.option}],
        **_common(listing, quantity),
    }


def _common(listing: Listing, quantity: int) -> Json:
    price = format(listing.price, "f")
    return {
        "sku": listing.sku,
        "price": price,
        "regular_price": price,
        "manage_stock": listing.manages_stock,
        "stock_quantity": quantity if listing.manages_stock else None,
        "backorders": listing.backorders,
        "date_created_gmt": _CREATED,
        "date_modified_gmt": _PUSHED,
    }


def _attribute(options: list[str]) -> Json:
    return {
        "id": 0,
        "name": "Pack",
        "slug": "Pack",
        "position": 0,
        "visible": True,
        "variation": True,
        "options": options,
    }
