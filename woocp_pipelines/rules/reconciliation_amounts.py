"""Why an amount in Counterpoint is not the shop's: it is the order's at an earlier moment.

Belongs here: the arithmetic of one amount. Does not: which amounts are compared
(reconciliation.py).

A document holds what an order was when it was booked, or what a person made of it since. So every
amount that the order had in its life is a state: its totals, before and after each refund. The
state that is nearest to what Counterpoint holds says what happened since; what is left over is
explained by nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import accumulate

from woocp_pipelines.rules.money import ZERO


@dataclass(frozen=True, slots=True)
class Parts:
    """An amount's difference by cause: what was found, less what should be, is their sum."""

    edited: Decimal = ZERO
    refunded: Decimal = ZERO
    cancelled: Decimal = ZERO
    rest: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        """The whole difference."""
        return self.edited + self.refunded + self.cancelled + self.rest


@dataclass(frozen=True, slots=True)
class Moments:
    """What an order was worth in its life.

    Attributes:
        now: its total now, before refunds.
        earlier: totals it had before, as far as they are known.
        refunds: positive amounts, the oldest first.
        counts: False once the shop gave it up: it should be worth nothing.
    """

    now: Decimal
    earlier: frozenset[Decimal] = frozenset()
    refunds: tuple[Decimal, ...] = ()
    counts: bool = True

    def explain(self, found: Decimal) -> Parts:
        """Split by cause what `found` is above what it should be; few causes rather than many."""
        if not self.counts:
            states = [ZERO, *(state for state, _ in self._states())]
            nearest = min(states, key=lambda state: abs(found - state))
            return Parts(cancelled=nearest, rest=found - nearest)
        candidates = (
            Parts(since.edited, since.refunded, rest=found - state)
            for state, since in self._states()
        )
        return min(candidates, key=_strangeness)

    def explain_both(self, documents: Decimal, payments: Decimal) -> tuple[Parts, Parts]:
        """The same of two amounts that should be equal, each judged by itself.

        What only one of them leaves over is measured from the moment that the other one shows to
        the cent: a nearer moment would take a refund off what nothing explains.
        """
        goods, money = self.explain(documents), self.explain(payments)
        if goods.rest and not money.rest:
            goods = replace(money, rest=documents - payments)
        elif money.rest and not goods.rest:
            money = replace(goods, rest=payments - documents)
        return goods, money

    def _states(self) -> Iterator[tuple[Decimal, Parts]]:
        """Every amount that the order had, with what happened to it since."""
        refunded = [ZERO, *accumulate(self.refunds)]
        for total in (self.now, *sorted(self.earlier - {self.now})):
            for entered in refunded:
                since = Parts(edited=total - self.now, refunded=refunded[-1] - entered)
                yield total - entered, since


def _strangeness(parts: Parts) -> tuple[Decimal, int]:
    return abs(parts.rest), (parts.edited != ZERO) + (parts.refunded != ZERO)
