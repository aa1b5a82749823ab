"""`woocp reconcile DAY`: a business day in the shop against Counterpoint, to the cent.

Belongs here: the command and how people read the answer. The comparison: flows/reconciliation.py;
the JSON document: reconcile_json.py.
"""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Final

import typer

from woocp_pipelines.commands.errors import FAILED, CommandError, FailedAnswerError
from woocp_pipelines.commands.options import JsonOption, SandboxOption
from woocp_pipelines.rules.clock import NotADayError, read_day
from woocp_pipelines.rules.money import money_text

if TYPE_CHECKING:
    from rich.console import Console

    from woocp_pipelines.flows.reconciliation import DayReport, Found
    from woocp_pipelines.flows.reconciliation_stock import StockParity

# Read by the command itself: typer would refuse a wrong day before --json is known.
DayArgument = Annotated[
    str,
    typer.Argument(
        metavar="DAY",
        help="Store-local day on which orders were placed, such as 2026-11-22.",
    ),
]
StockOption = Annotated[
    bool | None,
    typer.Option(
        "--stock/--no-stock",
        help="Compare the stock of now, too; without either for today and yesterday only.",
    ),
]
_EXPLAINED: Final = 1
_SHOWN: Final = 50


def reconcile(
    day: DayArgument,
    *,
    stock: StockOption = None,
    sandbox: SandboxOption = False,
    as_json: JsonOption = False,
) -> None:
    """Compare a day's web orders and refunds with Counterpoint's documents and payments.

    Reads only. Exit code 0: equal to the cent; 1: all differences are explained; 2: unexplained
    cents, something could not be read, or the day has not begun in the store.
    """
    from woocp_pipelines.commands.opening import open_flow
    from woocp_pipelines.commands.output import write_json
    from woocp_pipelines.commands.reconcile_json import document, failed_document
    from woocp_pipelines.flows.reconciliation import reconcile_day

    try:
        wanted = _read_day(day)
        with open_flow(sandbox=sandbox) as context:
            report = reconcile_day(context, wanted, with_stock=stock)
    except Exception as error:
        raise FailedAnswerError(failed_document(day)) from error
    if as_json:
        write_json(document(report))
    else:
        _show(report)
    code = exit_code(report)
    if code:
        raise typer.Exit(code)


def _read_day(text: str) -> date:
    try:
        return read_day(text)
    except NotADayError as error:
        raise CommandError(f"DAY: {error}") from error


def exit_code(report: "DayReport") -> int:
    """0 equal, 1 all explained, 2 unexplained cents or unread; stock and customers are no money."""
    unread = report.unread or (report.stock is not None and report.stock.why_not)
    if report.unexplained_cents or unread:
        return FAILED
    return _EXPLAINED if report.differences else 0


def _show(report: "DayReport") -> None:
    from rich.console import Console

    from woocp_pipelines.commands.output import line, table

    console = Console()
    line(console, f"{report.day}: {len(report.rows)} orders and documents, {_verdict(report)}")
    columns = ("", "orders", "charged", "refunded", "web", "unpaid", "documents", "payments")
    rows = [
        (
            each.currency,
            each.orders,
            *(
                money_text(amount)
                for amount in (
                    each.charged,
                    each.refunded,
                    each.web,
                    each.unpaid,
                    each.documents,
                    each.payments,
                )
            ),
        )
        for each in report.totals
    ]
    console.print(table("Totals of the orders placed on this day", columns, rows))
    for says in filter(None, (each.says_unread for each in report.totals)):
        line(console, f"  {says}")
    _show_differences(report, console)
    for number, reason in report.unread:
        line(console, f"  order {number} could not be read: {reason}")
    for customer in report.customers:
        said = customer.code or "no dead letter"
        numbers = ", ".join(customer.orders)
        line(console, f"  web customer {customer.customer_id} has no map row ({said}): {numbers}")
    _show_stock(report.stock, console)


def _verdict(report: "DayReport") -> str:
    if report.unexplained_cents:
        return f"{report.unexplained_cents} cents are explained by nothing"
    if report.differences:
        return f"{len(report.differences)} differences, all explained"
    return "equal to the cent"


def _show_differences(report: "DayReport", console: "Console") -> None:
    from woocp_pipelines.commands.output import line
    from woocp_pipelines.rules.reconciliation_causes import MEANINGS

    for found in report.differences[:_SHOWN]:
        line(console, f"  {_headline(found)}")
        each = found.difference
        line(console, f"    {MEANINGS[each.cause]}{f'; {each.remark}' if each.remark else ''}")
        if each.next_step:
            line(console, f"    next step: {each.next_step}")
    rest = len(report.differences) - _SHOWN
    if rest > 0:
        line(console, f"… and {rest} more: --json shows all")


def _headline(found: "Found") -> str:
    row, each = found.row, found.difference
    amounts = [
        f"{name} {amount:+.2f}"
        for name, amount in (
            ("documents", each.documents),
            ("payments", each.payments),
            ("off by", each.off),
        )
        if amount
    ]
    what = f"order {row.number}" if row.order_id else row.number
    day = "" if row.is_of_day else " (of another day)"
    cause = f"{each.cause}{f' ({each.code})' if each.code else ''}"
    settled = "" if each.is_open else ", nothing to do"
    return f"{what}{day}: {cause}{settled}: {', '.join(amounts) or 'no amount'} {row.currency}"


def _show_stock(stock: "StockParity | None", console: "Console") -> None:
    from woocp_pipelines.commands.output import line, table

    if stock is None:
        return
    if stock.why_not:
        line(console, f"stock could not be compared: {stock.why_not}")
        return
    line(console, f"stock: {stock.compared} products compared, {len(stock.differing)} differ")
    if stock.differing:
        shown = ((each.key, each.before, each.after) for each in stock.differing[:_SHOWN])
        console.print(table("Stock now", ("product", "shop shows", "should show"), shown))
