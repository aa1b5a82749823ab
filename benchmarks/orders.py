"""The order path against its floors: staging, booking, round trips by the number of lines."""

import os
import re
from datetime import timedelta
from typing import Final

from benchmarks.measuring import in_turns, show
from benchmarks.statements import Transaction, run_bare, watched
from benchmarks.worlds import add_order, add_orders, unbook, unstage
from woocp_pipelines.rules.clock import store_day_bounds
from woocp_pipelines.woocommerce.orders import read_orders_modified
from woocp_pipelines_tests.order_world import START, OrderWorld

_LINE_COUNTS: Final = (1, 10, 30, 60, 100, 200)
_TOKEN: Final = re.compile("^[0-9a-f]{32}$")


def measure_staging(world: OrderWorld, rounds: int) -> None:
    """Staged orders, against reading the same pages and throwing them away."""
    after = store_day_bounds(START, world.context.settings.store.zone)[0] - timedelta(seconds=1)

    def read_pages() -> None:
        for _ in read_orders_modified(world.store, modified_after=after):
            pass

    def nothing() -> None:
        """Reading needs nothing made ready."""

    world.pull()
    count = len(world.statuses())

    def stage() -> None:
        _expect(world.pull().created, count)

    ours, floor = in_turns(rounds, [(lambda: unstage(world.engine), stage), (nothing, read_pages)])
    show("staged", count, ours, [("reading the same pages", floor)])


def measure_booking(world: OrderWorld, rounds: int) -> None:
    """Booked orders, against the bare driver's same statements with a commit for each order."""
    # Once unwatched: the customer's address is added by the first order only.
    world.book()
    unbook(world.engine)
    with watched(world.engine) as seen:
        count = world.book().created
    booked = [each for each in seen if each.books]
    token = _token(booked[0])
    writes = [each.writes() for each in booked]
    engine = world.engine

    # The watched run's own claims; the bare driver repeats what it wrote under their tokens.
    tokens = {_token(each) for each in booked}
    if len(tokens) > 1:
        raise ValueError("one claim must take all orders: raise documents.claim_size")

    def claimed() -> None:
        unbook(engine, token=token)

    def book() -> None:
        _expect(world.book().created, count)

    ours, bare_writes, bare_all = in_turns(
        rounds,
        [
            (lambda: unbook(engine), book),
            (claimed, lambda: run_bare(engine, writes)),
            (claimed, lambda: run_bare(engine, booked)),
        ],
    )
    show(
        "booked",
        count,
        ours,
        [
            ("the bare driver's same INSERTs and UPDATEs", bare_writes),
            ("the bare driver's same statements, readings too", bare_all),
        ],
    )
    statements = sum(len(each.statements) for each in seen)
    within = sum(len(each.statements) for each in booked)
    print(
        f"    statements: {statements - within} for the claim, {within / count:.1f} for an order, "
        f"{sum(len(each.statements) for each in writes) / count:.1f} of them write"
    )


def measure_round_trips(world: OrderWorld) -> None:
    """Statements of one order's booking by its number of lines; they are counted, not timed."""
    print("  statements of an order's transaction, by its lines:")
    for order_id, lines in enumerate(_LINE_COUNTS, start=1):
        add_order(world, order_id, lines)
        world.pull()
        with watched(world.engine) as seen:
            world.book()
        (booked,) = (each for each in seen if each.books)
        most = max(len(parameters or ()) for _, parameters in booked.statements)
        print(f"    {lines:>3} lines: {len(booked.statements)}, at most {most} parameters")


def _token(transaction: Transaction) -> str:
    """The claim's token: a parameter of the fence."""
    fence = next(parameters for text, parameters in transaction.statements if "STAGING" in text)
    return next(str(value) for value in fence if _TOKEN.match(str(value)))


def _expect(done: int, orders: int) -> None:
    """A round that does nothing would be the quickest of all."""
    if done != orders:
        raise ValueError(f"{done} orders, expected {orders}")


def measure_all(world: OrderWorld, *, orders: int, rounds: int) -> None:
    """Everything, on one database."""
    world.configure(documents={"claim_size": orders})
    add_orders(world, orders)
    measure_staging(world, rounds)
    measure_booking(world, rounds)
    measure_round_trips(world)


def server() -> str | None:
    """The server that the tests use, if one is named."""
    return os.environ.get("WOOCP_TEST_DATABASE_URL") or None
