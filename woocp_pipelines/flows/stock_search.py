"""Which products a person means by an SKU, an item number or an id: in the store and in the map.

Belongs here: finding them, and what the store says of each just now. Does not: explaining their
stock (stock_answer.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from woocp_pipelines.rules.product_mapping import MapEntry
from woocp_pipelines.rules.store_products import (
    StoreProduct,
    has_variations,
    read_store_product,
)
from woocp_pipelines.rules.units import sku_key
from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines.woocommerce.errors import NotFound, StoreError
from woocp_pipelines.woocommerce.products import find_by_sku, read_product

Raw = Mapping[str, Any]
Map = Mapping[int, MapEntry]
_BY_ID: Final = "id:"


@dataclass(frozen=True, slots=True)
class FoundProduct:
    """A product or variation; `record` is the store's answer, None where `why_not` says why."""

    product: StoreProduct
    record: Raw | None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """What was found. `failed` is why the store could not be asked, empty when it could."""

    products: list[FoundProduct]
    failed: str = ""


def find_products(store: StoreClient | None, asked: str, entries: Map) -> Search:
    """All products that a person may mean.

    Args:
        store: to ask; None leaves it out, and the map alone answers.
        asked: SKU, ITEM_NO, or id; `id:145` says that an id is meant. A parent's id or SKU means
            its variations.
        entries: the product map.
    """
    known = {key: entry for key, entry in entries.items() if _is_meant(entry, asked)}
    if store is None:
        return Search(_unasked(known, "the store was not asked"))
    try:
        records = _ask(store, asked, known, entries)
    except StoreError as error:
        return Search(_unasked(known, "the store did not answer"), failed=str(error))
    found = (_found(product_id, record, entries) for product_id, record in records.items())
    return Search([each for each in found if each])


def asked_id(asked: str) -> int | None:
    """The id that a text can be read as, with or without `id:`."""
    number = asked.strip().removeprefix(_BY_ID)
    return int(number) if number.isdecimal() and number.isascii() else None


def _is_meant(entry: MapEntry, asked: str) -> bool:
    if asked.startswith(_BY_ID):
        return asked_id(asked) in (entry.product.product_id, entry.product.parent_id)
    names = (entry.product.sku, entry.sold.item_no if entry.sold else "")
    return sku_key(asked) in map(sku_key, names)


def _unasked(known: Map, why: str) -> list[FoundProduct]:
    return [FoundProduct(entry.product, None, why) for entry in known.values()]


def _found(product_id: int, record: Raw | None, entries: Map) -> FoundProduct | None:
    if record is None:
        return FoundProduct(entries[product_id].product, None, "the store has it no more")
    product = read_store_product(record)
    return FoundProduct(product, record) if product else None


def _ask(store: StoreClient, asked: str, known: Map, entries: Map) -> dict[int, Raw | None]:
    """The store's records by id; None for one that the map knows and the store does not."""
    records: dict[int, Raw | None] = {}
    if not asked.startswith(_BY_ID):
        records |= {record["id"]: record for record in find_by_sku(store, asked.strip())}
    number = asked_id(asked)
    if number is not None and not records and not known:
        record = _by_id(store, number)
        records |= {number: record} if record else {}
    parents = {key for key, record in records.items() if record and has_variations(record)}
    variations = {key for key, entry in entries.items() if entry.product.parent_id in parents}
    missing = sorted((known.keys() | variations) - records.keys())
    return records | {product_id: _by_id(store, product_id) for product_id in missing}


def _by_id(store: StoreClient, product_id: int) -> Raw | None:
    try:
        return read_product(store, product_id)
    except NotFound:
        return None
