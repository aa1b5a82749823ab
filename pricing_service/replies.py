"""Replies with prices: JSON that was already written, the age of the book, no shared caches.

Belongs here: what all price routes put into their responses. Does not: errors (errors.py).
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Any, Final, cast

from flask import Response

from pricing_service.config import service
from pricing_service.notes import notes
from pricing_service.price_book import HeldBook

JSON: Final = "application/json"
NO_STORE: Final = "no-store"
Pairs = tuple[tuple[str, str], ...]


class _Written(Response):
    """A response that is whole: one piece of text, its type and its length.

    Werkzeug looks through every response for what may be missing; that takes as long as finding
    the price.
    """

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Send it as it is; only what has no body is left to Werkzeug."""
        if environ["REQUEST_METHOD"] == "HEAD":
            return super().__call__(environ, start_response)
        start_response(self.status, self.headers.to_wsgi_list())
        return cast("list[bytes]", self.response)


def quoted(text: str) -> str:
    """A text as JSON."""
    return encode_basestring_ascii(text)


def price_reply(
    body: str,
    held: HeldBook,
    status: int = 200,
    cache_control: str = NO_STORE,
    more: Pairs = (),
) -> Response:
    """A response that says how old its prices are, and is kept by no cache on the way.

    The age counts from when Counterpoint was last seen to say what the book says.
    """
    put_headers(held, cache_control, more)
    return _Written(body, status, content_type=JSON)


def put_headers(held: HeldBook, cache_control: str = NO_STORE, more: Pairs = ()) -> None:
    """Give the answer the headers of every answer from a book, and more.

    Through the notes: the response's own headers cost as much as reading the request.
    """
    common = _headers(held.read_at, age_seconds(held), held.origin, cache_control)
    notes().headers = common + more


@lru_cache(maxsize=64)
def _headers(read_at: datetime, age: int, origin: str, cache_control: str) -> Pairs:
    return (
        ("X-Price-Book-Read-At", read_at_text(read_at)),
        ("X-Price-Book-Age-Seconds", str(age)),
        ("X-Price-Book-Source", origin),
        ("Cache-Control", cache_control),
    )


def age_seconds(held: HeldBook) -> int:
    """Whole seconds since the book was last seen to be right."""
    return int(service().keeper.age(held).total_seconds())


@lru_cache(maxsize=8)
def read_at_text(moment: datetime) -> str:
    """A book's time of reading, UTC in whole seconds; the same for thousands of answers."""
    return moment.isoformat(timespec="seconds")
