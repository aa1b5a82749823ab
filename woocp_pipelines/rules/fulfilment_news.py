"""What the store is told of an order's fulfilment: which news, in which words (CP §3.6).

Belongs here: the difference between what is and what was told, and the notes. Does not: judging
an order (fulfilment.py), nor what people must do about it (fulfilment_problems.py).

Notes are found again by their text, so no two different pieces of news may read alike: quantities
are those shipped so far. A tracking number is named in one note only, whatever the later ones say:
`told` holds those of earlier messages, which were stored together with it and are sent before this
one. The order's meta names them all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from woocp_pipelines.rules.fulfilment import NOTHING_TOLD, Standing
from woocp_pipelines.rules.fulfilment_lines import Line
from woocp_pipelines.rules.money import ZERO, plain

NewsKind = Literal["PART_SHIPPED", "SHIPPED", "TRACKING", "CANCELLED", "CLOSED_SHORT", "REINSTATED"]
# Order meta, beside cp_doc_id and cp_tkt_no of the booking.
TRACKING_META: Final = "cp_tracking"
SHIP_DATE_META: Final = "cp_ship_date"
_MOST_LINES: Final = 40


@dataclass(frozen=True, slots=True)
class News:
    """One message to the store. `completes`: the order's status follows, where it may."""

    kind: NewsKind
    note: str
    meta: dict[str, str] = field(default_factory=dict)
    completes: bool = False


def news_of(now: Standing, told: Standing | None, document: str, today: date) -> News | None:
    """What the store must hear; None when it knows all.

    Args:
        now: from `judge`.
        told: what it was told last.
        document: as people know it, such as "TKT_NO: O109-000001".
        today: store-local; a cancellation has no date of its own.
    """
    before = told or NOTHING_TOLD
    fresh = [number for number in now.tracking if number not in before.tracking]
    meta = {TRACKING_META: ", ".join(now.tracking)} if fresh else {}
    if now.state == "SHIPPED" and before.state != "SHIPPED":
        return _shipped(now, fresh, today)
    if now.state != before.state and now.state in {"CANCELLED", "SHORT"}:
        return _closed(now, fresh, meta, document, today)
    if _shipped_more(now, before):
        note = f"Order partially shipped from CounterPoint. {_ship_date(now, today)}. "
        note += f"Shipped so far: {_listed(now.lines)}{_tracking(fresh)}"
        return News("PART_SHIPPED", note, meta)
    if before.state in {"CANCELLED", "SHORT"} and now.state in {"OPEN", "PART"}:
        note = f"Order reinstated in CounterPoint ({document}) on {today:%Y-%m-%d}"
        return News("REINSTATED", f"{note}{_tracking(fresh)}", meta)
    if fresh:
        return News("TRACKING", f"Tracking from CounterPoint: {', '.join(fresh)}", meta)
    return None


def _shipped(now: Standing, fresh: Sequence[str], today: date) -> News:
    # The retailer's own wording (CP §3.6): staff search for it.
    note = f"Order fulfilled and shipped from CounterPoint. {_ship_date(now, today)}"
    meta = {SHIP_DATE_META: f"{now.day or today:%Y-%m-%d}"}
    if now.tracking:
        meta[TRACKING_META] = ", ".join(now.tracking)
    return News("SHIPPED", f"{note}{_tracking(fresh)}", meta, completes=True)


def _closed(
    now: Standing, fresh: Sequence[str], meta: dict[str, str], document: str, today: date
) -> News:
    when = f"({document}) on {today:%Y-%m-%d}"
    if now.state == "CANCELLED":
        note = f"Order cancelled in CounterPoint {when}; nothing of it was shipped"
        return News("CANCELLED", f"{note}{_tracking(fresh)}", meta)
    note = f"Order closed in CounterPoint {when} before all of it was shipped. "
    shipped = _listed(now.lines) or "other goods than were ordered"
    return News("CLOSED_SHORT", f"{note}Shipped: {shipped}{_tracking(fresh)}", meta)


def _shipped_more(now: Standing, before: Standing) -> bool:
    was = {line.key: line.shipped for line in before.lines}
    more = any(line.shipped > was.get(line.key, ZERO) for line in now.lines)
    return now.state == "PART" and more


def _ship_date(now: Standing, today: date) -> str:
    return f"Ship Date: {now.day or today:%Y-%m-%d}"


def _tracking(numbers: Iterable[str]) -> str:
    text = ", ".join(numbers)
    return f". Tracking: {text}" if text else ""


def _listed(lines: Sequence[Line]) -> str:
    shown = [
        f"{plain(line.shipped)} of {plain(line.ordered)} {line.unit} {line.item_no}".replace(
            "  ", " "
        )
        for line in lines[:_MOST_LINES]
    ]
    more = len(lines) - len(shown)
    return "; ".join([*shown, f"and {more} more lines"] if more else shown)
