"""A booked order that is no longer what was booked: what happened, and what people do about it.

Belongs here: the judgement on one booked order that was read again, its codes and sentences
(design §4: cancelled, refunded, edited, trashed). Does not: the single differences
(order_changes.py), nor keeping the revision (counterpoint/dead_letters.py).

What counts is the accepted state: what was booked, or what a person settled since. Beside the
four, three codes tell apart what asks for another action: the shop put a booked order on hold (its
goods are booked though they may not go out), released one whose hold people had accepted, and an
order booked unpaid was paid later (its payment is still to be entered).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal

from woocp_pipelines.rules.money import ZERO, NotAnAmountError, cents, read_decimal
from woocp_pipelines.rules.order_changes import differences, joined, restore_ids
from woocp_pipelines.rules.order_content import OrderState
from woocp_pipelines.rules.order_goods import read_goods
from woocp_pipelines.rules.problems import Problem

# The revisions that reading an order makes, and closes. Others of kind `revision` stay open until
# a person settles them.
REVISION_CODES: Final = (
    "ORDER_CANCELLED",
    "ORDER_REFUNDED",
    "ORDER_TRASHED",
    "ORDER_PUT_ON_HOLD",
    "ORDER_RELEASED",
    "ORDER_PAID_LATER",
    "ORDER_EDITED",
)
_TEXT: Final = 500
_CORE_STATUSES: Final = frozenset(
    ("pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "trash")
)
_FIELDS: Final = {
    "ORDER_CANCELLED": "status",
    "ORDER_TRASHED": "status",
    "ORDER_PUT_ON_HOLD": "status",
    "ORDER_RELEASED": "status",
    "ORDER_REFUNDED": "refunds",
    "ORDER_PAID_LATER": "date_paid_gmt",
}
_STEPS: Final = {
    "ORDER_CANCELLED": "cancel {document} in Counterpoint by hand, or reopen the order in the shop",
    "ORDER_TRASHED": "cancel {document} in Counterpoint by hand, or restore the order in the shop",
    "ORDER_PUT_ON_HOLD": "keep the goods of {document} back until the shop releases the order",
    "ORDER_RELEASED": "let the goods of {document} go out",
    "ORDER_REFUNDED": "enter the refund for {document} in Counterpoint by hand",
    "ORDER_PAID_LATER": "enter the payment for {document} in Counterpoint by hand",
    "ORDER_EDITED": "correct {document} in Counterpoint by hand",
}
_REFUND_GONE: Final = "take the refund that is gone back out of {document} in Counterpoint by hand"
_SAME_REFUNDS: Final = "see whether goods of {document} came back; no more money was given back"
# What these steps answer; whoever settles such a revision accepts all else that changed, too.
_ANSWERED: Final = {
    "ORDER_REFUNDED": frozenset(("refunds", "group")),
    "ORDER_PUT_ON_HOLD": frozenset(("group",)),
}


@dataclass(frozen=True, slots=True)
class Accepted:
    """What is in Counterpoint of an order.

    `state` is None where the order is not kept any more; then `digest` is its hash, and `ids` has
    the numbers of the account, products and variations that it named, in the order's own shape.
    """

    state: OrderState | None
    document: str
    digest: str | None = None
    ids: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OpenRevision:
    """The revision of an order that people have not settled yet, with the order as it was then.

    `held`: by line id, in words, the goods that it added.
    """

    code: str
    state: OrderState | None
    held: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Revision:
    """A new revision: what people read, the order that it is about, and what it differs from.

    `accepted` is None where the booked order is not kept any more; `was_open`: it takes the place
    of one that people have not settled.
    """

    problem: Problem
    order: Mapping[str, Any]
    accepted: Mapping[str, Any] | None = None
    was_open: bool = False


# The order is what was accepted, so that an open revision is over; or what an open one says.
Unremarkable = Literal["same", "known"]


def review(
    read: OrderState, number: str, accepted: Accepted, open_now: OpenRevision | None
) -> Revision | Unremarkable:
    """Judge a booked order that was read with another hash than the accepted one.

    The kept order decides and not its hash alone: ids that the store itself took away are no
    change, nor is another version of the hash. Where the order is not kept, its ids still are.

    Args:
        read: as the store has it, with the group it has as a booked order.
        number: as people know the order.
        accepted: what it is compared with.
        open_now: what people were told already.
    """
    raw = restore_ids(read.raw, accepted.state.raw if accepted.state else accepted.ids)
    if open_now and open_now.state:
        raw = restore_ids(raw, open_now.state.raw)
    now = OrderState(raw, read.group)
    if now.digest == (accepted.state.digest if accepted.state else accepted.digest):
        return "same"
    problem = _problem(now, number, accepted, open_now.held if open_now else {})
    told = open_now.state if open_now and open_now.code == problem.code else None
    if told and told.digest == now.digest:
        return "known"
    kept = accepted.state.raw if accepted.state else None
    return Revision(problem, raw, kept, was_open=open_now is not None)


def _problem(now: OrderState, number: str, accepted: Accepted, held: Mapping[int, str]) -> Problem:
    kept = accepted.state
    found = differences(kept, now) if kept else []
    parts = frozenset(each.part for each in found)
    code = _code(now, parts, kept)
    if kept is None:
        text = f"order {number} is now {now.status}, total {now.raw.get('total')}, and differs"
        expected = f"{accepted.document}; the booked order is not kept any more, only its hash"
    else:
        text = joined([each.words for each in found], _TEXT)
        expected = f"{accepted.document}: {kept.status}, total {kept.raw.get('total')}"
    return Problem(
        code=code,
        field=_FIELDS.get(code, "content"),
        found=text,
        expected=expected,
        arithmetic=_arithmetic(kept, now),
        next_step=_next_step(_step(code, now, parts, kept), now, number, accepted.document, held),
    )


def _code(now: OrderState, parts: frozenset[str], kept: OrderState | None) -> str:
    moved = "group" in parts or (kept is None and now.group != "bookable")
    if moved and now.status == "trash":
        return "ORDER_TRASHED"
    if moved and now.status in {"cancelled", "failed"}:
        return "ORDER_CANCELLED"
    if (moved and now.status == "refunded") or _is_more_refunded(now, parts, kept):
        return "ORDER_REFUNDED"
    if moved and now.group == "held":
        return "ORDER_PUT_ON_HOLD"
    return _code_of_content(now, parts, kept)


def _code_of_content(now: OrderState, parts: frozenset[str], kept: OrderState | None) -> str:
    released = _is_released(now, kept)
    changed = parts - {"group"} if released else parts
    if released and not changed:
        return "ORDER_RELEASED"
    if changed == {"paid"} and kept and not kept.raw.get("date_paid_gmt"):
        return "ORDER_PAID_LATER"
    return "ORDER_EDITED"


def _is_released(now: OrderState, kept: OrderState | None) -> bool:
    return kept is not None and kept.group == "held" and now.group == "bookable"


def _is_more_refunded(now: OrderState, parts: frozenset[str], kept: OrderState | None) -> bool:
    """Whether money was given back since; a refund that was deleted is the opposite."""
    before, after = _refunded(kept) if kept else None, _refunded(now)
    # Amounts that cannot be read: better to look for a refund than to miss one.
    return "refunds" in parts and (before is None or after is None or after > before)


def _step(code: str, now: OrderState, parts: frozenset[str], kept: OrderState | None) -> str:
    step = _STEPS[code]
    if code == "ORDER_EDITED" and parts == {"refunds"}:
        step = _SAME_REFUNDS if kept and _refunded(kept) == _refunded(now) else _REFUND_GONE
    if code in _ANSWERED and parts - _ANSWERED[code]:
        step = f"{step}, and correct {{document}}"
    if code != "ORDER_RELEASED" and _is_released(now, kept):
        step = f"{step}; the shop released it, its goods may go out"
    return step


def _next_step(
    template: str, now: OrderState, number: str, document: str, held: Mapping[int, str]
) -> str:
    step = template.format(document=document)
    if now.group == "other" and now.status not in _CORE_STATUSES:
        step = f"if {now.status} is no end of an order, add it to orders.statuses; else {step}"
    warning = "" if now.group == "other" else read_goods(now.raw).warning(held)
    step = f"{step}; then `woocp settle {number} --note …`{warning}"
    return f"{step}. woocp never rewrites a booked document"


def _arithmetic(kept: OrderState | None, now: OrderState) -> str:
    """What the change is worth, where the amounts can be read."""
    total, refunded = _amount(now.raw.get("total")), _refunded(now)
    before = _amount(kept.raw.get("total")) if kept else None
    sums = []
    if before is not None and total is not None and before != total:
        sign = "+" if total > before else "-"
        sums.append(f"{before} {sign} {abs(total - before)} = {total}")
    # Nothing given back is an amount, too: 0.00.
    if kept and refunded is not None and total is not None and _refunded(kept) != refunded:
        sums.append(f"{total} - {refunded} refunded = {total - refunded}")
    return "; ".join(sums)


def _refunded(state: OrderState) -> Decimal | None:
    """What was given back in all, positive; None when an amount cannot be read."""
    refunds = state.raw.get("refunds")
    entries = refunds if isinstance(refunds, list) else []
    amounts = [_amount(each.get("total")) for each in entries if isinstance(each, Mapping)]
    known = [each for each in amounts if each is not None]
    return cents(-sum(known, ZERO)) if len(known) == len(amounts) else None


def _amount(value: object) -> Decimal | None:
    try:
        return cents(read_decimal(value))
    except (NotAnAmountError, InvalidOperation):
        return None
