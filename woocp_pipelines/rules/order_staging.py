"""What a read order means for its staging row: new, changed, held, gone, or a revision.

Belongs here: design §4 "Orders" as a pure decision. Writing it down: counterpoint/staging.py; what
a change of a booked order is: order_revisions.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from woocp_pipelines.rules.order_content import StatusGroup
from woocp_pipelines.rules.order_revisions import Revision
from woocp_pipelines.rules.problems import Problem

Action = Literal[
    "ignore", "insert", "update", "refresh", "unchanged", "revise", "restored", "refuse", "busy"
]

_UNBOOKED: Final = ("PENDING", "HELD", "REFUSED", "CANCELLED", "REREAD")
_TARGET: Final[Mapping[StatusGroup, str]] = {
    "bookable": "PENDING",
    "held": "HELD",
    "other": "CANCELLED",
}


@dataclass(frozen=True, slots=True)
class Known:
    """The staging row of an order, as far as a decision needs it.

    `booked_hash` is the content that was booked, or that a person accepted since; None when it was
    never booked, booked before woocp kept hashes, or settled without a document. `document` names
    what is in Counterpoint of it.
    """

    status: str
    content_hash: str | None
    booked_hash: str | None
    claimed: bool
    document: str = ""

    @property
    def is_settled(self) -> bool:
        """Booked, or never to be booked: nothing writes its row again."""
        return self.status in {"BOOKED", "SKIPPED"}


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, and the STATUS that the row gets when it is written.

    A booked order that is no longer what was accepted is `revise`; with its `revision` once the
    kept order was looked at, which alone says what changed. `restored`: its revision is over.
    """

    action: Action
    status: str = ""
    revision: Revision | None = None


def decide(group: StatusGroup, content_hash: str, known: Known | None) -> Decision:
    """Decide on one read order.

    A change of an order not yet booked replaces its row; of a booked one it is a revision for
    people, never silently ignored or rewritten. A row that is being booked right now is left
    alone: the overlap of the next reading brings the order again.
    """
    if known is None:
        return Decision("ignore") if group == "other" else Decision("insert", _TARGET[group])
    if known.is_settled:
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
    if known.is_settled:
        return decide(group, content_hash, known)
    return Decision("busy" if known.claimed else "refuse")


def decide_old(group: StatusGroup, known: Known | None, *, due: bool) -> Decision | None:
    """Decide on an order older than `orders.start_date`: never staged, but a staged one is kept.

    `due`: it was paid since that date, so people hear of it. None: it was staged while the date
    was an earlier one, so what happens to it still matters.
    """
    if known is None:
        return Decision("refuse" if due and group == "bookable" else "ignore")
    return Decision("update", "REFUSED") if known.status == "REREAD" else None


def is_too_old(created: datetime, first_moment: datetime | None) -> bool:
    """Orders created before `orders.start_date` are never staged (design §4)."""
    return first_moment is not None and created < first_moment


def refunded(number: str, amounts: Sequence[str], document: str) -> Problem:
    """The note for people that money was given back before the order was booked in full."""
    return Problem(
        code="REFUNDED_BEFORE_BOOKING",
        field="refunds",
        found=f"order {number} was refunded {', '.join(amounts)} before it was booked",
        expected="no refunds: the order is booked in full",
        next_step=f"take the refund into account in document {document} by hand; then "
        f"`woocp settle {number} --note …`",
    )


def before_start(created: datetime, paid: datetime | None = None) -> Problem:
    """An order older than `orders.start_date` that is unbooked in an old row, or paid since."""
    return Problem(
        code="BEFORE_START_DATE",
        field="date_created_gmt",
        found=f"{created.isoformat()}, paid {paid.isoformat()}" if paid else created.isoformat(),
        expected="an order from orders.start_date on",
        next_step="see whether the order was entered by hand; if not, enter it in Counterpoint; "
        "then `woocp settle` it",
    )
