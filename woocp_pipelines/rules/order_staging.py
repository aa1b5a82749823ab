"""What a read order means for its staging row: new, changed, held, gone, or a revision.

Belongs here: design §4 "Orders" as a pure decision. Writing it down: counterpoint/staging.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from woocp_pipelines.rules.order_content import StatusGroup
from woocp_pipelines.rules.problems import Problem

Action = Literal["ignore", "insert", "update", "unchanged", "revise", "busy"]

_UNBOOKED: Final = ("PENDING", "HELD", "REFUSED", "CANCELLED", "REREAD")
_TARGET: Final[Mapping[StatusGroup, str]] = {
    "bookable": "PENDING",
    "held": "HELD",
    "other": "CANCELLED",
}


@dataclass(frozen=True, slots=True)
class Known:
    """The staging row of an order, as far as a decision needs it.

    `booked_hash` is the content that was booked; None when it was never booked, or booked before
    woocp kept hashes.
    """

    status: str
    content_hash: str | None
    booked_hash: str | None
    claimed: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, and the STATUS that the row gets when it is written."""

    action: Action
    status: str = ""


def decide(group: StatusGroup, content_hash: str, known: Known | None) -> Decision:
    """Decide on one read order.

    A change of an order not yet booked replaces its row; of a booked one it is a revision for
    people, never silently ignored or rewritten. A row that is being booked right now is left
    alone: the overlap of the next reading brings the order again.
    """
    if known is None:
        return Decision("ignore") if group == "other" else Decision("insert", _TARGET[group])
    if known.status in ("BOOKED", "SKIPPED"):
        changed = known.booked_hash is not None and known.booked_hash != content_hash
        return Decision("revise" if changed else "unchanged")
    if known.claimed:
        return Decision("busy")
    if known.status not in _UNBOOKED:
        return Decision("unchanged")
    target = _TARGET[group]
    if known.content_hash == content_hash and known.status in (target, "REFUSED"):
        return Decision("unchanged")
    return Decision("update", target)


def is_too_old(created: datetime, first_moment: datetime | None) -> bool:
    """Orders created before `orders.start_date` are never staged (design §4)."""
    return first_moment is not None and created < first_moment


def revision(status: str, number: str, document: str) -> Problem:
    """The note for people that a booked order is no longer what was booked."""
    return Problem(
        code="ORDER_CHANGED",
        field="status" if status in ("cancelled", "refunded", "failed", "trash") else "content",
        found=f"order {number} is now {status} or has other contents",
        expected=f"what was booked as {document}",
        next_step="compare both and correct the document in Counterpoint by hand; "
        "woocp never rewrites a booked document",
    )


def before_start(created: datetime) -> Problem:
    """An unbooked row of the old scripts whose order is older than `orders.start_date`."""
    return Problem(
        code="BEFORE_START_DATE",
        field="date_created_gmt",
        found=created.isoformat(),
        expected="an order from orders.start_date on",
        next_step="see whether the order was entered by hand; if not, enter it in Counterpoint",
    )
