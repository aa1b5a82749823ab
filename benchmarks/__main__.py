"""`make bench`: orders, inventory, customers and prices, each against its floor of the same run.

A ratio of 1.0 would be no cost of our own at all. Orders run on SQLite and on the tests' server if
any, the rest on SQLite. `--profile` says what a booking's time is; `--only` measures one subject.
"""

import argparse
from pathlib import Path
from typing import Final

from benchmarks.customers import measure_customers
from benchmarks.inventory import measure_inventory
from benchmarks.measuring import seconds
from benchmarks.memory import measure_memory
from benchmarks.orders import measure_all, server
from benchmarks.price_worlds import PriceWorld
from benchmarks.pricing import Sizes, measure_pricing
from benchmarks.profiling import print_shares
from benchmarks.table import print_table
from benchmarks.worlds import add_orders, open_world, unbook

# Each of a sync's rounds takes as long as many of the orders'.
_MOST_ROUNDS: Final = 2
_SMALL_SHOP: Final = PriceWorld(20_000, 500, 5_000, 2_000)
_SYNCS: Final = "on SQLite; the store works in a process of its own:"


def main() -> None:
    """Measure and print the ratios."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    asked.add_argument("--only", choices=("orders", "stock", "customers", "memory", "pricing"))
    asked.add_argument("--orders", type=int, default=100, help="orders staged and booked")
    asked.add_argument("--products", type=int, default=10_000, help="one in ten a variation")
    asked.add_argument("--customers", type=int, default=5_000, help="registered in the store")
    asked.add_argument("--items", type=int, default=100_000, help="compared in memory")
    asked.add_argument("--rounds", type=int, default=5, help="the best of so many counts")
    asked.add_argument("--full", action="store_true", help=f"prices: {_sizes(PriceWorld())}")
    asked.add_argument("--shop", type=Path, help="prices: keep the shop's database in this file")
    asked.add_argument("--profile", action="store_true", help="shares of a booking's time only")
    given = asked.parse_args()
    if given.profile:
        _orders(given)
        return
    parts = {
        "orders": _orders,
        "stock": _stock,
        "customers": _customers,
        "memory": _memory,
        "pricing": _pricing,
    }
    for name, measure in parts.items():
        if given.only in {None, name}:
            took, _ = seconds(lambda work=measure: work(given))
            print(f"{name}: measured in {took:.0f} s, making ready included\n", flush=True)


def _orders(given: argparse.Namespace) -> None:
    for url in dict.fromkeys((None, server())):
        print("SQLite:" if url is None else "the server of WOOCP_TEST_DATABASE_URL:")
        with open_world(url) as world:
            if given.profile:
                add_orders(world, given.orders)
                world.pull()
                world.book()
                unbook(world.engine)
                print_shares(world.book)
            else:
                measure_all(world, orders=given.orders, rounds=given.rounds)


def _stock(given: argparse.Namespace) -> None:
    print(_SYNCS)
    print_table(measure_inventory(given.products, min(given.rounds, _MOST_ROUNDS)))


def _customers(given: argparse.Namespace) -> None:
    print(_SYNCS)
    print_table(measure_customers(given.customers, min(given.rounds, _MOST_ROUNDS)))


def _memory(given: argparse.Namespace) -> None:
    measure_memory(given.items)


def _pricing(given: argparse.Namespace) -> None:
    world = PriceWorld() if given.full else _SMALL_SHOP
    print(f"{_sizes(world)}, in processes of their own:")
    measure_pricing(world, given.shop, Sizes(rounds=given.rounds))


def _sizes(world: PriceWorld) -> str:
    return f"{world.items} items, {world.groups} contracts, {world.rules} rules"


if __name__ == "__main__":
    main()
