"""What Counterpoint would charge for one line, looked at in four ways.

Belongs here: the books that the price audit asks, and one line's question. Does not: what follows
from the answers (rules/price_audit.py).
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from woocp_pipelines.counterpoint.prices.book import CONTRACT, GROUP_KINDS, PriceBook
from woocp_pipelines.counterpoint.prices.engine import PriceAnswer, price_item
from woocp_pipelines.counterpoint.prices.errors import PriceError
from woocp_pipelines.rules.price_audit import EnginePrice, Offers
from woocp_pipelines.rules.problems import RULE_FAULTS
from woocp_pipelines.settings import Settings

# What a book may raise at a line: its own refusals, and a rule or quantity of unforeseen shape.
_NO_PRICE: Final = (PriceError, AssertionError, *RULE_FAULTS)


@dataclass(frozen=True, slots=True)
class Asked:
    """A line: what, how much, for whom (None is somebody without account), and when ordered."""

    item_no: str
    unit: str
    quantity: Decimal
    customer: str | None
    ordered: datetime


@dataclass(frozen=True, slots=True)
class AuditBooks:
    """The rules of now; the same without contracts; and the items' own prices alone."""

    full: PriceBook
    without_contracts: PriceBook
    own: PriceBook

    @classmethod
    def of(cls, book: PriceBook) -> "AuditBooks":
        """The three books; `book` holds the items and customers that will be asked about."""
        others = frozenset(GROUP_KINDS) - {CONTRACT}
        return cls(book, _only(book, others), _only(book, ()))


def offers_for(books: AuditBooks, settings: Settings, asked: Asked, now: datetime) -> Offers | str:
    """Counterpoint's prices of a line; why there is none for the time of the order, else."""
    try:
        then = _priced(books.full, settings, asked, asked.ordered)
    except _NO_PRICE as error:
        return _reason(error)
    return Offers(
        then=then,
        now=_if_decided(books.full, settings, asked, now),
        without_contracts=_if_decided(books.without_contracts, settings, asked, asked.ordered),
        own=_if_decided(books.own, settings, asked, asked.ordered),
    )


def _only(book: PriceBook, kinds: Collection[str]) -> PriceBook:
    groups = tuple(group for group in book.facts.groups if group.kind in kinds)
    return PriceBook(replace(book.facts, groups=groups), book.codes)


def _if_decided(
    book: PriceBook, settings: Settings, asked: Asked, at: datetime
) -> EnginePrice | None:
    try:
        return _priced(book, settings, asked, at)
    except _NO_PRICE:
        return None


def _priced(book: PriceBook, settings: Settings, asked: Asked, at: datetime) -> EnginePrice:
    answer = price_item(
        book,
        customer=asked.customer,
        item_no=asked.item_no,
        quantity=asked.quantity,
        at=at,
        unit=asked.unit,
        location=settings.counterpoint.price_location,
        open_contracts=settings.prices.open_contracts,
    )
    return EnginePrice(answer.unit_price, answer.extended, answer.group_type or "", _rule(answer))


def _rule(answer: PriceAnswer) -> str:
    if answer.group_code is None:
        return ""
    return f"{answer.group_type} {answer.group_code}, rule {answer.rule_seq}"


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, PriceError) else f"{type(error).__name__}: {error}"
