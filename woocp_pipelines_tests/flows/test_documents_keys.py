"""Numbers and ids of documents: where they come from, what is passed by, what comes back."""

import re
from collections import Counter
from datetime import UTC, datetime

import pytest
from sqlalchemy import event, insert, select

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.sandbox.schema import vendor_tables
from woocp_pipelines_tests.customer_world import put
from woocp_pipelines_tests.order_world import D, foreign_document, holds, line, plain_order

BOOKED_AT = datetime(2026, 1, 5, 15, 35, 12, tzinfo=UTC)
ORDER, TICKET = 109105441112, 109305441111


@pytest.fixture
def fixed(world):
    """Bookings begin at the worked example's moment, so that their ids are known."""
    world.order()
    world.pull()
    world.clock.now = BOOKED_AT
    return world


def booked(world):
    world.book()
    assert world.letters() == []
    rows = world.rows("PS_DOC_HDR")
    return {row["DOC_TYP"]: (row["DOC_ID"], row["TKT_NO"]) for row in rows}


def test_counters_of_the_station_give_the_numbers(fixed):
    assert booked(fixed) == {"O": (ORDER, "O109-000001"), "T": (TICKET, "109-000001")}


@pytest.mark.cp_bug(2)
def test_counters_of_the_store_give_the_numbers_where_the_methods_say_so(fixed):
    fixed.set_rows(
        "PS_STR_CFG_PS", {}, ORD_NO_METH="S", TKT_NO_METH="S", NXT_ORD_NO="70099", NXT_TKT_NO="1A9"
    )
    assert booked(fixed) == {"O": (ORDER, "70099"), "T": (TICKET, "1A9")}
    holds(fixed.rows("PS_STR_CFG_PS")[0], NXT_ORD_NO="70100", NXT_TKT_NO="1B0")
    holds(fixed.rows("PS_STA_CFG_PS")[0], NXT_ORD_NO="O109-000001", NXT_TKT_NO="109-000001")


@pytest.mark.cp_bug(2)
@pytest.mark.parametrize("table", ["PS_DOC_HDR", "PS_TKT_HIST", "PS_ORD_HIST"])
def test_a_number_that_is_in_use_is_passed_by(fixed, table):
    foreign_document(fixed.engine, table, TKT_NO="O109-000001", REF="till")
    fixed.book()
    assert fixed.staged()["TKT_NO"] == "O109-000002"
    assert fixed.rows("PS_STA_CFG_PS")[0]["NXT_ORD_NO"] == "O109-000003"


@pytest.mark.cp_bug(1)
@pytest.mark.parametrize("table", ["PS_DOC_HDR", "PS_TKT_HIST", "PS_ORD_HIST"])
def test_an_id_that_is_in_use_is_passed_by_with_its_companion(fixed, table):
    foreign_document(fixed.engine, table, DOC_ID=ORDER, REF="till")
    fixed.book()
    row = fixed.staged()
    (key,) = fixed.rows("USER_ORDER_KEY")
    assert (row["DOC_ID"], key["DEP_DOC_ID"]) == (ORDER + 1, TICKET + 1)


@pytest.mark.cp_bug(1)
def test_a_till_that_takes_our_id_in_the_last_moment_costs_one_more_try(fixed):
    taken = []

    def take(connection, cursor, statement, *_):
        # After the look for a free id, before the row is inserted.
        if statement.startswith("INSERT INTO") and "PS_DOC_HDR_TOT" in statement and not taken:
            taken.append(True)
            header = vendor_tables()["PS_DOC_HDR"]
            ours = dict(connection.execute(select(header)).mappings().first())
            connection.execute(insert(header).values(ours))

    event.listen(fixed.engine, "before_cursor_execute", take)
    assert booked(fixed) == {"O": (ORDER, "O109-000001"), "T": (TICKET, "109-000001")}
    assert taken


def test_a_booking_that_fails_gives_its_numbers_back(fixed):
    def fail(connection, cursor, statement, *_):
        if statement.startswith("INSERT INTO") and "USER_STORE_OUTBOX" in statement:
            raise OSError("gone")

    event.listen(fixed.engine, "before_cursor_execute", fail)
    with pytest.raises(OSError, match="gone"):
        fixed.book()
    event.remove(fixed.engine, "before_cursor_execute", fail)
    holds(fixed.rows("PS_STA_CFG_PS")[0], NXT_ORD_NO="O109-000001", NXT_TKT_NO="109-000001")
    assert fixed.rows("PS_DOC_HDR") == fixed.rows("USER_ORDER_KEY") == []
    assert fixed.rows("IM_INV", ITEM_NO="01-10100")[0]["QTY_COMMIT"] == D(480)
    assert booked(fixed)["O"] == (ORDER, "O109-000001")


@pytest.mark.cp_bug(2)
def test_two_counters_in_different_rows_are_both_taken(fixed):
    fixed.set_rows("PS_STR_CFG_PS", {}, TKT_NO_METH="S", NXT_TKT_NO="1A9")
    assert booked(fixed) == {"O": (ORDER, "O109-000001"), "T": (TICKET, "1A9")}
    holds(fixed.rows("PS_STR_CFG_PS")[0], NXT_TKT_NO="1B0")
    holds(fixed.rows("PS_STA_CFG_PS")[0], NXT_ORD_NO="O109-000002", NXT_TKT_NO="109-000001")


def test_an_order_number_leaves_room_for_its_release_tickets(fixed):
    fixed.set_rows("PS_STA_CFG_PS", {}, NXT_ORD_NO="O109-00000001")
    fixed.book()
    (letter,) = fixed.letter_rows()
    holds(letter, CODE="NO_COUNTER", FIELD="PS_STA_CFG_PS.NXT_ORD_NO")


def seed_items(world, count):
    with writing(world.engine) as connection:
        for number in range(count):
            item_no = f"90-{number:05d}"
            put(connection, "IM_ITEM", ITEM_NO=item_no, DESCR=item_no, STK_UNIT="EA",
                CATEG_COD="PAPER", PRC_1=D(1), IS_ECOMM_ITEM="Y")  # fmt: skip
            put(connection, "IM_INV", ITEM_NO=item_no, LOC_ID="01", QTY_ON_HND=D(100))


def order_of(world, order_id, lines, **changes):
    goods = [line(number + 1, f"90-{number:05d}", 1, "1.00", "0.07") for number in range(lines)]
    rate = [{"id": 5, "rate_id": 1, "rate_code": "A", "label": "Tax", "compound": False,
             "tax_total": f"{lines * D('0.07'):.2f}", "shipping_tax_total": "0.00"}]  # fmt: skip
    world.order(order_id, **plain_order(goods, tax_lines=rate), **changes)


def sent(world, orders=1):
    """Statements of a booking run, each with its number of parameters."""
    counted = []

    def count(connection, cursor, statement, parameters, *_):
        counted.append((statement, len(parameters)))

    event.listen(world.engine, "before_cursor_execute", count)
    report = world.book()
    event.remove(world.engine, "before_cursor_execute", count)
    assert (report.created, world.letters()) == (orders, [])
    assert max(parameters for _, parameters in counted) < 2_100
    return counted


def round_trips(world, order_id, lines):
    order_of(world, order_id, lines)
    world.pull()
    return sent(world)


def test_a_booking_takes_as_many_round_trips_for_thirty_lines_as_for_one(world):
    seed_items(world, 30)
    round_trips(world, 1, 1)
    one, ten, thirty = (round_trips(world, *case) for case in ((2, 1), (3, 10), (4, 30)))
    assert len(one) == len(ten) == len(thirty)


def test_two_hundred_lines_take_one_more_statement_per_table_for_each_two_thousand_parameters(
    world,
):
    seed_items(world, 200)
    round_trips(world, 1, 1)
    few, many = Counter(), Counter()
    parameters = Counter()
    for statement, _ in round_trips(world, 2, 30):
        few[target(statement)] += 1
    for statement, count in round_trips(world, 3, 200):
        many[target(statement)] += 1
        parameters[target(statement)] += count
    grown = {table: many[table] - few[table] for table in many if many[table] > few[table]}
    assert "PS_DOC_LIN" in grown
    # A row is never cut in two, so a statement may stay a row short of 2,000.
    allowed = {table: parameters[table] // 1_900 for table in grown}
    assert {table: more for table, more in grown.items() if more > allowed[table]} == {}


def target(statement):
    """What a statement writes to; '' of a reading."""
    found = re.match(r'(?:INSERT INTO|UPDATE) ["\[]?(\w+)', statement)
    return found[1] if found else ""


# What a claim costs once, and what each order of it adds: whoever needs more says so here.
PER_CLAIM, PER_ORDER = 49, 29


def test_a_claim_costs_its_readings_once_and_little_for_each_order(world):
    seed_items(world, 10)
    round_trips(world, 1, 1)
    one = len(round_trips(world, 2, 3))
    for order_id in range(3, 13):
        order_of(world, order_id, 1 + order_id % 5)
    world.pull()
    ten = len(sent(world, 10))
    assert one <= PER_CLAIM + PER_ORDER
    assert ten <= one + 9 * PER_ORDER
