"""Whose a booked document is: its customer and its REF, as woocp wrote them (CP §1.6, design §4).

Belongs here: what somebody changed of both. Does not: amounts (reconciliation_sums.py), nor which
order a document belongs to: the keys say that, whatever its REF (reconciliation_pairing.py).
"""

from collections.abc import Iterator
from typing import Final

from woocp_pipelines.rules.document_building.header import number_ref
from woocp_pipelines.rules.reconciliation_causes import Difference
from woocp_pipelines.rules.reconciliation_facts import Document, Known

_OURS: Final = number_ref("")


def relabelled(known: Known, number: str) -> Iterator[Difference]:
    """What the open documents of an order, which woocp booked, have of another one's.

    Args:
        known: of the order.
        number: the shop's number of it.
    """
    if known.key is None:
        return
    own = {known.key.doc_id, known.key.deposit_doc_id}
    found = [
        f"{each.tkt_no}: {said}"
        for each in known.documents
        if each.doc_id in own and each.place == "open"
        for said in (*_customer(each, known), *_ref(each, known, number))
    ]
    if found:
        yield Difference(
            "relabelled",
            remark="; ".join(found),
            next_step="find out who changed it, and correct it in Counterpoint; a change that is "
            "meant is told as long as the document is open",
        )


def _customer(document: Document, known: Known) -> Iterator[str]:
    """Only a row that woocp booked says for which customer it did."""
    booked = known.staged.booked_for if known.staged else ""
    if booked and document.cust_no.upper() != booked.upper():
        yield f"CUST_NO: found {document.cust_no!r}, expected {booked!r}, for whom it was booked"


def _ref(document: Document, known: Known, number: str) -> Iterator[str]:
    """What people write into REF is theirs; another web order's number misleads them and woocp."""
    found = document.ref.upper()
    numbers = [number, known.staged.number if known.staged else ""]
    own = [number_ref(each).upper() for each in numbers if each]
    is_own = any(found == each or found.startswith(f"{each} ") for each in own)
    if found.startswith(_OURS.upper()) and not is_own:
        yield f"REF: found {document.ref!r}, expected {number_ref(number)!r}"
