"""Prices for one customer over HTTP, in the second shape; `openapi.py` describes them.

Belongs here: routes and their headers. Does not: what is asked (asking.py) and answered
(answers.py).
"""

import json
from hashlib import blake2b
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, request

from pricing_service.config import service
from pricing_service.errors import ProblemError
from pricing_service.price_book import HeldBook
from pricing_service.replies import age_seconds, price_reply, put_headers, read_at_text
from pricing_service.security import key_may, require
from pricing_service.v1.answers import Pricer
from pricing_service.v1.asking import (
    buyer_of,
    check_buyer,
    check_item,
    read_json,
    read_parameters,
)
from pricing_service.v1.explaining import explanation_of
from pricing_service.v1.freshness import cache_control
from pricing_service.v1.models import EXPLAIN_REQUEST, PRICES_REQUEST, PricesRequest

V1: Final = Blueprint("v1", __name__, url_prefix="/api/v1")
VARY: Final = "Authorization, X-API-Key"


@V1.post("/prices")
@require("price")
def post_prices() -> Response:
    """Prices of several items for one customer."""
    return _prices(read_json(PRICES_REQUEST))


@V1.get("/prices")
@require("price")
def get_prices() -> Response:
    """The same with parameters."""
    return _prices(read_parameters(request.args))


@V1.post("/prices/explain")
@require("explain")
def explain_price() -> Response:
    """Every group and rule that was considered for one price, and why it lost."""
    asked = read_json(EXPLAIN_REQUEST)
    check_buyer(asked)
    check_item(asked)
    held = service().keeper.current()
    body = {"explanation": explanation_of(asked, held), "price_book": json.loads(_book_state(held))}
    return price_reply(json.dumps(body), held)


def _prices(asked: PricesRequest) -> Response:
    config = service()
    items = asked["items"]
    if len(items) > config.max_batch:
        raise ProblemError(
            HTTPStatus.BAD_REQUEST,
            "batch_too_large",
            f"items: expected at most {config.max_batch}, found {len(items)}",
            "items",
        )
    check_buyer(asked)
    for place, item in enumerate(items):
        check_item(item, f"items.{place}.")
    held = config.keeper.current()
    pricer = Pricer(
        config,
        held.book,
        buyer_of(asked, held.book),
        asked.get("location", config.price_location),
        config.clock(),
        key_may("group") or key_may("explain"),
    )
    results = ",".join([pricer.result(item, place) for place, item in enumerate(items)])
    return _tagged(results, held, cache_control(config.keeper, held, pricer.at))


def _tagged(results: str, held: HeldBook, caching: str) -> Response:
    """The answer with its ETag, or 304 to a GET whose caller has it already.

    The tag is made from the results: a group that begins or ends changes prices without any change
    of the book. It is a weak one, since the age of the book beside them grows with every second.
    """
    tag = blake2b(results.encode(), digest_size=16).hexdigest()
    more = (("Vary", VARY), ("ETag", f'W/"{tag}"'))
    if _has_it(tag):
        put_headers(held, caching, more)
        response = Response(status=HTTPStatus.NOT_MODIFIED)
        del response.headers["Content-Type"]
        return response
    body = f'{{"results":[{results}],"price_book":{_book_state(held)}}}'
    return price_reply(body, held, cache_control=caching, more=more)


def _has_it(tag: str) -> bool:
    environ = request.environ
    # Of a POST the header would ask for a failure (RFC 9110 §13.1.2), which helps nobody.
    if "HTTP_IF_NONE_MATCH" not in environ or environ["REQUEST_METHOD"] == "POST":
        return False
    return request.if_none_match.contains_weak(tag)


def _book_state(held: HeldBook) -> str:
    return (
        f'{{"read_at":"{read_at_text(held.read_at)}","age_seconds":{age_seconds(held)},'
        f'"source":"{held.origin}"}}'
    )
