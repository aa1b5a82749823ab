"""How long to wait before a request is repeated.

Belongs here: Retry-After and back-off. Does not: which request may be repeated (client.py).
"""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from tenacity import RetryCallState, wait_exponential_jitter

from woocp_pipelines.woocommerce.errors import StoreError

LONGEST_PAUSE_SECONDS = 60.0
TOO_MANY_REQUESTS = 429

_BACK_OFF = wait_exponential_jitter(initial=1, max=30, jitter=1)


def read_retry_after(text: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, given as a number or as an HTTP date.

    None when the header is missing or unreadable: then our own back-off applies. Source: WC §5.
    """
    if text is None:
        return None
    if text.strip().isdecimal():
        return float(text)
    moment = read_http_date(text)
    return None if moment is None else max(0.0, (moment - now).total_seconds())


def read_http_date(text: str | None) -> datetime | None:
    """A date as headers have it, UTC; None when there is none or it cannot be read."""
    try:
        moment = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def pause_seconds(state: RetryCallState) -> float:
    """Back-off that doubles, or longer when the store asks for it; never above one minute.

    WordPress announces 600 s for an update that takes ten: the bound keeps a run alive.
    """
    back_off = float(_BACK_OFF(state))
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after_seconds if isinstance(error, StoreError) else None
    return min(max(back_off, asked or 0.0), LONGEST_PAUSE_SECONDS)


def asks_for_too_much(error: StoreError) -> bool:
    """True when a rate limit wants more patience than we have: coming early would prolong it."""
    asked = error.retry_after_seconds or 0.0
    return error.status == TOO_MANY_REQUESTS and asked > LONGEST_PAUSE_SECONDS
