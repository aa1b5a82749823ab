"""Prices over HTTP, in the shapes that the WordPress plugin in production uses (CP §5.8).

Belongs here: routes. Checks of fields are in schemas.py, the decision is in the price engine.
"""

from decimal import Decimal
from typing import Any, Final

from flask import Blueprint, Response, jsonify, request

from pricing_service.config import service
from pricing_service.errors import NO_CONTRACT_PRICE, UNSUPPORTED_RULE, error_answer
from pricing_service.schemas import (
    BadRequestError,
    ContractPriceRequest,
    ContractPricesRequest,
    check_present,
    contract_price_answer,
    read_object,
    read_request,
)
from pricing_service.security import require
from woocp_pipelines.counterpoint.prices.book import PriceBook
from woocp_pipelines.counterpoint.prices.engine import contract_price
from woocp_pipelines.counterpoint.prices.errors import (
    UndecidableError,
    UnknownItemError,
)

PRICES: Final = Blueprint("prices", __name__, url_prefix="/api")


@PRICES.post("/contract-price")
@require("group")
def one_contract_price() -> tuple[Response, int]:
    """The price of one item under the contract group that the caller names."""
    body = read_object(request.get_data())
    check_present(body, "ncr_bid_no", "item_no")
    asked = read_request(ContractPriceRequest, body)
    book = service().keeper.book()
    found = _price(book, asked.ncr_bid_no, asked.item_no, asked.quantity, asked.loc_id)
    if found is None:
        return _with_age(error_answer(NO_CONTRACT_PRICE, 404), book)
    return _with_age((jsonify(found), 200), book)


@PRICES.post("/contract-prices")
@require("group")
def many_contract_prices() -> tuple[Response, int]:
    """Prices of several items under one contract group; what has none is in `errors`."""
    body = read_object(request.get_data())
    check_present(body, "ncr_bid_no")
    items = body.get("items")
    if not isinstance(items, list) or not items:
        raise BadRequestError("Missing or invalid items array")
    limit = service().max_batch
    if len(items) > limit:
        raise BadRequestError(f"items: expected at most {limit}, found {len(items)}")
    asked = read_request(ContractPricesRequest, body)
    book = service().keeper.book()
    results: list[dict[str, Any]] = []
    errors: list[dict[str, str]] = []
    for item in asked.items:
        try:
            found = _price(book, asked.ncr_bid_no, item.item_no, item.quantity, asked.loc_id)
        except UndecidableError:
            errors.append({"item_no": item.item_no, "error": UNSUPPORTED_RULE})
            continue
        if found is None:
            errors.append({"item_no": item.item_no, "error": NO_CONTRACT_PRICE})
        else:
            results.append(found | {"item_no": item.item_no, "quantity": float(item.quantity)})
    answer = {
        "results": results,
        "errors": errors,
        "total_requested": len(asked.items),
        "total_found": len(results),
        "total_errors": len(errors),
    }
    return _with_age((jsonify(answer), 200), book)


def _price(
    book: PriceBook, group_code: str, item_no: str, quantity: Decimal, location: str
) -> dict[str, Any] | None:
    try:
        answer = contract_price(
            book,
            group_code=group_code,
            item_no=item_no,
            quantity=quantity,
            location=location,
            at=service().clock(),
        )
    except UnknownItemError:
        return None
    return None if answer is None else contract_price_answer(answer, book.facts.round_method)


def _with_age(answer: tuple[Response, int], book: PriceBook) -> tuple[Response, int]:
    """Say how old the prices are; and let no cache on the way keep what is one customer's."""
    response, _ = answer
    age = service().keeper.age(book)
    response.headers["X-Price-Book-Read-At"] = book.read_at.isoformat(timespec="seconds")
    response.headers["X-Price-Book-Age-Seconds"] = str(int(age.total_seconds()))
    response.headers["Cache-Control"] = "no-store"
    return answer
