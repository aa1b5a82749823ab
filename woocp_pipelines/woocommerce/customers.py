"""Reading the store's customers.

Belongs here: the customer end point. Does not: matching them with Counterpoint's
(rules/customer_matching.py). WC §4.
"""

from collections.abc import Iterator, Sequence

from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines.woocommerce.errors import Call, NotFound, UnexpectedAnswer
from woocp_pipelines.woocommerce.listing import LARGEST_PAGE, read_by_id
from woocp_pipelines.woocommerce.records import JsonObject, read_id, read_object, read_records
from woocp_pipelines.woocommerce.transport import Query

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


def read_existing_ids(client: StoreClient, user_ids: Sequence[int]) -> set[int]:
    """Those of these users that the store lists, in one request.

    Who is not among them may be there all the same; `customer_exists` tells.

    Raises:
        ValueError: no id, or too many; without any the store lists everybody.
        StoreError: the list could not be read or is not what was asked for.
    """
    if not 1 <= len(user_ids) <= LARGEST_PAGE:
        raise ValueError(f"expected 1 to {LARGEST_PAGE} user ids, found {len(user_ids)}")
    call = Call("GET", "customers")
    query: Query = {
        "include": list(user_ids),
        "role": "all",
        "per_page": LARGEST_PAGE,
        "_fields": "id",
    }
    found = {read_id(each, call) for each in read_records(client.get(call.path, query).data, call)}
    if foreign := sorted(found - set(user_ids)):
        raise UnexpectedAnswer(call, f"asked for users by id, found others: {foreign[:5]}.")
    return found


def customer_exists(client: StoreClient, user_id: int) -> bool:
    """Whether the store has a user; False only where it says that there is no such id.

    Raises:
        StoreError: it could not be read; an unknown route or a page of a firewall is no answer.
    """
    call = Call("GET", f"customers/{user_id}")
    try:
        record = read_object(client.get(call.path, {"_fields": "id"}).data, call)
    except NotFound:
        return False
    if read_id(record, call) != user_id:
        raise UnexpectedAnswer(call, f"asked for user {user_id}, found {record['id']}.")
    return True
