"""Private notes on orders, written once.

Belongs here: reading and adding notes. Does not: their wording (rules/) or when they are due
(counterpoint/outbox.py). WC §2, §5.
"""

from woocp_pipelines.rules.text import decode
from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines.woocommerce.errors import Call, OutcomeUnknown
from woocp_pipelines.woocommerce.records import JsonObject, read_id, read_object, read_records


def read_order_notes(client: StoreClient, order_id: int) -> list[JsonObject]:
    """All notes of an order; the store does not page them (WC §2).

    Raises:
        NotFound: the order is gone.
        StoreError: the notes could not be read.
    """
    call = Call("GET", f"orders/{order_id}/notes")
    return read_records(client.get(call.path).data, call)


def add_private_note(client: StoreClient, order_id: int, text: str) -> int:
    """Add a note that only the shop's staff see; returns its id. Never repeated blindly.

    Raises:
        ValueError: the text is empty.
        OutcomeUnknown: it may have been added.
        NotFound: the order is gone.
    """
    if not text.strip():
        raise ValueError(f"order {order_id}: a note needs a text")
    call = Call("POST", f"orders/{order_id}/notes")
    answer = client.post(call.path, {"note": text, "customer_note": False})
    return read_id(read_object(answer.data, call), call)


def ensure_private_note(client: StoreClient, order_id: int, text: str) -> int:
    """Make sure that an order carries this private note exactly once; returns its id.

    Looks before it writes, and looks again when the outcome is unknown. It never posts twice in
    one call: the server may still be working on the first (WC §5), so the second try belongs to
    a later run, which looks first again.

    Raises:
        OutcomeUnknown: the note was sent and is not to be seen (yet).
        NotFound: the order is gone.
    """
    found = _find_private_note(client, order_id, text)
    if found is not None:
        return found
    try:
        return add_private_note(client, order_id, text)
    except OutcomeUnknown:
        found = _find_private_note(client, order_id, text)
        if found is None:
            raise
        return found


def _find_private_note(client: StoreClient, order_id: int, text: str) -> int | None:
    """The oldest private note of that text; entities and white space do not count."""
    wanted = _comparable(text)
    ids = [
        int(note["id"])
        for note in read_order_notes(client, order_id)
        if not note.get("customer_note") and _comparable(str(note.get("note", ""))) == wanted
    ]
    return min(ids, default=None)


def _comparable(text: str) -> str:
    return " ".join(decode(text).split())
