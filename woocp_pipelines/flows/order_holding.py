"""Goods of orders that cannot be read: people hear what stays kept back of them, and what does not.

Belongs here: saying it in the order's problem. Does not: keeping goods back (order_writing.py), nor
booked orders, whose revision says it (order_revisions.py).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.staged_lines import read_held
from woocp_pipelines.flows.order_reading import Decided
from woocp_pipelines.rules.order_goods import GoodsRead, read_goods


def say_what_is_held(
    connection: Connection, store_id: str, decided: Iterable[Decided], *, upgraded: bool
) -> list[Decided]:
    """The orders of a page, those refused as unreadable with what becomes of their goods.

    One statement a page, none where every line can be read. `upgraded`: there are staged lines.
    """
    page = list(decided)
    unread = {
        each.item.raw["id"]: read_goods(each.item.raw)
        for each in page
        if each.decision.action == "refuse" and each.item.order is None
    }
    unread = {order_id: goods for order_id, goods in unread.items() if goods.unread}
    if not unread:
        return page
    held = read_held(connection, store_id, unread) if upgraded else {}
    return [_say(each, unread, held.get(each.item.raw["id"], {})) for each in page]


def _say(each: Decided, unread: Mapping[int, GoodsRead], held: Mapping[int, str]) -> Decided:
    goods = unread.get(each.item.raw["id"])
    if goods is None or each.item.order is not None:
        return each
    first, *others = each.item.problems
    step = f"{first.next_step}{goods.warning(held)}"
    problems = (replace(first, next_step=step), *others)
    return replace(each, item=replace(each.item, problems=problems))
