"""Keys of documents under contention: many bookings at once, in transactions of their own."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from woocp_pipelines.counterpoint.codes import read_station
from woocp_pipelines.counterpoint.document_keys import take_keys
from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.transactions import in_transaction
from woocp_pipelines.rules.problems import RefusedError
from woocp_pipelines.settings import Counterpoint
from woocp_pipelines_tests.customer_world import CODES
from woocp_pipelines_tests.order_world import add_foreign_document
from woocp_pipelines_tests.worked_example import seed_example

WHERE = Counterpoint(**CODES)
BEGUN = datetime(2026, 1, 5, 10, 35, 12)


@pytest.fixture
def station(engine):
    seed_example(engine)
    with reading(engine) as connection:
        return read_station(connection, WHERE)


def take(connection, station, *, doc_typ="O", with_deposit=True):
    return take_keys(connection, WHERE, station, BEGUN, doc_typ=doc_typ, with_deposit=with_deposit)


@pytest.mark.cp_bug(1, 2)
def test_bookings_at_the_same_moment_get_keys_of_their_own(engine, station):
    def book(_):
        def work(connection):
            keys = take(connection, station)
            foreign_document_in(connection, keys.doc_id, keys.tkt_no)
            foreign_document_in(connection, keys.deposit_doc_id, keys.deposit_tkt_no)
            return keys

        return in_transaction(engine, work)

    with ThreadPoolExecutor(4) as pool:
        keys = list(pool.map(book, range(12)))
    assert len({each.doc_id for each in keys} | {each.deposit_doc_id for each in keys}) == 24
    assert sorted(each.tkt_no for each in keys) == [f"O109-{n:06d}" for n in range(1, 13)]
    assert all(each.doc_id % 10**6 == each.deposit_doc_id % 10**6 + 1 for each in keys)


def foreign_document_in(connection, doc_id, tkt_no):
    values = {"DOC_ID": doc_id, "STR_ID": "01", "STA_ID": "109", "TKT_NO": tkt_no}
    add_foreign_document(connection, "PS_ORD_HIST", **values)


def test_an_unpaid_order_takes_one_number_and_one_id(engine, station):
    with writing(engine) as connection:
        keys = take(connection, station, with_deposit=False)
    assert (keys.doc_id, keys.deposit_doc_id, keys.deposit_tkt_no) == (109105441111, None, None)


def test_a_day_full_of_ids_is_told_and_tried_again(engine, station):
    with writing(engine) as connection:
        for step in range(1_000):
            foreign_document_in(connection, 109105441111 + step, f"X{step}")
    with writing(engine) as connection, pytest.raises(RefusedError) as refused:
        take(connection, station, with_deposit=False)
    assert (refused.value.first.code, refused.value.retryable) == ("NO_FREE_DOC_ID", True)
