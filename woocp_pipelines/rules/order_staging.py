"""What a read order means for its staging row: new, changed, held, gone, or a revision.

Belongs here: design §4 "Orders" as a pure decision. Writing it down: counterpoint/staging.py; what
a change of a booked order is: order_revisions.py.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from woocp_pipelines.rules.money import ZERO, NotAnAmountError, read_decimal
from woocp_pipelines.rules.order_content import StatusGroup
from woocp_pipelines.rules.order_revisions import Revision
from woocp_pipelines.rules.problems import Problem

Action = Literal[
    "ignore",
    "ended",
    "insert",
    "update",
    "refresh",
    "unchanged",
    "revise",
    "restored",
    "refuse",
    "busy",
]

# Longer than a page can be under way, its repeated requests included.
IN_FLIGHT: Final = timedelta(minutes=15)
_BEFORE_START: Final = "BEFORE_START_DATE"
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
    what is in Counterpoint of it. `error_code` is why it is not to be booked; `modified` the
    store's time of the state that is staged, `written` when its row was written.
    """

    status: str
    content_hash: str | None
    booked_hash: str | None
    claimed: bool
    document: str = ""
    error_code: str | None = None
    modified: datetime | None = None
    written: datetime | None = None

    @property
    def is_settled(self) -> bool:
        """Booked, or never to be booked: nothing writes its row again."""
        return self.status in {"BOOKED", "SKIPPED"}

    @property
    def is_kept_out(self) -> bool:
        """Refused for its age, or no state of it was ever staged for booking (or is any more)."""
        return self.content_hash is None or self.error_code == _BEFORE_START

    def is_ahead_of(self, modified: datetime, now: datetime) -> bool:
        """Whether another run staged a later state while this reading was under way.

        Only rows written in these minutes count: a store whose clock was set back dates later
        changes earlier, and the next night's reading must take those. Without a hash no state is
        staged that could be older or newer.
        """
        if self.content_hash is None or self.modified is None or self.written is None:
            return False
        return modified < self.modified and now - self.written <= IN_FLIGHT


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, and the STATUS that the row gets when it is written.

    A booked order that is no longer what was accepted is `revise`; with its `revision` once the
    kept order was looked at, which alone says what changed. `restored`: its revision is over.
    `ended`: never staged, and the shop gave it up, so that nothing open of it matters any more.
    `kept_out`: the row is written, but is not to be booked since the order is too old.
    """

    action: Action
    status: str = ""
    revision: Revision | None = None
    kept_out: bool = False


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


def decide_unreadable(
    group: StatusGroup, content_hash: str, known: Known | None, *, too_old: bool = False
) -> Decision:
    """Decide on an order that could not be read: what is staged of it is no longer what it is.

    A row keeps its goods back until it can be read, is given up by the shop, or is settled; an
    order `too_old` to be staged has none, only its letter.
    """
    if known is None:
        if group == "other":
            return Decision("ignore")
        return Decision("refuse", "" if too_old else "REFUSED")
    if known.is_settled:
        return decide(group, content_hash, known)
    if known.claimed:
        return Decision("busy")
    if group != "other":
        return Decision("refuse", "REFUSED")
    return Decision("unchanged") if known.status == "CANCELLED" else Decision("update", "CANCELLED")


def decide_old(
    group: StatusGroup, content_hash: str, known: Known | None, *, due: bool, again: bool = False
) -> Decision | None:
    """Decide on an order older than `orders.start_date`: never staged, but a staged one is kept.

    A row that was never staged for booking, such as one of the old scripts, is kept out of it for
    good, whatever the shop does to the order: people were told to enter it by hand.

    Args:
        group: of its status.
        content_hash: of what was read.
        known: its row.
        due: it was paid since that date, so people hear of it.
        again: a person wants it tried again; it stays as it is, unless the shop gave it up.

    Returns:
        None when it was staged while the date was an earlier one: what happens to it still matters.
    """
    if again and group != "other":
        return Decision("ignore")
    if known is None:
        return Decision("refuse" if due and group == "bookable" else "ignore")
    if known.is_settled or known.claimed or not known.is_kept_out:
        return None
    target = "CANCELLED" if group == "other" else "REFUSED"
    if known.content_hash == content_hash and known.status == target:
        return Decision("unchanged")
    return Decision("update", target, kept_out=True)


def is_too_old(created: datetime, first_moment: datetime | None) -> bool:
    """Orders created before `orders.start_date` are never staged (design §4)."""
    return first_moment is not None and created < first_moment


def refunded(number: str, refunds: Iterable[Mapping[str, Any]], document: str) -> Problem | None:
    """The note for people that money was given back before the order was booked in full.

    None when none was: a refund of 0.00 only puts goods back into the shop's stock.
    """
    amounts = [str(refund.get("total")) for refund in refunds if not _is_nothing(refund)]
    if not amounts:
        return None
    return Problem(
        code="REFUNDED_BEFORE_BOOKING",
        field="refunds",
        found=f"order {number} was refunded {', '.join(amounts)} before it was booked",
        expected="no refunds: the order is booked in full",
        next_step=f"take the refund into account in document {document} by hand; then "
        f"`woocp settle {number} --note …`",
    )


def _is_nothing(refund: Mapping[str, Any]) -> bool:
    try:
        return read_decimal(refund.get("total")) == ZERO
    except NotAnAmountError:
        return False


def before_start(
    created: datetime, paid: datetime | None = None, *, first: datetime | None = None
) -> Problem:
    """An order older than `orders.start_date` that is unbooked in an old row, or paid since.

    `first`: the first moment of that date, where it is known.
    """
    start = f" ({first.isoformat()})" if first else ""
    return Problem(
        code=_BEFORE_START,
        field="date_created_gmt",
        found=f"{created.isoformat()}, paid {paid.isoformat()}" if paid else created.isoformat(),
        expected=f"an order from orders.start_date{start} on",
        next_step="see whether the order was entered by hand; if not, enter it in Counterpoint; "
        "then `woocp settle` it",
    )
