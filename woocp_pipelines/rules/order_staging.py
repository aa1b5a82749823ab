"""What a read order means for its staging row: new, changed, held, gone, or a revision.

Belongs here: design §4 "Orders" as a pure decision. Writing it down: counterpoint/staging.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from woocp_pipelines.rules.order_content import StatusGroup
from woocp_pipelines.rules.problems import Problem

Action = Literal["ignore", "insert", "update", "refresh", "unchanged", "revise", "refuse", "busy"]

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


def decide_again(group: StatusGroup, content_hash: str, known: Known | None) -> Decision:
    """Decide on an order that a person wants tried again, changed or not.

    What no hash shows may have been corrected: a product's SKU, a map, a code. So an unbooked row
    is written afresh also when the order is the same; its reasons stay open until it is booked.
    """
    decision = decide(group, content_hash, known)
    if decision.action == "unchanged" and known and known.status in _UNBOOKED:
        return Decision("refresh", _TARGET[group])
    return decision


def decide_unreadable(group: StatusGroup, content_hash: str, known: Known | None) -> Decision:
    """Decide on an order that could not be read: what is staged of it is no longer what it is."""
    if known is None:
        return Decision("ignore" if group == "other" else "refuse")
    if known.status in ("BOOKED", "SKIPPED"):
        return decide(group, content_hash, known)
    return Decision("busy" if known.claimed else "refuse")


def decide_old(known: Known | None) -> Decision | None:
    """Decide on an order older than `orders.start_date`: never staged, but a staged one is kept.

    None: it was staged while the date was an earlier one, so what happens to it still matters.
    """
    if known is None:
        return Decision("ignore")
    return Decision("update", "REFUSED") if known.status == "REREAD" else None


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


def refunded(number: str, amounts: Sequence[str], document: str) -> Problem:
    """The note for people that money was given back before the order was booked in full."""
    return Problem(
        code="REFUNDED_BEFORE_BOOKING",
        field="refunds",
        found=f"order {number} was refunded {', '.join(amounts)} before it was booked",
        expected="no refunds: the order is booked in full",
        next_step=f"take the refund into account in document {document} by hand",
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
