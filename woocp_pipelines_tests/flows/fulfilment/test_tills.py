"""The sandbox's tills move stock and rows as Counterpoint does (CP §1.5.1, §1.6.2, §1.20)."""

import pytest

from woocp_pipelines_tests.order_world import D


def stock(tills, item_no="01-10251"):
    (row,) = tills.world.rows("IM_INV", ITEM_NO=item_no)
    return row["QTY_ON_HND"], row["QTY_COMMIT"], row["QTY_ON_ORD"]


def test_a_release_takes_from_orders_and_posting_takes_from_stock(tills):
    assert stock(tills) == (D(40), D(10), D(10))
    ticket = tills.release()
    assert stock(tills) == (D(40), D(10), D(0))
    tills.post(ticket)
    assert stock(tills) == (D(30), D(0), D(0))


def test_a_cancellation_gives_back_what_was_promised(tills):
    tills.cancel()
    assert stock(tills) == (D(40), D(0), D(0))
    assert len(tills.world.rows("PS_ORD_HIST")) == 1


def test_release_tickets_are_numbered_behind_their_order_and_linked_to_it(tills):
    (number,) = {row["TKT_NO"] for row in tills.world.rows("PS_DOC_HDR", DOC_ID=tills.doc_id())}
    first, second = tills.release(quantities={1: 1}), tills.release()
    numbers = [
        row["TKT_NO"]
        for ticket in (first, second)
        for row in tills.world.rows("PS_DOC_HDR", DOC_ID=ticket)
    ]
    assert numbers == [f"{number}-01", f"{number}-02"]
    links = tills.world.rows("PS_DOC_HDR_ORIG_DOC", ORIG_DOC_ID=tills.doc_id())
    assert {row["DOC_ID"] for row in links} == {first, second}


def test_an_order_leaves_when_its_last_goods_are_posted(tills):
    tills.post(tills.release(quantities={1: 2}))
    assert tills.world.rows("PS_ORD_HIST") == []
    tills.post(tills.release())
    assert len(tills.world.rows("PS_ORD_HIST")) == 1
    assert tills.world.rows("PS_DOC_LIN", DOC_ID=tills.doc_id()) == []
    assert len(tills.world.rows("PS_TKT_HIST_LIN", LIN_TYP="S")) == 2


def test_no_more_is_released_than_is_open(tills):
    with pytest.raises(ValueError, match=r"line 2: 1\.0000 is open, not 2"):
        tills.release(quantities={2: 2})
