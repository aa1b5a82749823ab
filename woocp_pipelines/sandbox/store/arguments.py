"""Which parameters each route checks, as the recorded OPTIONS answer and errors show them.

Belongs here: schemas only. Parameters that are not listed are ignored or taken unchecked.
"""

from collections.abc import Iterable
from typing import Any, Final

from woocp_pipelines.sandbox.store.schema import Schema
from woocp_pipelines.sandbox.store.stock_status import STOCK_STATUSES

ORDER_STATUSES: Final = [
    "auto-draft",
    "pending",
    "processing",
    "on-hold",
    "completed",
    "cancelled",
    "refunded",
    "failed",
    "checkout-draft",
]
PRODUCT_STATUSES: Final = ["draft", "pending", "private", "publish", "future", "auto-draft"]
PRODUCT_TYPES: Final = ["simple", "grouped", "external", "variable"]
ROLES: Final = [
    "all",
    "administrator",
    "editor",
    "author",
    "contributor",
    "subscriber",
    "customer",
    "shop_manager",
]

INTEGER: Final[Schema] = {"type": "integer"}
STRING: Final[Schema] = {"type": "string"}
BOOLEAN: Final[Schema] = {"type": "boolean"}
IDS: Final[Schema] = {"type": "ids"}
_DATE: Final[Schema] = {"type": "string", "format": "date-time"}
_META: Final[Schema] = {"type": "array", "items": {"type": "object", "properties": {"key": STRING}}}


def _choice(options: list[str], default: str | None = None) -> Schema:
    schema: Schema = {"type": "string", "enum": options}
    return schema if default is None else {**schema, "default": default}


def _choices(options: list[str]) -> Schema:
    return {"type": "array", "items": {"type": "string", "enum": options}}


def _strings(names: str) -> dict[str, Schema]:
    return dict.fromkeys(names.split(), STRING)


def _lines(**properties: Schema) -> Schema:
    shape: dict[str, Any] = {"id": INTEGER, "meta_data": _META, **properties}
    return {"type": "array", "items": {"type": "object", "properties": shape}}


PAGING: Final[dict[str, Schema]] = {
    "page": {"type": "integer", "default": 1, "minimum": 1},
    "per_page": {"type": "integer", "default": 10, "minimum": 1, "maximum": 100},
    "search": STRING,
    "include": IDS,
    "exclude": IDS,
    "offset": INTEGER,
}
_POSTS: Final[dict[str, Schema]] = {
    **PAGING,
    "after": _DATE,
    "before": _DATE,
    "modified_after": _DATE,
    "modified_before": _DATE,
    "dates_are_gmt": {"type": "boolean", "default": False},
    "order": _choice(["asc", "desc"], "desc"),
    "parent": IDS,
}
_ORDER_BY: Final = ["date", "id", "include", "title", "slug", "modified"]

ORDER_LIST: Final[dict[str, Schema]] = {
    **_POSTS,
    "orderby": _choice(_ORDER_BY, "date"),
    "status": {**_choices(["any", "trash", *ORDER_STATUSES]), "default": ["any"]},
    "customer": INTEGER,
    "product": INTEGER,
    "created_via": {"type": "array", "items": STRING},
    "dp": {"type": "integer", "default": 2},
}
REFUND_LIST: Final[dict[str, Schema]] = {
    **_POSTS,
    "orderby": _choice(_ORDER_BY, "date"),
    "dp": {"type": "integer", "default": 2},
}
PRODUCT_LIST: Final[dict[str, Schema]] = {
    **_POSTS,
    "orderby": _choice(
        [*_ORDER_BY, "price", "popularity", "rating", "menu_order", "post__in"], "date"
    ),
    "status": _choice(["any", "trash", *PRODUCT_STATUSES], "any"),
    "type": _choice(PRODUCT_TYPES),
    "include_types": _choices(PRODUCT_TYPES),
    "sku": STRING,
    "search_sku": STRING,
    "stock_status": _choice(list(STOCK_STATUSES)),
}
VARIATION_LIST: Final[dict[str, Schema]] = {
    **{name: schema for name, schema in PRODUCT_LIST.items() if "type" not in name},
}
CUSTOMER_LIST: Final[dict[str, Schema]] = {
    **PAGING,
    "order": _choice(["asc", "desc"], "asc"),
    "orderby": _choice(["id", "include", "name", "registered_date"], "name"),
    "email": {"type": "string", "format": "email"},
    "role": _choice(ROLES, "customer"),
}
USER_READ: Final[dict[str, Schema]] = {"context": _choice(["view", "embed", "edit"], "view")}
USER_LIST: Final[dict[str, Schema]] = {
    **PAGING,
    **USER_READ,
    "order": _choice(["asc", "desc"], "asc"),
    "orderby": _choice(
        ["id", "include", "name", "registered_date", "slug", "include_slugs", "email", "url"],
        "name",
    ),
}

_ADDRESS: Final[Schema] = {
    "type": "object",
    "properties": _strings(
        "first_name last_name company address_1 address_2 city state postcode country phone"
    ),
}
ORDER_WRITE: Final[dict[str, Schema]] = {
    "status": _choice(ORDER_STATUSES),
    "customer_id": INTEGER,
    **_strings("customer_note payment_method payment_method_title transaction_id created_via"),
    "billing": _ADDRESS,
    "shipping": _ADDRESS,
    "meta_data": _META,
    "line_items": _lines(variation_id=INTEGER, quantity=INTEGER, **_strings("subtotal total")),
    "shipping_lines": _lines(**_strings("instance_id total")),
    "fee_lines": _lines(**_strings("tax_class total")),
    "coupon_lines": _lines(),
    "set_paid": BOOLEAN,
}
_SELLABLE_WRITE: Final[dict[str, Schema]] = {
    **_strings("description sku regular_price sale_price weight tax_class shipping_class"),
    "manage_stock": BOOLEAN,
    "stock_quantity": INTEGER,
    "stock_status": _choice(list(STOCK_STATUSES)),
    "backorders": _choice(["no", "notify", "yes"]),
    "virtual": BOOLEAN,
    "downloadable": BOOLEAN,
    "menu_order": INTEGER,
    "meta_data": _META,
}
PRODUCT_WRITE: Final[dict[str, Schema]] = {
    **_SELLABLE_WRITE,
    **_strings("name slug short_description purchase_note"),
    "type": _choice(PRODUCT_TYPES),
    "status": _choice([*PRODUCT_STATUSES, "trash"]),
    "featured": BOOLEAN,
    "sold_individually": BOOLEAN,
    "parent_id": INTEGER,
}
VARIATION_WRITE: Final[dict[str, Schema]] = {
    **_SELLABLE_WRITE,
    "status": _choice(PRODUCT_STATUSES),
}
CUSTOMER_WRITE: Final[dict[str, Schema]] = {
    "email": {"type": "string", "format": "email"},
    **_strings("first_name last_name username"),
    "billing": _ADDRESS,
    "shipping": _ADDRESS,
    "meta_data": _META,
}
# POST does not check the address's form here: the recorded error comes from creating the user.
CUSTOMER_CREATE: Final[dict[str, Schema]] = {
    **CUSTOMER_WRITE,
    "email": {"type": "string", "required": True},
}
NOTE_CREATE: Final[dict[str, Schema]] = {
    "note": {"type": "string", "required": True},
    "customer_note": {"type": "boolean", "default": False},
    "added_by_user": {"type": "boolean", "default": False},
}
NOTE_LIST: Final[dict[str, Schema]] = {
    "type": _choice(["any", "customer", "internal"], "any"),
}
REFUND_CREATE: Final[dict[str, Schema]] = {
    "amount": STRING,
    "reason": STRING,
    "api_refund": {"type": "boolean", "default": True},
    "api_restock": {"type": "boolean", "default": True},
    "line_items": {"type": "array", "items": {"type": "object"}},
}
FORCE: Final[dict[str, Schema]] = {"force": {"type": "boolean", "default": False}}


def with_statuses(schemas: dict[str, Schema], plugin_statuses: Iterable[str]) -> dict[str, Schema]:
    """A route's schemas, taking the order statuses of active plugins, too (WC §1.8)."""
    known = [*ORDER_STATUSES, *plugin_statuses]
    if schemas is ORDER_LIST:
        return {**schemas, "status": {**_choices(["any", "trash", *known]), "default": ["any"]}}
    return {**schemas, "status": _choice(known)} if schemas is ORDER_WRITE else schemas
