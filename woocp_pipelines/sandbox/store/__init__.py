"""A WooCommerce-compatible store over HTTP for tests, demo and development (design §7).

Belongs here: the names other packages use. It behaves as recorded stores did; it is no shop.
"""

from woocp_pipelines.sandbox.store.app import create_app
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
    "create_app",
]
