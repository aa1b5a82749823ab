"""What Counterpoint itself would charge for the lines of an order: CALC_PRC (CP §4.2 rule 3).

Belongs here: a price book of a claim's items and customers, and the answers for one order. A
price that cannot be decided is never a reason to refuse: the web's price stands for it, and the
note says so (design §4).
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.prices.book import PriceBook
from woocp_pipelines.counterpoint.prices.codes import RuleCodes
from woocp_pipelines.counterpoint.prices.engine import PriceAnswer, price_item
from woocp_pipelines.counterpoint.prices.errors import PriceError
from woocp_pipelines.counterpoint.prices.reading import read_price_book
from woocp_pipelines.counterpoint.prices.reading_once import Scope
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.order_preparation import Prepared
from woocp_pipelines.rules.document_building.inputs import (
    CounterpointPrice,
    PriceRuleUsed,
    ResolvedLine,
)
from woocp_pipelines.rules.problems import RULE_FAULTS

_log = logging.getLogger(__name__)
_RULE_FAULTS: Final = (*RULE_FAULTS, AssertionError)


@dataclass(frozen=True, slots=True)
class LinePrices:
    """Counterpoint's prices by web line id, and what is to be said about the others."""

    by_line: Mapping[int, CounterpointPrice]
    remarks: tuple[str, ...]


def read_order_book(
    context: FlowContext, orders: Sequence[tuple[Prepared, str]]
) -> PriceBook | PriceError:
    """A price book for these orders and their customers; the error where none can be read."""
    scope = Scope(
        item_nos=frozenset(
            line.item.sellable.item_no for found, _ in orders for line in found.lines
        ),
        cust_nos=frozenset(cust_no for _, cust_no in orders),
    )
    zone = context.settings.store.time_zone
    codes = RuleCodes(context.settings.prices.methods)
    with reading(context.engine) as connection:
        try:
            return read_price_book(
                connection, time_zone=zone, read_at=context.now(), scope=scope, codes=codes
            )
        except PriceError as error:
            return error
        except _RULE_FAULTS as error:
            return _unexpected(error)


def price_lines(
    context: FlowContext, book: PriceBook | PriceError, found: Prepared, cust_no: str
) -> LinePrices:
    """Price an order's lines for its customer, at the moment the order was made."""
    if isinstance(book, PriceError):
        return LinePrices({}, (f"Counterpoint's prices could not be read: {book}",))
    prices: dict[int, CounterpointPrice] = {}
    remarks: list[str] = []
    for number, line in enumerate(found.lines, start=1):
        answer = _price(context, book, line, cust_no, found)
        if isinstance(answer, PriceError):
            remarks.append(f"Counterpoint's price of line {number} is undecided: {answer}")
        else:
            prices[line.web.line_id] = answer
    return LinePrices(prices, tuple(remarks))


def _price(
    context: FlowContext, book: PriceBook, line: ResolvedLine, cust_no: str, found: Prepared
) -> CounterpointPrice | PriceError:
    settings = context.settings
    try:
        answer = price_item(
            book,
            customer=cust_no,
            item_no=line.item.sellable.item_no,
            quantity=line.web.quantity,
            at=found.order.created,
            unit=line.unit.code,
            location=settings.counterpoint.price_location,
            open_contracts=settings.prices.open_contracts,
        )
    except PriceError as error:
        return error
    except _RULE_FAULTS as error:
        return _unexpected(error)
    return CounterpointPrice(answer.unit_price, answer.extended, _rule(answer))


def _rule(answer: PriceAnswer) -> PriceRuleUsed | None:
    if answer.group_type is None or answer.rule_seq is None:
        return None
    return PriceRuleUsed(
        group_type=answer.group_type,
        group_code=answer.group_code or "",
        sequence=answer.rule_seq,
        descr=answer.rule_descr or "",
        break_descr=answer.break_descr,
    )


def _unexpected(error: Exception) -> PriceError:
    """A rule that the engine stumbles over must not keep the order, or those behind it, waiting."""
    _log.error("price engine", exc_info=error)
    return PriceError(f"{type(error).__name__}: {error}")
