"""What WooCommerce fills in when a record does not say: the keys of each JSON shape.

Belongs here: constant shapes, in the order of the recordings. Does not: anything computed
(`complete.py`) or shown only (`views.py`).
"""

from typing import Any, Final

from woocp_pipelines.sandbox.store.errors import Json

STORE_VERSION: Final = "10.5.0"

_NO_SALE_DATES: Final = {
    "date_on_sale_from": None,
    "date_on_sale_from_gmt": None,
    "date_on_sale_to": None,
    "date_on_sale_to_gmt": None,
}
_ADDRESS_KEYS: Final = (
    "first_name",
    "last_name",
    "company",
    "address_1",
    "address_2",
    "city",
    "state",
    "postcode",
    "country",
)


def address(*, with_email: bool) -> Json:
    """An empty billing (with e-mail) or shipping address."""
    keys = (*_ADDRESS_KEYS, "email", "phone") if with_email else (*_ADDRESS_KEYS, "phone")
    return dict.fromkeys(keys, "")


def _stock() -> Json:
    return {
        "manage_stock": False,
        "stock_quantity": None,
        "stock_status": "instock",
        "backorders": "no",
        "backorders_allowed": False,
        "backordered": False,
        "low_stock_amount": None,
    }


def _sellable() -> Json:
    """What products and variations share."""
    return {
        "status": "publish",
        "description": "",
        "sku": "",
        "global_unique_id": "",
        "price": "",
        "regular_price": "",
        "sale_price": "",
        **_NO_SALE_DATES,
        "on_sale": False,
        "purchasable": True,
        "virtual": False,
        "downloadable": False,
        "downloads": [],
        "download_limit": -1,
        "download_expiry": -1,
        "tax_status": "taxable",
        "tax_class": "",
        **_stock(),
        "weight": "",
        "dimensions": {"length": "", "width": "", "height": ""},
        "shipping_class": "",
        "shipping_class_id": 0,
        "attributes": [],
        "menu_order": 0,
        "meta_data": [],
        "parent_id": 0,
    }


def product() -> Json:
    """A simple product."""
    return {
        "id": 0,
        "name": "Product",
        "slug": "",
        "permalink": "",
        "type": "simple",
        **_sellable(),
        "featured": False,
        "catalog_visibility": "visible",
        "short_description": "",
        "total_sales": 0,
        "external_url": "",
        "button_text": "",
        "sold_individually": False,
        "shipping_required": True,
        "shipping_taxable": True,
        "reviews_allowed": True,
        "average_rating": "0.00",
        "rating_count": 0,
        "upsell_ids": [],
        "cross_sell_ids": [],
        "purchase_note": "",
        "categories": [{"id": 15, "name": "Uncategorized", "slug": "uncategorized"}],
        "brands": [],
        "tags": [],
        "images": [],
        "default_attributes": [],
        "variations": [],
        "grouped_products": [],
        "price_html": "",
        "related_ids": [],
        "has_options": False,
        "post_password": "",
    }


def variation() -> Json:
    """A variation."""
    return {"id": 0, "type": "variation", "permalink": "", **_sellable(), "image": None, "name": ""}


def customer() -> Json:
    """A customer who never changed anything."""
    return {
        "id": 0,
        "email": "",
        "first_name": "",
        "last_name": "",
        "role": "customer",
        "username": "",
        "billing": address(with_email=True),
        "shipping": address(with_email=False),
        "is_paying_customer": False,
        "avatar_url": "",
        "meta_data": [],
    }


def order() -> Json:
    """An empty pending order."""
    lists: dict[str, list[Any]] = {
        "line_items": [],
        "tax_lines": [],
        "shipping_lines": [],
        "fee_lines": [],
        "coupon_lines": [],
        "refunds": [],
    }
    return {
        "id": 0,
        "parent_id": 0,
        "status": "pending",
        "version": STORE_VERSION,
        "prices_include_tax": False,
        "customer_id": 0,
        "billing": address(with_email=True),
        "shipping": address(with_email=False),
        "payment_method": "",
        "payment_method_title": "",
        "transaction_id": "",
        "customer_ip_address": "",
        "customer_user_agent": "",
        "created_via": "rest-api",
        "customer_note": "",
        "cart_hash": "",
        "meta_data": [],
        **lists,
    }


def refund() -> Json:
    """A refund of nothing."""
    return {
        "id": 0,
        "parent_id": 0,
        "amount": "0.00",
        "reason": "",
        "refunded_by": 1,
        "refunded_payment": False,
        "meta_data": [],
        "line_items": [],
        "shipping_lines": [],
        "tax_lines": [],
        "fee_lines": [],
    }


def line_item() -> Json:
    """A product line without a product."""
    return {
        "id": 0,
        "name": "",
        "product_id": 0,
        "variation_id": 0,
        "quantity": 1,
        "tax_class": "",
        "subtotal": "0.00",
        "subtotal_tax": "0.00",
        "total": "0.00",
        "total_tax": "0.00",
        "taxes": [],
        "meta_data": [],
        "sku": None,
        "global_unique_id": None,
        "price": 0,
        "image": {"id": "", "src": ""},
        "parent_name": None,
    }


def shipping_line() -> Json:
    """A shipping line without a method."""
    return {
        "id": 0,
        "method_title": "",
        "method_id": "",
        "instance_id": "",
        "total": "0.00",
        "total_tax": "0.00",
        "taxes": [],
        "tax_status": "taxable",
        "meta_data": [],
    }


def fee_line() -> Json:
    """A fee of nothing."""
    return {
        "id": 0,
        "name": "",
        "tax_class": "",
        "tax_status": "taxable",
        "amount": "",
        "total": "0.00",
        "total_tax": "0.00",
        "taxes": [],
        "meta_data": [],
    }


def coupon_line() -> Json:
    """A used coupon."""
    return {
        "id": 0,
        "code": "",
        "discount": "0",
        "discount_tax": "0",
        "meta_data": [],
        "discount_type": "fixed_cart",
        "nominal_amount": 0,
        "free_shipping": False,
    }


def tax_line() -> Json:
    """A tax of nothing."""
    return {
        "id": 0,
        "rate_code": "",
        "rate_id": 0,
        "label": "Tax",
        "compound": False,
        "tax_total": "0.00",
        "shipping_tax_total": "0.00",
        "rate_percent": 0,
        "meta_data": [],
    }
