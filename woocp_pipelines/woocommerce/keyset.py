"""Reading what changed since a moment, by modified time. Shared by orders, products, variations.

Belongs here: the keyset of WC §1.5. Does not: where the mark is kept (counterpoint/sync_state.py).

Always page 1, ascending by modified time; the next bound is the last time seen minus one second,
and what was seen already is dropped. A record touched while we read moves to the end and is read
again with its new time; no other record is skipped by that.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from woocp_pipelines.rules.clock import write_gmt
from woocp_pipelines.woocommerce.answers import Answer
from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines.woocommerce.errors import Call, UnexpectedAnswer
from woocp_pipelines.woocommerce.listing import check_page_size, read_by_id
from woocp_pipelines.woocommerce.records import JsonObject, read_records, read_time
from woocp_pipelines.woocommerce.transport import Query

_SECOND = timedelta(seconds=1)


class _Seen(NamedTuple):
    modified: datetime
    record_id: int


def whole_second(moment: datetime) -> datetime:
    """The bound to send for `moment`: the filter is exclusive and knows whole seconds (WC §1.1).

    Raises:
        ValueError: the moment has no zone; a local time here loses changes.
    """
    if moment.tzinfo is None:
        raise ValueError(f"expected a time with its zone, found {moment!r}")
    floor = moment.replace(microsecond=0)
    # A change later within the same second is stored without its fraction: include that second.
    return floor if floor == moment else floor - _SECOND


def read_by_modified(
    client: StoreClient,
    path: str,
    params: Query,
    *,
    modified_after: datetime,
    page_size: int,
) -> Iterator[list[JsonObject]]:
    """Yield records modified after a moment, oldest change first, a page at a time.

    One record may come twice, with another `date_modified_gmt`. When nothing changed it is one
    request.

    Args:
        client: the store.
        path: a collection that knows `modified_after`.
        params: further filters; `_fields` must hold id and date_modified_gmt.
        modified_after: exclusive, aware.
        page_size: 2 to 100.

    Raises:
        UnexpectedAnswer: the store does not filter or sort as asked, or a record lacks its time.
        StoreError: a page could not be read; what was yielded before is right and complete up to
            its newest modified time minus one second.
    """
    check_page_size(page_size)
    call = Call("GET", path)
    bound = whole_second(modified_after)
    seen: set[_Seen] = set()
    while True:
        answer = client.get(path, _query(params, bound, page_size))
        page = _checked(answer, bound, call)
        fresh = [record for key, record in page if key not in seen]
        if fresh:
            yield fresh
        seen.update(key for key, _ in page)
        newest = page[-1][0].modified if page else bound
        advances = newest - _SECOND > bound
        if _is_end(answer, page_size, advances=advances, call=call):
            return
        if advances:
            bound = newest - _SECOND
        else:
            yield from _rest_of_second(
                client, path, params, bound=bound, page_size=page_size, seen=seen
            )
            bound += _SECOND
        seen = {key for key in seen if key.modified > bound}


def _query(params: Query, bound: datetime, page_size: int) -> Query:
    return {
        **params,
        "modified_after": write_gmt(bound),
        # Without the flag the text is store-local; with Z and the flag it is wrong (WC §1.2).
        "dates_are_gmt": True,
        "orderby": "modified",
        "order": "asc",
        "page": 1,
        "per_page": page_size,
    }


def _checked(answer: Answer, bound: datetime, call: Call) -> list[tuple[_Seen, JsonObject]]:
    """The page with its keys, after making sure that filter and order were obeyed."""
    page = [
        (_Seen(read_time(record, "date_modified_gmt", call), record["id"]), record)
        for record in read_records(answer.data, call)
    ]
    times = [key.modified for key, _ in page]
    if times != sorted(times):
        raise UnexpectedAnswer(call, "asked for ascending modified times, found another order.")
    if times and times[0] <= bound:
        raise UnexpectedAnswer(
            call, f"asked for changes after {write_gmt(bound)}, found one of {write_gmt(times[0])}."
        )
    return page


def _is_end(answer: Answer, page_size: int, *, advances: bool, call: Call) -> bool:
    """A short page is the end, unless the total says that the store hid broken records on it."""
    count = len(answer.data)
    if count >= page_size:
        return False
    hidden = (answer.total or 0) - count
    if hidden <= 0:
        return True
    if not advances and count + hidden > page_size:
        raise UnexpectedAnswer(
            call, f"the store counts {count + hidden} records but shows {count} of {page_size}."
        )
    return not advances


def _rest_of_second(
    client: StoreClient,
    path: str,
    params: Query,
    *,
    bound: datetime,
    page_size: int,
    seen: set[_Seen],
) -> Iterator[list[JsonObject]]:
    """More records share the second after `bound` than a page holds: page inside that second.

    An import by SQL gives thousands the same second (WC §1.5).
    """
    call = Call("GET", path)
    inside = {
        **params,
        "modified_after": write_gmt(bound),
        "modified_before": write_gmt(bound + 2 * _SECOND),
        "dates_are_gmt": True,
    }
    for page in read_by_id(client, path, inside, page_size=page_size):
        fresh = [
            record
            for record in page
            if _Seen(read_time(record, "date_modified_gmt", call), record["id"]) not in seen
        ]
        if fresh:
            yield fresh
