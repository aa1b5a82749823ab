"""The circuit breaker of the inventory sync: a run that would change too much stops (design §4).

A wrong location, a restored database or a half-read catalogue look like a mass change. Fewer
products than `breaker_least_items` never trip it: in a small shop a few sales are a large share.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from woocp_pipelines.rules.stock_policy import Comparison

# An approval is given while the shop goes on selling.
_MORE_THAN_APPROVED: Final = 10


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a run would change: products compared, changed, and newly shown with zero."""

    compared: int
    changed: int
    zeroed: int

    @property
    def change_share(self) -> Decimal:
        """Changed products of those compared, 0 to 1."""
        return _share(self.changed, self.compared)

    @property
    def zero_share(self) -> Decimal:
        """Products newly shown with zero of those compared, 0 to 1."""
        return _share(self.zeroed, self.compared)


@dataclass(frozen=True, slots=True)
class Limits:
    """The shares of `[inventory]` that a run may reach but not exceed.

    Changes of fewer than `least_items` products stop no run, whatever their share.
    """

    change_share: Decimal
    zero_share: Decimal
    least_items: int = 10


def measure(comparison: Comparison) -> Extent:
    """The extent of what is about to be written."""
    zeroed = sum(change.zeroes for change in comparison.changes)
    return Extent(comparison.compared, len(comparison.changes), zeroed)


def reasons_to_stop(extent: Extent, limits: Limits) -> list[str]:
    """Why this run must not write, as sentences; empty when it may."""
    return [text for count, text in _beyond(extent, limits) if count >= limits.least_items]


def reasons_too_small(extent: Extent, limits: Limits) -> list[str]:
    """What is beyond a share, but of too few products to stop a run."""
    return [text for count, text in _beyond(extent, limits) if count < limits.least_items]


def is_covered(extent: Extent, approved: Extent) -> bool:
    """Whether an approval of one extent still covers another: some more products, not many."""
    return (
        extent.changed <= approved.changed + _MORE_THAN_APPROVED
        and extent.zeroed <= approved.zeroed + _MORE_THAN_APPROVED
    )


def _beyond(extent: Extent, limits: Limits) -> list[tuple[int, str]]:
    """What exceeds its share: how many products, and the sentence."""
    beyond = []
    if extent.change_share > limits.change_share:
        text = (
            f"{extent.changed} of {extent.compared} quantities would change "
            f"({extent.change_share:.1%}, allowed {limits.change_share:.1%})"
        )
        beyond.append((extent.changed, text))
    if extent.zero_share > limits.zero_share:
        text = (
            f"{extent.zeroed} of {extent.compared} products would be shown with zero "
            f"({extent.zero_share:.1%}, allowed {limits.zero_share:.1%})"
        )
        beyond.append((extent.zeroed, text))
    return beyond


def _share(part: int, whole: int) -> Decimal:
    return Decimal(part) / whole if whole else Decimal(0)
