"""What the store says of itself; read by doctor and before the first run.

Belongs here: version, time zone, currency, order storage, order statuses, what the key may do. Does
not: judging them (rules/doctor/store.py). WC §1.4, §1.8, §5.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines.woocommerce.errors import (
    AuthenticationFailed,
    Call,
    Refused,
    UnexpectedAnswer,
)
from woocp_pipelines.woocommerce.records import JsonObject, read_object

OrderStorage = Literal["hpos", "posts"]
_INDEX = Call("GET", "/wp-json/")
_STATUS = Call("GET", "system_status")
_ORDER_STATUSES = Call("GET", "orders/statuses")
_PRODUCT_SETTINGS = Call("GET", "settings/products")
_GATEWAYS = Call("GET", "payment_gateways")
_NO_ROUTE = "rest_no_route"
_STATUS_FIELDS = (
    "environment.version,environment.wp_version,settings.currency,settings.number_of_decimals,"
    "settings.HPOS_enabled"
)
_MANAGE_STOCK = "woocommerce_manage_stock"
_YES = "yes"


@dataclass(frozen=True, slots=True)
class Site:
    """What WordPress says before anybody has logged in.

    Attributes:
        time_zone: IANA name; empty when the site is set to a bare offset.
        gmt_offset: hours east of UTC now.
        has_rest_api: WooCommerce's API is there.
        sent: the site's clock, UTC; None where it does not tell.
    """

    time_zone: str
    gmt_offset: Decimal
    has_rest_api: bool
    sent: datetime | None


@dataclass(frozen=True, slots=True)
class SystemStatus:
    """Versions and settings that amounts depend on.

    Attributes:
        version: WooCommerce's version.
        wordpress: WordPress's; empty where it is hidden.
        currency: ISO code.
        decimals: of prices.
        order_storage: `posts` shows changed lines and addresses by no modified time (WC §1.4);
            stores before order tables do not say, and are such.
    """

    version: str
    wordpress: str
    currency: str
    decimals: int
    order_storage: OrderStorage


@dataclass(frozen=True, slots=True)
class Gateway:
    """A way to pay; `is_on`: shoppers may choose it now."""

    title: str
    is_on: bool


def read_site(client: StoreClient) -> Site:
    """One request for three fields: the whole index is 1.2 MB (WC §5).

    Raises:
        UnexpectedAnswer: no index of a WordPress site.
        StoreError: the request failed.
    """
    answer = client.get(_INDEX.path, {"_fields": "timezone_string,gmt_offset,namespaces"})
    index = read_object(answer.data, _INDEX)
    return Site(
        time_zone=_value(index, ("timezone_string",), str, _INDEX),
        # WordPress keeps the offset as text when it is typed in, as a number otherwise.
        gmt_offset=Decimal(str(_value(index, ("gmt_offset",), (int, Decimal, str), _INDEX))),
        has_rest_api="wc/v3" in _as_list(index.get("namespaces")),
        sent=answer.sent,
    )


def read_system_status(client: StoreClient) -> SystemStatus:
    """One request; only a user who manages the shop may ask.

    Raises:
        UnexpectedAnswer: the store hides one of the values.
        StoreError: the request failed.
    """
    status = read_object(client.get(_STATUS.path, {"_fields": _STATUS_FIELDS}).data, _STATUS)
    environment, settings = (status.get(name) for name in ("environment", "settings"))
    wordpress = environment.get("wp_version") if isinstance(environment, dict) else None
    uses_tables = settings.get("HPOS_enabled") if isinstance(settings, dict) else None
    return SystemStatus(
        version=_value(status, ("environment", "version"), str, _STATUS),
        wordpress=str(wordpress or ""),
        currency=_value(status, ("settings", "currency"), str, _STATUS),
        decimals=int(_value(status, ("settings", "number_of_decimals"), (int, str), _STATUS)),
        order_storage="hpos" if uses_tables is True else "posts",
    )


def manages_stock(client: StoreClient) -> bool:
    """Whether the shop keeps quantities at all (Settings, Products, Inventory).

    Raises:
        UnexpectedAnswer: the setting is not in the list.
        StoreError: the request failed.
    """
    rows = client.get(_PRODUCT_SETTINGS.path, {"_fields": "id,value"}).data
    for row in _as_list(rows):
        if isinstance(row, dict) and row.get("id") == _MANAGE_STOCK:
            return row.get("value") == _YES
    raise UnexpectedAnswer(_PRODUCT_SETTINGS, f"expected the setting {_MANAGE_STOCK}.")


def read_gateways(client: StoreClient) -> dict[str, Gateway]:
    """All gateways of the shop by id, those that are switched off included.

    Raises:
        UnexpectedAnswer: the store sent no list of gateways.
        StoreError: the request failed.
    """
    rows = client.get(_GATEWAYS.path, {"_fields": "id,title,enabled"}).data
    if not isinstance(rows, list):
        raise UnexpectedAnswer(_GATEWAYS, "expected a list of payment gateways.")
    return {
        _value(row, ("id",), str, _GATEWAYS): Gateway(
            str(row.get("title") or ""), is_on=row.get("enabled") is True
        )
        for row in rows
    }


def refusal_to_write(client: StoreClient) -> str | None:
    """Why the key may not write, in the store's words; None when it may.

    A batch of nothing is asked for: it writes nothing, and is refused to a key that only reads.

    Raises:
        StoreError: any other failure.
    """
    try:
        client.post("products/batch", {}, repeatable=True)
    except AuthenticationFailed as error:
        return error.reason
    return None


def read_order_storage(client: StoreClient) -> OrderStorage:
    """Where the store keeps its orders; one request.

    Raises:
        UnexpectedAnswer: the store does not say; those before order tables do not.
        StoreError: the request failed.
    """
    data = client.get(_STATUS.path, {"_fields": "settings.HPOS_enabled"}).data
    return _storage(read_object(data, _STATUS))


def read_order_statuses(client: StoreClient) -> tuple[str, ...] | None:
    """All statuses that an order can have now, those of active plugins included, without trash.

    None: the store is too old to list them.

    Raises:
        UnexpectedAnswer: the store sent no list of statuses.
        StoreError: the request failed.
    """
    try:
        rows = client.get(_ORDER_STATUSES.path).data
    except Refused as error:
        if error.code == _NO_ROUTE:
            return None
        raise
    slugs = [_value(row, ("slug",), str, _ORDER_STATUSES) for row in _as_list(rows)]
    if not slugs:
        raise UnexpectedAnswer(_ORDER_STATUSES, "expected a list of statuses, found none.")
    return tuple(slugs)


def _storage(status: JsonObject) -> OrderStorage:
    uses_tables = _value(status, ("settings", "HPOS_enabled"), bool, _STATUS)
    return "hpos" if uses_tables else "posts"


def _as_list(data: Any) -> list[Any]:
    return data if isinstance(data, list) else []


def _value(data: Any, keys: tuple[str, ...], kind: type | tuple[type, ...], call: Call) -> Any:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    if not isinstance(data, kind):
        raise UnexpectedAnswer(call, f"expected a value in {'.'.join(keys)}, found {data!r}.")
    return data
