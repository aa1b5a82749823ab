"""A price book as bytes and back: the last known good one, for when Counterpoint is away.

Belongs here: the format, lines of JSON, compressed: a head with how many there are of what may be
many, then those some at a time. Does not: files and when to use them
(pricing_service/price_book.py). Decimals stay exact: they travel as texts.
"""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import islice
from typing import Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from woocp_pipelines.counterpoint.prices.errors import PriceBookError
from woocp_pipelines.counterpoint.prices.facts import (
    BookFacts,
    Customer,
    FilterValues,
    Item,
    LocationPrices,
    PriceGroup,
)
from woocp_pipelines.counterpoint.prices.pacing import Pace, no_rest
from woocp_pipelines.counterpoint.prices.sharing import Sharing

T = TypeVar("T")
FORMAT: Final = "woocp price book 3"
# Rows of one line: writing a line lets no other thread work, about a millisecond.
_ROWS: Final = 100
# Groups have their rules with them.
_GROUPS: Final = 10


@dataclass(frozen=True, slots=True)
class _Head:
    format: str
    source: str
    facts: BookFacts
    groups: int
    items: int
    customers: int
    users: int
    skus: int


_HEAD: Final = TypeAdapter(_Head)
_GROUP_LINE: Final = TypeAdapter(tuple[PriceGroup, ...])
_ITEMS: Final = TypeAdapter(tuple[Item, ...])
_CUSTOMERS: Final = TypeAdapter(tuple[Customer, ...])
_USERS: Final = TypeAdapter(tuple[tuple[int, str], ...])
_SKUS: Final = TypeAdapter(tuple[tuple[str, tuple[str, str]], ...])


def dump_facts(facts: BookFacts, source: str, pace: Pace = no_rest) -> bytes:
    """The facts as bytes; `source` names the database they came from, without credentials."""
    head = _Head(
        FORMAT,
        source,
        replace(facts, groups=(), items=(), customers=(), users={}, skus={}),
        *map(len, (facts.groups, facts.items, facts.customers, facts.users, facts.skus)),
    )
    written = BytesIO()
    with gzip.GzipFile(fileobj=written, mode="wb", compresslevel=1, mtime=0) as packed:
        packed.write(_HEAD.dump_json(head) + b"\n")
        for line in _lines(facts):
            packed.write(line + b"\n")
            pace()
    return written.getvalue()


def _lines(facts: BookFacts) -> Iterator[bytes]:
    """Everything that the head only counts; each line is little work."""
    yield from map(_GROUP_LINE.dump_json, _parts(facts.groups, _GROUPS))
    yield from map(_ITEMS.dump_json, _parts(facts.items))
    yield from map(_CUSTOMERS.dump_json, _parts(facts.customers))
    yield from map(_USERS.dump_json, _parts(facts.users.items()))
    yield from map(_SKUS.dump_json, _parts(facts.skus.items()))


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
    return replace(
        head.facts,
        groups=tuple(_rows(lines, head.groups, _GROUP_LINE)),
        items=tuple(alike.item(each) for each in _rows(lines, head.items, _ITEMS)),
        customers=tuple(
            Customer(each.number, alike.values(each.values))
            for each in _rows(lines, head.customers, _CUSTOMERS)
        ),
        users=dict(_rows(lines, head.users, _USERS)),
        skus=dict(_rows(lines, head.skus, _SKUS)),
    )


def _rows(lines: Iterator[bytes], count: int, shape: TypeAdapter[tuple[T, ...]]) -> Iterator[T]:
    """So many rows from the next lines.

    Raises:
        EOFError: there are fewer.
    """
    while count > 0:
        found = shape.validate_json(next(lines, b"[]"))
        if not found:
            raise EOFError("the saved price book ends too early")
        count -= len(found)
        yield from found


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


def _parts(rows: Iterable[T], size: int = _ROWS) -> Iterator[tuple[T, ...]]:
    left = iter(rows)
    while part := tuple(islice(left, size)):
        yield part
