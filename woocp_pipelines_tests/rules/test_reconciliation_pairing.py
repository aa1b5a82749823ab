"""Which order a document belongs to: by key, by REF, by the document it came from."""

from dataclasses import replace
from decimal import Decimal

from woocp_pipelines.rules.reconciliation_pairing import pair_documents
from woocp_pipelines_tests.reconciliation_days import document, ticket

D = Decimal
REFS = {"WOO 1": 1, "WOO 2": 2}


def pair(*documents, owners=(), foreign=()):
    found = pair_documents(documents, dict(owners), REFS, foreign)
    paired = {
        order: [each.doc_id for each in documents] for order, documents in found.of_orders.items()
    }
    return paired, [[each.doc_id for each in group] for group in found.strays]


def test_a_key_beats_the_ref_and_the_ref_counts_without_case():
    kept = document(10, D(5), ref="woo 2")
    assert pair(kept, owners={10: 1}.items()) == ({1: [10]}, [])
    assert pair(kept) == ({2: [10]}, [])


def test_a_release_and_what_came_back_of_it_follow_their_order():
    release = ticket(11, D(5), origins=frozenset([10]))
    back = ticket(12, D(-2), origins=frozenset([11]))
    numbered = ticket(13, D(1), tkt_no="O109-000010-02")
    order = document(10, D(5), ref="WOO 1")
    assert pair(back, numbered, order, release) == ({1: [10, 11, 12, 13]}, [])


def test_what_belongs_to_another_shop_is_neither_ours_nor_a_stray():
    theirs = document(10, D(5), ref="WOO 1")
    assert pair(theirs, foreign={10}) == ({}, [])


def test_documents_of_no_order_stand_together_by_their_ref():
    strays = [
        document(10, D(5), ref="PHONE 7", paid=D(5)),
        ticket(11, D(0), ref="PHONE 7", paid=D(5)),
        document(12, D(3)),
    ]
    assert pair(*strays) == ({}, [[10, 11], [12]])


def test_releases_of_older_orders_holds_and_empty_tickets_are_no_strays():
    none = [
        ticket(10, D(5), is_release=True),
        document(11, D(5), doc_typ="H"),
        document(12, D(5), doc_typ="V"),
        ticket(13, D(0)),
    ]
    assert pair(*none) == ({}, [])


def test_a_return_at_our_station_without_any_order_is_a_stray():
    back = replace(ticket(10, D(-5)), paid=D(-5))
    assert pair(back) == ({}, [[10]])
