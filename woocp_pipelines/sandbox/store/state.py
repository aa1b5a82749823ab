"""The state of the sandbox store: records in memory, written through to one SQLite file.

Belongs here: looking up, adding and saving records, numbering them, the lock. Does not: what a
record means. One process may have a file open at a time; a closed file can be opened again.
Keys of a record that begin with "_" are the store's own and never shown.
"""

import copy
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from woocp_pipelines.rules.clock import utc_now
from woocp_pipelines.sandbox.store import complete
from woocp_pipelines.sandbox.store.errors import Json
from woocp_pipelines.sandbox.store.keys import ApiKey
from woocp_pipelines.sandbox.store.storage import Storage

Kind = Literal["product", "variation", "order", "refund", "customer", "note"]
Sequence = Literal["post", "user", "comment", "item", "meta"]

_SEQUENCE_OF: dict[str, Sequence] = {
    "product": "post",
    "variation": "post",
    "order": "post",
    "refund": "post",
    "customer": "user",
    "note": "comment",
}


class StoreState:
    """Everything the store knows. Open it with `StoreState.open`."""

    def __init__(
        self, storage: Storage, zone: ZoneInfo, currency: str, clock: Callable[[], datetime]
    ) -> None:
        self.lock = threading.RLock()
        self.zone = zone
        self.currency = currency
        self._clock = clock
        self._storage = storage
        self._depth = 0
        self._dirty: dict[tuple[str, int], Json | None] = {}
        self._changed_values: set[str] = set()
        self._records: dict[str, dict[int, Json]] = {kind: {} for kind in _SEQUENCE_OF}
        self.keys = {key.consumer_key: key for key in storage.api_keys()}
        self._values = storage.values()
        for kind, key, body in storage.records():
            self._records[kind][key] = body

    @classmethod
    def open(
        cls,
        path: Path | str,
        *,
        time_zone: str = "America/New_York",
        currency: str = "USD",
        clock: Callable[[], datetime] = utc_now,
    ) -> Self:
        """Open or create the state file. `clock` returns the present aware UTC time."""
        return cls(Storage(Path(path)), ZoneInfo(time_zone), currency, clock)

    def close(self) -> None:
        """Close the file; the state must not be used afterwards."""
        self._storage.close()

    def now(self) -> datetime:
        """The store's present time, whole seconds, as WooCommerce stamps it."""
        return self._clock().replace(microsecond=0)

    def find(self, kind: Kind, key: int) -> Json | None:
        """A private copy of a record, to change and `save`; None when there is none."""
        record = self._records[kind].get(key)
        return copy.deepcopy(record) if record is not None else None

    def peek(self, kind: Kind, key: int) -> Json | None:
        """The record itself, for reading only."""
        return self._records[kind].get(key)

    def rows(self, kind: Kind) -> list[Json]:
        """All records of a kind, for reading only."""
        return list(self._records[kind].values())

    def save(self, kind: Kind, record: Json) -> None:
        """Insert or replace a record under its id."""
        with self.unit():
            self._records[kind][record["id"]] = record
            self._dirty[kind, record["id"]] = record

    def remove(self, kind: Kind, key: int) -> None:
        """Forget a record."""
        with self.unit():
            self._records[kind].pop(key, None)
            self._dirty[kind, key] = None

    def next_id(self, sequence: Sequence) -> int:
        """A number never given before in a sequence; orders and products share "post"."""
        with self.unit():
            number = int(self._values.get(f"next_{sequence}", 1))
            self._set_value(f"next_{sequence}", number + 1)
            return number

    def reserve(self, sequence: Sequence, used: int) -> None:
        """Record that a number is taken, so that `next_id` goes on above it."""
        if used >= int(self._values.get(f"next_{sequence}", 1)):
            with self.unit():
                self._set_value(f"next_{sequence}", used + 1)

    def setting(self, name: str, default: Any = None) -> Any:
        """A stored setting, such as "tax_rates"."""
        return self._values.get(name, default)

    def set_setting(self, name: str, value: Any) -> None:
        """Store a setting."""
        with self.unit():
            self._set_value(name, value)

    def add_key(self, key: ApiKey) -> None:
        """Add or replace an API key."""
        with self.lock:
            self.keys[key.consumer_key] = key
            self._storage.write_key(key)

    def add_product(self, record: Json) -> Json:
        """Add a product in the shape of GET /products/{id}; missing keys get defaults."""
        return self._add("product", record, complete.product)

    def add_variation(self, parent_id: int, record: Json) -> Json:
        """Add a variation in the shape of GET /products/{parent}/variations/{id}."""
        return self._add("variation", {**record, "parent_id": parent_id}, complete.variation)

    def add_customer(self, record: Json) -> Json:
        """Add a customer in the shape of GET /customers/{id}."""
        return self._add("customer", record, complete.customer)

    def add_order(self, record: Json) -> Json:
        """Add an order of the past: totals are completed where missing, no stock moves."""
        return self._add("order", record, complete.order)

    def add_refund(self, order_id: int, record: Json) -> Json:
        """Add a refund of the past to an order that is already there."""
        return self._add("refund", {**record, "parent_id": order_id}, complete.refund)

    def add_note(self, order_id: int, record: Json) -> Json:
        """Add an order note."""
        return self._add("note", {**record, "_order_id": order_id}, complete.note)

    @contextmanager
    def unit(self) -> Iterator[None]:
        """Hold the lock; write what changed in one transaction when the outermost unit ends."""
        with self.lock:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._flush()

    def _add(self, kind: Kind, record: Json, finish: Callable[["StoreState", Json], Json]) -> Json:
        with self.unit():
            record = copy.deepcopy(record)
            sequence = _SEQUENCE_OF[kind]
            if "id" not in record:
                record["id"] = self.next_id(sequence)
            self.reserve(sequence, record["id"])
            record = finish(self, record)
            self.save(kind, record)
            return copy.deepcopy(record)

    def _set_value(self, name: str, value: Any) -> None:
        self._values[name] = value
        self._changed_values.add(name)

    def _flush(self) -> None:
        if not self._dirty and not self._changed_values:
            return
        written = [(kind, key, body) for (kind, key), body in self._dirty.items() if body]
        removed = [name for name, body in self._dirty.items() if body is None]
        values = {name: self._values[name] for name in self._changed_values}
        self._storage.write(written, removed, values)
        self._dirty.clear()
        self._changed_values.clear()
