"""What the store says of itself; read by doctor and before the first run.

Belongs here: version, time zone, currency, order storage, order statuses. Does not: judging them
(flows/). WC §1.4, §1.8.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines.woocommerce.errors import Call, Refused, UnexpectedAnswer
from woocp_pipelines.woocommerce.records import JsonObject, read_object

OrderStorage = Literal["hpos", "posts"]
_INDEX = Call("GET", "/wp-json/")
_STATUS = Call("GET", "system_status")
_CURRENCY = Call("GET", "data/currencies/current")
_ORDER_STATUSES = Call("GET", "orders/statuses")
_NO_ROUTE = "rest_no_route"


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """The store's own settings that our settings must agree with.

    Attributes:
        version: WooCommerce's version.
        time_zone: IANA name; empty when the site is set to a bare offset.
        gmt_offset: hours east of UTC now.
        currency: ISO code.
        order_storage: `posts` shows changed lines and addresses by no modified time (WC §1.4).
    """

    version: str
    time_zone: str
    gmt_offset: Decimal
    currency: str
    order_storage: OrderStorage


def read_store_info(client: StoreClient) -> StoreInfo:
    """Three small requests; the index is asked for three fields, it is 1.2 MB otherwise (WC §5).

    Raises:
        UnexpectedAnswer: the site has no WooCommerce REST API, or hides one of the values.
        StoreError: a request failed.
    """
    index = read_object(
        client.get(_INDEX.path, {"_fields": "timezone_string,gmt_offset,namespaces"}).data, _INDEX
    )
    if "wc/v3" not in (index.get("namespaces") or []):
        raise UnexpectedAnswer(_INDEX, "expected the namespace wc/v3: is WooCommerce active?")
    status = read_object(
        client.get(_STATUS.path, {"_fields": "environment.version,settings.HPOS_enabled"}).data,
        _STATUS,
    )
    currency = read_object(client.get(_CURRENCY.path, {"_fields": "code"}).data, _CURRENCY)
    storage = _storage(status)
    return StoreInfo(
        version=_value(status, ("environment", "version"), str, _STATUS),
        time_zone=_value(index, ("timezone_string",), str, _INDEX),
        # WordPress keeps the offset as text when it is typed in, as a number otherwise.
        gmt_offset=Decimal(str(_value(index, ("gmt_offset",), (int, Decimal, str), _INDEX))),
        currency=_value(currency, ("code",), str, _CURRENCY),
        order_storage=storage,
    )


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
