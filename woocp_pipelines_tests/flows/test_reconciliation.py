"""A day of the example's shop against its Counterpoint, over HTTP and SQL, differences planted."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import delete, event

from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.reconciled_documents import Wanted, read_documents
from woocp_pipelines.counterpoint.tables import (
    METADATA,
    PS_DOC_HDR,
    PS_DOC_HDR_TOT,
    PS_DOC_LIN,
    PS_DOC_PMT,
    USER_CUSTOMER_MAP,
    USER_ORDER_KEY,
    USER_ORDER_STAGING,
)
from woocp_pipelines.flows.reconciliation import DayOutOfRangeError, reconcile_day
from woocp_pipelines.flows.settling import settle, sign
from woocp_pipelines.rules.clock import read_gmt, store_local
from woocp_pipelines.sandbox.schema import create_vendor_tables
from woocp_pipelines.woocommerce.errors import StoreError
from woocp_pipelines_tests.customer_world import put
from woocp_pipelines_tests.order_world import (
    add_foreign_document,
    book_all,
    foreign_document,
    order_world,
)
from woocp_pipelines_tests.worked_example import seed_example

D = Decimal
TOTAL = D("236.11")


@pytest.fixture
def world(world):
    """In no first minute of a day: orders came in a minute ago, and refunds are made now."""
    local = world.clock.now.astimezone(world.context.settings.store.zone)
    if (local.hour, local.minute) < (0, 2):
        world.clock.now += timedelta(minutes=2)
    return world


def today(world):
    return world.clock.now.astimezone(world.context.settings.store.zone).date()


def reconcile(world, day=None, **options):
    return reconcile_day(world.context, day or today(world), with_stock=False, **options)


def causes(report):
    return {
        found.row.number: (
            found.difference.cause,
            found.difference.documents,
            found.difference.payments,
        )
        for found in report.differences
    }


def document_of(world, order_id=20001):
    (key,) = world.rows("USER_ORDER_KEY", WOO_ORDER_ID=order_id)
    return key["DOC_ID"], key["DEP_DOC_ID"]


def erase(world, *doc_ids):
    """What a careless person does with SQL."""
    with writing(world.engine) as connection:
        leave(connection, *doc_ids)


def leave(connection, *doc_ids):
    """Documents leave the open ones."""
    for table in (PS_DOC_PMT, PS_DOC_LIN, PS_DOC_HDR_TOT, PS_DOC_HDR):
        connection.execute(delete(table).where(table.c.DOC_ID.in_(doc_ids)))


def post(world, doc_id, total):
    """A ticket is posted: it leaves the open documents for the history (CP §1.19)."""
    (row,) = world.rows("PS_DOC_HDR", DOC_ID=doc_id)
    erase(world, doc_id)
    kept = {name: row[name] for name in ("DOC_ID", "DOC_TYP", "STR_ID", "STA_ID", "TKT_NO")}
    day = {"TKT_DT": row["TKT_DT"], "REF": row["REF"], "USR_ID": row["USR_ID"]}
    foreign_document(world.engine, "PS_TKT_HIST", **kept, **day, TOT=total)


def entered(world, doc_id, total, **values):
    """Somebody enters an order by hand."""
    foreign_document(world.engine, "PS_DOC_HDR", DOC_ID=doc_id, **values)
    with writing(world.engine) as connection:
        put(connection, "PS_DOC_HDR_TOT", **_totals(doc_id, total))


def finish(world, doc_id, *tickets):
    """An order is released with these tickets' totals, and goes to the history."""
    (row,) = world.rows("PS_DOC_HDR", DOC_ID=doc_id)
    with writing(world.engine) as connection:
        move_to_history(connection, row, *tickets)


def move_to_history(connection, row, *tickets):
    """`finish` in the caller's transaction."""
    doc_id = row["DOC_ID"]
    leave(connection, doc_id)
    kept = {name: row[name] for name in ("DOC_ID", "STR_ID", "TKT_NO", "TKT_DT", "REF")}
    add_foreign_document(connection, "PS_ORD_HIST", **kept)
    for number, total in enumerate(tickets, start=1):
        released = doc_id + number * 1000
        add_foreign_document(
            connection,
            "PS_TKT_HIST",
            DOC_ID=released,
            DOC_TYP="T",
            STA_ID="101",
            TKT_NO=f"101-{number:06}",
            TKT_DT=row["TKT_DT"] + timedelta(days=1),
            REF=None,
            USR_ID="LENA",
            TOT=D(total),
        )
        put(connection, "PS_TKT_HIST_ORIG_DOC", DOC_ID=released, ORIG_DOC_ID=doc_id)


def test_a_booked_day_is_equal_three_times_to_the_cent(world):
    world.orders(20001, 20002)
    book_all(world)
    report = reconcile(world)
    (totals,) = report.totals
    assert (totals.orders, totals.web, totals.documents) == (2, 2 * TOTAL, 2 * TOTAL)
    assert (totals.due, totals.payments, totals.unpaid) == (2 * TOTAL, 2 * TOTAL, D(0))
    assert (report.differences, report.unexplained_cents, report.customers) == ([], 0, ())


def test_a_day_of_planted_differences_gives_each_its_cause(world):
    """One order of each kind, one after the other through both systems."""
    world.orders(*range(20001, 20009))
    book_all(world)
    world.change(20002, status="cancelled")
    world.store.post("orders/20003/refunds", {"amount": "10.00", "api_refund": False})
    world.overwrite(20004, total="240.00")
    first, deposit = document_of(world, 20005)
    world.set_rows("PS_DOC_HDR_TOT", {"DOC_ID": first, "TOT_TYP": "O"}, TOT=TOTAL + D("0.03"))
    first, deposit = document_of(world, 20006)
    world.set_rows("PS_DOC_PMT", {"DOC_ID": deposit}, AMT=TOTAL - D("1.00"))
    erase(world, *document_of(world, 20007))
    entered(world, 5, TOTAL, REF="WOO 20008", STA_ID="101", TKT_NO="O101-000007")
    # Never seen, seen and not booked, refused, and one of ours that nobody ordered.
    world.order(20009, date_modified_gmt=world.ago(minutes=20))
    world.order(20010)
    world.order(20011, payment_method="unheard-of")
    world.pull()
    world.set_rows("USER_ORDER_STAGING", {"WOO_ORDER_ID": 20010}, STATUS="HELD")
    world.book()
    stray = store_local(world.clock.now - timedelta(minutes=1), world.context.settings.store.zone)
    entered(world, 6, D("7.77"), TKT_NO="O109-000901", TKT_DT=stray)
    report = reconcile(world)
    assert causes(report) == {
        "20002": ("cancelled", TOTAL, TOTAL),
        "20003": ("refunded", D("10.00"), D("10.00")),
        "20004": ("edited", D("-3.89"), D("-3.89")),
        "20005": ("amount", D("0.03"), D(0)),
        "20006": ("payment", D(0), D("-1.00")),
        "20007": ("missing_document", -TOTAL, -TOTAL),
        "20008": ("duplicate", TOTAL, D(0)),
        "20009": ("missing", -TOTAL, -TOTAL),
        "20010": ("waiting", -TOTAL, -TOTAL),
        "20011": ("refused", -TOTAL, -TOTAL),
        "O109-000901": ("no_web_order", D("7.77"), D(0)),
    }
    assert report.unexplained_cents == 3 + 100 + 777
    (totals,) = report.totals
    differences = [each.difference for each in report.differences]
    assert totals.documents - totals.web == sum(each.documents for each in differences)
    assert totals.payments - totals.due == sum(each.payments for each in differences)
    codes = {each.row.number: each.difference.code for each in report.differences}
    assert (codes["20002"], codes["20003"]) == ("ORDER_CANCELLED", "ORDER_REFUNDED")
    assert (codes["20004"], codes["20011"]) == ("ORDER_EDITED", "NO_PAY_CODE")


def _totals(doc_id, total):
    needed = ("TAX_AMT", "TOT_WEIGHT", "TOT_CUBE", "TOT_HDR_DISC", "TOT_LIN_DISC")
    more = ("INITIAL_MIN_DUE", "TAX_AMT_SHIPPED")
    zeros = dict.fromkeys((*needed, *more), D(0))
    return {"DOC_ID": doc_id, "TOT_TYP": "O", "TOT": total, **zeros}


def test_what_people_settled_is_told_with_their_name_and_asks_for_nothing(world):
    world.order()
    book_all(world)
    world.store.post("orders/20001/refunds", {"amount": "10.00", "api_refund": False})
    world.pull()
    (before,) = reconcile(world).differences
    assert (before.difference.code, before.difference.is_open) == ("ORDER_REFUNDED", True)
    signature = sign("ANN", "return ticket 101-000017")
    settle(world.engine, world.context.settings, ["20001"], [], signature, world.clock.now)
    (after,) = reconcile(world).differences
    assert after.difference.remark == "settled by ANN: return ticket 101-000017"
    assert not after.difference.is_open
    assert reconcile(world).open_differences == []


def test_a_posted_deposit_ticket_is_a_payment_all_the_same(world):
    world.order()
    book_all(world)
    post(world, document_of(world)[1], D(0))
    report = reconcile(world)
    assert (report.differences, report.totals[0].payments) == ([], TOTAL)


def test_an_order_that_was_released_and_posted_counts_by_its_tickets(world):
    world.order()
    book_all(world)
    order, deposit = document_of(world)
    post(world, deposit, D(0))
    finish(world, order, "200.00", "36.11")
    report = reconcile(world)
    assert report.differences == []
    (totals,) = report.totals
    # No column of the posted tenders is known: what was paid is left out, and said to be.
    assert (totals.documents, totals.payments, totals.payments_above) == (TOTAL, D(0), D(0))
    assert (totals.unread_orders, totals.unread_due) == (1, TOTAL)


def test_an_order_closed_in_counterpoint_without_a_ticket_is_told(world):
    world.order()
    book_all(world)
    finish(world, document_of(world)[0])
    assert causes(reconcile(world)) == {"20001": ("closed_without_ticket", -TOTAL, D(0))}


def test_a_released_ticket_that_is_short_of_a_cent_is_unexplained(world):
    world.order()
    book_all(world)
    order, deposit = document_of(world)
    post(world, deposit, D(0))
    finish(world, order, "236.10")
    report = reconcile(world)
    assert causes(report) == {"20001": ("amount", D("-0.01"), D(0))}
    assert report.differences[0].payments_above is None
    assert report.unexplained_cents == 1


def test_an_order_deleted_in_the_shop_is_gone_with_its_documents(world):
    world.orders(20001, 20002)
    book_all(world)
    world.store.delete("orders/20001", {"force": True})
    assert causes(reconcile(world)) == {"20001": ("gone", TOTAL, TOTAL)}
    # The staging table is emptied one day; the key and the documents still tell.
    with writing(world.engine) as connection:
        connection.execute(delete(USER_ORDER_STAGING))
    assert causes(reconcile(world)) == {"20001": ("gone", TOTAL, TOTAL)}


def test_a_trashed_order_is_given_up(world):
    world.order()
    book_all(world)
    world.trash()
    assert causes(reconcile(world)) == {"20001": ("cancelled", TOTAL, TOTAL)}


def test_a_refund_of_an_older_order_is_looked_at_on_the_day_it_was_made(world):
    old = world.ago(days=9)
    world.order(20001, date_created_gmt=old, date_paid_gmt=old, date_modified_gmt=old)
    book_all(world)
    world.store.post("orders/20001/refunds", {"amount": "10.00", "api_refund": False})
    report = reconcile(world)
    assert causes(report) == {"20001": ("refunded", D("10.00"), D("10.00"))}
    assert ([row.is_of_day for row in report.rows], report.totals) == ([False], ())
    zone = world.context.settings.store.zone
    own_day = reconcile(world, read_gmt(old).astimezone(zone).date())
    assert causes(own_day) == causes(report)
    assert own_day.totals[0].refunded == D("10.00")


def test_a_store_without_a_list_of_refunds_is_read_all_the_same(world):
    world.state.set_setting("lists_refunds", value=False)
    world.order()
    book_all(world)
    assert reconcile(world).differences == []


def test_the_day_is_the_stores_own_and_not_that_of_utc(world):
    world.order(20001, date_created_gmt="2026-07-02T03:59:59", date_paid_gmt="2026-07-02T04:30:00")
    world.order(20002, date_created_gmt="2026-07-02T04:00:00")
    book_all(world)
    first, second = reconcile(world, date(2026, 7, 1)), reconcile(world, date(2026, 7, 2))
    assert [row.number for row in first.rows] == ["20001"]
    assert [row.number for row in second.rows] == ["20002"]
    assert first.differences == second.differences == []


def test_another_shop_of_the_same_counterpoint_with_the_same_numbers_is_no_duplicate(world):
    world.order()
    book_all(world)
    entered(world, 5, D("9.00"), REF="WOO 20001", TKT_NO="O109-000800")
    with writing(world.engine) as connection:
        key = {"STORE_ID": "second", "WOO_ORDER_ID": 20001, "DOC_ID": 5, "TKT_NO": "O109-000800"}
        connection.execute(USER_ORDER_KEY.insert().values(key))
    assert reconcile(world).differences == []


def noon_before(world):
    """A moment on the day before, as Counterpoint writes it."""
    return datetime.combine(today(world) - timedelta(days=1), time(12))


def test_a_refused_order_entered_by_hand_on_another_day_is_no_news_there(world):
    world.order(payment_method="unheard-of")
    world.pull()
    world.book()
    moment = noon_before(world)
    entered(world, 5, TOTAL, REF="WOO 20001", TKT_NO="O109-000800", TKT_DT=moment)
    other = reconcile(world, moment.date())
    assert (other.rows, other.differences, other.unexplained_cents) == ((), [], 0)
    own = reconcile(world)
    assert causes(own) == {"20001": ("refused", D(0), -TOTAL)}
    assert own.rows[0].tickets == ("O109-000800",)


@pytest.mark.parametrize(
    ("is_booked", "total", "cause", "unexplained"),
    [(True, TOTAL, "duplicate", 0), (False, TOTAL + D("0.03"), "amount", 3)],
)
def test_what_is_wrong_with_a_document_is_told_on_the_day_it_was_entered_too(
    world, is_booked, total, cause, unexplained
):
    world.order(**({} if is_booked else {"payment_method": "unheard-of"}))
    world.pull()
    world.book()
    moment = noon_before(world)
    entered(world, 5, total, REF="WOO 20001", TKT_NO="O109-000800", TKT_DT=moment)
    report = reconcile(world, moment.date())
    assert cause in {each.difference.cause for each in report.differences}
    assert {each.row.number for each in report.differences} == {"20001"}
    assert ([row.is_of_day for row in report.rows], report.totals) == ([False], ())
    assert report.unexplained_cents == unexplained == reconcile(world).unexplained_cents


@pytest.mark.parametrize("ref", ["WOO 20001", "WOO", "PHONE 7"])
def test_a_document_whose_ref_no_staged_order_has_stays_a_stray(world, ref):
    moment = noon_before(world)
    entered(world, 5, TOTAL, REF=ref, TKT_DT=moment)
    assert causes(reconcile(world, moment.date())) == {ref: ("no_web_order", TOTAL, D(0))}


def test_a_document_that_is_posted_while_it_is_read_keeps_its_amount(world):
    world.order()
    book_all(world)
    order, deposit = document_of(world)
    wanted = Wanted([order, deposit], [], world.context.settings.counterpoint, today(world))

    (row,) = world.rows("PS_DOC_HDR", DOC_ID=order)

    def post_meanwhile(connection, _cursor, statement, *_):
        if "PS_DOC_HDR_TOT" in statement and connection.info.pop("till", False):
            move_to_history(connection, row, "236.11")

    # In one transaction both see each other at once, as on a server that keeps no snapshots.
    with writing(world.engine) as connection:
        connection.info["till"] = True
        event.listen(connection, "before_cursor_execute", post_meanwhile)
        found = {each.doc_id: each for each in read_documents(connection, wanted)}
        assert "till" not in connection.info
    assert (found[order].place, found[order].total) == ("order history", None)
    (released,) = [each for each in found.values() if each.origins == {order}]
    assert (released.place, released.total, released.paid) == ("ticket history", TOTAL, None)
    assert (found[deposit].place, found[deposit].paid) == ("open", TOTAL)


def test_the_day_that_has_begun_in_the_store_is_compared_and_the_next_is_not(world):
    assert reconcile(world).rows == ()
    with pytest.raises(DayOutOfRangeError, match="name a day that has begun"):
        reconcile(world, today(world) + timedelta(days=1))


def test_customers_with_orders_and_no_map_row_are_listed_with_their_dead_letter(world):
    world.order()
    book_all(world)
    with writing(world.engine) as connection:
        connection.execute(delete(USER_CUSTOMER_MAP))
    (customer,) = reconcile(world).customers
    assert (customer.customer_id, customer.orders, customer.code) == (77, ("20001",), "")


def test_an_order_whose_money_cannot_be_read_is_told_and_stops_no_other(world):
    world.orders(20001, 20002)
    book_all(world)
    world.overwrite(20001, total="")
    report = reconcile(world)
    assert [number for number, _ in report.unread] == ["20001"]
    assert "total" in report.unread[0][1]
    assert [row.number for row in report.rows] == ["20002"]


def test_a_failed_read_is_not_an_empty_day(world):
    world.order()
    world.fault("server_error", times=9)
    with pytest.raises(StoreError):
        reconcile(world)


def test_a_reconciliation_writes_nothing_anywhere(world):
    world.orders(20001, 20002)
    book_all(world)
    world.change(20002, status="cancelled")
    before = everything(world)
    asked = len(world.requests())
    reconcile_day(world.context, today(world), with_stock=True)
    assert everything(world) == before
    assert {each.split()[0] for each in world.requests()[asked:]} == {"GET"}


def everything(world):
    with reading(world.engine) as connection:
        return {
            name: sorted(map(repr, connection.execute(table.select())))
            for name, table in METADATA.tables.items()
        }


def test_ten_times_the_orders_cost_no_statement_more(world):
    statements = []

    def count(*_):
        statements.append(1)

    def cost():
        statements.clear()
        reconcile(world)
        return len(statements)

    event.listen(world.engine, "before_cursor_execute", count)
    world.orders(*range(20001, 20004))
    book_all(world)
    few = cost()
    world.orders(*range(20004, 20031))
    book_all(world)
    assert (cost(), reconcile(world).differences) == (few, [])


def test_a_day_can_be_compared_before_the_database_is_upgraded(new_database, tmp_path):
    engine = new_database()
    create_vendor_tables(engine)
    METADATA.create_all(engine, [USER_CUSTOMER_MAP])
    seed_example(engine)
    with writing(engine) as connection:
        USER_CUSTOMER_MAP.drop(connection)
    with order_world(engine, tmp_path) as world:
        world.order(20001, date_modified_gmt=world.ago(minutes=30))
        report = reconcile_day(world.context, today(world))
    assert causes(report) == {"20001": ("missing", -TOTAL, -TOTAL)}
    assert report.stock is not None


def test_stock_is_compared_for_today_and_yesterday_only(world):
    world.order()
    day = today(world)
    assert reconcile_day(world.context, day - timedelta(days=2)).stock is None
    assert reconcile_day(world.context, day - timedelta(days=1)).stock is not None


def test_products_that_show_another_quantity_are_named(world):
    world.state.add_product({"id": 7, "sku": "01-10100", "manage_stock": True, "stock_quantity": 3})
    stock = reconcile_day(world.context, today(world)).stock
    assert [(each.key, each.before, each.after) for each in stock.differing] == [
        ("01-10100", "3", "15")
    ]


def test_stock_that_cannot_be_read_is_said_and_the_money_is_compared(world):
    world.order()
    book_all(world)
    world.configure(inventory={"locations": ["01", "NOPE"]})
    report = reconcile_day(world.context, today(world))
    assert (len(report.rows), report.differences) == (1, [])
    assert "NOPE" in report.stock.why_not
