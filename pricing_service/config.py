"""What one running service is made of.

Belongs here: the parts that routes share. Does not: where they come from (server.py).
"""

from dataclasses import dataclass, field
from typing import cast

from flask import current_app

from pricing_service.access_log import AccessLog
from pricing_service.keys import FindsKeys
from pricing_service.limits import Limits
from pricing_service.price_book import BookKeeper
from pricing_service.probing import Prober
from woocp_pipelines.counterpoint.prices.facts import EVERY_LOCATION
from woocp_pipelines.counterpoint.prices.memo import AnswerMemo
from woocp_pipelines.rules.clock import Clock, utc_now


@dataclass(frozen=True, slots=True)
class ServiceConfig:
    """The book, who may ask, and the limits.

    `max_batch` is the number of items in one batch request; `trusted_proxy` the address whose
    X-Forwarded-For is believed; `open_metrics` shows /metrics to this machine without a key.
    `price_location` is what /api/v1 prices at unless told; `open_contracts` as in the engine.
    """

    keeper: BookKeeper
    keyring: FindsKeys
    max_batch: int = 100
    clock: Clock = utc_now
    limits: Limits = field(default_factory=Limits)
    trusted_proxy: str = ""
    open_metrics: bool = False
    access_log: AccessLog | None = None
    price_location: str = EVERY_LOCATION
    open_contracts: bool = False
    memo: AnswerMemo = field(default_factory=AnswerMemo)
    prober: Prober = field(init=False)

    def __post_init__(self) -> None:
        """The prober asks the database that the book is read from."""

        def probe() -> float:
            # Looked up when it is asked: a keeper may be given its source later.
            return self.keeper.source.probe()

        object.__setattr__(self, "prober", Prober(probe))


def service() -> ServiceConfig:
    """The configuration of the application that handles this request."""
    return cast("ServiceConfig", current_app.extensions["pricing"])
