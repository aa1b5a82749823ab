"""A price book in numbers, for people.

Belongs here: counting. Does not: what is wrong with a rule (undecidable.py).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from woocp_pipelines.counterpoint.prices.book import PriceBook
from woocp_pipelines.counterpoint.prices.undecidable import state_of
from woocp_pipelines.rules.clock import store_local


@dataclass(frozen=True, slots=True)
class BookCounts:
    """How many there are of each.

    `rules_by_kind` by GRP_TYP, `breaks_by_method` by PRC_METH, `groups_by_state` as of `state_of`.
    """

    rules: int
    groups: int
    items: int
    customers: int
    rules_by_kind: Mapping[str, int]
    breaks_by_method: Mapping[str, int]
    groups_by_state: Mapping[str, int]


def count_book(book: PriceBook, *, at: datetime) -> BookCounts:
    """Count groups, rules, breaks, items and customers; `at` is now, with a time zone."""
    facts, now = book.facts, store_local(at, book.zone)
    by_kind: Counter[str] = Counter()
    by_method: Counter[str] = Counter()
    for group in facts.groups:
        by_kind[group.kind] += len(group.rules)
        by_method.update(each.method for rule in group.rules for each in rule.breaks)
    return BookCounts(
        rules=by_kind.total(),
        groups=len(facts.groups),
        items=len(facts.items),
        customers=len(facts.customers),
        rules_by_kind=by_kind,
        breaks_by_method=by_method,
        groups_by_state=Counter(state_of(group, now) for group in facts.groups),
    )
