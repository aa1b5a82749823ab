"""What became of a booked order in Counterpoint, judged on its lines (CP §3.6, §3.7, §1.20, Q12).

Belongs here: how far an order is shipped, whether it is cancelled, and that nothing told is ever
taken back. Does not: what the store is told of it (fulfilment_news.py), nor reading
(counterpoint/fulfilment_reading.py).

What proves that goods went out, in this order:

1. The line's own quantities: QTY_SHIPPED or QTY_INVCD, whichever is more.
2. Sale lines (S) of the order's release tickets, posted or not. Tickets name items, not lines, so
   what they have more than the lines say is counted on the open lines of the item, first line
   first, in stocking units.
3. The order left the open documents for PS_ORD_HIST with release tickets, where nothing tells any
   more what was ordered.
4. SHIP_DAT, which is a requested date: only where `fulfilment.ship_date` says so, and not before
   that day.

The header's flags (HAS_RLSD_LINS and alike) prove nothing: a partly released order has them, too.
A sale ticket (documents.type "T") is shipped when it is posted, or when its lines say so; it has
no release. Orders with deposit and without (options B and A) are judged alike: the deposit ticket
moves money, never goods.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Final, Literal

from woocp_pipelines.rules.money import ZERO

Place = Literal["open", "order history", "ticket history", "nowhere"]
# SHORT: closed in Counterpoint before all was shipped. MISSING: found nowhere by one look, which
# may have met it on its way to the history; GONE: by two.
State = Literal["OPEN", "PART", "SHIPPED", "CANCELLED", "SHORT", "MISSING", "GONE"]
CLOSED: Final[frozenset[State]] = frozenset(("SHIPPED", "CANCELLED", "SHORT", "GONE"))

_ONE: Final = Decimal(1)
_DECIMALS: Final = 4
_VOID: Final = "V"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the document. Quantities are in its selling unit, at most 4 decimals."""

    seq: int
    item_no: str
    unit: str
    ordered: Decimal
    shipped: Decimal = ZERO
    numer: Decimal = _ONE
    denom: Decimal = _ONE

    @property
    def open(self) -> Decimal:
        """What is still to come."""
        return max(self.ordered - self.shipped, ZERO)

    @property
    def shipped_stocking(self) -> Fraction:
        """What went out, in stocking units."""
        return stocking(self.shipped, self.numer, self.denom)

    def with_more(self, more: Fraction) -> "Line":
        """The line with so many stocking units more shipped, never beyond what was ordered."""
        if more >= stocking(self.open, self.numer, self.denom):
            return replace(self, shipped=self.shipped + self.open)
        selling = more * Fraction(self.denom) / Fraction(self.numer)
        cut = Decimal(floor(selling * 10**_DECIMALS)).scaleb(-_DECIMALS)
        return replace(self, shipped=self.shipped + cut)


@dataclass(frozen=True, slots=True)
class Release:
    """A sale line of a release ticket, in stocking units, and the ticket's day."""

    item_no: str
    stocking: Fraction
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What Counterpoint shows of one order's document now.

    `lines` are those of the open document, or of a posted sale ticket. `copies` are those of the
    deposit ticket, which stay when the order has left. `cancelled`: its log ends with a
    cancellation that was not taken back. `day`: of the posted sale ticket.
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


@dataclass(frozen=True, slots=True)
class Standing:
    """How an order stands, or stood when the store was last told."""

    state: State
    lines: tuple[Line, ...] = ()
    tracking: tuple[str, ...] = ()
    day: date | None = None


NOTHING_TOLD: Final = Standing("OPEN")


def judge(found: Found, told: Standing | None, *, today: date, ship_date: bool = False) -> Standing:
    """How an order stands now. It never falls behind what was told: shipped stays shipped.

    Args:
        found: what Counterpoint shows.
        told: what the store was told last; None at the first look.
        today: store-local.
        ship_date: the setting `fulfilment.ship_date`.
    """
    before = told or NOTHING_TOLD
    tracking = _joined(before.tracking, found.tracking)
    if before.state == "SHIPPED" or _says_nothing(found, before):
        return replace(before, tracking=tracking, day=_day(found, today))
    if found.place == "nowhere":
        state: State = "GONE" if before.state in {"MISSING", "GONE"} else "MISSING"
        return Standing(state, before.lines, tracking, today)
    lines = _shipped_lines(found, before)
    if found.place == "ticket history" and found.doc_typ != _VOID:
        lines = tuple(replace(line, shipped=max(line.ordered, line.shipped)) for line in lines)
        return Standing("SHIPPED", lines, tracking, found.day or today)
    state = _state(found, lines)
    if state in {"OPEN", "PART"} and ship_date and found.ship_dat and found.ship_dat <= today:
        lines = tuple(replace(line, shipped=max(line.ordered, line.shipped)) for line in lines)
        return Standing("SHIPPED", lines, tracking, found.ship_dat)
    return Standing(state, lines, tracking, _day(found, today))


def stocking(quantity: Decimal, numer: Decimal, denom: Decimal) -> Fraction:
    """A quantity in stocking units (CP §1.10), exact: a third of a carton has no last decimal.

    Raises:
        ValueError: the unit has no size.
    """
    if numer <= ZERO or denom <= ZERO:
        raise ValueError(f"expected QTY_NUMER and QTY_DENOM above 0, found {numer}/{denom}")
    return Fraction(quantity) * Fraction(numer) / Fraction(denom)


def is_complete(lines: Sequence[Line]) -> bool:
    """Whether there are goods, and none of them is still to come."""
    return any(line.ordered > ZERO for line in lines) and not any(line.open for line in lines)


def _says_nothing(found: Found, before: Standing) -> bool:
    """An open document without lines is being moved; a purged one was told to the end."""
    empty = found.place == "open" and not found.lines
    return empty or (found.place == "nowhere" and before.state in CLOSED - {"GONE"})


def _state(found: Found, lines: Sequence[Line]) -> State:
    some = any(line.shipped > ZERO for line in lines)
    if is_complete(lines):
        return "SHIPPED"
    if found.place != "order history" and not found.cancelled and found.doc_typ != _VOID:
        return "PART" if some else "OPEN"
    # From here on the document is closed: nothing more comes.
    if not lines and found.releases:
        return "SHIPPED"
    return "SHORT" if some or found.releases else "CANCELLED"


def _shipped_lines(found: Found, before: Standing) -> tuple[Line, ...]:
    known = found.lines or before.lines or found.copies
    was = {line.seq: line.shipped for line in before.lines}
    lines = [
        replace(line, shipped=min(max(line.shipped, was.get(line.seq, ZERO)), line.ordered))
        for line in known
        if line.ordered > ZERO
    ]
    for item_no in dict.fromkeys(line.item_no for line in lines):
        _count_releases(lines, item_no, found.releases)
    return tuple(lines)


def _count_releases(lines: list[Line], item_no: str, releases: Iterable[Release]) -> None:
    """Put on an item's open lines what its release tickets have more than the lines say."""
    mine = [number for number, line in enumerate(lines) if line.item_no == item_no]
    rest = sum((each.stocking for each in releases if each.item_no == item_no), Fraction())
    rest -= sum((lines[number].shipped_stocking for number in mine), Fraction())
    for number in mine:
        if rest <= 0:
            return
        line = lines[number].with_more(rest)
        rest -= line.shipped_stocking - lines[number].shipped_stocking
        lines[number] = line


def _day(found: Found, today: date) -> date:
    """When the last of it went out; today where nothing tells."""
    days = [each.day for each in found.releases if each.day]
    return max([*days, found.invoiced] if found.invoiced else days, default=today)


def _joined(told: Iterable[str], found: Iterable[str]) -> tuple[str, ...]:
    """A number that was told once stays told, also where it was deleted since."""
    clean = (text.strip() for text in (*told, *found))
    return tuple(dict.fromkeys(text for text in clean if text))
