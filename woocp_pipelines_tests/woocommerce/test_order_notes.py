"""Notes on the sandbox store: once, whatever happens on the way."""

import pytest

from woocp_pipelines.sandbox.store import Fault
from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines.woocommerce.errors import NotFound, OutcomeUnknown
from woocp_pipelines.woocommerce.order_notes import (
    add_private_note,
    ensure_private_note,
    read_order_notes,
)

_TEXT = "Order created in CounterPoint. DOC_ID: 109105441112, TKT_NO: O109-000001"


@pytest.fixture
def order(state):
    return state.add_order({"id": 5, "status": "processing"})


def _texts(shop):
    return [note["note"] for note in read_order_notes(shop, 5)]


def test_a_note_is_private_and_added_once(order, shop):
    first = ensure_private_note(shop, 5, _TEXT)
    assert ensure_private_note(shop, 5, _TEXT) == first
    (note,) = read_order_notes(shop, 5)
    assert (note["id"], note["customer_note"], note["note"]) == (first, False, _TEXT)


def test_entities_and_white_space_make_no_other_note(state, order, shop):
    state.add_note(5, {"id": 9, "note": "Stock 164&rarr;163 &amp;\n done"})
    assert ensure_private_note(shop, 5, "Stock 164→163 & done") == 9


def test_a_note_to_the_customer_of_the_same_text_is_another(state, order, shop):
    state.add_note(5, {"id": 9, "note": _TEXT, "customer_note": True})
    assert ensure_private_note(shop, 5, _TEXT) != 9


@pytest.mark.parametrize("kind", ["cut_after_write", "truncated"])
def test_a_note_whose_answer_is_lost_is_found_again(order, server, shop, kind):
    server.faults.add(Fault(kind, method="POST"))
    note_id = ensure_private_note(shop, 5, _TEXT)
    assert _texts(shop) == [_TEXT]
    assert note_id == read_order_notes(shop, 5)[0]["id"]


def test_a_note_that_timed_out_after_writing_is_found_again(order, server, credentials, shop):
    server.faults.add(Fault("timeout_after_write", method="POST"))
    with StoreClient(server.url, *credentials, timeout_seconds=0.5) as hasty:
        ensure_private_note(hasty, 5, _TEXT)
    assert _texts(shop) == [_TEXT]


def test_a_note_that_cannot_be_seen_is_left_to_a_later_run(order, server, shop):
    server.faults.add(Fault("cut_before", method="POST"))
    with pytest.raises(OutcomeUnknown):
        ensure_private_note(shop, 5, _TEXT)
    posts = [row for row in server.requests.rows() if row.method == "POST"]
    assert len(posts) == 1
    ensure_private_note(shop, 5, _TEXT)
    assert _texts(shop) == [_TEXT]


def test_a_busy_store_is_asked_again_for_the_same_note(order, server, shop):
    server.faults.add(Fault("too_many_requests", method="POST", retry_after=1))
    ensure_private_note(shop, 5, _TEXT)
    assert _texts(shop) == [_TEXT]


def test_a_note_on_a_missing_order_is_not_found(shop):
    with pytest.raises(NotFound):
        ensure_private_note(shop, 404, _TEXT)


def test_an_empty_note_is_refused(shop):
    with pytest.raises(ValueError, match="needs a text"):
        add_private_note(shop, 5, " ")
