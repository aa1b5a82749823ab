"""From a checked request to what the engine is asked: for whom, which items.

Belongs here: what the bounds of single fields cannot say, resolving users and SKUs, parameters of
a GET. Does not: prices.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final

from flask import request
from pydantic import TypeAdapter
from werkzeug.datastructures import MultiDict

from pricing_service.errors import ProblemError
from pricing_service.notes import note_group
from pricing_service.reading import InvalidBodyError, T, exact_quantity, read_body, read_fields
from pricing_service.security import key_may
from pricing_service.v1.models import (
    ONE_CUSTOMER,
    ONE_ITEM,
    PRICES_REQUEST,
    ExplainRequest,
    ForWhom,
    PriceItem,
    PricesRequest,
)
from woocp_pipelines.counterpoint.prices.book import PriceBook
from woocp_pipelines.counterpoint.prices.errors import UnknownCustomerError, UnknownItemError
from woocp_pipelines.counterpoint.prices.facts import STOCKING_UNIT
from woocp_pipelines.rules.units import sku_key

INVALID_FIELD: Final = "invalid_field"
# What JSON takes for a number; leading zeros, which some programs write, are forgiven.
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_MOST_SHOWN: Final = 40
_WHOLE: Final = re.compile(r"[0-9]{1,18}")
_ONCE: Final = (*ONE_CUSTOMER, "location")
_REPEATED: Final = (*ONE_ITEM, "quantity", "unit")


@dataclass(frozen=True, slots=True)
class Buyer:
    """For whom prices are asked: a CUST_NO, a contract group, or nobody that is known."""

    customer: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """An item as Counterpoint knows it."""

    item_no: str
    unit: str


def read_json(shape: TypeAdapter[T]) -> T:
    """The body of this request.

    Raises:
        ProblemError: 415 when it is not declared as JSON, 400 when it has not that shape.
    """
    if not request.is_json:
        raise ProblemError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "expected a body of Content-Type application/json",
        )
    try:
        return read_body(shape, request.get_data())
    except InvalidBodyError as error:
        raise _invalid_body(error) from None


def read_parameters(given: MultiDict[str, str]) -> PricesRequest:
    """The same request from the parameters of a GET; items are repeated, see the OpenAPI document.

    Raises:
        ProblemError: 400 naming the parameter.
    """
    for name in given:
        if name not in _ONCE and name not in _REPEATED:
            raise _invalid(name, "there is no such parameter")
        if name in _ONCE and len(given.getlist(name)) > 1:
            raise _invalid(name, "expected once")
    fields: dict[str, Any] = {name: given[name] for name in _ONCE if name in given}
    user = fields.get("woo_user_id")
    if user is not None and _WHOLE.fullmatch(user):
        fields["woo_user_id"] = int(user)
    try:
        return read_fields(PRICES_REQUEST, fields | {"items": _items(given)})
    except InvalidBodyError as error:
        raise _invalid_body(error) from None


def check_buyer(asked: ForWhom) -> None:
    """Refuse two customers in one request, and a group from a key that may not name one.

    Raises:
        ProblemError: 400 or 403.
    """
    given = [name for name in ONE_CUSTOMER if name in asked]
    if len(given) > 1:
        raise _invalid(given[1], f"expected at most one of {', '.join(ONE_CUSTOMER)}")
    if "group" in asked:
        note_group(asked["group"])
        if not key_may("group"):
            raise ProblemError(
                HTTPStatus.FORBIDDEN, "forbidden", "this key lacks the scope group", "group"
            )


def buyer_of(asked: ForWhom, book: PriceBook) -> Buyer:
    """Who a request is for, as the book knows them.

    Raises:
        ProblemError: 404, since the list price would be answered as if it were theirs.
    """
    if "group" in asked:
        if book.contract(asked["group"]) is None:
            raise _unknown("group", "unknown_group", "check GRP_COD in IM_PRC_GRP")
        return Buyer(group=asked["group"])
    number, field, step = asked.get("cust_no"), "cust_no", "check CUST_NO"
    if "woo_user_id" in asked:
        number = book.facts.users.get(asked["woo_user_id"])
        if number is None:
            raise _unknown(
                "woo_user_id",
                "unknown_customer",
                "no active row of USER_CUSTOMER_MAP names this user, or several do",
            )
        field, step = "woo_user_id", "AR_CUST has not the CUST_NO of its row in USER_CUSTOMER_MAP"
    if number is None:
        return Buyer()
    try:
        return Buyer(customer=book.customer(number).number)
    except UnknownCustomerError:
        raise _unknown(
            field, "unknown_customer", f"{step}, or wait for the next refresh if it is new"
        ) from None


def wanted_item(item: PriceItem | ExplainRequest, book: PriceBook) -> Wanted:
    """Which item and unit is meant: an SKU may be an item number, as in orders (CP §3.3).

    Raises:
        UnknownItemError: an SKU that is neither an item number nor a mapped product's.
    """
    if "item_no" in item:
        return Wanted(item["item_no"], item.get("unit", STOCKING_UNIT))
    sku = item["sku"]
    try:
        return Wanted(book.item(sku.strip()).number, STOCKING_UNIT)
    except UnknownItemError:
        found = book.facts.skus.get(sku_key(sku))
    if found is None:
        raise UnknownItemError(sku)
    return Wanted(*found)


def check_item(item: PriceItem | ExplainRequest, place: str = "") -> None:
    """Refuse an item that is none or two, and a unit beside an SKU.

    Raises:
        ProblemError: 400; `place` is put before the field's name.
    """
    if "item_no" in item:
        if "sku" in item:
            raise _invalid(f"{place}sku", "expected only one of item_no and sku")
    elif "sku" not in item:
        raise _invalid(f"{place}item_no", "expected item_no or sku, found neither")
    elif "unit" in item:
        raise _invalid(f"{place}unit", "expected none: with an SKU the unit is the SKU's")


def quantity_of(item: PriceItem | ExplainRequest, place: str = "") -> Decimal:
    """The quantity asked for, 1 by default.

    Raises:
        ProblemError: 400 for more than four decimals.
    """
    try:
        return exact_quantity(item.get("quantity", 1.0))
    except ValueError as error:
        raise _invalid(f"{place}quantity", str(error)) from None


def _items(given: MultiDict[str, str]) -> list[dict[str, Any]]:
    names = [name for name in ONE_ITEM if name in given]
    if len(names) > 1:
        raise _invalid("sku", "expected only one of item_no and sku")
    if not names:
        raise _invalid("item_no", "expected item_no or sku, found neither")
    items: list[dict[str, Any]] = [{names[0]: value} for value in given.getlist(names[0])]
    for name in ("quantity", "unit"):
        values = given.getlist(name)
        if len(values) not in (0, 1, len(items)):
            raise _invalid(name, f"expected one, or one for each item, found {len(values)}")
        for place, item in enumerate(items[: len(items) if values else 0]):
            text = values[place if len(values) > 1 else 0]
            item[name] = _quantity(text, place) if name == "quantity" else text
    return items


def _quantity(text: str, place: int) -> float:
    if _NUMBER.fullmatch(text) is None:
        shown = text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
        raise _invalid(f"items.{place}.quantity", f"expected a number, found {shown!r}")
    return float(text)


def _invalid_body(error: InvalidBodyError) -> ProblemError:
    first = error.errors[0]
    if not error.is_object:
        return ProblemError(HTTPStatus.BAD_REQUEST, "invalid_json", first.reason)
    return _invalid(first.field, first.reason)


def _invalid(field: str, reason: str) -> ProblemError:
    return ProblemError(HTTPStatus.BAD_REQUEST, INVALID_FIELD, f"{field}: {reason}", field)


def _unknown(field: str, code: str, step: str) -> ProblemError:
    detail = f"{field}: the price book does not know it; {step}"
    return ProblemError(HTTPStatus.NOT_FOUND, code, detail, field)


def as_asked(item: Mapping[str, Any]) -> tuple[str, str]:
    """The name and value by which an item was asked for."""
    return ("item_no", item["item_no"]) if "item_no" in item else ("sku", item["sku"])
