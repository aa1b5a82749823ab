"""Reads the JSON of a WooCommerce order into a WebOrder, or says which field is wrong.

Belongs here: shapes and types (WC §2, CP §3.3). Whether the amounts add up: order_checks.py.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

from woocp_pipelines.rules.clock import read_gmt
from woocp_pipelines.rules.money import NotAnAmountError, read_decimal
from woocp_pipelines.rules.problems import Problem, RefusedError
from woocp_pipelines.rules.text import decode
from woocp_pipelines.rules.web_order import RateTax, WebCharge, WebCoupon, WebLine, WebOrder

T = TypeVar("T")
Json = Mapping[str, Any]
# Far above any order, far below what decimal(15,2) holds, also times a unit's factor.
_TOO_MUCH: Final = Decimal(10) ** 9
_NEXT: Final = "correct the order in WooCommerce; then replay"


def read_order(raw: Json) -> WebOrder:
    """Read one order of `GET /orders`, JSON decoded with parse_float=Decimal.

    Raises:
        RefusedError: BAD_ORDER, naming the field, what was found and what was expected.
    """
    return WebOrder(
        order_id=_integer(raw, "id"),
        number=_text(raw, "number") or str(raw.get("id")),
        status=_text(raw, "status"),
        currency=_text(raw, "currency"),
        created=_moment(raw, "date_created_gmt"),
        modified=_moment(raw, "date_modified_gmt"),
        paid=_moment(raw, "date_paid_gmt") if raw.get("date_paid_gmt") else None,
        customer_id=_integer(raw, "customer_id"),
        billing=_mapping(raw, "billing"),
        shipping=_mapping(raw, "shipping"),
        payment_method=_text(raw, "payment_method"),
        payment_title=decode(_text(raw, "payment_method_title")),
        transaction_id=_text(raw, "transaction_id"),
        customer_note=decode(_text(raw, "customer_note")),
        lines=_each(raw, "line_items", _line),
        shipping_lines=_each(raw, "shipping_lines", _shipping_line),
        fee_lines=_each(raw, "fee_lines", _fee_line),
        coupons=_each(raw, "coupon_lines", _coupon),
        tax_rates=_each(raw, "tax_lines", _tax_rate),
        discount_total=_amount(raw, "discount_total"),
        shipping_total=_amount(raw, "shipping_total"),
        total_tax=_amount(raw, "total_tax"),
        total=_amount(raw, "total"),
    )


def _line(raw: Json, path: str) -> WebLine:
    return WebLine(
        line_id=_integer(raw, "id", path),
        product_id=_integer(raw, "product_id", path),
        variation_id=_integer(raw, "variation_id", path),
        name=decode(_text(raw, "name", path)),
        sku=_text(raw, "sku", path).strip() or None,
        quantity=_amount(raw, "quantity", path),
        subtotal=_amount(raw, "subtotal", path),
        total=_amount(raw, "total", path),
        total_tax=_amount(raw, "total_tax", path),
        taxes=_rate_taxes(raw, path),
    )


def _shipping_line(raw: Json, path: str) -> WebCharge:
    instance = _text(raw, "instance_id", path)
    method = _text(raw, "method_id", path)
    return _charge(raw, path, "method_title", f"{method}:{instance}" if instance else method)


def _fee_line(raw: Json, path: str) -> WebCharge:
    return _charge(raw, path, "name", "")


def _charge(raw: Json, path: str, title: str, method: str) -> WebCharge:
    return WebCharge(
        title=decode(_text(raw, title, path)),
        method=method,
        total=_amount(raw, "total", path),
        total_tax=_amount(raw, "total_tax", path),
        taxes=_rate_taxes(raw, path),
    )


def _coupon(raw: Json, path: str) -> WebCoupon:
    return WebCoupon(code=_text(raw, "code", path), discount=_amount(raw, "discount", path))


def _rate_taxes(raw: Json, path: str) -> tuple[RateTax, ...]:
    """The rates that apply: another one is not named, or comes with an empty total (WC §2)."""
    named = _each(raw, "taxes", _rate_tax, path)
    return tuple(rate for rate in named if rate is not None)


def _rate_tax(raw: Json, path: str) -> RateTax | None:
    rate_id = _integer(raw, "id", path)
    if raw.get("total") in (None, ""):
        return None
    return RateTax(rate_id=rate_id, total=_amount(raw, "total", path))


def _tax_rate(raw: Json, path: str) -> RateTax:
    goods, shipping = _amount(raw, "tax_total", path), _amount(raw, "shipping_tax_total", path)
    return RateTax(
        rate_id=_integer(raw, "rate_id", path),
        total=goods + shipping,
        code=_text(raw, "rate_code", path).strip(),
        label=decode(_text(raw, "label", path)).strip(),
    )


def _each(raw: Json, name: str, read: Callable[[Json, str], T], path: str = "") -> tuple[T, ...]:
    items = raw.get(name)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise _bad(path, name, items, "a list of objects")
    return tuple(read(item, f"{path}{name}[{index}].") for index, item in enumerate(items))


def _amount(raw: Json, name: str, path: str = "") -> Decimal:
    try:
        amount = read_decimal(raw.get(name))
    except NotAnAmountError:
        raise _bad(path, name, raw.get(name), "a decimal number") from None
    if abs(amount) >= _TOO_MUCH:
        raise _bad(path, name, raw.get(name), f"a decimal number below {_TOO_MUCH}")
    return amount


def _integer(raw: Json, name: str, path: str = "") -> int:
    value = raw.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise _bad(path, name, value, "a whole number from 0")
    return value


def _text(raw: Json, name: str, path: str = "") -> str:
    value = raw.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _bad(path, name, value, "a text")
    return str(value)


def _mapping(raw: Json, name: str) -> Json:
    value = raw.get(name)
    if not isinstance(value, dict):
        raise _bad("", name, value, "an object")
    return value


def _moment(raw: Json, name: str) -> datetime:
    value = raw.get(name)
    try:
        return read_gmt(value if isinstance(value, str) else "")
    except ValueError:
        raise _bad("", name, value, "a UTC time such as 2026-01-05T15:30:00") from None


def _bad(path: str, name: str, found: object, expected: str) -> RefusedError:
    return RefusedError(
        Problem(
            code="BAD_ORDER",
            field=f"{path}{name}",
            found=repr(found),
            expected=expected,
            next_step=_NEXT,
        )
    )
