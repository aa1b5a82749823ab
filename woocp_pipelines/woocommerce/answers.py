"""An HTTP response as JSON, or as the typed error that it means.

Belongs here: decoding, error codes, what HTML or a cut answer looks like. Does not: the shape of
single records (records.py). WC §2, §3, §5.
"""

import html
import json
import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any, NoReturn
from urllib.parse import urlsplit

import requests

from woocp_pipelines.woocommerce.errors import (
    AuthenticationFailed,
    Call,
    NotFound,
    NotJson,
    Redirected,
    Refused,
    StoreError,
    StoreUnavailable,
)
from woocp_pipelines.woocommerce.retries import read_http_date, read_retry_after
from woocp_pipelines.woocommerce.transport import Scrub

_NOT_JSON = object()
_SNIPPET_LENGTH = 200
_INVISIBLE = re.compile(r"<(style|script)\b.*?</\1\s*>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_BUSY = frozenset({408, 425, 429, 502, 503, 504})
# A 5xx with one of these codes is a decision of WooCommerce; any other is a breakdown.
_DECIDED = ("woocommerce_", "rest_")
# A request that was turned away at the door; every other failure may come after the writing.
_NOT_BEGUN = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Answer:
    """What the store sent: decoded JSON (amounts as Decimal) and the totals of a list.

    `sent` is the store's clock when it answered, UTC; None where it does not say.
    """

    data: Any
    total: int | None = None
    total_pages: int | None = None
    sent: datetime | None = None


def read_answer(response: requests.Response, call: Call, scrub: Scrub, now: datetime) -> Answer:
    """Decode a response.

    Raises:
        StoreError: the subclass that the status, code and body mean.
    """
    status = response.status_code
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        raise Redirected(call, _where_to(response, scrub), status=status)
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        # Built elsewhere: the raw body, which may echo the key, stays out of this frame.
        raise _failure(response, call, scrub, now)
    data = _decode(response.content)
    if data is _NOT_JSON:
        message = _describe(response.content, scrub)
        raise NotJson(call, message, status=status, may_have_written=True)
    total, pages = _total(response, "X-WP-Total"), _total(response, "X-WP-TotalPages")
    return Answer(data, total, pages, read_http_date(response.headers.get("Date")))


def clean_text(text: str) -> str:
    """One line without markup and entities, cut to a readable length."""
    bare = _TAG.sub(" ", _INVISIBLE.sub(" ", text))
    line = " ".join(html.unescape(bare).split())
    return line if len(line) <= _SNIPPET_LENGTH else f"{line[:_SNIPPET_LENGTH]}…"


def _decode(content: bytes) -> Any:
    """The decoded body, or `_NOT_JSON`: the decoder's own exception would carry the whole body."""
    try:
        # Some plugins put a byte order mark before everything they print.
        text = content.decode("utf-8-sig")
        return json.loads(text, parse_float=Decimal, parse_constant=_no_such_number)
    except ValueError:
        return _NOT_JSON


def _no_such_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _failure(response: requests.Response, call: Call, scrub: Scrub, now: datetime) -> StoreError:
    """The error that an answer with a failing status means."""
    data = _decode(response.content)
    if data is not _NOT_JSON:
        return _error_of(response, data, call, scrub, now)
    message = _describe(response.content, scrub)
    if response.status_code in _BUSY or response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _unavailable(response, call, message, "", now)
    return NotJson(call, message, status=response.status_code)


def _describe(content: bytes, scrub: Scrub) -> str:
    """Say what came instead of JSON, with a short piece of it."""
    text = content.decode("utf-8", errors="replace").strip()
    if not text:
        return "expected JSON, found an empty answer."
    if text.startswith("<"):
        what = "HTML"
    elif text.startswith(("{", "[")):
        what = f"JSON that is cut off or broken after {len(content)} bytes"
    else:
        what = "text"
    return f"expected JSON, found {what}: “{clean_text(scrub(text))}”."


def _error_of(
    response: requests.Response, data: Any, call: Call, scrub: Scrub, now: datetime
) -> StoreError:
    """The error that a JSON answer with a failing status means."""
    status = response.status_code
    fields = data if isinstance(data, dict) else {}
    code = scrub(str(fields.get("code") or ""))
    message = clean_text(scrub(str(fields.get("message") or "")))
    message += _details(fields, scrub)
    message = message or f"HTTP {status} without a message."
    broke = status >= HTTPStatus.INTERNAL_SERVER_ERROR and not code.startswith(_DECIDED)
    if status in _BUSY or broke:
        return _unavailable(response, call, message, code, now)
    return _refusal_type(status, code)(call, message, status=status, code=code)


def _details(fields: dict[str, Any], scrub: Scrub) -> str:
    """What rest_invalid_param says per parameter; `data` may be a bare number (WC §2)."""
    data = fields.get("data")
    params = data.get("params") if isinstance(data, dict) else None
    if not isinstance(params, dict):
        return ""
    return " (" + "; ".join(clean_text(scrub(str(text))) for text in params.values()) + ")"


def _refusal_type(status: int, code: str) -> type[StoreError]:
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return AuthenticationFailed
    # By code, not by status: PUT gives 400, and a 404 of an unknown route is no missing record.
    return NotFound if code.endswith("_invalid_id") else Refused


def _unavailable(
    response: requests.Response, call: Call, message: str, code: str, now: datetime
) -> StoreUnavailable:
    status = response.status_code
    return StoreUnavailable(
        call,
        message,
        status=status,
        code=code,
        retry_after_seconds=read_retry_after(response.headers.get("Retry-After"), now),
        may_have_written=status not in _NOT_BEGUN,
    )


def _where_to(response: requests.Response, scrub: Scrub) -> str:
    """The target without its query, which could repeat what we sent."""
    target = urlsplit(response.headers.get("Location", ""))
    shown = f"{target.scheme}://{target.hostname}{target.path}" if target.hostname else target.path
    return f"the store redirects to {scrub(shown) or 'nowhere'}; not followed."


def _total(response: requests.Response, header: str) -> int | None:
    text = response.headers.get(header, "")
    return int(text) if text.isdecimal() else None
