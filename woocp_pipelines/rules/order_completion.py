"""An order that was completed: what the store changed by itself with the status (WC §2).

Belongs here: telling the store's own doing from a change that people must see. Does not: when an
order is completed (flows/outbox_telling.py).
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from woocp_pipelines.rules.clock import known_gmt

_TIMES: Final = ("date_paid_gmt", "date_completed_gmt")
# Both are stamped while one request is served, by a clock of whole seconds.
_ONE_REQUEST: Final = timedelta(seconds=5)


def before_completion(raw: Mapping[str, Any]) -> dict[str, Any] | None:
    """The order without the payment that completing it brought; None when it brought none.

    A shop that takes money on delivery calls an order paid in the moment it is completed. That is
    no payment to be entered: Counterpoint took it when the goods were released.
    """
    paid, completed = (known_gmt(raw.get(name)) for name in _TIMES)
    if paid is None or completed is None or abs(paid - completed) > _ONE_REQUEST:
        return None
    return {**raw, "date_paid_gmt": None}
