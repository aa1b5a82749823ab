"""Whether the service can price, and how well (CP §5.8, with the last known good book).

Belongs here: the three health routes. They need no key, so they tell no price, name or error text.
"""

import logging
import threading
from typing import Any, Final

from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from pricing_service.config import service
from pricing_service.price_book import BookKeeper, NoUsableBookError
from woocp_pipelines.counterpoint.prices.book import PriceBook
from woocp_pipelines.counterpoint.prices.errors import PriceBookError

LOG: Final = logging.getLogger("pricing_service")
HEALTH: Final = Blueprint("health", __name__, url_prefix="/api/health")
SLOW_MILLISECONDS: Final = 1000
# One probe at a time: callers without a key must not tie up all workers on a hanging database.
_PROBING: Final = threading.Lock()


@HEALTH.get("")
def health() -> tuple[Response, int]:
    """200 while prices can be answered, `degraded` when Counterpoint is away or slow; else 503."""
    keeper = service().keeper
    book = _usable(keeper)
    latency = _probe(keeper)
    fresh = keeper.last_refresh.failure is None
    well = book is not None and fresh and latency is not None and latency <= SLOW_MILLISECONDS
    answer: dict[str, Any] = {
        "status": "ok" if well else "degraded",
        "database": "disconnected" if latency is None else "connected",
        "query_latency_ms": None if latency is None else round(latency, 2),
        "timestamp": service().clock().isoformat(timespec="seconds"),
        "price_book_read_at": None if book is None else book.read_at.isoformat(timespec="seconds"),
    }
    return jsonify(answer), 503 if book is None else 200


@HEALTH.get("/live")
def live() -> tuple[Response, int]:
    """The process answers; restarting it would help nothing."""
    return jsonify({"status": "ok"}), 200


@HEALTH.get("/ready")
def ready() -> tuple[Response, int]:
    """Prices can be answered; asks no database."""
    if _usable(service().keeper) is None:
        return jsonify({"status": "unavailable"}), 503
    return jsonify({"status": "ok"}), 200


def _usable(keeper: BookKeeper) -> PriceBook | None:
    try:
        return keeper.book()
    except NoUsableBookError:
        return None


def _probe(keeper: BookKeeper) -> float | None:
    """Milliseconds of a small read; None when Counterpoint cannot be read, or is being asked."""
    if not _PROBING.acquire(blocking=False):
        return 0.0 if keeper.last_refresh.failure is None else None
    try:
        return keeper.source.probe()
    except (SQLAlchemyError, PriceBookError, OSError) as error:
        LOG.warning("health: Counterpoint cannot be read: %s", type(error).__name__)
        return None
    finally:
        _PROBING.release()
