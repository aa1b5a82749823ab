"""What the site says of itself: index, settings, system status, currency, gateways, taxes.

Belongs here: the few answers an integration reads at start. Settings are a subset of the real
ones: those that change how amounts, stock and dates are read.
"""

from datetime import timedelta
from typing import Final

from woocp_pipelines.sandbox.store.call import Call, Reply
from woocp_pipelines.sandbox.store.defaults import STORE_VERSION
from woocp_pipelines.sandbox.store.errors import Json, RestError
from woocp_pipelines.sandbox.store.links import links
from woocp_pipelines.sandbox.store.state import StoreState

_NAMESPACES: Final = ["wc/v3", "wc/v1", "wc-analytics", "wc/store", "wc/store/v1", "wc/v2", "wp/v2"]
_CURRENCIES: Final = {
    "USD": ("United States (US) dollar", "&#36;"),
    "CAD": ("Canadian dollar", "&#36;"),
    "EUR": ("Euro", "&euro;"),
    "GBP": ("Pound sterling", "&pound;"),
    "NOK": ("Norwegian krone", "&#107;&#114;"),
}
# Those of a fresh shop; setting `payment_gateways` {id: {title, enabled}} adds others.
_GATEWAYS: Final = {
    "bacs": {"title": "Direct bank transfer", "enabled": True},
    "cheque": {"title": "Check payments", "enabled": True},
    "cod": {"title": "Cash on delivery", "enabled": True},
}
_SETTINGS: Final = (
    ("woocommerce_default_country", "Country / State", "select", "US:CA", "US:NY"),
    ("woocommerce_calc_taxes", "Enable taxes", "checkbox", "no", "no"),
    ("woocommerce_enable_coupons", "Enable coupons", "checkbox", "yes", "yes"),
    ("woocommerce_currency", "Currency", "select", "USD", None),
    ("woocommerce_price_thousand_sep", "Thousand separator", "text", ",", ","),
    ("woocommerce_price_decimal_sep", "Decimal separator", "text", ".", "."),
    ("woocommerce_price_num_decimals", "Number of decimals", "number", "2", "2"),
)

_PRODUCT_SETTINGS: Final = (
    ("woocommerce_weight_unit", "Weight unit", "select", "kg", "lbs"),
    ("woocommerce_dimension_unit", "Dimensions unit", "select", "cm", "in"),
    ("woocommerce_manage_stock", "Manage stock", "checkbox", "yes", None),
    ("woocommerce_hold_stock_minutes", "Hold stock (minutes)", "number", "60", "60"),
)


def index(call: Call) -> Reply:
    """GET /wp-json/: the site's name, addresses and time zone; no login needed."""
    offset = call.state.now().astimezone(call.state.zone).utcoffset() or timedelta()
    hours = offset / timedelta(hours=1)
    authorize = f"{call.root}/wp-admin/authorize-application.php"
    body = {
        "name": "Sandbox",
        "description": "",
        "url": call.root,
        "home": call.root,
        "gmt_offset": int(hours) if hours.is_integer() else hours,
        "timezone_string": call.state.zone.key,
        "namespaces": _NAMESPACES,
        "authentication": {"application-passwords": {"endpoints": {"authorization": authorize}}},
        "routes": {},
    }
    return Reply(body)


def namespace(call: Call) -> Reply:
    """GET /wp-json/wc/v3."""
    up = {"up": [{"href": f"{call.root}/wp-json/"}]}
    return Reply({"namespace": "wc/v3", "routes": {}, "_links": up})


def general_settings(call: Call) -> Reply:
    """GET /settings/general, a subset."""
    rows = []
    for key, label, kind, default, value in _SETTINGS:
        shown = call.state.currency if value is None else value
        row = {"id": key, "label": label, "description": label, "type": kind}
        rows.append({**row, "default": default, "tip": label, "value": shown})
    return Reply(rows)


def product_settings(call: Call) -> Reply:
    """GET /settings/products, a subset; `manage_stock` is a setting of the sandbox, too."""
    rows = []
    for key, label, kind, default, value in _PRODUCT_SETTINGS:
        shown = call.state.setting("manage_stock", "yes") if value is None else value
        row = {"id": key, "label": label, "description": label, "type": kind}
        rows.append({**row, "default": default, "value": shown})
    return Reply(rows)


def on_posts(state: StoreState) -> bool:
    """Whether the shop keeps its orders in the legacy post storage."""
    return bool(state.setting("order_storage", "hpos") == "posts")


def system_status(call: Call) -> Reply:
    """GET /system_status, a subset: versions and which order storage there is (WC §1.4)."""
    environment: Json = {
        "home_url": call.root,
        "site_url": call.root,
        "version": call.state.setting("version", STORE_VERSION),
        "wp_version": "6.9.1",
        "php_version": "8.2",
        "default_timezone": "UTC",
    }
    settings: Json = {
        "api_enabled": False,
        "force_ssl": False,
        "currency": call.state.currency,
        "currency_symbol": _CURRENCIES.get(call.state.currency, ("", call.state.currency))[1],
        "thousand_separator": ",",
        "decimal_separator": ".",
        "number_of_decimals": call.state.setting("number_of_decimals", 2),
        "HPOS_enabled": not on_posts(call.state),
        "HPOS_sync_enabled": False,
    }
    return Reply({"environment": environment, "active_plugins": [], "settings": settings})


def current_currency(call: Call) -> Reply:
    """GET /data/currencies/current."""
    code = call.state.currency
    if code not in _CURRENCIES:
        message = "There are no currencies matching these parameters."
        raise RestError(404, "woocommerce_rest_data_invalid_currency", message)
    name, symbol = _CURRENCIES[code]
    found = links(call.root, f"/data/currencies/{code}", allow=("GET",))
    return Reply({"code": code, "name": name, "symbol": symbol, "_links": found})


def payment_gateways(call: Call) -> Reply:
    """GET /payment_gateways: those of a fresh shop, and what its plugins brought."""
    known = {**_GATEWAYS, **call.state.setting("payment_gateways", {})}
    rows = [
        {"id": key, "description": "", "order": at, **gateway}
        for at, (key, gateway) in enumerate(known.items())
    ]
    return _counted(rows)


def taxes(call: Call) -> Reply:
    """GET /taxes: the configured rates; none unless set on the state."""
    rates = call.state.setting("tax_rates", [])
    rows = [_tax_row(call, rate, at) for at, rate in enumerate(rates)]
    return _counted(rows)


def webhooks(_call: Call) -> Reply:
    """GET /webhooks: the sandbox has none."""
    return _counted([])


def _counted(rows: list[Json]) -> Reply:
    pages = "1" if rows else "0"
    return Reply(rows, headers={"X-WP-Total": str(len(rows)), "X-WP-TotalPages": pages})


def _tax_row(call: Call, rate: Json, at: int) -> Json:
    return {
        "id": rate["id"],
        "country": rate.get("country", ""),
        "state": rate.get("state", ""),
        "postcode": "",
        "city": "",
        "rate": f"{rate['percent']:.4f}",
        "name": rate["label"],
        "priority": at + 1,
        "compound": False,
        "shipping": rate["shipping"],
        "order": 0,
        "class": "standard",
        "postcodes": [],
        "cities": [],
        "_links": links(call.root, f"/taxes/{rate['id']}"),
    }
