"""Errors as the API answers them: always JSON, never the text of an exception.

Belongs here: which failure gives which status, and its shape: `{"error": …}` on the paths of
CP §5.8, `application/problem+json` (RFC 9457) under /api/v1.
"""

import logging
from http import HTTPStatus
from typing import Any, Final

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from pricing_service.price_book import NoUsableBookError
from pricing_service.schemas import BadRequestError
from woocp_pipelines.counterpoint.prices.errors import UndecidableError

LOG: Final = logging.getLogger("pricing_service")
NO_CONTRACT_PRICE: Final = "No contract price found"
UNSUPPORTED_RULE: Final = "unsupported_rule"
UNAVAILABLE: Final = "Prices are unavailable"
RETRY_SECONDS: Final = "60"
PROBLEM_PATHS: Final = "/api/v1"
PROBLEM_JSON: Final = "application/problem+json"
# What callers may compare with; the texts beside them may change.
CODES: Final = {
    400: "invalid_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
    429: "rate_limited",
    503: "prices_unavailable",
}
_INTERNAL: Final = "internal_error"

Answer = tuple[Response, int]


class ProblemError(Exception):
    """A request under /api/v1 that gets no prices.

    `code` is stable; `detail` goes to the caller, with the field that is wrong where one is.
    """

    def __init__(self, status: int, code: str, detail: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.field = field


def register_errors(app: Flask) -> None:
    """Give the application its answers to failures."""
    app.register_error_handler(ProblemError, _problem)
    app.register_error_handler(BadRequestError, _bad_request)
    app.register_error_handler(NoUsableBookError, _no_book)
    app.register_error_handler(UndecidableError, _undecidable)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def error_answer(
    text: str, status: int, *, code: str | None = None, field: str | None = None
) -> Answer:
    """One error in the shape of the path that was asked.

    Args:
        text: the whole answer on the old paths, the `detail` of a problem under /api/v1.
        status: of HTTP.
        code: what programs compare, under /api/v1 only; the status's own by default.
        field: the name of the wrong field, under /api/v1 only.
    """
    if not request.path.startswith(PROBLEM_PATHS):
        return jsonify({"error": text}), status
    code = code or CODES.get(status, _INTERNAL)
    body: dict[str, Any] = {
        "type": f"urn:woocp:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": text,
        "code": code,
    }
    if field is not None:
        body["field"] = field
    response = jsonify(body)
    response.mimetype = PROBLEM_JSON
    response.headers["Cache-Control"] = "no-store"
    return response, status


def _problem(error: ProblemError) -> Answer:
    return error_answer(str(error), error.status, code=error.code, field=error.field)


def _bad_request(error: BadRequestError) -> Answer:
    return error_answer(str(error), 400)


def _no_book(error: NoUsableBookError) -> Answer:
    LOG.warning("refused: %s", error)
    response, status = error_answer(UNAVAILABLE, 503)
    response.headers["Retry-After"] = RETRY_SECONDS
    return response, status


def _undecidable(error: UndecidableError) -> Answer:
    # The caller learns that there is no price; which rule and why is for the owner of the rules.
    LOG.error("unsupported rule: %s", error)
    return error_answer(UNSUPPORTED_RULE, 500, code=UNSUPPORTED_RULE)


def _http(error: HTTPException) -> Answer:
    response, status = error_answer(error.name, error.code or 500)
    for name, value in error.get_headers():
        # Allow of a 405, Retry-After of a 429: all but what describes the HTML of the library.
        if name != "Content-Type":
            response.headers[name] = value
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response, status


def _unexpected(error: Exception) -> Answer:
    LOG.exception("unexpected error while answering", exc_info=error)
    return error_answer("Internal error", 500)
