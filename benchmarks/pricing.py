"""The pricing service over HTTP against a bare echo of the same bodies, in the same run.

Belongs here: what is asked, in which order, and the tables. Does not: the servers
(pricing_servers.py), the client (http_load.py), the shop (price_worlds.py).
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from sqlalchemy import text

from benchmarks.http_load import Connection, Load, drive, post
from benchmarks.price_worlds import KINDS, PriceWorld
from benchmarks.pricing_servers import SECRET, Server, echo, service
from benchmarks.table import print_columns
from woocp_pipelines.counterpoint.engine import open_engine, writing

BATCH: Final = 50
CONNECTIONS: Final = (4, 32)
# A shop under way: four pages at a time, each with a moment between its requests.
_SHOPPERS: Final = 4
_THINKS: Final = 0.01
_BOOK: Final = "price-book.json.gz"
# A service whose book is not yet read answers 503; asked again so often.
_AGAIN: Final = 0.01
_NOT_YET: Final = 600
_FROM_DATABASE: Final = b"Source: counterpoint"
_OLD: Final = "/api/contract-price"
_V1: Final = "/api/v1/prices"


@dataclass(frozen=True, slots=True)
class Asked:
    """One kind of request: some of them, all alike in size."""

    what: str
    requests: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is asked."""

    ones: int = 3_000
    batches: int = 600
    rounds: int = 3


def measure_pricing(world: PriceWorld, database: Path | None, sizes: Sizes) -> None:
    """Print all tables for a shop of that size.

    Args:
        world: the shop.
        database: a file with it; made there when there is none. None makes a passing one.
        sizes: how much is asked.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "counterpoint.db"
        _make(world, database, file)
        url = f"sqlite:///{file.as_posix()}"
        first = kinds(world, 1)[0].requests[0]
        starts = [["start to first answer", "s", "processor s", "resident MB", "at most MB"]]
        with echo(folder / "echo") as floor, service(folder / "service", url) as ours:
            starts.append(_start("service, from the database", ours, first))
            _wait_for(lambda: _saved(folder) > 0)
            _alternate(ours, floor, world, sizes)
        # A look at big tables takes time of a processor: every second only where it is wanted.
        with service(folder / "service", url, check_seconds=1) as ours:
            starts.append(_start("service, from the saved book", ours, first))
            with closing(Connection(ours.port)) as connection:
                _wait_for(lambda: _FROM_DATABASE in connection.ask(first))
            _during_refresh(ours, world, folder, url)
        with echo(folder / "echo") as floor:
            starts.append(_start("bare echo", floor, first))
    print_columns(starts)


def kinds(world: PriceWorld, count: int, batches: int = 1) -> list[Asked]:
    """The requests: old shapes, the second shape, warm ones and ones never asked before."""
    warm = [_item(world, number) for number in range(BATCH)]
    code, customer = world.group_code(0), world.cust_no(0)
    fresh = [
        {"ncr_bid_no": world.group_code(n), **_item(world, n * 7 % world.items)}
        for n in range(count)
    ]
    one = [{"ncr_bid_no": code, **warm[n % BATCH]} for n in range(count)]
    new = [{"cust_no": customer, "items": [warm[n % BATCH]]} for n in range(count)]
    many = [{"ncr_bid_no": code, "items": warm}] * batches
    new_many = [{"cust_no": customer, "items": warm}] * batches
    return [
        _asked("one price, old shape", _OLD, one),
        _asked("one price, old shape, first time", _OLD, fresh),
        _asked("one price, v1", _V1, new),
        _asked(f"batch of {BATCH}, old shape", f"{_OLD}s", many),
        _asked(f"batch of {BATCH}, v1", _V1, new_many),
    ]


def _asked(what: str, path: str, bodies: Sequence[Mapping[str, Any]]) -> Asked:
    return Asked(what, tuple(post(path, body, SECRET) for body in bodies))


def _item(world: PriceWorld, number: int) -> dict[str, Any]:
    """An item of the kinds that have a price in every contract: the second to the tenth."""
    place = number // 9 * len(KINDS) + 1 + number % 9
    return {
        "item_no": world.item_no(place % (world.items // len(KINDS) * len(KINDS))),
        "quantity": 1,
    }


def _alternate(ours: Server, floor: Server, world: PriceWorld, sizes: Sizes) -> None:
    """Each kind of request to either server in turns."""
    titles = ["what", "connections", "ours/s", "echo/s", "ratio", "p50 ms", "echo p50", "p99 ms",
              "echo p99", "processor us", "echo us"]  # fmt: skip
    rows: list[list[str]] = [titles]
    best: dict[str, Load] = {}
    for connections in CONNECTIONS:
        for asked in kinds(world, sizes.ones, sizes.batches):
            pairs = _in_turns(ours, floor, asked, connections, sizes.rounds)
            if connections == CONNECTIONS[0]:
                best[asked.what] = max(
                    (mine for mine, _ in pairs), key=lambda load: load.per_second
                )
            rows.append([asked.what, str(connections), *_compared(pairs)])
    print_columns(rows)
    print(f"\n`processor us`: of the server, for one answer. Batch of {BATCH} against one price:")
    for many, one in (("old shape", "old shape"), ("v1", "v1")):
        batch, single = best[f"batch of {BATCH}, {many}"], best[f"one price, {one}"]
        print(
            f"- {many}: {single.per_second / batch.per_second:.2f}x the time, "
            f"{batch.cpu_each / single.cpu_each:.2f}x the processor"
        )
    print()


def _in_turns(
    ours: Server, floor: Server, asked: Asked, connections: int, rounds: int
) -> list[tuple[Load, Load]]:
    """Pairs of rounds close to each other, which begin with either server by turns."""
    # Once without being counted: both sides are then warm. First-time requests stay first-time.
    drive(floor.port, asked.requests[:100], connections, cpu=floor.cpu)
    drive(ours.port, asked.requests[:100], connections, cpu=ours.cpu)
    pairs = []
    for number in range(rounds):
        got = {
            server.port: drive(server.port, asked.requests, connections, cpu=server.cpu)
            for server in ((ours, floor) if number % 2 else (floor, ours))
        }
        pairs.append((got[ours.port], got[floor.port]))
    return pairs


def _compared(pairs: Sequence[tuple[Load, Load]]) -> list[str]:
    """The best round of each side; the ratio is the median of the pairs, each of one moment."""
    mine, other = (max(side, key=lambda load: load.per_second) for side in zip(*pairs, strict=True))
    ratio = median(one.per_second / two.per_second for one, two in pairs)
    least = (min(load.cpu_each for load in side) for side in zip(*pairs, strict=True))
    return [
        f"{mine.per_second:.0f}",
        f"{other.per_second:.0f}",
        f"{ratio:.2f}",
        *(f"{1000 * load.percentile(at):.2f}" for at in (0.5, 0.99) for load in (mine, other)),
        *(f"{1e6 * each:.0f}" for each in least),
    ]


def _during_refresh(ours: Server, world: PriceWorld, folder: Path, url: str) -> None:
    """Answers while a changed catalogue is read, swapped in and saved, and while nothing is."""
    requests = kinds(world, 1_000)[0].requests
    rows = [["when", "s", "answers", "p50 ms", "p90 ms", "p99 ms", "longest ms"]]

    def ask(until: Callable[[], bool]) -> Load:
        return drive(
            ours.port, requests, _SHOPPERS, cpu=ours.cpu, pause=_THINKS, until=until
        )  # fmt: skip

    quiet, saved_before = ask(_after(20)), _saved(folder)
    engine = open_engine(url)
    with writing(engine) as connection:
        # One price of the store changes: all prices are read again.
        connection.execute(
            text("UPDATE IM_PRC SET REG_PRC = REG_PRC + 10000 WHERE ITEM_NO = :item"),
            {"item": world.item_no(1)},
        )
    busy = ask(lambda: _saved(folder) != saved_before)
    after = ask(_after(20))
    for when, load in (("before", quiet), ("reading and saving", busy), ("after", after)):
        rows.append(
            [when, f"{load.seconds:.1f}", str(len(load.each))]
            + [f"{1000 * load.percentile(at):.2f}" for at in (0.5, 0.9, 0.99, 1.0)]
        )
    print_columns(rows)
    calm = max(quiet.percentile(0.99), after.percentile(0.99))
    ratio = busy.percentile(0.99) / calm
    print(f"\np99 during a refresh: {ratio:.2f}x of otherwise; {_SHOPPERS} connections\n")


def _start(what: str, server: Server, request: bytes) -> list[str]:
    """The time from the start of the process to the first price."""
    until = time.monotonic() + _NOT_YET
    while True:
        try:
            with closing(Connection(server.port)) as connection:
                connection.ask(request)
            break
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(_AGAIN)
    took, used = time.perf_counter() - server.started, server.cpu()
    return [what, f"{took:.2f}", f"{used:.2f}", *(f"{each:.0f}" for each in server.memory())]


def _make(world: PriceWorld, database: Path | None, file: Path) -> None:
    """A copy of the shop's database, or a new one: the measurements change it."""
    if database is not None and database.exists():
        shutil.copy(database, file)
        return
    engine = open_engine(f"sqlite:///{file.as_posix()}")
    world.fill(engine)
    engine.dispose()
    if database is not None:
        with closing(engine.raw_connection()) as raw:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(file, database)


def _saved(folder: Path) -> int:
    """Which saved book lies there; 0 for none."""
    try:
        return (folder / "service" / "state" / _BOOK).stat().st_ino
    except FileNotFoundError:
        return 0


def _wait_for(done: Callable[[], bool]) -> None:
    until = time.monotonic() + _NOT_YET
    while not done():
        if time.monotonic() > until:
            raise RuntimeError("the service did not read its book in time")
        time.sleep(0.05)


def _after(seconds: float) -> Callable[[], bool]:
    until = time.monotonic() + seconds
    return lambda: time.monotonic() >= until
