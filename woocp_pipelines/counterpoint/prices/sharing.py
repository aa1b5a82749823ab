"""Equal parts of a price book as one object, within a book and from one book to the next.

Belongs here: what saves memory. A reading that changes nothing leaves the objects of the last
book in place, so there is nothing to free and nothing new for the garbage collector.
"""

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, Final, TypeVar

from woocp_pipelines.counterpoint.prices.collation import fold
from woocp_pipelines.counterpoint.prices.facts import (
    BookFacts,
    Customer,
    Item,
    LocationPrices,
    PriceGroup,
)
from woocp_pipelines.counterpoint.prices.pacing import Pace, paced

T = TypeVar("T")
K = TypeVar("K")
H = TypeVar("H", bound=Hashable)
_NOTHING: Final[Mapping[str, LocationPrices]] = {}


class Sharing:
    """One reading's memory: of the values it has seen, and of the book before it."""

    def __init__(self, before: BookFacts | None = None) -> None:
        self._seen: dict[Any, Any] = {}
        self._items: dict[str, Item] = {}
        self._customers: dict[str, Customer] = {}
        self._groups: dict[tuple[str, str], PriceGroup] = {}
        if before is not None:
            self._items = {each.number: each for each in before.items}
            self._customers = {each.number: each for each in before.customers}
            self._groups = {(each.kind, each.code): each for each in before.groups}

    def one(self, value: H) -> H:
        """The first value that equalled this one; all of a kind must have the same scale."""
        found: H = self._seen.setdefault(value, value)
        return found

    def each(self, values: Iterable[Hashable]) -> Iterable[Any]:
        """The values, each shared."""
        return map(self.one, values)

    def tuple_of(self, values: Iterable[Hashable]) -> tuple[Any, ...]:
        """A tuple of shared values, itself shared."""
        return self.one(tuple(self.each(values)))

    def forget(self, pace: Pace) -> None:
        """Drop what was remembered, little by little: most of it is nobody else's."""
        for memory in (self._seen, self._items, self._customers, self._groups):
            while memory:
                memory.popitem()
                pace()

    def prices(self, item_no: str, location: str, found: LocationPrices) -> LocationPrices:
        """The equal prices of the book before, or these, made of shared values."""
        known = self._items.get(item_no)
        old = (known.prices if known else _NOTHING).get(location)
        if old is not None and old == found:
            return old
        return self.made_of_shared(found)

    def made_of_shared(self, prices: LocationPrices) -> LocationPrices:
        """The same prices, of values that other items have too."""
        one = self.tuple_of
        return LocationPrices(one(prices.regular), one(prices.price_1), one(prices.levels))

    def item(self, found: Item) -> Item:
        """This item, or the equal one of the book before."""
        return _same(self._items.get(found.number), found)

    def customer(self, found: Customer) -> Customer:
        """This customer, or the equal one of the book before."""
        return _same(self._customers.get(found.number), found)

    def group(self, found: PriceGroup) -> PriceGroup:
        """This group, or the equal one of the book before."""
        return _same(self._groups.get((found.kind, found.code)), found)


def shared_whole(before: tuple[T, ...] | None, found: tuple[T, ...]) -> tuple[T, ...]:
    """The tuple of the book before where all its members stayed, else the new one."""
    if before is None or len(before) != len(found):
        return found
    same = all(old is new for old, new in zip(before, found, strict=True))
    return before if same else found


def shared_map(before: Mapping[K, T] | None, found: Mapping[K, T], pace: Pace) -> Mapping[K, T]:
    """The map of the book before where the new one says the same, else the new one.

    Not by `==`, which for a map of all SKUs would let no other thread work for long.
    """
    if before is None or len(before) != len(found):
        return found
    pairs = paced(found.items(), pace)
    return before if all(before.get(key) == value for key, value in pairs) else found


def folded(text: str) -> str:
    """`fold`, without a second string where it changes nothing."""
    key = fold(text)
    return text if key == text else key


def _same(old: T | None, found: T) -> T:
    return old if old is not None and old == found else found
