"""Prices over HTTP, in the shapes that the WordPress plugin in production uses (CP §5.8).

Belongs here: routes. Checks of fields are in schemas.py, the decision is in the price engine.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import Blueprint, Response, request

from pricing_service.config import service
from pricing_service.errors import NO_CONTRACT_PRICE, UNSUPPORTED_RULE
from pricing_service.fragments import Fragments
from pricing_service.notes import note_group
from pricing_service.reading import exact_quantity
from pricing_service.replies import price_reply, quoted
from pricing_service.schemas import (
    MANY_PRICES,
    ONE_PRICE,
    BadRequestError,
    ContractItem,
    ContractPriceRequest,
    contract_price_answer,
    location_of,
    read_old,
)
from pricing_service.security import require
from woocp_pipelines.counterpoint.prices.answers import PriceAnswer
from woocp_pipelines.counterpoint.prices.book import PriceBook
from woocp_pipelines.counterpoint.prices.errors import UndecidableError, UnknownItemError
from woocp_pipelines.counterpoint.prices.memo import AnswerMemo

PRICES: Final = Blueprint("prices", __name__, url_prefix="/api")


def _write(answer: PriceAnswer, round_method: str) -> str:
    return json.dumps(contract_price_answer(answer, round_method), separators=(",", ":"))


_TEXTS: Final = Fragments(_write)
_NOT_FOUND: Final = f'{{"error":{quoted(NO_CONTRACT_PRICE)}}}'


@PRICES.post("/contract-price")
@require("group")
def one_contract_price() -> Response:
    """The price of one item under the contract group that the caller names."""
    asked = read_old(ONE_PRICE, request.get_data(), "ncr_bid_no", "item_no")
    note_group(asked["ncr_bid_no"])
    config = service()
    held = config.keeper.current()
    asking = _Asking(
        config.memo, held.book, asked["ncr_bid_no"], location_of(asked), config.clock()
    )
    found = _price(asking, asked)
    if found is None:
        return price_reply(_NOT_FOUND, held, 404)
    return price_reply(found, held)


@PRICES.post("/contract-prices")
@require("group")
def many_contract_prices() -> Response:
    """Prices of several items under one contract group; what has none is in `errors`."""
    asked = read_old(MANY_PRICES, request.get_data(), "ncr_bid_no")
    config = service()
    items, limit = asked["items"], config.max_batch
    if len(items) > limit:
        raise BadRequestError(f"items: expected at most {limit}, found {len(items)}")
    note_group(asked["ncr_bid_no"])
    held = config.keeper.current()
    asking = _Asking(
        config.memo, held.book, asked["ncr_bid_no"], location_of(asked), config.clock()
    )
    results: list[str] = []
    errors: list[str] = []
    for place, item in enumerate(items):
        try:
            found = _price(asking, item, place)
        except UndecidableError:
            errors.append(_failed(item, UNSUPPORTED_RULE))
            continue
        if found is None:
            errors.append(_failed(item, NO_CONTRACT_PRICE))
        else:
            results.append(f"{found[:-1]},{_as_asked(item)}}}")
    return price_reply(
        f'{{"results":[{",".join(results)}],"errors":[{",".join(errors)}],'
        f'"total_requested":{len(items)},"total_found":{len(results)},'
        f'"total_errors":{len(errors)}}}',
        held,
    )


@dataclass(frozen=True, slots=True)
class _Asking:
    """What all items of a request share: one book, one moment."""

    memo: AnswerMemo
    book: PriceBook
    group_code: str
    location: str
    at: datetime


def _price(
    asking: _Asking, item: ContractPriceRequest | ContractItem, place: int | None = None
) -> str | None:
    """The answer for one item as JSON; None without a contract price."""
    try:
        quantity = exact_quantity(item.get("quantity", 1.0))
    except ValueError as error:
        where = "" if place is None else f"items.{place}."
        raise BadRequestError(f"{where}quantity: {error}") from None
    try:
        answer = asking.memo.contract_price(
            asking.book,
            group_code=asking.group_code,
            item_no=item["item_no"],
            quantity=quantity,
            location=asking.location,
            at=asking.at,
        )
    except UnknownItemError:
        return None
    return None if answer is None else _TEXTS.of(answer, asking.book.facts.round_method)


def _as_asked(item: ContractItem) -> str:
    """Which item and quantity a result is for, in the caller's own words."""
    return f'"item_no":{quoted(item["item_no"])},"quantity":{item.get("quantity", 1.0)!r}'


def _failed(item: ContractItem, error: str) -> str:
    return f'{{"item_no":{quoted(item["item_no"])},"error":{quoted(error)}}}'
