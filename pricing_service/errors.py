"""Errors as the API answers them: always JSON `{"error": …}`, never the text of an exception.

Belongs here: which failure gives which status (CP §5.8).
"""

import logging
from typing import Final

from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException

from pricing_service.price_book import NoUsableBookError
from pricing_service.schemas import BadRequestError
from woocp_pipelines.counterpoint.prices.errors import UndecidableError

LOG: Final = logging.getLogger("pricing_service")
NO_CONTRACT_PRICE: Final = "No contract price found"
UNSUPPORTED_RULE: Final = "unsupported_rule"

Answer = tuple[Response, int]


def register_errors(app: Flask) -> None:
    """Give the application its answers to failures."""
    app.register_error_handler(BadRequestError, _bad_request)
    app.register_error_handler(NoUsableBookError, _no_book)
    app.register_error_handler(UndecidableError, _undecidable)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def error_answer(text: str, status: int) -> Answer:
    """One error in the API's shape."""
    return jsonify({"error": text}), status


def _bad_request(error: BadRequestError) -> Answer:
    return error_answer(str(error), 400)


def _no_book(error: NoUsableBookError) -> Answer:
    LOG.warning("refused: %s", error)
    response, status = error_answer("Prices are unavailable", 503)
    response.headers["Retry-After"] = "60"
    return response, status


def _undecidable(error: UndecidableError) -> Answer:
    # The caller learns that there is no price; which rule and why is for the owner of the rules.
    LOG.error("unsupported rule: %s", error)
    return error_answer(UNSUPPORTED_RULE, 500)


def _http(error: HTTPException) -> Answer:
    return error_answer(error.name, error.code or 500)


def _unexpected(error: Exception) -> Answer:
    LOG.exception("unexpected error while answering", exc_info=error)
    return error_answer("Internal error", 500)
