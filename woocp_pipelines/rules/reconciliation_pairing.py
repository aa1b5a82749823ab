"""Which web order each document belongs to: by key, by REF, or by the document it came from.

Belongs here: the pairing. Does not: what the documents of an order mean
(reconciliation_documents.py).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from woocp_pipelines.rules.money import ZERO
from woocp_pipelines.rules.reconciliation_documents import amount_of
from woocp_pipelines.rules.reconciliation_facts import SELLING, Document

# From an order to its release ticket, and from there to what came back.
_HOPS: Final = 2


@dataclass(frozen=True, slots=True)
class Pairs:
    """Documents by WOO_ORDER_ID, and those of no order, by REF."""

    of_orders: Mapping[int, tuple[Document, ...]]
    strays: tuple[tuple[Document, ...], ...]


def pair_documents(
    documents: Iterable[Document],
    owners: Mapping[int, int],
    refs: Mapping[str, int],
    foreign: Collection[int],
) -> Pairs:
    """Pair documents with orders.

    Args:
        documents: of some orders, and of our station on a day.
        owners: order by DOC_ID, as the keys say; they beat the REF.
        refs: order by REF in upper case: the server compares without case.
        foreign: DOC_IDs that are the keys' of another web shop, whose numbers may be the same.
    """
    own = [each for each in documents if each.doc_id not in foreign]
    found = {each.doc_id: owners[each.doc_id] for each in own if each.doc_id in owners}
    for each in own:
        if each.doc_id not in found and each.ref.upper() in refs:
            found[each.doc_id] = refs[each.ref.upper()]
    for _ in range(_HOPS):
        found |= _by_origin(own, found)
    paired: dict[int, list[Document]] = defaultdict(list)
    strays: dict[str, list[Document]] = defaultdict(list)
    for each in sorted(own, key=lambda one: one.doc_id):
        if each.doc_id in found:
            paired[found[each.doc_id]].append(each)
        elif _is_stray(each):
            strays[each.ref or f"document {each.doc_id}"].append(each)
    return Pairs(
        {order_id: tuple(each) for order_id, each in paired.items()},
        tuple(tuple(each) for each in strays.values()),
    )


def _by_origin(documents: Iterable[Document], found: Mapping[int, int]) -> dict[int, int]:
    """Tickets that name a known document as their source, or are numbered after a known order."""
    rest = [each for each in documents if each.doc_id not in found]
    numbers = {
        each.tkt_no: found[each.doc_id]
        for each in documents
        if each.doc_id in found and each.doc_typ == "O"
    }
    paired: dict[int, int] = {}
    for each in rest:
        sources = sorted(found[origin] for origin in each.origins if origin in found)
        numbered = numbers.get(each.tkt_no.rpartition("-")[0]) if each.doc_typ == "T" else None
        if sources or numbered is not None:
            paired[each.doc_id] = sources[0] if sources else numbered or 0
    return paired


def _is_stray(document: Document) -> bool:
    """A sale of its own: releases of older orders, holds, quotes and voids are none."""
    if document.doc_typ not in SELLING or document.is_release:
        return False
    return amount_of(document) != ZERO or (document.doc_typ == "T" and bool(document.paid))
