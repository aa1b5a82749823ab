"""What an order's release tickets shipped of its lines, and what nobody can tell (CP §1.19, Q12).

Belongs here: counting tickets' sale lines on the order's lines, and which of them prove nothing.
Does not: what is owed (fulfilment_lines.py), nor the judgement (fulfilment.py).

A ticket names items, not the order's lines, and a customer who fetches goods may buy more on the
same ticket. So its lines prove nothing of an item where

- the ticket was made of several orders,
- it has more lines of the item than the order has, or
- all tickets together have more of the item than was ordered.

And what they had more than a document whose own quantities speak is no goods of the order later
either (`excess`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from woocp_pipelines.rules.fulfilment_lines import Line, stocking

Beyond = tuple[tuple[str, Fraction], ...]
_NONE: Final = Fraction()


@dataclass(frozen=True, slots=True)
class Release:
    """A sale line of a release ticket, in stocking units, and the ticket's day.

    `ticket` tells tickets apart. `shared`: the ticket was made of other orders, too.
    """

    item_no: str
    stocking: Fraction
    day: date | None = None
    ticket: str = ""
    shared: bool = False


def with_releases(
    lines: Sequence[Line], releases: Iterable[Release], beyond: Beyond = ()
) -> tuple[Line, ...]:
    """The lines with what the tickets have more than they say, first line of an item first."""
    counted, without, shipped = list(lines), dict(beyond), _shipped(lines)
    rest = {
        item_no: total - without.get(item_no, _NONE) - shipped.get(item_no, _NONE)
        for item_no, total in _totals(releases).items()
    }
    for number, line in enumerate(lines):
        if rest.get(line.item_no, _NONE) > 0:
            more = line.with_more(rest[line.item_no])
            rest[line.item_no] -= more.shipped_stocking - line.shipped_stocking
            counted[number] = more
    return tuple(counted)


def proving(lines: Sequence[Line], releases: Sequence[Release]) -> list[Release]:
    """The releases that are the order's own goods without doubt."""
    known = Counter(line.item_no for line in lines)
    times = Counter((each.ticket, each.item_no) for each in releases)
    sure = [
        each
        for each in releases
        if not each.shared and times[each.ticket, each.item_no] <= known[each.item_no]
    ]
    ordered: defaultdict[str, Fraction] = defaultdict(Fraction)
    for line in lines:
        ordered[line.item_no] += stocking(line.ordered, line.numer, line.denom)
    totals = _totals(sure)
    return [each for each in sure if totals[each.item_no] <= ordered[each.item_no]]


def excess(lines: Sequence[Line], releases: Iterable[Release]) -> Beyond:
    """What tickets have more of the order's items than its lines say, by item."""
    shipped = _shipped(lines)
    more = {
        item_no: total - shipped[item_no]
        for item_no, total in _totals(releases).items()
        if item_no in shipped
    }
    return tuple(sorted((item_no, each) for item_no, each in more.items() if each > 0))


def _totals(releases: Iterable[Release]) -> Mapping[str, Fraction]:
    totals: defaultdict[str, Fraction] = defaultdict(Fraction)
    for each in releases:
        totals[each.item_no] += each.stocking
    return totals


def _shipped(lines: Iterable[Line]) -> dict[str, Fraction]:
    shipped: dict[str, Fraction] = {}
    for line in lines:
        shipped[line.item_no] = shipped.get(line.item_no, _NONE) + line.shipped_stocking
    return shipped
