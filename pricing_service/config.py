"""What one running service is made of.

Belongs here: the parts that routes share. Does not: where they come from (server.py).
"""

from dataclasses import dataclass
from typing import cast

from flask import current_app

from pricing_service.price_book import BookKeeper
from pricing_service.security import Keyring
from woocp_pipelines.rules.clock import Clock, utc_now


@dataclass(frozen=True, slots=True)
class ServiceConfig:
    """The book, who may ask, and the limits.

    `max_batch` is the number of items in one batch request.
    """

    keeper: BookKeeper
    keyring: Keyring
    max_batch: int = 100
    clock: Clock = utc_now


def service() -> ServiceConfig:
    """The configuration of the application that handles this request."""
    return cast("ServiceConfig", current_app.extensions["pricing"])
