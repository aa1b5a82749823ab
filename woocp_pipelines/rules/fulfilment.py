"""What became of a booked order in Counterpoint, judged on its lines (CP §3.6, §3.7, §1.20, Q12).

Belongs here: how far an order is shipped, whether it is cancelled, and that nothing told is ever
taken back. Does not: what is owed (fulfilment_lines.py), what tickets prove
(fulfilment_releases.py), what the store is told (fulfilment_news.py), nor reading
(counterpoint/fulfilment_reading.py).

A customer who is told of goods that did not go out is worse than one who is told late. What proves
that goods went out, in this order:

1. The lines' own quantities: QTY_SHIPPED or QTY_INVCD, whichever is more. Where one line of a
   document has any, this Counterpoint keeps them, and nothing else counts while it is open.
2. Sale lines (S) of the order's release tickets, posted or not, as far as they are its goods
   without doubt. Where the order is complete only with doubtful ones, it is UNCLEAR.
3. The order left the open documents for PS_ORD_HIST with release tickets, where nothing tells any
   more what was ordered.
4. SHIP_DAT, which is a requested date: only where `fulfilment.ship_date` says so, and not before
   that day.

The header's flags (HAS_RLSD_LINS and alike) prove nothing: a partly released order has them, too.
A sale ticket (documents.type "T") has no release: what its lines are when it is posted is shipped.
Orders with deposit and without (options B and A) are judged alike: the deposit ticket moves money,
never goods.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from woocp_pipelines.rules.fulfilment_lines import Line, is_complete, owed_lines
from woocp_pipelines.rules.fulfilment_releases import (
    Beyond,
    Release,
    excess,
    proving,
    with_releases,
)
from woocp_pipelines.rules.money import ZERO

Place = Literal["open", "order history", "ticket history", "nowhere"]
# UNCLEAR: shipped by what the tickets say, and nobody can tell whether they say it of this order.
# SHORT: closed in Counterpoint before all was shipped. MISSING: found nowhere by one look, which
# may have met it on its way to the history; GONE: by two.
State = Literal["OPEN", "PART", "UNCLEAR", "SHIPPED", "CANCELLED", "SHORT", "MISSING", "GONE"]
CLOSED: Final[frozenset[State]] = frozenset(("SHIPPED", "CANCELLED", "SHORT", "GONE"))

_VOID: Final = "V"


@dataclass(frozen=True, slots=True)
class Found:
    """What Counterpoint shows of one order's document now.

    `lines` are those of the open document, or of a posted sale ticket. `copies` are those of the
    deposit ticket, as the order was booked. `cancelled`: its log ends with a cancellation that was
    not taken back. `day`: of the posted sale ticket.
    """

    place: Place
    doc_typ: str = "O"
    lines: tuple[Line, ...] = ()
    copies: tuple[Line, ...] = ()
    releases: tuple[Release, ...] = ()
    cancelled: bool = False
    invoiced: date | None = None
    ship_dat: date | None = None
    day: date | None = None
    tracking: tuple[str, ...] = ()

    @property
    def is_posted(self) -> bool:
        """A sale ticket that was posted: its goods went over the counter."""
        return self.place == "ticket history" and self.doc_typ != _VOID


@dataclass(frozen=True, slots=True)
class Standing:
    """How an order stands, or stood when the store was last told.

    `is_open`: its document may still go on, whatever the state. `beyond`: what its release tickets
    had more than its lines said, while those spoke.
    """

    state: State
    lines: tuple[Line, ...] = ()
    tracking: tuple[str, ...] = ()
    day: date | None = None
    is_open: bool = False
    beyond: Beyond = ()

    @property
    def is_closed(self) -> bool:
        """Told to its end. What is cancelled or short and still open may be reinstated."""
        return self.state in CLOSED and (self.state == "SHIPPED" or not self.is_open)


NOTHING_TOLD: Final = Standing("OPEN")


def judge(found: Found, told: Standing | None, *, today: date, ship_date: bool = False) -> Standing:
    """How an order stands now. It never falls behind what was told: shipped stays shipped.

    Args:
        found: what Counterpoint shows.
        told: what the store was told last; None at the first look.
        today: store-local.
        ship_date: the setting `fulfilment.ship_date`.
    """
    before = replace(
        told or NOTHING_TOLD,
        lines=(told.lines if told else ()) or found.copies,
        tracking=_joined(told.tracking if told else (), found.tracking),
        day=_day(found, today),
        is_open=found.place == "open",
    )
    if before.state == "SHIPPED" or _says_nothing(found, before):
        return before
    if found.place == "nowhere":
        gone = before.state in {"MISSING", "GONE"}
        return replace(before, state="GONE" if gone else "MISSING", day=today)
    now = _judged(found, before)
    is_dated = ship_date and found.ship_dat is not None and found.ship_dat <= today
    if not is_dated or now.state in CLOSED:
        return now
    lines = tuple(line.all_shipped() for line in found.lines)
    return replace(_judged(replace(found, lines=lines), before), day=found.ship_dat)


def _says_nothing(found: Found, before: Standing) -> bool:
    """An open document without lines is being moved; a purged one was told to the end."""
    empty = found.place == "open" and not found.lines
    told = (CLOSED - {"GONE"}) | {"UNCLEAR"}
    return empty or (found.place == "nowhere" and before.state in told)


def _judged(found: Found, before: Standing) -> Standing:
    lines = owed_lines(found.lines, before.lines)
    sure = proving(lines, found.releases)
    if any(line.shipped > ZERO for line in found.lines):
        more = excess(lines, sure)
        return replace(before, state=_state(found, lines), lines=lines, beyond=more)
    counted = with_releases(lines, sure, before.beyond)
    state = _state(found, counted)
    if state != "SHIPPED" and is_complete(with_releases(lines, found.releases)):
        return replace(before, state="UNCLEAR", lines=lines)
    return replace(before, state=state, lines=lines if state == "UNCLEAR" else counted)


def _state(found: Found, lines: Sequence[Line]) -> State:
    some = any(line.shipped > ZERO for line in lines)
    if is_complete(lines):
        return "SHIPPED"
    if found.place == "open" and not found.cancelled and found.doc_typ != _VOID:
        return "PART" if some else "OPEN"
    # From here on the document is closed: nothing more comes.
    if not lines and (found.releases or found.is_posted):
        return "UNCLEAR" if any(each.shared for each in found.releases) else "SHIPPED"
    return "SHORT" if some or found.releases or found.is_posted else "CANCELLED"


def _day(found: Found, today: date) -> date:
    """When the last of it went out; today where nothing tells."""
    if found.is_posted and found.day:
        return found.day
    days = [each.day for each in found.releases if each.day]
    return max([*days, found.invoiced] if found.invoiced else days, default=today)


def _joined(told: Iterable[str], found: Iterable[str]) -> tuple[str, ...]:
    """A number that was told once stays told, also where it was deleted since."""
    clean = (text.strip() for text in (*told, *found))
    return tuple(dict.fromkeys(text for text in clean if text))
