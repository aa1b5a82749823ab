"""`make bench`: the order path against its floors, on SQLite and on the tests' server if any.

A ratio of 1.0 would be no cost of our own at all. `--profile` says what a booking's time is.
"""

import argparse

from benchmarks.orders import measure_all, server
from benchmarks.profiling import print_shares
from benchmarks.worlds import add_orders, open_world, unbook


def main() -> None:
    """Measure and print the ratios."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    asked.add_argument("--orders", type=int, default=100, help="orders staged and booked")
    asked.add_argument("--rounds", type=int, default=5, help="the best of so many counts")
    asked.add_argument("--profile", action="store_true", help="shares of a booking's time only")
    given = asked.parse_args()
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


if __name__ == "__main__":
    main()
