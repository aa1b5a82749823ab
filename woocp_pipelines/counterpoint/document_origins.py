"""Which documents were made of which: tickets of orders, returns of tickets (CP §1.6.2).

Belongs here: the two tables that say so, of open and of posted documents. What follows from it is
decided by who asks.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from sqlalchemy import Connection, select

from woocp_pipelines.counterpoint.statements import MAX_PARAMETERS, chunks
from woocp_pipelines.counterpoint.tables import PS_DOC_HDR_ORIG_DOC, PS_TKT_HIST_ORIG_DOC

_TABLES: Final = (PS_DOC_HDR_ORIG_DOC, PS_TKT_HIST_ORIG_DOC)
# From a release ticket to its order, and from what came back of it; and the other way.
HOPS: Final = 2


def read_origins(connection: Connection, doc_ids: Iterable[int]) -> dict[int, set[int]]:
    """By DOC_ID, what each of these documents was made of; two statements for 2,000 of them."""
    found: dict[int, set[int]] = {}
    wanted = sorted(doc_ids)
    for table in _TABLES:
        for part in chunks(wanted, MAX_PARAMETERS):
            statement = select(table.c.DOC_ID, table.c.ORIG_DOC_ID).where(table.c.DOC_ID.in_(part))
            for row in connection.execute(statement):
                found.setdefault(row.DOC_ID, set()).add(row.ORIG_DOC_ID)
    return found


def read_made_of(connection: Connection, doc_ids: Iterable[int]) -> Iterator[int]:
    """DOC_IDs of what was made of these documents; two statements for 2,000 of them."""
    wanted = sorted(doc_ids)
    for table in _TABLES:
        for part in chunks(wanted, MAX_PARAMETERS):
            statement = select(table.c.DOC_ID).where(table.c.ORIG_DOC_ID.in_(part))
            yield from connection.execute(statement).scalars()
