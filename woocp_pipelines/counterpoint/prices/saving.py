"""A price book as bytes and back: the last known good one, for when Counterpoint is away.

Belongs here: the format, lines of JSON, compressed: a head with everything but items and customers,
then those some at a time, then their numbers. Does not: files and when to use them
(pricing_service/price_book.py). Decimals stay exact: they travel as texts.
"""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from woocp_pipelines.counterpoint.prices.errors import PriceBookError
from woocp_pipelines.counterpoint.prices.facts import (
    BookFacts,
    Customer,
    FilterValues,
    Item,
    LocationPrices,
)
from woocp_pipelines.counterpoint.prices.pacing import Pace, no_rest
from woocp_pipelines.counterpoint.prices.sharing import Sharing

T = TypeVar("T")
FORMAT: Final = "woocp price book 2"
# Rows of one line: writing a line lets no other thread work, about a millisecond.
_ROWS: Final = 100


@dataclass(frozen=True, slots=True)
class _Head:
    format: str
    source: str
    facts: BookFacts
    items: int
    customers: int


_HEAD: Final = TypeAdapter(_Head)
_ITEMS: Final = TypeAdapter(tuple[Item, ...])
_CUSTOMERS: Final = TypeAdapter(tuple[Customer, ...])


def dump_facts(facts: BookFacts, source: str, pace: Pace = no_rest) -> bytes:
    """The facts as bytes; `source` names the database they came from, without credentials."""
    head = _Head(
        FORMAT,
        source,
        replace(facts, items=(), customers=()),
        len(facts.items),
        len(facts.customers),
    )
    written = BytesIO()
    with gzip.GzipFile(fileobj=written, mode="wb", compresslevel=1, mtime=0) as packed:
        packed.write(_HEAD.dump_json(head) + b"\n")
        for items in _parts(facts.items):
            packed.write(_ITEMS.dump_json(items) + b"\n")
            pace()
        for customers in _parts(facts.customers):
            packed.write(_CUSTOMERS.dump_json(customers) + b"\n")
            pace()
    return written.getvalue()


def load_facts(saved: bytes, source: str) -> BookFacts:
    """The facts that `dump_facts` wrote.

    Raises:
        PriceBookError: damaged, of another version, or of another database, whose prices would be
            answered as if they were this one's.
    """
    try:
        with gzip.GzipFile(fileobj=BytesIO(saved)) as packed:
            return _read(iter(packed), source)
    except (ValidationError, StopIteration, OSError, EOFError, zlib.error) as error:
        reason = f"the saved price book cannot be read ({type(error).__name__}); it is ignored"
        raise PriceBookError(reason) from None


def _read(lines: Iterator[bytes], source: str) -> BookFacts:
    head = _HEAD.validate_json(next(lines))
    if head.format != FORMAT:
        raise PriceBookError(f"the saved price book is {head.format!r}, expected {FORMAT!r}")
    if head.source != source:
        raise PriceBookError(f"the saved price book is of {head.source!r}, expected {source!r}")
    alike = _Alike()
    items: list[Item] = []
    while len(items) < head.items:
        items += (alike.item(each) for each in _ITEMS.validate_json(next(lines)))
    customers: list[Customer] = []
    while len(customers) < head.customers:
        found = _CUSTOMERS.validate_json(next(lines))
        customers += (Customer(each.number, alike.values(each.values)) for each in found)
    return replace(head.facts, items=tuple(items), customers=tuple(customers))


class _Alike:
    """Equal parts as one object again, as they were when they were read."""

    def __init__(self) -> None:
        self._sharing = Sharing()
        self._values: dict[object, FilterValues] = {}

    def item(self, item: Item) -> Item:
        one = self._sharing.one
        prices: dict[str, LocationPrices] = {
            one(location): self._sharing.made_of_shared(each)
            for location, each in item.prices.items()
        }
        return replace(item, units=one(item.units), prices=prices, values=self.values(item.values))

    def values(self, values: FilterValues) -> FilterValues:
        key = (tuple(values.texts.items()), tuple(values.numbers.items()))
        return self._values.setdefault(key, values)


def _parts(rows: tuple[T, ...]) -> Iterator[tuple[T, ...]]:
    for start in range(0, len(rows), _ROWS):
        yield rows[start : start + _ROWS]
