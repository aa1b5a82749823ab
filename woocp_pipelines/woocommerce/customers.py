"""Reading the store's customers.

Belongs here: the customer end point. Does not: matching them with Counterpoint's
(rules/customer_matching.py). WC §4.
"""

from collections.abc import Iterator, Sequence

from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines.woocommerce.listing import LARGEST_PAGE, read_by_id
from woocp_pipelines.woocommerce.records import JsonObject

CUSTOMER_FIELDS = (
    "id",
    "date_created_gmt",
    "date_modified_gmt",
    "email",
    "first_name",
    "last_name",
    "role",
    "username",
    "billing",
    "shipping",
    "meta_data",
)


def read_customers(
    client: StoreClient,
    *,
    fields: Sequence[str] = CUSTOMER_FIELDS,
    page_size: int = LARGEST_PAGE,
) -> Iterator[list[JsonObject]]:
    """Yield every registered user once, by ascending id, a page at a time.

    Always the full list: the store has no modified filter for customers and ignores one silently
    (WC §4). `role=all`, since administrators and shop managers order too. Guests are not in it.

    Raises:
        StoreError: a page could not be read; what was yielded before is not the whole list.
    """
    params = {"role": "all", "_fields": ",".join(dict.fromkeys(("id", *fields)))}
    return read_by_id(client, "customers", params, page_size=page_size)
