"""Shipments of Counterpoint in the store: once, in words, and the status only from processing."""

from woocp_pipelines_tests.fulfilment_world import Tills
from woocp_pipelines_tests.order_world import book_all, holds


def test_an_order_that_is_not_shipped_is_told_nothing_and_costs_no_request(tills):
    report = tills.later()
    assert (report.read, report.written, report.unchanged) == (1, 0, 1)
    assert tills.world.requests() == []
    assert tills.kinds() == ["ORDER_BOOKED"]
    assert tills.state() == "OPEN"


def test_a_released_order_is_completed_with_note_and_ship_date(tills):
    tills.release()
    report = tills.later()
    assert (report.created, report.refused) == (1, [])
    assert tills.status() == "completed"
    assert tills.notes() == [
        f"Order fulfilled and shipped from CounterPoint. Ship Date: {tills.day}"
    ]
    assert tills.meta()["cp_ship_date"] == tills.day
    assert tills.kinds() == ["ORDER_BOOKED", "SHIPPED:1"]
    assert tills.state() == "SHIPPED"


def test_it_is_told_once_however_often_one_looks(tills):
    tills.release()
    tills.later()
    tills.world.server.requests.clear()
    for _ in range(3):
        assert tills.later().written == 0
    assert tills.world.requests() == []
    assert len(tills.notes()) == 1


def test_an_order_that_left_for_the_history_before_anyone_looked_is_completed(tills):
    tills.post(tills.release())
    assert tills.world.rows("PS_ORD_HIST") != []
    assert tills.world.orders_booked() == []
    tills.later()
    assert tills.status() == "completed"


def test_a_part_is_noted_and_the_rest_completes(tills):
    tills.post(tills.release(quantities={1: 1}))
    tills.later()
    assert tills.status() == "processing"
    part = (
        f"Order partially shipped from CounterPoint. Ship Date: {tills.day}. "
        "Shipped so far: 1 of 2 PK 01-10100; 0 of 1 CT 01-10251"
    )
    assert tills.notes() == [part]
    tills.release(quantities={2: 1})
    tills.later()
    assert tills.notes()[1].endswith("Shipped so far: 1 of 2 PK 01-10100; 1 of 1 CT 01-10251")
    assert tills.status() == "processing"
    tills.release()
    tills.later()
    assert tills.status() == "completed"
    assert tills.kinds()[1:] == ["PART_SHIPPED:1", "PART_SHIPPED:2", "SHIPPED:3"]
    assert len(tills.notes()) == 3


def test_header_flags_and_a_requested_ship_date_prove_nothing(tills):
    long_ago = tills.now.replace(year=2020)
    flags = dict.fromkeys(("HAS_RLSD_LINS", "HAS_INVCD_LINS", "HAS_PCKD_LINS"), "Y")
    where = {"DOC_ID": tills.doc_id()}
    tills.world.set_rows("PS_DOC_HDR", where, SHIP_DAT=long_ago, **flags)
    tills.world.set_rows("PS_DOC_HDR_DOC_STAT", where, LST_DOC_INVCD_DT=long_ago)
    assert tills.later().written == 0
    assert tills.status() == "processing"


def test_a_ship_date_counts_where_the_settings_say_so_and_not_before_its_day(tills):
    tills.world.configure(fulfilment={"ship_date": True})
    tomorrow = tills.now.replace(hour=0, minute=0, second=0)
    tills.world.set_rows(
        "PS_DOC_HDR", {"DOC_ID": tills.doc_id()}, SHIP_DAT=tomorrow.replace(year=2099)
    )
    assert tills.later().written == 0
    tills.world.set_rows("PS_DOC_HDR", {"DOC_ID": tills.doc_id()}, SHIP_DAT=tomorrow)
    assert tills.later().created == 1
    assert tills.status() == "completed"


def test_invoiced_lines_count_with_the_day_of_the_invoice(tills):
    document = {"DOC_ID": tills.doc_id()}
    for seq, quantity in ((1, 2), (2, 1)):
        tills.world.set_rows("PS_DOC_LIN", {**document, "LIN_SEQ_NO": seq}, QTY_INVCD=quantity)
    tills.world.set_rows(
        "PS_DOC_HDR_DOC_STAT",
        document,
        LST_DOC_INVCD_DT=tills.now.replace(year=2020, month=3, day=4),
    )
    tills.later()
    assert tills.notes()[0].endswith("Ship Date: 2020-03-04")
    assert tills.status() == "completed"


def test_an_unpaid_order_has_no_deposit_and_is_completed_all_the_same(tills):
    tills.world.order(20002, date_paid_gmt=None)
    tills.world.pull()
    tills.world.book()
    tills.sync()
    tills.post(tills.release(20002))
    tills.later()
    assert tills.status(20002) == "completed"
    # The store calls it paid by completing it; nobody has a payment to enter.
    assert tills.order(20002)["date_paid_gmt"]
    tills.world.wait(minutes=1)
    pulled = tills.world.pull()
    assert [item.problem.code for item in pulled.refused] == []
    assert tills.world.letters() == []


def test_completing_is_no_revision_no_second_booking_and_moves_no_stock(tills):
    world = tills.world
    stock = {row["id"]: row["stock_quantity"] for row in world.state.rows("product")}
    key = world.rows("USER_ORDER_KEY")
    tills.release()
    tills.later()
    world.wait(minutes=1)
    pulled, booked = world.pull(), world.book()
    assert (pulled.written, pulled.refused, booked.read) == (0, [], 0)
    assert world.rows("USER_ORDER_KEY") == key
    assert {row["id"]: row["stock_quantity"] for row in world.state.rows("product")} == stock
    assert world.letters() == []


def test_a_run_leaves_its_row_in_the_log_under_the_retailers_name(tills):
    tills.release()
    tills.later()
    row = tills.world.rows("USER_SYNC_LOG", FLOW="fulfilment")[-1]
    holds(
        row,
        OPERATION_TYPE="fulfillment_status_sync",
        DIRECTION="CP_TO_WOO",
        RECORDS_INPUT=1,
        RECORDS_CREATED=1,
        SUCCESS=True,
    )


def test_a_sale_ticket_is_shipped_when_it_is_posted(world):
    world.configure(documents={"type": "T", "payments": "tender"})
    world.order()
    book_all(world)
    tills = Tills(world)
    tills.sync()
    assert (tills.status(), tills.state()) == ("processing", "OPEN")
    tills.post(tills.doc_id())
    tills.later()
    assert (tills.status(), tills.state()) == ("completed", "SHIPPED")
