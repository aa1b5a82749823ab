"""Answers given before, kept while they stay true.

Belongs here: which answers may be given again, and until when. Does not: the answers (engine.py).
A memo holds for one book and for the time between two moments at which some group begins or ends;
then it starts anew. Errors are not kept: whoever asks again gets them afresh.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from woocp_pipelines.counterpoint.prices.answers import PriceAnswer
from woocp_pipelines.counterpoint.prices.book import PriceBook
from woocp_pipelines.counterpoint.prices.engine import contract_price, price_item
from woocp_pipelines.counterpoint.prices.facts import EVERY_LOCATION, STOCKING_UNIT
from woocp_pipelines.rules.clock import store_local

MOST_ANSWERS: Final = 50_000
_SECOND: Final = timedelta(seconds=1)
_NOWHERE: Final = datetime.min.replace(tzinfo=UTC)

Question = tuple[str | None, str | None, str, str, str, str, bool]
Answers = dict[Question, PriceAnswer | None]


class _Absent:
    """Nothing is remembered; None is: "this contract gives no price"."""


_ABSENT: Final = _Absent()


@dataclass(slots=True)
class _Page:
    """Answers of one book in one period of validity, seen from one second.

    Two generations: when `young` is full it becomes `old`, and what is asked again moves back, so
    that the memo is bounded and keeps what is in use. Threads share a page without a lock: every
    step is one operation on a dict, and a lost write costs one computation.
    """

    book: PriceBook | None
    period: int
    begins: datetime
    ends: datetime
    young: Answers = field(default_factory=dict)
    old: Answers = field(default_factory=dict)

    def holds(self, book: PriceBook, at: datetime) -> bool:
        return book is self.book and self.begins <= at < self.ends


class AnswerMemo:
    """`price_item` and `contract_price` with a memory; same arguments, answers and errors.

    Args:
        most: answers kept; about a kilobyte each.

    `hits` and `misses` count for the metrics; under threads they may be a few short.
    """

    def __init__(self, *, most: int = MOST_ANSWERS) -> None:
        self._generation = max(most // 2, 1)
        self._page = _Page(None, 0, _NOWHERE, _NOWHERE)
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        page = self._page
        return len(page.young) + len(page.old)

    def price_item(
        self,
        book: PriceBook,
        *,
        customer: str | None,
        item_no: str,
        quantity: Decimal,
        at: datetime,
        unit: str = STOCKING_UNIT,
        location: str = EVERY_LOCATION,
        open_contracts: bool = False,
    ) -> PriceAnswer:
        """See `engine.price_item`."""
        page = self._page_for(book, at)
        # The quantity as text: 1 and 1.0 are equal, but an answer repeats what was asked.
        question = (customer, None, item_no, str(quantity), unit, location, open_contracts)
        found = self._recall(page, question)
        if isinstance(found, PriceAnswer):
            return found
        answer = price_item(
            book,
            customer=customer,
            item_no=item_no,
            quantity=quantity,
            at=at,
            unit=unit,
            location=location,
            open_contracts=open_contracts,
        )
        self._keep(page, question, answer)
        return answer

    def contract_price(
        self,
        book: PriceBook,
        *,
        group_code: str,
        item_no: str,
        quantity: Decimal,
        at: datetime,
        unit: str = STOCKING_UNIT,
        location: str = EVERY_LOCATION,
        customer: str | None = None,
    ) -> PriceAnswer | None:
        """See `engine.contract_price`; that a contract gives no price is remembered too."""
        page = self._page_for(book, at)
        question = (customer, group_code, item_no, str(quantity), unit, location, False)
        found = self._recall(page, question)
        if not isinstance(found, _Absent):
            return found
        answer = contract_price(
            book,
            group_code=group_code,
            item_no=item_no,
            quantity=quantity,
            at=at,
            unit=unit,
            location=location,
            customer=customer,
        )
        self._keep(page, question, answer)
        return answer

    def _page_for(self, book: PriceBook, at: datetime) -> _Page:
        page = self._page
        if at.tzinfo is UTC and page.holds(book, at):
            return page
        return self._turn(book, at)

    def _turn(self, book: PriceBook, at: datetime) -> _Page:
        """The page of this book and this second: the old answers where they still hold."""
        # The engine compares whole seconds of the store's time, so a second has one period, also
        # when the clocks change.
        period = book.period(store_local(at, book.zone))
        begins = at.astimezone(UTC).replace(microsecond=0)
        before = self._page
        page = _Page(book, period, begins, begins + _SECOND)
        if before.book is book and before.period == period:
            page.young, page.old = before.young, before.old
        self._page = page
        return page

    def _recall(self, page: _Page, question: Question) -> PriceAnswer | _Absent | None:
        found = page.young.get(question, _ABSENT)
        if found is _ABSENT:
            found = page.old.get(question, _ABSENT)
            if isinstance(found, _Absent):
                self.misses += 1
                return found
            self._keep(page, question, found)
        self.hits += 1
        return found

    def _keep(self, page: _Page, question: Question, answer: PriceAnswer | None) -> None:
        if len(page.young) >= self._generation:
            page.young, page.old = {}, page.young
        page.young[question] = answer
