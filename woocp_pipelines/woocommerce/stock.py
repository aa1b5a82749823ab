"""Writing stock quantities to the store.

Belongs here: what one write is, which writes can be sent, and who sends which batch. Does not:
what the quantity should be (rules/stock_policy.py), and reading a batch's answer
(stock_batches.py). WC §3; design §4.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines.woocommerce.listing import LARGEST_PAGE
from woocp_pipelines.woocommerce.stock_batches import (
    FATAL,
    Outage,
    OutageOfOne,
    StockWrite,
    StockWriteResult,
    refuse,
    send_batch,
)

__all__ = [
    "FATAL",
    "LARGEST_QUANTITY",
    "NEVER_SENT",
    "StockWrite",
    "StockWriteResult",
    "write_stock",
]

# The store would keep more, but such a number is a mistake on its way to a customer.
LARGEST_QUANTITY = 2_147_483_647
# Codes of writes that are wrong in themselves; the store was not asked.
NEVER_SENT = frozenset(("INVALID_PRODUCT", "INVALID_QUANTITY", "DUPLICATE_WRITE"))

_Chunk = list[StockWrite]


def write_stock(
    client: StoreClient,
    writes: Sequence[StockWrite],
    *,
    batch_size: int = 50,
    senders: int = 2,
) -> list[StockWriteResult]:
    """Set absolute quantities; one result per write, in the order of `writes`.

    Simple products go to /products/batch, variations to one batch per parent (WC §3.5). Values
    are checked first, since batches check nothing (WC §3.2). A batch that may be too big is
    halved. Once it is clear that the store is down or refuses the key, the rest is not sent and
    comes back as STORE_UNAVAILABLE; once it breaks on one parent's variations again and again, the
    rest of that parent as PARENT_UNAVAILABLE. Errors are results, never raised.

    Args:
        client: the store.
        writes: at most one per product or variation; twice the same is refused, both of them.
        batch_size: writes per request, 1 to 100; 50 is as fast as 100 and times out less.
        senders: batches on the way at the same time.

    Raises:
        ValueError: batch_size or senders is out of range.
    """
    if not 1 <= batch_size <= LARGEST_PAGE or senders < 1:
        raise ValueError(f"batch_size must be 1 to {LARGEST_PAGE} and senders at least 1")
    often = Counter(write.product_id for write in writes)
    refused = {
        position: result
        for position, write in enumerate(writes)
        if (result := _refusal(write, often[write.product_id])) is not None
    }
    good = [write for position, write in enumerate(writes) if position not in refused]
    sent = _send_all(client, _jobs(good, batch_size), senders)
    return [
        refused[position] if position in refused else sent[write.product_id]
        for position, write in enumerate(writes)
    ]


def _refusal(write: StockWrite, often: int) -> StockWriteResult | None:
    """Why this write is not sent at all, or None."""
    if not _is_id(write.product_id) or not (write.parent_id is None or _is_id(write.parent_id)):
        return refuse(
            write,
            "INVALID_PRODUCT",
            f"expected positive ids, found {write.product_id!r} and parent {write.parent_id!r}",
        )
    if not _is_whole(write.quantity) or not 0 <= write.quantity <= LARGEST_QUANTITY:
        return refuse(
            write,
            "INVALID_QUANTITY",
            f"expected a whole number from 0 to {LARGEST_QUANTITY}, found {write.quantity!r}",
        )
    if often > 1:
        return refuse(
            write, "DUPLICATE_WRITE", f"{often} quantities for one product, none of them was sent"
        )
    return None


def _is_whole(value: object) -> bool:
    # True is an int in Python and would be stored as 1 (WC §3.2).
    return isinstance(value, int) and not isinstance(value, bool)


def _is_id(value: object) -> bool:
    return _is_whole(value) and isinstance(value, int) and value > 0


def _jobs(writes: Iterable[StockWrite], batch_size: int) -> list[list[_Chunk]]:
    """Chunks that may be sent in parallel; those of one parent form one job, one after another.

    Each batch of variations also writes to the parent product.
    """
    ordered = sorted(writes, key=lambda write: (write.parent_id or 0, write.product_id))
    jobs: list[list[_Chunk]] = []
    for parent_id, group in groupby(ordered, key=lambda write: write.parent_id):
        of_parent = list(group)
        chunks = [
            of_parent[start : start + batch_size] for start in range(0, len(of_parent), batch_size)
        ]
        jobs.extend([[chunk] for chunk in chunks] if parent_id is None else [chunks])
    return jobs


def _send_all(
    client: StoreClient, jobs: list[list[_Chunk]], senders: int
) -> dict[int, StockWriteResult]:
    """Results by product id, which is unique among the writes that are sent."""
    outage = Outage()

    def send_job(job: list[_Chunk]) -> list[StockWriteResult]:
        of_parent = job[0][0].parent_id is not None
        mine = OutageOfOne(outage) if of_parent else outage
        return [result for chunk in job for result in send_batch(client, chunk, mine)]

    with ThreadPoolExecutor(max_workers=senders, thread_name_prefix="stock") as pool:
        return {
            result.write.product_id: result
            for results in pool.map(send_job, jobs)
            for result in results
        }
