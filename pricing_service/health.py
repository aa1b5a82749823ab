"""Whether the service can price, and how well (CP §5.8, with the last known good book).

Belongs here: the three health routes. They need no key, so they tell no price, name or error text.
"""

from datetime import datetime
from typing import Any, Final

from flask import Blueprint, Response, jsonify

from pricing_service.config import service
from pricing_service.price_book import BookKeeper, HeldBook, NoUsableBookError

HEALTH: Final = Blueprint("health", __name__, url_prefix="/api/health")
SLOW_MILLISECONDS: Final = 1000


@HEALTH.get("")
def health() -> tuple[Response, int]:
    """200 while prices can be answered, `degraded` when Counterpoint is away or slow; else 503."""
    config = service()
    keeper = config.keeper
    held = _usable(keeper)
    latency = config.prober.milliseconds()
    well = (
        held is not None
        and keeper.failure is None
        and latency is not None
        and latency <= SLOW_MILLISECONDS
    )
    answer: dict[str, Any] = {
        "status": "ok" if well else "degraded",
        "database": "disconnected" if latency is None else "connected",
        "query_latency_ms": None if latency is None else round(latency, 2),
        "timestamp": _iso(config.clock()),
        "price_book_read_at": None if held is None else _iso(held.read_at),
        "price_book_age_seconds": None if held is None else int(keeper.age(held).total_seconds()),
        "price_book_source": None if held is None else held.origin,
    }
    return jsonify(answer), 503 if held is None else 200


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


def _usable(keeper: BookKeeper) -> HeldBook | None:
    try:
        return keeper.current()
    except NoUsableBookError:
        return None


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
