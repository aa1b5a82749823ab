"""What a message comes to in the order as the store shows it: plan and apply both ask here.

Belongs here: whether the order is completed, what of its meta data is written, what people must
know. Does not: the words of the message (fulfilment_news.py), nor telling it (flows/).

Only an order that is `processing` is completed (CP §3.6): whatever else the shop made of it
stands. A message that its status refused is told again once the order is in one of RESUMING.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from woocp_pipelines.rules.fulfilment_news import TRACKING_META
from woocp_pipelines.rules.fulfilment_problems import (
    COMPLETED,
    GIVEN_UP,
    PROCESSING,
    closed_short,
    document_cancelled,
    not_processing,
)
from woocp_pipelines.rules.problems import Problem

# Completed: by a person, who needs nothing of us but that the letter closes.
RESUMING: Final = (PROCESSING, COMPLETED)
_CLOSINGS: Final = {"CANCELLED": document_cancelled, "CLOSED_SHORT": closed_short}


class Telling(Protocol):
    """What is asked of a message; a row of the outbox has more."""

    @property
    def kind(self) -> str:
        """As in the news, or that of the booking."""

    @property
    def meta(self) -> Mapping[str, str]:
        """What the order's meta data are set to."""

    @property
    def completes(self) -> bool:
        """Whether the order's status follows, where it may."""

    @property
    def number(self) -> str:
        """The order's, for people."""

    @property
    def document(self) -> str:
        """As people know it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What telling a message does beside its note.

    `completes`: the status is set. `problem` is for people; `is_told` is False where the status
    was to be set and was not.
    """

    meta: Mapping[str, str] = field(default_factory=dict)
    completes: bool = False
    problem: Problem | None = None
    is_told: bool = True


def asks_order(telling: Telling) -> bool:
    """Whether the order must be read first; of the others no status matters."""
    return telling.completes or telling.kind in _CLOSINGS


def outcome_of(telling: Telling, order: Mapping[str, Any]) -> Outcome:
    """What comes of a message.

    Args:
        telling: the message.
        order: as the store shows it now, `status` and `meta_data` at least; any mapping where
            `asks_order` says no.
    """
    if telling.completes:
        return _completion(telling, str(order["status"]), shown_meta(order))
    closing = _CLOSINGS.get(telling.kind)
    if closing is None or str(order["status"]) in GIVEN_UP:
        return Outcome(telling.meta)
    problem = closing(telling.number, telling.document, str(order["status"]))
    return Outcome(telling.meta, problem=problem)


def shown_meta(order: Mapping[str, Any]) -> dict[str, str]:
    """An order's meta data by key."""
    entries = order.get("meta_data") or ()
    return {str(each.get("key")): str(each.get("value")) for each in entries}


def _completion(telling: Telling, status: str, shown: Mapping[str, str]) -> Outcome:
    meta = _with_shown_tracking(telling.meta, shown)
    if status not in RESUMING:
        return Outcome(meta, problem=not_processing(telling.number, status), is_told=False)
    return Outcome(meta, completes=status == PROCESSING)


def _with_shown_tracking(meta: Mapping[str, str], shown: Mapping[str, str]) -> dict[str, str]:
    """Numbers that were told while this message was refused stay in the order's meta."""
    if TRACKING_META not in meta:
        return dict(meta)
    numbers = f"{shown.get(TRACKING_META, '')},{meta[TRACKING_META]}".split(",")
    once = dict.fromkeys(number.strip() for number in numbers if number.strip())
    return {**meta, TRACKING_META: ", ".join(once)}
