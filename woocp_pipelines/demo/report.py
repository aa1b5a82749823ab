"""The demo's report: what a shop owner wants to see, in their words.

Belongs here: how results look. Nothing is computed here that decides anything.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from rich.console import Console

from woocp_pipelines.commands.output import line, table
from woocp_pipelines.demo.findings import Findings, StoreOrder
from woocp_pipelines.demo.price import AnsweredPrice
from woocp_pipelines.demo.runs import FlowRun
from woocp_pipelines.rules.money import ZERO
from woocp_pipelines.sandbox.opening import Sandbox

_SHOWN: Final = 10
_BECAME: Final = ("BOOKED", "HELD", "REFUSED", "")


@dataclass(frozen=True, slots=True)
class Result:
    """Everything the report shows."""

    sandbox: Sandbox
    found: Findings
    created_customers: Mapping[str, str]
    letters: Sequence[Mapping[str, Any]]
    runs: Sequence[FlowRun]
    price: AnsweredPrice
    wrong: Sequence[str]


def show_result(console: Console, result: Result, *, seconds: float) -> None:
    """Print the report."""
    console.print()
    _runs(console, result.runs)
    _orders(console, result.found.orders)
    _created(console, result)
    _refused(console, result.letters)
    _stock(console, result.runs)
    _price(console, result.price)
    _totals(console, result)
    _end(console, result, seconds)


def _runs(console: Console, runs: Sequence[FlowRun]) -> None:
    counts = ("read", "written", "unchanged", "waiting", "refused", "seconds")
    at_work = [run for run in runs if run.report["read"]]
    rows = ((run.flow, *(run.report[name] for name in counts)) for run in at_work)
    console.print(
        table("What ran (each a Dagster run, each in USER_SYNC_LOG)", ("flow", *counts), rows)
    )


def _orders(console: Console, orders: Sequence[StoreOrder]) -> None:
    statuses = Counter(order.status for order in orders)
    rows: list[tuple[object, ...]] = []
    for status, count in statuses.most_common():
        of_status = [order for order in orders if order.status == status]
        became = Counter(order.became for order in of_status)
        total = sum((order.total for order in of_status), ZERO)
        rows.append((status, count, _amount(total), *(became[name] or "" for name in _BECAME)))
    all_of_them = _amount(sum((order.total for order in orders), ZERO))
    rows.append(("together", len(orders), all_of_them))
    columns = ("status in the shop", "orders", "total", "booked", "held", "refused", "left alone")
    console.print(table("What came", columns, rows))


def _created(console: Console, result: Result) -> None:
    documents = result.found.documents
    rows = (
        (
            each.reference,
            each.ticket,
            each.deposit_ticket,
            each.customer,
            result.found.customers.get(each.customer, ""),
            _amount(each.total),
        )
        for each in documents[:_SHOWN]
    )
    columns = ("web order", "order document", "deposit ticket", "customer", "name", "total")
    console.print(table(f"What was created: {len(documents)} order documents", columns, rows))
    _rest(console, len(documents))
    created = [f"{number} {name}" for number, name in result.created_customers.items()]
    line(console, f"and {len(created)} customers: {', '.join(created)}\n")


def _refused(console: Console, letters: Sequence[Mapping[str, Any]]) -> None:
    console.print("What was refused, and what to do about it", style="italic")
    for row in letters:
        record = row["WOO_ORDER_NO"] or row["SKU"] or row["RECORD_KEY"]
        sums = f" ({row['ARITHMETIC']})" if row["ARITHMETIC"] else ""
        line(
            console,
            f"  {row['KIND']} {record}: {row['CODE']}: {row['FOUND']}, "
            f"expected {row['EXPECTED']}{sums}",
        )
        line(console, f"    next step: {row['NEXT_STEP']}")
    console.print()


def _stock(console: Console, runs: Iterable[FlowRun]) -> None:
    for report in (run.report for run in runs if run.flow == "inventory"):
        changes = report["changes"]
        rows = (
            (each["key"], each["before"], each["after"], each["what"].removeprefix("stock: "))
            for each in changes[:_SHOWN]
        )
        title = f"Stock pushed: {report['written']} of {report['read']} products differed"
        console.print(table(title, ("SKU", "before", "now", "why"), rows))
        _rest(console, len(changes))


def _price(console: Console, price: AnsweredPrice) -> None:
    line(
        console,
        (
            f"Contract price: {price.quantity} of {price.item_no} for {price.contract_name} "
            f"({price.contract}): {price.price} instead of {price.regular}, rule {price.rule!r}, "
            f"answered in {price.milliseconds:.0f} ms\n"
        ),
    )


def _totals(console: Console, result: Result) -> None:
    found = result.found
    rows = (
        (
            "store: the booked orders, read over HTTP",
            len(found.documents),
            _amount(found.booked_in_store),
        ),
        (
            "Counterpoint: SUM of PS_DOC_HDR_TOT",
            len(found.documents),
            _amount(found.documents_total),
        ),
        ("difference", "", _amount(found.booked_in_store - found.documents_total)),
        (
            "of it paid by deposit tickets",
            sum(bool(d.deposit_ticket) for d in found.documents),
            _amount(found.deposits_total),
        ),
    )
    console.print(table("Totals of both sides, to the cent", ("", "orders", "total"), rows))


def _end(console: Console, result: Result, seconds: float) -> None:
    if result.wrong:
        console.print(f"[bold red]{len(result.wrong)} things do not reconcile:[/bold red]")
        for text in result.wrong:
            line(console, f"  {text}")
    else:
        expected = result.sandbox.expected
        line(
            console,
            (
                f"Everything reconciles: {len(expected.orders)} orders, {len(expected.accounts)} "
                f"accounts and {len(expected.stock)} products are as the retailer says."
            ),
        )
    line(
        console,
        f"\nThe sandbox stays in {result.sandbox.folder.resolve()}; the demo took {seconds:.1f} s.",
    )
    line(
        console,
        "Next: `make dev` (or `woocp dev`) shows these runs in the Dagster UI and goes "
        "on by its schedules;",
    )
    line(console, "      `woocp dead-letters --sandbox` lists what was refused.")


def _rest(console: Console, count: int) -> None:
    if count > _SHOWN:
        line(console, f"… and {count - _SHOWN} more\n")


def _amount(value: Decimal) -> str:
    return f"{value:,.2f}"
