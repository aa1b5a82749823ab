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
from pricing_service.v1.answers import DETAILS, Pricer
from pricing_service.v1.asking import (
    Wanted,
    buyer_of,
    check_buyer,
    check_item,
    quantity_of,
    read_json,
    read_parameters,
    wanted_item,
)
from pricing_service.v1.models import (
    EXPLAIN_REQUEST,
    PRICES_REQUEST,
    ExplainRequest,
    PricesRequest,
    RefusalCode,
)
from woocp_pipelines.counterpoint.prices.errors import (
    UndecidableError,
    UnknownItemError,
    UnknownUnitError,
)
from woocp_pipelines.counterpoint.prices.explain import explain, explanation_document

V1: Final = Blueprint("v1", __name__, url_prefix="/api/v1")
# Short, since a contract may end at any full hour: a page and its cart may share an answer.
CACHE_CONTROL: Final = "private, max-age=30"
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
    body = {"explanation": _explanation(asked, held), "price_book": json.loads(_book_state(held))}
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
    return _tagged(results, held)


def _tagged(results: str, held: HeldBook) -> Response:
    """The answer with its ETag, or 304 where the caller has it already.

    The tag is made from the results: a group that begins or ends changes prices without any change
    of the book. It is a weak one, since the age of the book beside them grows with every second.
    """
    tag = blake2b(results.encode(), digest_size=16).hexdigest()
    more = (("Vary", VARY), ("ETag", f'W/"{tag}"'))
    if "HTTP_IF_NONE_MATCH" in request.environ and request.if_none_match.contains_weak(tag):
        put_headers(held, CACHE_CONTROL, more)
        response = Response(status=HTTPStatus.NOT_MODIFIED)
        del response.headers["Content-Type"]
        return response
    body = f'{{"results":[{results}],"price_book":{_book_state(held)}}}'
    return price_reply(body, held, cache_control=CACHE_CONTROL, more=more)


def _book_state(held: HeldBook) -> str:
    return (
        f'{{"read_at":"{read_at_text(held.read_at)}","age_seconds":{age_seconds(held)},'
        f'"source":"{held.origin}"}}'
    )


def _explanation(asked: ExplainRequest, held: HeldBook) -> dict[str, object]:
    config, book = service(), held.book
    buyer = buyer_of(asked, book)
    try:
        wanted: Wanted = wanted_item(asked, book)
        found = explain(
            book,
            customer=buyer.customer,
            group_code=buyer.group,
            item_no=wanted.item_no,
            unit=wanted.unit,
            quantity=quantity_of(asked),
            location=asked.get("location", config.price_location),
            at=config.clock(),
            open_contracts=config.open_contracts,
        )
    except UnknownItemError:
        raise _refused(HTTPStatus.NOT_FOUND, "unknown_item") from None
    except UnknownUnitError:
        raise _refused(HTTPStatus.NOT_FOUND, "unknown_unit") from None
    except UndecidableError as error:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "unsupported_rule", str(error)
        ) from None
    return explanation_document(found)


def _refused(status: int, code: RefusalCode) -> ProblemError:
    return ProblemError(status, code, DETAILS[code])
