"""How the explanation of a price reads on a console.

Belongs here: `woocp price --explain` for people. The explanation is counterpoint/prices/explain.py.
"""

from collections.abc import Iterator
from typing import Final

from rich.console import Console

from woocp_pipelines.commands.output import line, table
from woocp_pipelines.counterpoint.prices.explain import Arithmetic, Explanation
from woocp_pipelines.rules.money import plain

_COLUMNS: Final = ("group", "rule", "description", "outcome", "reason")
_ROUNDING: Final = {"U": "up", "D": "down"}


def show_explanation(console: Console, told: Explanation) -> None:
    """The steps as a table, then the arithmetic or the reason why there is no price."""
    rows = (
        (
            f"{step.group_type} {step.group_code}",
            "(all)" if step.rule_seq is None else step.rule_seq,
            step.rule_descr,
            step.outcome,
            step.reason,
        )
        for step in told.steps
    )
    if told.steps:
        console.print(table("Groups and rules in the order they are asked", _COLUMNS, rows))
    else:
        line(console, "no price group is asked: none exists")
    if told.left_out:
        line(console, f"… and {told.left_out} that take no part")
    if told.problem is not None:
        line(console, f"no price: {told.problem}")
    if told.arithmetic is not None:
        for text in _arithmetic(told.arithmetic):
            line(console, f"  {text}")


def _arithmetic(found: Arithmetic) -> Iterator[str]:
    if found.basis is not None:
        yield f"basis {found.basis_code}: {plain(found.basis)}"
    if found.method is not None and found.amount is not None:
        yield f"method {found.method} with {plain(found.amount)}: {plain(found.unrounded)}"
    rounding = _ROUNDING.get(found.round_method, "half away from zero")
    yield (
        f"held as {found.held}, rounded {rounding} to {found.decimals} decimals: {found.unit_price}"
    )
    yield f"times {plain(found.quantity)}: {found.extended}"
