"""The OpenAPI 3.1 document, assembled from the models of both shapes.

Belongs here: which route takes and gives what. Does not: fields (schemas.py, models.py). The
document tells no price and no name, so it needs no key.
"""

from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from flask import Blueprint, Response, jsonify
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from pydantic import TypeAdapter

from pricing_service.config import service
from pricing_service.schemas import (
    MANY_PRICES,
    ONE_PRICE,
    ContractPrice,
    ContractPrices,
    Error,
    ServiceMetrics,
)
from pricing_service.v1.models import (
    EXPLAIN_REQUEST,
    ONE_CUSTOMER,
    ONE_ITEM,
    PRICES_REQUEST,
    ExplainAnswer,
    Prices,
    Problem,
)

OPENAPI: Final = Blueprint("openapi", __name__, url_prefix="/api/v1")
Json = dict[str, Any]
_REFS: Final = "#/components/schemas/"
_JSON: Final = "application/json"
_PROMETHEUS: Final = CONTENT_TYPE_LATEST.partition(";")[0]
_PROBLEM: Final = "application/problem+json"
_SECURITY: Final[list[Json]] = [{"apiKey": []}, {"bearer": []}]
_AGE_HEADERS: Final = {
    "X-Price-Book-Read-At": ("When Counterpoint was read, UTC.", "string"),
    "X-Price-Book-Age-Seconds": (
        "Since Counterpoint was last seen to say what the book says.",
        "integer",
    ),
    "X-Price-Book-Source": ("`counterpoint`, or `saved` while it is away.", "string"),
}
_FAILURES: Final = {
    400: "The request is wrong; the answer names the field.",
    401: "No valid key.",
    403: "The key lacks the scope.",
    404: "Not found.",
    413: "The body is too large.",
    415: "The body is not declared as JSON.",
    422: "A rule that may apply cannot be evaluated.",
    429: "Too many requests; see Retry-After.",
    500: "A failure of the service, or (old paths) a rule that cannot be evaluated.",
    503: "There is no usable price book, which is never the same as no contract; see Retry-After.",
}
_ADAPTERS: Final[tuple[tuple[str, TypeAdapter[Any]], ...]] = (
    ("ContractPriceRequest", ONE_PRICE),
    ("ContractPricesRequest", MANY_PRICES),
    ("ContractPrice", TypeAdapter(ContractPrice)),
    ("ContractPrices", TypeAdapter(ContractPrices)),
    ("ServiceMetrics", TypeAdapter(ServiceMetrics)),
    ("Error", TypeAdapter(Error)),
    ("PricesRequest", PRICES_REQUEST),
    ("Prices", TypeAdapter(Prices)),
    ("ExplainRequest", EXPLAIN_REQUEST),
    ("ExplainAnswer", TypeAdapter(ExplainAnswer)),
    ("Problem", TypeAdapter(Problem)),
)


@OPENAPI.get("/openapi.json")
def openapi() -> Response:
    """This API, for programs."""
    return jsonify(document(service().max_batch))


@lru_cache(maxsize=4)
def document(max_batch: int) -> Json:
    """The whole document; `max_batch` is the number of items in one request."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "woocp contract prices",
            "version": _version(),
            "description": "What an item costs for a customer, by Counterpoint's own price rules. "
            "The paths under /api/v1 are for new callers; the others keep the shapes of the "
            "service that woocp replaces.",
        },
        "security": _SECURITY,
        "paths": _paths(),
        "components": {
            "schemas": _schemas(max_batch),
            "securitySchemes": {
                "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _version() -> str:
    try:
        return version("woocp")
    except PackageNotFoundError:
        # Run from a checkout that was not installed.
        return "0"


def _schemas(max_batch: int) -> Json:
    inputs = [
        (name, "validation" if name.endswith("Request") else "serialization", each)
        for name, each in _ADAPTERS
    ]
    _, found = TypeAdapter.json_schemas(inputs, ref_template=f"{_REFS}{{model}}")  # type: ignore[arg-type]
    schemas: Json = found["$defs"]
    for name in ("ContractPricesRequest", "PricesRequest"):
        schemas[name]["properties"]["items"]["maxItems"] = max_batch
    return schemas


def _paths() -> Json:
    one = _operation(
        "contract_price",
        "One price under a contract group (scope group)",
        body="ContractPriceRequest",
        answer="ContractPrice",
        failures=(400, 401, 403, 404, 413, 429, 500, 503),
        old=True,
    )
    many = _operation(
        "contract_prices",
        "Prices of several items under a contract group (scope group)",
        body="ContractPricesRequest",
        answer="ContractPrices",
        failures=(400, 401, 403, 413, 429, 503),
        old=True,
    )
    post = _operation(
        "prices",
        "Prices of several items for one customer (scope price)",
        body="PricesRequest",
        answer="Prices",
        failures=(400, 401, 403, 404, 413, 415, 429, 503),
    )
    get = _operation(
        "get_prices",
        "The same with parameters (scope price)",
        answer="Prices",
        failures=(400, 401, 403, 404, 429, 503),
    )
    for each in (post, get):
        each["responses"]["200"]["headers"]["ETag"] = _header("Of the prices, not of their age.")
    get["responses"]["304"] = {"description": "The caller has these prices already."}
    get["parameters"] = [_if_none_match(), *_parameters()]
    explain = _operation(
        "explain",
        "Every group and rule considered for one price, and why it lost (scope explain; contracts "
        "that do not decide are only counted in left_out unless the key has scope group, too)",
        body="ExplainRequest",
        answer="ExplainAnswer",
        failures=(400, 401, 403, 404, 413, 415, 422, 429, 503),
    )
    return {
        "/api/contract-price": {"post": one},
        "/api/contract-prices": {"post": many},
        "/api/v1/prices": {"post": post, "get": get},
        "/api/v1/prices/explain": {"post": explain},
        "/api/metrics": {
            "get": _metrics("metrics", "Six figures", _content(_JSON, "ServiceMetrics"))
        },
        "/metrics": {
            "get": _metrics(
                "prometheus", "Everything", {_PROMETHEUS: {"schema": {"type": "string"}}}
            )
        },
        "/api/health": {"get": _health("health", "Whether it can price, and how well")},
        "/api/health/live": {"get": _health("live", "The process answers", unwell=False)},
        "/api/health/ready": {"get": _health("ready", "Prices can be answered")},
    }


def _operation(
    name: str,
    summary: str,
    *,
    answer: str,
    failures: tuple[int, ...],
    body: str | None = None,
    old: bool = False,
) -> Json:
    media, failure = (_JSON, "Error") if old else (_PROBLEM, "Problem")
    headers = {key: _header(text, kind) for key, (text, kind) in _AGE_HEADERS.items()}
    responses: Json = {
        "200": {
            "description": "The answer.",
            "headers": headers,
            "content": _content(_JSON, answer),
        }
    }
    for status in failures:
        responses[str(status)] = {
            "description": _FAILURES[status],
            "content": _content(media, failure),
        }
    operation: Json = {"operationId": name, "summary": summary, "responses": responses}
    if body is not None:
        operation["requestBody"] = {"required": True, "content": _content(_JSON, body)}
    return operation


def _metrics(name: str, what: str, content: Json) -> Json:
    responses: Json = {"200": {"description": f"{what} since the start.", "content": content}}
    for status in (401, 403, 429):
        responses[str(status)] = {
            "description": _FAILURES[status],
            "content": _content(_JSON, "Error"),
        }
    summary = f"{what} about the service (scope metrics)"
    return {"operationId": name, "summary": summary, "responses": responses}


def _health(name: str, summary: str, *, unwell: bool = True) -> Json:
    schema = {
        "type": "object",
        "required": ["status"],
        "properties": {"status": {"enum": ["ok", "degraded", "unavailable"]}},
    }
    content = {_JSON: {"schema": schema}}
    responses: Json = {"200": {"description": "Yes.", "content": content}}
    if unwell:
        responses["503"] = {"description": "It cannot price.", "content": content}
    return {"operationId": name, "summary": summary, "security": [], "responses": responses}


def _content(media: str, schema: str) -> Json:
    return {media: {"schema": {"$ref": f"{_REFS}{schema}"}}}


def _header(text: str, kind: str = "string") -> Json:
    return {"description": text, "schema": {"type": kind}}


def _if_none_match() -> Json:
    return {
        "name": "If-None-Match",
        "in": "header",
        "description": "The ETag of an answer that the caller has.",
        "schema": {"type": "string"},
    }


def _parameters() -> list[Json]:
    """Parameters of the GET by the names of the fields; those of items are repeated."""
    customer = PRICES_REQUEST.json_schema()["properties"]
    item = PRICES_REQUEST.json_schema()["$defs"]["PriceItem"]["properties"]
    once = [_parameter(name, customer[name]) for name in (*ONE_CUSTOMER, "location")]
    many = [
        _parameter(name, {"type": "array", "minItems": 1, "items": item[name]})
        for name in (*ONE_ITEM, "quantity", "unit")
    ]
    return once + many


def _parameter(name: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "explode": True, "style": "form", "schema": schema}
