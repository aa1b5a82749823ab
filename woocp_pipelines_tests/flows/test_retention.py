"""What is kept no longer: how much goes, what never goes, and persons whom the shop erased."""

import os
import time
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, update

from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.erasures import ERASED, PLACEHOLDER
from woocp_pipelines.counterpoint.locks import flow_lock
from woocp_pipelines.counterpoint.retention import BATCH
from woocp_pipelines.counterpoint.statements import insert_rows
from woocp_pipelines.counterpoint.tables import METADATA, USER_ORDER_STAGING, USER_SYNC_LOG
from woocp_pipelines.flows.retention import keep_no_longer
from woocp_pipelines_tests.order_world import D, book_all, holds

A_YEAR_AND_MORE = 401
PERSON = {"first_name": "Wilhelmina", "last_name": "Quist", "address_1": "7 Heron Mews"}
SHIPPING = {
    **PERSON,
    "address_2": "",
    "company": "",
    "city": "Albany",
    "state": "NY",
    "postcode": "12207",
    "country": "US",
    "phone": "",
}


def anonymized(fields):
    """As WooCommerce's eraser leaves billing or shipping; states, countries and phones go."""
    gone = dict.fromkeys(("state", "country", "phone"), "")
    text = {name: "[deleted]" if value else "" for name, value in fields.items()} | gone
    return text | ({"email": PLACEHOLDER} if "email" in fields else {})


def erase_in_the_shop(world, order_id=20001):
    record = world.state.find("order", order_id)
    meta = [*record["meta_data"], {"id": 990, "key": "_anonymized", "value": "yes"}]
    world.overwrite(
        order_id,
        billing=anonymized(record["billing"]),
        shipping=anonymized(record["shipping"]),
        customer_id=0,
        meta_data=meta,
    )


def kept_texts(world):
    """Every text in every table of ours."""
    ours = [table for table in METADATA.sorted_tables if table.name.startswith("USER_")]
    return {
        table.name: " ".join(str(value) for row in world.rows(table.name) for value in row.values())
        for table in ours
    }


@pytest.fixture
def old(world):
    """An order booked long ago, and one that was refused at that time."""
    world.order(20001)
    world.order(20002, payment_method="unknown-gateway")
    world.pull()
    world.book()
    world.grow_old(days=A_YEAR_AND_MORE)
    return world


def test_the_raw_order_of_a_booked_one_goes_and_its_key_stays(old):
    keys = old.rows("USER_ORDER_KEY")
    report = keep_no_longer(old.context)
    assert report.counts["raw_orders_emptied"] == 1
    holds(old.staged(20001), STATUS="BOOKED", ORDER_JSON=None, LINE_ITEMS_JSON=None)
    assert old.rows("USER_ORDER_KEY") == keys
    assert keep_no_longer(old.context).counts["raw_orders_emptied"] == 0


def test_an_emptied_order_of_a_deleted_account_and_product_is_no_revision(old):
    """The store takes their numbers away on all old orders; the kept ones tell so (WC §2)."""
    keep_no_longer(old.context)
    lines = [{**line, "product_id": 0} for line in old.state.find("order", 20001)["line_items"]]
    old.overwrite(20001, customer_id=0, line_items=lines)
    assert old.pull().refused == []
    old.change(20001, customer_note="and ring the bell")
    assert len(old.pull().refused) == 1
    assert "ORDER_EDITED" in {each["CODE"] for each in old.letter_rows()}


def test_an_order_that_is_not_booked_keeps_all_it_has(old):
    before = old.staged(20002)
    keep_no_longer(old.context)
    assert before["ORDER_JSON"]
    assert old.staged(20002) == before


def test_nothing_goes_before_its_time(world):
    world.order()
    book_all(world)
    world.grow_old(days=399)
    assert set(keep_no_longer(world.context).counts.values()) == {0}
    assert world.staged()["ORDER_JSON"]


def test_a_plan_counts_the_same_and_touches_nothing(old):
    before = {table.name: old.rows(table.name) for table in METADATA.sorted_tables}
    planned = keep_no_longer(old.context, mode="plan")
    assert {table.name: old.rows(table.name) for table in METADATA.sorted_tables} == before
    assert planned.counts == keep_no_longer(old.context).counts


def test_a_plan_works_before_db_upgrade(new_database, world):
    bare = type(world.context)(
        world.context.settings, new_database(), world.store, world.clock, "test-run"
    )
    report = keep_no_longer(bare, mode="plan")
    assert (report.counts, report.erased) == ({"reports_deleted": 0}, [])


def test_an_order_about_which_somebody_has_to_decide_is_kept_until_then(world):
    world.order()
    book_all(world)
    world.change(line_items=[{"id": 1, "quantity": 3, "total": "56.97", "subtotal": "63.30"}])
    world.pull()
    world.grow_old(days=A_YEAR_AND_MORE)
    assert keep_no_longer(world.context).counts["raw_orders_emptied"] == 0
    assert world.staged()["ORDER_JSON"]


def test_a_closed_dead_letter_loses_its_words_and_keeps_its_code(old):
    (letter,) = old.letter_rows()
    assert letter["RECORD_JSON"]
    assert letter["FOUND"] != ERASED
    old.set_rows("USER_DEAD_LETTER", {}, CLOSED_GMT=old.context.now() - timedelta(days=1))
    assert keep_no_longer(old.context).counts["dead_letters_emptied"] == 0
    old.grow_old(days=A_YEAR_AND_MORE)
    assert keep_no_longer(old.context).counts["dead_letters_emptied"] == 1
    (after,) = old.letter_rows(closed=True)
    holds(after, RECORD_JSON=None, CODE=letter["CODE"], FIELD=letter["FIELD"], FOUND=ERASED)
    assert keep_no_longer(old.context).counts["dead_letters_emptied"] == 0


def test_an_old_order_that_is_done_with_names_nobody_any_more(world):
    world.order(20001, shipping=SHIPPING)
    world.order(20002, payment_method="unknown-gateway", shipping=SHIPPING)
    world.pull()
    world.book()
    world.overwrite(20002, status="cancelled")
    world.pull()
    assert world.statuses() == {20001: "BOOKED", 20002: "CANCELLED"}
    keys = world.rows("USER_ORDER_KEY")
    world.grow_old(days=A_YEAR_AND_MORE)
    assert keep_no_longer(world.context).counts["raw_orders_emptied"] == 2
    ours = {name: text for name, text in kept_texts(world).items() if "ORDER" in name}
    for table, text in ours.items():
        for value in (*PERSON.values(), "Albany", "@"):
            assert value not in text, (table, value)
    holds(world.staged(20001), TOT_AMT=D("236.11"), WOO_ORDER_NO="20001")
    assert world.rows("USER_ORDER_KEY") == keys != []


def test_an_emptied_order_that_the_shop_takes_up_again_is_booked(world):
    world.order(20001, status="on-hold", date_paid_gmt=None)
    world.pull()
    world.overwrite(status="cancelled")
    world.pull()
    world.grow_old(days=A_YEAR_AND_MORE)
    keep_no_longer(world.context)
    holds(world.staged(), STATUS="CANCELLED", ORDER_JSON=None)
    world.overwrite(status="processing", date_paid_gmt=world.ago(minutes=1))
    book_all(world)
    assert world.statuses() == {20001: "BOOKED"}


def test_old_rows_of_the_log_go_but_not_those_of_the_retailer(old):
    row = {"SYNC_ID": "x", "OPERATION_TYPE": "order_sync", "DIRECTION": "WOO_TO_CP"}
    with writing(old.engine) as connection:
        connection.execute(insert(USER_SYNC_LOG).values(**row, START_TIME=func.current_timestamp()))
    ours = len(old.rows("USER_SYNC_LOG")) - 1
    assert keep_no_longer(old.context).counts["sync_log_rows_deleted"] == ours >= 2
    assert [one["SYNC_ID"] for one in old.rows("USER_SYNC_LOG")] == ["x"]


def test_the_work_is_done_in_batches_until_nothing_is_left(old):
    before = len(old.rows("USER_SYNC_LOG"))
    long_ago = old.context.now() - timedelta(days=A_YEAR_AND_MORE)
    row = {
        "OPERATION_TYPE": "order_sync",
        "DIRECTION": "WOO_TO_CP",
        "START_TIME": long_ago.replace(tzinfo=None),
        "STORE_ID": "main",
        "STARTED_GMT": long_ago,
    }
    more = 2 * BATCH + 1
    with writing(old.engine) as connection:
        insert_rows(connection, USER_SYNC_LOG, [{**row, "SYNC_ID": str(n)} for n in range(more)])
    assert keep_no_longer(old.context).counts["sync_log_rows_deleted"] == before + more
    assert old.rows("USER_SYNC_LOG") == []


def test_old_reports_are_deleted(world, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "reports"
    folder.mkdir()
    for name, days in (("old.csv", A_YEAR_AND_MORE), ("new.csv", 1), ("old.txt", 999)):
        (folder / name).write_text("x")
        moment = time.time() - days * 86400
        os.utime(folder / name, (moment, moment))
    assert keep_no_longer(world.context).counts["reports_deleted"] == 1
    assert sorted(file.name for file in folder.iterdir()) == ["new.csv", "old.txt"]


def test_a_second_maintenance_is_skipped(old):
    with flow_lock(old.engine, "maintenance"):
        report = keep_no_longer(old.context)
    assert report.skip_reason == "another maintenance is at work"
    assert old.staged(20001)["ORDER_JSON"]


@pytest.fixture
def known_person(world):
    """A booked order of a person, who then asks the shop to be forgotten."""
    world.order(shipping=SHIPPING)
    book_all(world)
    assert "Heron Mews" in kept_texts(world)["USER_ORDER_STAGING"]
    erase_in_the_shop(world)
    return world


def test_whom_the_shop_erased_is_erased_here_too(known_person):
    world = known_person
    world.pull()
    customers = world.rows("AR_CUST")
    report = keep_no_longer(world.context)
    assert [order.order_id for order in report.erased] == [20001]
    for table, text in kept_texts(world).items():
        for value in PERSON.values():
            assert value not in text, (table, value)
    holds(world.staged(), STATUS="BOOKED", CUST_EMAIL=None, SHIP_NAM=None, ORDER_JSON=None)
    assert world.rows("AR_CUST") == customers


def test_people_are_told_which_document_still_names_the_person(known_person):
    world = known_person
    world.pull()
    (order,) = keep_no_longer(world.context).erased
    staged = world.staged()
    assert (order.ticket, order.doc_id) == (staged["TKT_NO"], staged["DOC_ID"])
    (letter,) = world.letter_rows()
    holds(letter, KIND="revision", FOUND=ERASED, EXPECTED=ERASED)
    assert f"take it out of document {staged['TKT_NO']}" in letter["NEXT_STEP"]
    assert "woocp settle 20001" in letter["NEXT_STEP"]


def test_an_erasure_is_done_once_and_the_next_pull_brings_nothing_back(known_person):
    world = known_person
    world.pull()
    keep_no_longer(world.context)
    before = (world.staged(), world.letter_rows())
    world.pull()
    assert keep_no_longer(world.context).erased == []
    assert (world.staged(), world.letter_rows()) == before


def test_an_erased_order_that_is_not_booked_keeps_what_the_store_says_of_it_now(world):
    world.order(20001, payment_method="unknown-gateway", shipping=SHIPPING)
    world.pull()
    world.book()
    erase_in_the_shop(world)
    world.pull()
    raw = world.staged()["ORDER_JSON"]
    keep_no_longer(world.context)
    assert PLACEHOLDER in raw
    assert world.staged()["ORDER_JSON"] == raw


def test_no_key_is_ever_touched(known_person):
    world = known_person
    keys = world.rows("USER_ORDER_KEY")
    world.pull()
    world.grow_old(days=10 * A_YEAR_AND_MORE)
    keep_no_longer(world.context)
    assert world.rows("USER_ORDER_KEY") == keys != []


def test_an_order_of_the_old_scripts_goes_by_its_own_local_time(world):
    world.order()
    book_all(world)
    with writing(world.engine) as connection:
        moment = world.clock.now.replace(tzinfo=None)
        connection.execute(update(USER_ORDER_STAGING).values(BOOKED_GMT=None, APPLIED_DT=moment))
    assert keep_no_longer(world.context).counts["raw_orders_emptied"] == 0
    world.grow_old(days=A_YEAR_AND_MORE)
    assert keep_no_longer(world.context).counts["raw_orders_emptied"] == 1
    with reading(world.engine) as connection:
        kept = select(USER_ORDER_STAGING.c.LINE_ITEMS_JSON)
        assert connection.execute(kept).scalars().all() == [None]
