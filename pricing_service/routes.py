"""Prices over HTTP, in the shapes that the WordPress plugin in production uses (CP §5.8).

Belongs here: routes. Checks of fields are in schemas.py, the decision is in the price engine.
"""

import json
from typing import Final

from flask import Blueprint, Response, request

from pricing_service.config import service
from pricing_service.errors import NO_CONTRACT_PRICE, UNSUPPORTED_RULE
from pricing_service.fragments import Fragments
from pricing_service.notes import note_group
from pricing_service.price_book import HeldBook
from pricing_service.replies import price_reply, quoted
from pricing_service.schemas import (
    MANY_PRICES,
    ONE_PRICE,
    BadRequestError,
    ContractItem,
    ContractPriceRequest,
    contract_price_answer,
    location_of,
    quantity_of,
    read_old,
)
from pricing_service.security import require
from woocp_pipelines.counterpoint.prices.answers import PriceAnswer
from woocp_pipelines.counterpoint.prices.errors import UndecidableError, UnknownItemError

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
    held = service().keeper.current()
    found = _price(held, asked["ncr_bid_no"], asked, location_of(asked))
    if found is None:
        return price_reply(_NOT_FOUND, held, 404)
    return price_reply(found, held)


@PRICES.post("/contract-prices")
@require("group")
def many_contract_prices() -> Response:
    """Prices of several items under one contract group; what has none is in `errors`."""
    asked = read_old(MANY_PRICES, request.get_data(), "ncr_bid_no")
    items, limit = asked["items"], service().max_batch
    if len(items) > limit:
        raise BadRequestError(f"items: expected at most {limit}, found {len(items)}")
    note_group(asked["ncr_bid_no"])
    held = service().keeper.current()
    location = location_of(asked)
    results: list[str] = []
    errors: list[str] = []
    for place, item in enumerate(items):
        try:
            found = _price(held, asked["ncr_bid_no"], item, location, f"items.{place}.")
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


def _price(
    held: HeldBook,
    group_code: str,
    item: ContractPriceRequest | ContractItem,
    location: str,
    place: str = "",
) -> str | None:
    """The answer for one item as JSON; None without a contract price."""
    config = service()
    try:
        answer = config.memo.contract_price(
            held.book,
            group_code=group_code,
            item_no=item["item_no"],
            quantity=quantity_of(item, place),
            location=location,
            at=config.clock(),
        )
    except UnknownItemError:
        return None
    return None if answer is None else _TEXTS.of(answer, held.book.facts.round_method)


def _as_asked(item: ContractItem) -> str:
    """Which item and quantity a result is for, in the caller's own words."""
    return f'"item_no":{quoted(item["item_no"])},"quantity":{item.get("quantity", 1.0)!r}'


def _failed(item: ContractItem, error: str) -> str:
    return f'{{"item_no":{quoted(item["item_no"])},"error":{quoted(error)}}}'
