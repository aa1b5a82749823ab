"""A big sandbox store in a process of its own, and the barest client for it.

Belongs here: filling and starting the store, and requests without any of our code. In a process
of its own the store takes no processor time from what is measured, and `Measured.cpu` is ours.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import requests
from requests_oauthlib import OAuth1

from benchmarks.stock_rows import sku_of
from woocp_pipelines.sandbox.store import ApiKey, StoreServer, StoreState
from woocp_pipelines.woocommerce.listing import LARGEST_PAGE

KEY: Final = "ck_benchmark"
SECRET: Final = "cs_benchmark"
VARIATIONS_OF_A_PARENT: Final = 10
Fill = Callable[[StoreState, int], dict[str, tuple[int, int | None]]]


class BigStore:
    """A running store: its address, and its products as SKU → (id, parent id)."""

    def __init__(self, url: str, products: Mapping[str, tuple[int, int | None]]) -> None:
        self.url, self.products = url, products

    def bare(self) -> requests.Session:
        """A client that signs and keeps its connection, and does nothing else."""
        session = requests.Session()
        session.auth = OAuth1(KEY, SECRET)
        return session

    def forget_requests(self) -> None:
        """Count from here on."""
        requests.delete(f"{self.url}/sandbox/requests", timeout=60).raise_for_status()

    def requests_made(self) -> int:
        """Requests since then; asking is none of them."""
        return len(requests.get(f"{self.url}/sandbox/requests", timeout=60).json())

    def read_pages(self, path: str, **params: str | int) -> None:
        """Read a list to its end, and throw it away."""
        with self.bare() as session:
            page = 1
            wanted = {**params, "per_page": LARGEST_PAGE}
            while len(self._get(session, path, {**wanted, "page": page})) == LARGEST_PAGE:
                page += 1

    def ask(self, paths: Sequence[tuple[str, Mapping[str, str | int]]]) -> None:
        """One request after the other."""
        with self.bare() as session:
            for path, params in paths:
                self._get(session, path, params)

    def write(self, quantities: Mapping[str, int], *, batch_size: int, senders: int) -> None:
        """Send the batches that our client would send, by so many threads."""
        batches = list(self._batches(quantities, batch_size))

        def send(each: tuple[str, list[dict[str, int]]]) -> None:
            path, items = each
            with self.bare() as session:
                answer = session.post(
                    f"{self.url}/wp-json/wc/v3/{path}", json={"update": items}, timeout=60
                )
            answer.raise_for_status()

        with ThreadPoolExecutor(senders) as pool:
            list(pool.map(send, batches))

    def _batches(
        self, quantities: Mapping[str, int], size: int
    ) -> Iterator[tuple[str, list[dict[str, int]]]]:
        by_path: dict[str, list[dict[str, int]]] = {}
        for sku, quantity in quantities.items():
            product_id, parent = self.products[sku]
            path = f"products/{parent}/variations/batch" if parent else "products/batch"
            item = {"id": product_id, "stock_quantity": quantity}
            by_path.setdefault(path, []).append(item)
        for path, items in by_path.items():
            for start in range(0, len(items), size):
                yield path, items[start : start + size]

    def _get(
        self, session: requests.Session, path: str, params: Mapping[str, str | int]
    ) -> list[Any]:
        answer = session.get(f"{self.url}/wp-json/wc/v3/{path}", params=params, timeout=60)
        answer.raise_for_status()
        found: list[Any] = answer.json()
        return found


@contextmanager
def big_store(folder: Path, fill: Fill, count: int) -> Iterator[BigStore]:
    """A store with `count` records of a kind, in a child process."""
    here, there = get_context("spawn").Pipe()
    child = get_context("spawn").Process(target=_serve, args=(folder, fill, count, there))
    child.start()
    try:
        yield BigStore(*here.recv())
    finally:
        here.send(None)
        child.join()


def fill_products(state: StoreState, count: int) -> dict[str, tuple[int, int | None]]:
    """One in ten is a variation; each shows 100 pieces."""
    made: dict[str, tuple[int, int | None]] = {}
    fields = {"regular_price": "1.00", "manage_stock": True, "stock_quantity": 100}
    parent = 0
    for number in range(count):
        sku = sku_of(number)
        record = {"name": sku, "sku": sku, **fields}
        if number % 10:
            made[sku] = (state.add_product(record)["id"], None)
            continue
        if number % (10 * VARIATIONS_OF_A_PARENT) == 0:
            parent = state.add_product({"name": f"Parent of {sku}", "type": "variable"})["id"]
        made[sku] = (state.add_variation(parent, record)["id"], parent)
    return made


def fill_customers(state: StoreState, count: int) -> dict[str, tuple[int, int | None]]:
    """Registered customers, complete enough to get a number in Counterpoint."""
    for number in range(count):
        email = f"buyer{number}@benchmark.test"
        address = {"first_name": "Ann", "last_name": f"Buyer {number}", "company": f"Co {number}",
                   "address_1": f"{number} Dock Rd", "city": "Davie", "state": "FL",
                   "postcode": "33314", "country": "US", "phone": "954-555-0100"}  # fmt: skip
        billing = {**address, "email": email}
        state.add_customer({"email": email, "billing": billing, "shipping": address})
    return {}


def _serve(folder: Path, fill: Fill, count: int, pipe: Connection) -> None:
    state = StoreState.open(folder / "store.db")
    state.add_key(ApiKey(KEY, SECRET))
    with state.unit():
        products = fill(state, count)
    with StoreServer(state) as server:
        pipe.send((server.url, products))
        pipe.recv()
    state.close()
