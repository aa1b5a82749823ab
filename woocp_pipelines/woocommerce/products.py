"""Reading products and variations.

Belongs here: the product end points' reading side. Does not: writing stock (stock.py). WC §1, §3.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines.woocommerce.errors import Call
from woocp_pipelines.woocommerce.keyset import read_by_modified
from woocp_pipelines.woocommerce.listing import LARGEST_PAGE, read_by_id
from woocp_pipelines.woocommerce.records import (
    JsonObject,
    read_id,
    read_object,
    read_records,
    read_time,
)
from woocp_pipelines.woocommerce.transport import Query

# What the comparison of stock needs; a full product costs 2 KiB and twice the time.
STOCK_FIELDS = (
    "id",
    "parent_id",
    "type",
    "status",
    "sku",
    "manage_stock",
    "stock_quantity",
    "stock_status",
    "backorders",
    "date_modified_gmt",
)
_ALWAYS = ("id", "date_modified_gmt")


def read_products(
    client: StoreClient,
    *,
    modified_after: datetime | None = None,
    fields: Sequence[str] = STOCK_FIELDS,
    page_size: int = LARGEST_PAGE,
) -> Iterator[list[JsonObject]]:
    """Yield products: all by ascending id, or those changed after a moment, oldest change first.

    Trashed products and variations are not in it; a variation's change moves its parent's
    modified time too, so an idle poll of products alone is enough (WC §3.9). Quantities are
    numbers or null; `manage_stock` is true or false.

    Raises:
        ValueError: the moment has no zone.
        StoreError: a page could not be read; what was yielded before is not the whole list.
    """
    return _read(client, "products", modified_after, fields, page_size)


def read_variations(
    client: StoreClient,
    parent_id: int,
    *,
    modified_after: datetime | None = None,
    fields: Sequence[str] = STOCK_FIELDS,
    page_size: int = LARGEST_PAGE,
) -> Iterator[list[JsonObject]]:
    """Yield one product's variations; `manage_stock` may be the text "parent" (WC §3.5).

    Raises:
        NotFound: the product is gone.
        StoreError: as for `read_products`.
    """
    return _read(client, f"products/{parent_id}/variations", modified_after, fields, page_size)


def read_all_variations(
    client: StoreClient,
    *,
    modified_after: datetime | None = None,
    fields: Sequence[str] = STOCK_FIELDS,
    page_size: int = LARGEST_PAGE,
) -> Iterator[list[JsonObject]]:
    """Yield variations of all products, each with its `parent_id`; a request per page, not parent.

    Raises:
        UnexpectedAnswer: a variation without parent; it could not be written to.
        StoreError: as for `read_products`.
    """
    call = Call("GET", "variations")
    wanted = (*fields, "parent_id")
    for page in _read(client, "variations", modified_after, wanted, page_size):
        for variation in page:
            read_id(variation, call, "parent_id")
        yield page


def read_newest_change(client: StoreClient) -> datetime | None:
    """When a product was changed last, by the store's own clock; None when it has no product.

    Asked before a full reading by id: what changes meanwhile is later than this.

    Raises:
        StoreError: as for `read_products`.
    """
    call = Call("GET", "products")
    params: Query = {"_fields": ",".join(_ALWAYS), "orderby": "modified", "order": "desc"}
    newest = read_records(client.get(call.path, {**params, "per_page": 1}).data, call)
    return read_time(newest[0], "date_modified_gmt", call) if newest else None


def read_product(client: StoreClient, product_id: int) -> JsonObject:
    """One product or variation by its id, a trashed one too.

    Raises:
        NotFound: there is none.
        StoreError: it could not be read.
    """
    path = f"products/{product_id}"
    return read_object(client.get(path, _shown()).data, Call("GET", path))


def find_by_sku(client: StoreClient, sku: str) -> list[JsonObject]:
    """Products and variations that carry an SKU, whatever its case; none in the trash (WC §3.10).

    Raises:
        StoreError: the store could not be asked.
    """
    call = Call("GET", "products")
    # A comma would make two SKUs of it.
    params: Query = {**_shown(), "sku": sku, "per_page": LARGEST_PAGE}
    found = read_records(client.get(call.path, params).data, call)
    return [record for record in found if str(record.get("sku")).strip().upper() == sku.upper()]


def _shown() -> Query:
    return {"_fields": ",".join((*STOCK_FIELDS, "name"))}


def _read(
    client: StoreClient,
    path: str,
    modified_after: datetime | None,
    fields: Sequence[str],
    page_size: int,
) -> Iterator[list[JsonObject]]:
    params = {"_fields": ",".join(dict.fromkeys((*_ALWAYS, *fields)))}
    if modified_after is None:
        return read_by_id(client, path, params, page_size=page_size)
    return read_by_modified(
        client, path, params, modified_after=modified_after, page_size=page_size
    )
