"""A WooCommerce-compatible store over HTTP for tests, demo and development (design §7).

Belongs here: the names other packages use. It behaves as recorded stores did; it is no shop.

Beyond the recordings and the domain notes, from WooCommerce's own source or by analogy: users with
their roles and WordPress's login (/wp/v2/users, as its reference describes them), the words
for writing without rights, half an OAuth login, unknown notes, refunds and order lines, DELETE
without force of these, deleting products, creating variations, the notes of restocking. Left out:
coupons that apply, taxes chosen by address, category and attribute filters (ignored), OPTIONS,
webhooks.

Settings of the state (`set_setting`): `order_storage` "posts" (the legacy storage, as far as dates,
totals and refunds go), `plugin_statuses` {slug: name}, `lists_order_statuses` and `lists_refunds`
False (older stores), `tax_rates`, `roles` and `payment_gateways` (those of plugins).

Example:
    state = StoreState.open(folder / "store.db")
    state.add_key(ApiKey("ck_…", "cs_…"))
    state.add_product({"name": "Pipe", "sku": "01-PIPE", "regular_price": "9.50"})
    with StoreServer(state) as server:
        ...  # ask server.url with OAuth 1.0a
"""

from woocp_pipelines.sandbox.store.app import create_app
from woocp_pipelines.sandbox.store.app_passwords import add_application_password
from woocp_pipelines.sandbox.store.faults import Fault, Faults
from woocp_pipelines.sandbox.store.keys import ApiKey
from woocp_pipelines.sandbox.store.request_log import LoggedRequest, RequestLog
from woocp_pipelines.sandbox.store.server import StoreServer
from woocp_pipelines.sandbox.store.state import StoreState

__all__ = [
    "ApiKey",
    "Fault",
    "Faults",
    "LoggedRequest",
    "RequestLog",
    "StoreServer",
    "StoreState",
    "add_application_password",
    "create_app",
]
