"""Reading a whole list by ascending id, safe against records that vanish meanwhile.

Belongs here: the paging. Does not: reading what changed (keyset.py).

Ascending id alone survives new records, which come last (WC §1.5). Records that leave the list
(deleted, trashed, another status) shift the rest to the front, and the next page would skip as
many. So each request asks by `offset` for one record that is already known: as long as the first
record of an answer is not newer than the last one read, nothing lies between; if it is newer,
the reading steps back a page. What remains: a record that *enters* the list behind the reading
point, such as an old draft that is published. It carries a new modified time, so reading by
modified time finds it.
"""

from collections.abc import Iterator

from woocp_pipelines.woocommerce.answers import Answer
from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines.woocommerce.errors import Call, UnexpectedAnswer
from woocp_pipelines.woocommerce.records import JsonObject, read_records
from woocp_pipelines.woocommerce.transport import Query

LARGEST_PAGE = 100
# A list that shrinks faster than it can be read, or a store that ignores `offset`.
_MOST_STEPS_WITHOUT_NEWS = 25


def read_by_id(
    client: StoreClient, path: str, params: Query, *, page_size: int = LARGEST_PAGE
) -> Iterator[list[JsonObject]]:
    """Yield every record of a list once, by ascending id, a page at a time.

    Args:
        client: the store.
        path: a collection, such as `customers`.
        params: filters; `_fields` must hold id.
        page_size: 2 to 100 (WC §1.7).

    Raises:
        UnexpectedAnswer: the store does not sort or page as asked.
        StoreError: a page could not be read; what was yielded before is a part, not the list.
    """
    check_page_size(page_size)
    call = Call("GET", path)
    offset = last = steps_without_news = 0
    while True:
        answer = client.get(path, _page_query(params, offset, page_size))
        page = _ascending(answer, call)
        known = offset == 0 or (bool(page) and page[0]["id"] <= last)
        fresh = [record for record in page if record["id"] > last] if known else []
        if fresh:
            last = fresh[-1]["id"]
            yield fresh
        steps_without_news = 0 if fresh else steps_without_news + 1
        if known and _reaches_end(answer, offset, page_size):
            return
        if steps_without_news > _MOST_STEPS_WITHOUT_NEWS:
            raise UnexpectedAnswer(
                call, f"paging by offset does not get past id {last} at offset {offset}."
            )
        offset = offset + page_size - 1 if known else max(0, offset - page_size)


def check_page_size(page_size: int) -> None:
    """WooCommerce takes 1 to 100; one record a page leaves no room for the overlap.

    Raises:
        ValueError: outside 2 to 100.
    """
    if not 2 <= page_size <= LARGEST_PAGE:  # noqa: PLR2004 - said in the message
        raise ValueError(f"page_size must be 2 to {LARGEST_PAGE}, found {page_size}")


def _page_query(params: Query, offset: int, page_size: int) -> Query:
    query = {**params, "orderby": "id", "order": "asc", "per_page": page_size}
    return {**query, "offset": offset} if offset else query


def _ascending(answer: Answer, call: Call) -> list[JsonObject]:
    page = read_records(answer.data, call)
    ids = [record["id"] for record in page]
    if ids != sorted(set(ids)):
        raise UnexpectedAnswer(call, "asked for ascending ids, found another order.")
    return page


def _reaches_end(answer: Answer, offset: int, page_size: int) -> bool:
    """Whether nothing can follow this page.

    The total decides, since a page may be short because the store hides a broken record. Beyond
    the end the total is wrong (0 on order tables, WC §1.6), but then the page is empty.
    """
    if not answer.data:
        return True
    if answer.total is None:
        return len(answer.data) < page_size
    return offset + page_size >= answer.total
