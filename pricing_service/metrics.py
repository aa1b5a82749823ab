"""What the service measures of itself, for Prometheus and in the shape of CP §5.8.

Belongs here: counting, and what the figures mean. Does not: the routes (metrics_routes.py).
Counters begin with the process. One registry per application: two in one process do not mix.
"""

import math
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from pricing_service.price_book import BookKeeper, NoUsableBookError
from woocp_pipelines.counterpoint.prices.memo import AnswerMemo

# Half a millisecond to a second: an answer comes from memory, so anything slower is a fault.
BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
# The 95th percentile in the old shape is that of so many latest price requests.
REMEMBERED: Final = 1000
SERVER_ERROR: Final = 500
_NO_BOOK: Final = "no_book"
_REASONS: Final = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    413: "too_large",
    500: "error",
    503: _NO_BOOK,
}


class Metrics:
    """Counters of one application; of its book and of its memory of answers, too."""

    def __init__(self, keeper: BookKeeper, memo: AnswerMemo) -> None:
        self._memo = memo
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "woocp_pricing_requests",
            "Requests answered.",
            ["route", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "woocp_pricing_request_seconds",
            "Seconds from the call of the application to its answer.",
            ["route"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._refusals = Counter(
            "woocp_pricing_refusals",
            "Requests refused, by reason; rate_limit_key and rate_limit_address are limits hit.",
            ["reason"],
            registry=self.registry,
        )
        self._latest: deque[float] = deque(maxlen=REMEMBERED)
        self._bound: dict[tuple[str, int], tuple[Any, Any]] = {}
        self.registry.register(_BookCollector(keeper, memo))
        ProcessCollector(registry=self.registry)

    def count(self, route: str, status: int, seconds: float, refused: str) -> None:
        """Count one answered request; `route` must be one of few."""
        bound = self._bound.get((route, status))
        if bound is None:
            bound = self._bound[route, status] = (
                self._requests.labels(route, str(status)),
                self._seconds.labels(route),
            )
        bound[0].inc()
        bound[1].observe(seconds)
        if _is_price(route):
            self._latest.append(seconds)
        reason = refused or _REASONS.get(status)
        # A probe that finds no book asks for no price: the alert on no_book is about shoppers.
        if reason and (_is_price(route) or reason != _NO_BOOK):
            self._refusals.labels(reason).inc()

    def old_shape(self) -> dict[str, int | float]:
        """The figures of `/api/metrics`, over price requests only.

        `cache_hits` are prices given again from memory, `cache_misses` those worked out from the
        price book; neither asks the database, and none is older than the book. `errors` are
        answers of 500 and above.
        """
        by_status = self._by_status()
        total = sum(by_status.values())
        seconds = sum(self._values(self._seconds, "_sum"))
        return {
            "total_requests": total,
            "cache_hits": self._memo.hits,
            "cache_misses": self._memo.misses,
            "errors": sum(n for status, n in by_status.items() if status >= SERVER_ERROR),
            "avg_response_time_ms": round(seconds * 1000 / total, 3) if total else 0.0,
            "p95_response_time_ms": round(_percentile(list(self._latest), 0.95) * 1000, 3),
        }

    def _by_status(self) -> dict[int, int]:
        found: dict[int, int] = {}
        for sample in _samples(self._requests, "_total"):
            status = int(sample.labels["status"])
            found[status] = found.get(status, 0) + int(sample.value)
        return found

    def _values(self, metric: Histogram, ending: str) -> Iterator[float]:
        return (sample.value for sample in _samples(metric, ending))


class _BookCollector(Collector):
    """The book as it is when Prometheus asks: no figure that somebody must remember to set."""

    def __init__(self, keeper: BookKeeper, memo: AnswerMemo) -> None:
        self._keeper = keeper
        self._memo = memo

    def collect(self) -> Iterable[Metric]:
        """The gauges; without a usable book there are no figures of it."""
        keeper = self._keeper
        yield _counter("answers_remembered", "Prices given again from memory.", self._memo.hits)
        yield _counter("book_failures", "Failed looks and readings.", keeper.failures)
        yield _gauge("read_seconds", "Seconds of its last reading.", keeper.read_seconds)
        yield _counter("answers_computed", "Prices worked out from the book.", self._memo.misses)
        try:
            held = keeper.current()
        except NoUsableBookError:
            held = None
        yield _gauge("usable", "1 while prices can be answered.", held is not None)
        yield _gauge("failing", "1 while Counterpoint cannot be read.", keeper.failure is not None)
        if held is None:
            return
        facts = held.book.facts
        age = keeper.age(held).total_seconds()
        yield _gauge("age_seconds", "Seconds since it was last seen right.", age)
        yield _gauge("saved", "1 while it is the one from disk.", held.origin == "saved")
        yield _gauge("items", "Items in it.", len(facts.items))
        yield _gauge("groups", "Price groups in it.", len(facts.groups))
        yield _gauge("rules", "Rules in it.", sum(len(group.rules) for group in facts.groups))


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"woocp_pricing_book_{name}", f"The price book: {text}", float(value))


def _counter(name: str, text: str, value: int) -> CounterMetricFamily:
    return CounterMetricFamily(f"woocp_pricing_{name}", text, float(value))


def _is_price(route: str) -> bool:
    return "price" in route


def _samples(metric: Counter | Histogram, ending: str) -> Iterator[Any]:
    for family in metric.collect():
        for sample in family.samples:
            if sample.name.endswith(ending) and _is_price(sample.labels["route"]):
                yield sample


def _percentile(values: list[float], share: float) -> float:
    if not values:
        return 0.0
    return sorted(values)[math.ceil(share * len(values)) - 1]
