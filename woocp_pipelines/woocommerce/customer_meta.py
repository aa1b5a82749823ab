"""Writing meta of the store's users, in batches of customers.

Belongs here: sending, halving, and reading the answer item by item. Does not: which values
(rules/customer_push.py). Only meta is ever sent: never a user name, password, e-mail or name
(CP §6.6 bug 42). WC §2, §3.3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from woocp_pipelines.woocommerce.answers import clean_text
from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines.woocommerce.errors import Call, StoreError, UnexpectedAnswer
from woocp_pipelines.woocommerce.records import JsonObject, read_object
from woocp_pipelines.woocommerce.stock_batches import Outage

BATCH_SIZE: Final = 50
_BATCH: Final = Call("POST", "customers/batch")


@dataclass(frozen=True, slots=True)
class MetaWrite:
    """Values by key for one user; None removes the key. Other keys stay as they are."""

    user_id: int
    values: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class MetaResult:
    """What became of one write: `code` is empty when the store holds what was sent.

    `transient`: the same write may pass later.
    """

    write: MetaWrite
    code: str = ""
    message: str = ""
    transient: bool = False


def write_customer_meta(
    client: StoreClient, writes: Sequence[MetaWrite], *, batch_size: int = BATCH_SIZE
) -> list[MetaResult]:
    """Write the meta of users; one result for each, in order.

    Batches are not atomic and check nothing (WC §3.2, §3.3): values are checked here, and errors
    of single items are results. A batch that may be too big, or breaks the server, is halved, and
    so are those after it: the values are absolute, so that sending some twice does no harm. A user
    who breaks the server alone is a result, too, and the next batch is whole again; three in a row
    are an outage.

    Raises:
        StoreError: the store is away or refuses the key; earlier batches are in the store.
        ValueError: a value that meta cannot hold, or a user twice; nothing was sent then.
    """
    _check(writes)
    results: list[MetaResult] = []
    outage, size = Outage(), batch_size
    while len(results) < len(writes):
        part = writes[len(results) : len(results) + size]
        try:
            results += _send(client, part)
        except StoreError as error:
            if not error.may_be_too_big:
                raise
            if len(part) > 1:
                size = len(part) // 2
                continue
            outage.failed(error)
            if outage.is_certain:
                raise
            results.append(MetaResult(part[0], _code(error), str(error), transient=error.transient))
            size = batch_size
        else:
            outage.succeeded()
    return results


def _check(writes: Sequence[MetaWrite]) -> None:
    if len({write.user_id for write in writes}) < len(writes):
        raise ValueError("two writes for one user: they belong together")
    for write in writes:
        # True is an int in Python, and the store makes numbers of nearly anything.
        if type(write.user_id) is not int or write.user_id < 1:
            raise ValueError(f"expected a user id, found {write.user_id!r}")
        for key, value in write.values.items():
            if not key or key.startswith("_"):
                raise ValueError(f"{key!r} is hidden on customers and could never be compared")
            if value is not None and (not value or not value.isprintable()):
                raise ValueError(f"user {write.user_id}: {key} cannot hold {value!r}")


def _send(client: StoreClient, writes: Sequence[MetaWrite]) -> list[MetaResult]:
    body = {"update": [_item(write) for write in writes]}
    answer = client.post(_BATCH.path, body, repeatable=True, divisible=True)
    items = _read_items(answer.data, writes)
    return [_read_item(write, item) for write, item in zip(writes, items, strict=True)]


def _item(write: MetaWrite) -> JsonObject:
    meta = [{"key": key, "value": value} for key, value in write.values.items()]
    return {"id": write.user_id, "meta_data": meta}


def _read_items(data: Any, writes: Sequence[MetaWrite]) -> list[JsonObject]:
    """The answer's items, after making sure that each stands where its write stood."""
    items = read_object(data, _BATCH).get("update")
    ids = [item.get("id") for item in items] if isinstance(items, list) else []
    if ids != [write.user_id for write in writes]:
        raise UnexpectedAnswer(_BATCH, f"sent {len(writes)} users, the answer has others.")
    return list(items or ())


def _read_item(write: MetaWrite, item: JsonObject) -> MetaResult:
    error = item.get("error")
    if error is not None:
        fields = error if isinstance(error, dict) else {}
        code = str(fields.get("code") or "UNEXPECTED_ANSWER")
        return MetaResult(write, code, clean_text(str(fields.get("message") or error)))
    rows = item.get("meta_data")
    stored: dict[str, list[Any]] = {}
    for row in rows if isinstance(rows, list) else ():
        stored.setdefault(row.get("key"), []).append(row.get("value"))
    for key, value in write.values.items():
        if stored.get(key, []) != ([] if value is None else [value]):
            text = f"{key}: sent {value!r}, the store shows {stored.get(key, [])!r}"
            return MetaResult(write, "META_DIFFERS", text, transient=True)
    return MetaResult(write)


def _code(error: StoreError) -> str:
    return error.code or (f"HTTP_{error.status}" if error.status else "STORE_UNAVAILABLE")
