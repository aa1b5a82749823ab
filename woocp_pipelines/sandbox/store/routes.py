"""Every route of the store: method, path, handler, checked parameters.

Belongs here: the table and matching. Does not: what a handler does. Paths are regular
expressions below /wp-json; named groups become the ids of the call.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from woocp_pipelines.sandbox.store import (
    arguments,
    customers,
    notes,
    orders,
    products,
    refunds,
    site,
    users,
    variations,
)
from woocp_pipelines.sandbox.store.call import Call, Reply
from woocp_pipelines.sandbox.store.order_views import LAZY_KEYS
from woocp_pipelines.sandbox.store.schema import Schema

Handler = Callable[[Call], Reply]
_CHANGING: Final = ("POST", "PUT", "PATCH")


@dataclass(frozen=True)
class Route:
    """One method of one path."""

    method: str
    path: re.Pattern[str]
    handler: Handler
    arguments: dict[str, Schema]
    public: bool = False
    # Keys that `_fields` gives only when they are named in full.
    lazy: frozenset[str] = frozenset()


def _route(
    methods: str,
    path: str,
    handler: Handler,
    checked: dict[str, Schema] | None = None,
    *,
    public: bool = False,
    lazy: frozenset[str] = frozenset(),
) -> list[Route]:
    pattern = re.compile(f"^{path}/?$")
    names = _CHANGING if methods == "CHANGE" else methods.split()
    return [Route(n, pattern, handler, checked or {}, public, lazy) for n in names]


_V3: Final = "/wc/v3"
_ORDER: Final = rf"{_V3}/orders/(?P<order>\d+)"
_PRODUCT: Final = rf"{_V3}/products/(?P<parent>\d+)"
_USERS: Final = "/wp/v2/users"
_ID: Final = r"/(?P<id>\d+)"


def _crud(
    base: str,
    verbs: dict[str, Handler],
    *,
    listed: dict[str, Schema],
    created: dict[str, Schema],
    changed: dict[str, Schema],
    lazy: frozenset[str] = frozenset(),
) -> list[Route]:
    one = base + _ID
    return [
        *_route("GET", base, verbs["list"], listed, lazy=lazy),
        *_route("POST", base, verbs["post"], created),
        *_route("CHANGE", f"{base}/batch", verbs["batch"]),
        *_route("GET", one, verbs["get"], lazy=lazy),
        *_route("CHANGE", one, verbs["put"], changed),
        *_route("DELETE", one, verbs["delete"], arguments.FORCE),
    ]


ROUTES: Final[list[Route]] = [
    *_route("GET", "", site.index, public=True),
    *_route("GET", _V3, site.namespace, public=True),
    *_route("GET", f"{_V3}/orders/statuses", orders.order_statuses),
    *_crud(
        f"{_V3}/orders",
        {
            "list": orders.list_orders,
            "post": orders.post_order,
            "batch": orders.batch_orders,
            "get": orders.get_order,
            "put": orders.put_order,
            "delete": orders.delete,
        },
        listed=arguments.ORDER_LIST,
        created=arguments.ORDER_WRITE,
        changed=arguments.ORDER_WRITE,
        lazy=LAZY_KEYS,
    ),
    *_route("GET", "/wc/v2/orders", orders.list_orders, arguments.ORDER_LIST),
    *_route("GET", "/wc-analytics/orders", orders.list_orders, arguments.ORDER_LIST),
    *_route("GET", "/wc/v1/orders", orders.list_no_orders, arguments.ORDER_LIST),
    *_route("GET", f"{_ORDER}/notes", notes.list_notes, arguments.NOTE_LIST),
    *_route("POST", f"{_ORDER}/notes", notes.post_note, arguments.NOTE_CREATE),
    *_route("GET", f"{_ORDER}/notes{_ID}", notes.get_note),
    *_route("DELETE", f"{_ORDER}/notes{_ID}", notes.delete_note, arguments.FORCE),
    *_route("GET", f"{_ORDER}/refunds", refunds.list_refunds, arguments.REFUND_LIST),
    *_route("POST", f"{_ORDER}/refunds", refunds.post_refund, arguments.REFUND_CREATE),
    *_route("GET", f"{_ORDER}/refunds{_ID}", refunds.get_refund),
    *_route("DELETE", f"{_ORDER}/refunds{_ID}", refunds.delete_refund, arguments.FORCE),
    *_route("GET", f"{_V3}/refunds", refunds.list_all_refunds, arguments.REFUND_LIST),
    *_crud(
        f"{_V3}/products",
        {
            "list": products.list_products,
            "post": products.post_product,
            "batch": products.batch_products,
            "get": products.get_product,
            "put": products.put_product,
            "delete": products.delete_product,
        },
        listed=arguments.PRODUCT_LIST,
        created=arguments.PRODUCT_WRITE,
        changed=arguments.PRODUCT_WRITE,
    ),
    *_crud(
        f"{_PRODUCT}/variations",
        {
            "list": variations.list_variations,
            "post": variations.post_variation,
            "batch": variations.batch_variations,
            "get": variations.get_variation,
            "put": variations.put_variation,
            "delete": variations.delete_variation,
        },
        listed=arguments.VARIATION_LIST,
        created=arguments.VARIATION_WRITE,
        changed=arguments.VARIATION_WRITE,
    ),
    *_route("GET", f"{_V3}/variations", variations.list_all_variations, arguments.VARIATION_LIST),
    *_crud(
        f"{_V3}/customers",
        {
            "list": customers.list_customers,
            "post": customers.post_customer,
            "batch": customers.batch_customers,
            "get": customers.get_customer,
            "put": customers.put_customer,
            "delete": customers.delete_customer,
        },
        listed=arguments.CUSTOMER_LIST,
        created=arguments.CUSTOMER_CREATE,
        changed=arguments.CUSTOMER_WRITE,
    ),
    # Open to all as far as consumer keys go: WordPress asks for rights of its own.
    *_route("GET", _USERS, users.list_users, arguments.USER_LIST, public=True),
    *_route("GET", _USERS + _ID, users.get_user, arguments.USER_READ, public=True),
    *_route("CHANGE", _USERS + _ID, users.put_user, arguments.USER_READ, public=True),
    *_route("GET", f"{_V3}/settings/general", site.general_settings),
    *_route("GET", f"{_V3}/settings/products", site.product_settings),
    *_route("GET", f"{_V3}/system_status", site.system_status),
    *_route("GET", f"{_V3}/data/currencies/current", site.current_currency),
    *_route("GET", f"{_V3}/payment_gateways", site.payment_gateways),
    *_route("GET", f"{_V3}/taxes", site.taxes),
    *_route("GET", f"{_V3}/webhooks", site.webhooks),
]


def find_route(method: str, path: str) -> tuple[Route, dict[str, int], str] | None:
    """The route of a path below /wp-json, its ids, and the methods its path allows."""
    matches = [(route, found) for route in ROUTES if (found := route.path.match(path))]
    wanted = "GET" if method == "HEAD" else method
    allowed = ", ".join(dict.fromkeys(route.method for route, _ in matches))
    for route, found in matches:
        if route.method == wanted:
            return route, {name: int(value) for name, value in found.groupdict().items()}, allowed
    return None
