"""Dead letters of products: conflicts of the map, quantities refused, quantities not known.

Belongs here: opening and closing them, many at a time. Does not: what is wrong (rules/).
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Final

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.dead_letter_sets import LetterSet, report_all
from woocp_pipelines.counterpoint.dead_letters import Record, close_problems, report_problems
from woocp_pipelines.counterpoint.product_map import read_open_products
from woocp_pipelines.counterpoint.settled_letters import SettledLetters
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.rules.product_mapping import MAP_CODES
from woocp_pipelines.rules.stock_policy import NO_STOCK_ROW
from woocp_pipelines.rules.store_products import StoreProduct
from woocp_pipelines.woocommerce.errors import NotFound, Refused
from woocp_pipelines.woocommerce.stock import StockWriteResult

# A quantity that no store takes comes from Counterpoint.
_IMPOSSIBLE: Final = "INVALID_QUANTITY"

Finding = tuple[StoreProduct, Sequence[Problem]]


def save_conflicts(
    context: FlowContext,
    connection: Connection,
    found: Iterable[Finding],
    *,
    gone: Iterable[int] = (),
) -> None:
    """Make the open dead letters of these products what the map found; close those of `gone`.

    A product without conflict keeps a letter of a refused quantity: the sender closes that one.
    Products without problem cost no statement unless they have an open dead letter.
    """
    open_now = read_open_products(connection, context.store_id)
    now = context.now()
    for product, problems in found:
        key = str(product.product_id)
        codes = None if problems else MAP_CODES
        if problems or open_now.get(key, set()) & MAP_CODES:
            record = _record(context, key, product.sku)
            report_problems(connection, record, problems, now, codes=codes)
    for key in sorted(open_now.keys() & {str(product_id) for product_id in gone}):
        close_problems(connection, _record(context, key, None), now)


def save_refusals(context: FlowContext, connection: Connection, found: Iterable[Finding]) -> None:
    """Make the letters of refused quantities what was found; those of other kinds stay open."""
    open_now = read_open_products(connection, context.store_id)
    now = context.now()
    for product, problems in found:
        key = str(product.product_id)
        ours = open_now.get(key, set()) - MAP_CODES - {NO_STOCK_ROW}
        codes = ours | {problem.code for problem in problems}
        if codes:
            record = _record(context, key, product.sku)
            report_problems(connection, record, problems, now, codes=codes)


def save_unknown(context: FlowContext, connection: Connection, found: Iterable[Finding]) -> None:
    """Make the letters of unknown quantities exactly these; a few statements for any number."""
    letters = LetterSet(context.store_id, "inventory", "product", NO_STOCK_ROW)
    rows = [
        (_record(context, str(product.product_id), product.sku), problem)
        for product, problems in found
        for problem in problems
    ]
    report_all(connection, letters, rows, context.now())


def unsettled(found: Iterable[Finding], settled: SettledLetters) -> list[Finding]:
    """The findings without what a person settled by hand; a product of which all is stays, empty.

    What is settled is neither said nor counted again while it stays what it was.
    """
    return [
        (product, settled.left(str(product.product_id), problems)) for product, problems in found
    ]


def only_news(found: Mapping[int, Finding], open_now: Mapping[int, Set[str]]) -> dict[int, Finding]:
    """Findings that differ from the open dead letters; a product read again says nothing new."""
    return {
        product_id: (product, problems)
        for product_id, (product, problems) in found.items()
        if {problem.code for problem in problems} != open_now.get(product_id, set()) & MAP_CODES
    }


def refused_write(result: StockWriteResult) -> Problem:
    """Why the store did not take a quantity; each run tries again by itself."""
    return Problem(
        code=result.code[:40],
        field="stock_quantity",
        found=result.message,
        expected=f"the store shows {result.write.quantity}",
        next_step=_step_after(result),
        retryable=True,
    )


def calls_for_people(result: StockWriteResult, *, store_works: bool) -> bool:
    """Whether a failed write is a dead letter; else it merely waits for the next run.

    A store that is away for a while is nobody's task. One product that a store breaks on, or does
    not answer for, while it takes the others would wait for ever without a word.
    """
    if not result.transient:
        return True
    return store_works and result.error is not None and result.error.may_have_written


def _step_after(result: StockWriteResult) -> str:
    again = "the next run writes the quantity again"
    error = result.error
    if error is None:
        place = "item in Counterpoint" if result.code == _IMPOSSIBLE else "product in the store"
        return f"correct the {place}; {again}"
    if error.transient or error.may_be_too_big:
        return (
            f"nothing is wrong with the product, {again}; if it stays so, look at what the store's "
            "server, proxy or firewall allows (size and time of a request), or ask its host"
        )
    if isinstance(error, NotFound | Refused):
        return f"{error.next_step}; {again}"
    return f"nothing is wrong with the product: {error.next_step}; {again}"


def _record(context: FlowContext, key: str, sku: str | None) -> Record:
    return Record(context.store_id, flow="inventory", kind="product", key=key, sku=sku)
