"""Staging rows as statements: what is known of orders, what replaces what, what is left alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, null, update

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.items import read_resolver
from woocp_pipelines.counterpoint.staged_lines import write_lines
from woocp_pipelines.counterpoint.staging import (
    StagedOrder,
    insert_order,
    read_ids_to_reread,
    read_known,
    update_order,
)
from woocp_pipelines.counterpoint.tables import (
    USER_ORDER_KEY,
    USER_ORDER_STAGING,
    USER_ORDER_STAGING_LIN,
    USER_PRODUCT_MAP,
)
from woocp_pipelines.counterpoint.unread_orders import mark_unread
from woocp_pipelines.rules.order_mapping import read_order
from woocp_pipelines.rules.order_staging import Known
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines_tests.customer_world import rows
from woocp_pipelines_tests.order_world import line, plain_order
from woocp_pipelines_tests.worked_example import example_order, seed_example

NOW = datetime(2026, 1, 5, 16, 0, tzinfo=UTC)
HASH = "a" * 64


def staged(status="PENDING", **changes):
    raw = example_order(**changes)
    return StagedOrder(raw, read_order(raw), HASH, status, NOW.date())


def add(engine, status="PENDING", **changes):
    with writing(engine) as connection:
        insert_order(connection, "main", "batch", staged(status, **changes), NOW)


def known(engine, *order_ids):
    with engine.connect() as connection:
        return read_known(connection, "main", order_ids)


def set_row(engine, **values):
    with writing(engine) as connection:
        connection.execute(update(USER_ORDER_STAGING).values(**values))


def test_nothing_is_known_of_an_order_that_was_never_seen(engine):
    assert known(engine, 1, 2) == {}


def test_a_key_alone_counts_as_booked_with_its_own_hash(engine):
    add(engine)
    with writing(engine) as connection:
        connection.execute(
            insert(USER_ORDER_KEY).values(STORE_ID="main", WOO_ORDER_ID=20001, CONTENT_HASH="b")
        )
    (found,) = known(engine, 20001).values()
    assert found == Known("BOOKED", None, "b", claimed=False, document="its document")


def test_a_duplicate_row_of_the_old_scripts_tells_nothing_of_its_order(engine):
    add(engine, "DUPLICATE")
    assert known(engine, 20001) == {}


def test_a_claim_that_ran_out_is_no_claim(engine):
    add(engine)
    later = datetime.now(UTC) + timedelta(minutes=5)
    set_row(engine, STATUS="CLAIMED", CLAIM_UNTIL_GMT=later)
    assert known(engine, 20001)[20001].claimed
    set_row(engine, CLAIM_UNTIL_GMT=later - timedelta(minutes=10))
    modified = datetime(2026, 1, 5, 15, 30, 20, tzinfo=UTC)
    assert known(engine, 20001)[20001] == Known(
        "PENDING", HASH, None, claimed=False, modified=modified, written=NOW
    )


@pytest.mark.parametrize(
    ("status", "replaced"),
    [("PENDING", True), ("HELD", True), ("REFUSED", True), ("CANCELLED", True), ("REREAD", True),
     ("BOOKED", False), ("SKIPPED", False), ("DUPLICATE", False)],
)  # fmt: skip
def test_only_rows_that_are_not_settled_are_replaced(engine, status, replaced):
    add(engine, status)
    with writing(engine) as connection:
        assert update_order(connection, "main", staged("HELD"), NOW) is replaced
        problem = Problem("BAD_ORDER", "f", "x", "y", "z")
        assert mark_unread(connection, "main", example_order(), problem, NOW) is replaced
    expected = "REFUSED" if replaced else status
    assert rows(engine, USER_ORDER_STAGING)[0]["STATUS"] == expected


def test_a_row_that_is_being_booked_is_left_alone(engine):
    add(engine)
    later = datetime.now(UTC) + timedelta(minutes=5)
    set_row(engine, STATUS="CLAIMED", CLAIM_TOKEN="t", CLAIM_UNTIL_GMT=later)
    with writing(engine) as connection:
        assert not update_order(connection, "main", staged(), NOW)
    assert rows(engine, USER_ORDER_STAGING)[0]["CLAIM_TOKEN"] == "t"


@pytest.mark.parametrize(
    ("earlier", "waited", "replaced"),
    [
        (timedelta(seconds=1), timedelta(), False),
        (timedelta(0), timedelta(), True),
        (timedelta(seconds=1), timedelta(minutes=16), True),
    ],
)
def test_an_older_state_never_replaces_one_staged_a_moment_ago(engine, earlier, waited, replaced):
    """A page may be under way while another run stores a change; a clock set back is not that."""
    add(engine)
    modified = datetime(2026, 1, 5, 15, 30, 20, tzinfo=UTC) - earlier
    older = staged("HELD", date_modified_gmt=modified.replace(tzinfo=None).isoformat())
    with writing(engine) as connection:
        assert update_order(connection, "main", older, NOW + waited) is replaced
    assert rows(engine, USER_ORDER_STAGING)[0]["STATUS"] == ("HELD" if replaced else "PENDING")


def test_a_row_that_holds_no_state_is_replaced_by_any(engine):
    """An order that was gone, or unreadable, may come back from a backup."""
    add(engine)
    set_row(engine, CONTENT_HASH=null())
    older = staged(date_modified_gmt="2026-01-01T00:00:00")
    with writing(engine) as connection:
        assert update_order(connection, "main", older, NOW)


def test_a_row_says_why_it_is_not_to_be_booked(engine):
    problem = Problem("TOO_OLD", "f", "x", "y", "z")
    with writing(engine) as connection:
        insert_order(connection, "main", "batch", replace(staged(), problem=problem), NOW)
    (row,) = rows(engine, USER_ORDER_STAGING)
    assert (row["ERROR_CODE"], row["VALIDATION_ERROR"]) == ("TOO_OLD", problem.sentence())
    assert known(engine, 20001)[20001].error_code == "TOO_OLD"


def test_a_replaced_row_starts_anew(engine):
    add(engine)
    set_row(engine, STATUS="REFUSED", ATTEMPTS=5, ERROR_CODE="X", VALIDATION_ERROR="x")
    with writing(engine) as connection:
        update_order(connection, "main", staged(), NOW)
    (row,) = rows(engine, USER_ORDER_STAGING)
    assert (row["STATUS"], row["ATTEMPTS"]) == ("PENDING", 0)
    assert row["ERROR_CODE"] is row["VALIDATION_ERROR"] is row["NEXT_ATTEMPT_GMT"] is None


def test_rows_to_read_again_come_in_the_order_in_which_they_were_staged(engine):
    for order_id in (9, 3, 5):
        add(engine, "REREAD", id=order_id)
    add(engine, "PENDING", id=1)
    with engine.connect() as connection:
        assert read_ids_to_reread(connection, "main") == [9, 3, 5]


def stage_lines(engine, order):
    with writing(engine) as connection:
        resolver = read_resolver(connection, "main", order.lines, {"CARTON": "CT"})
        write_lines(connection, "main", order.order_id, order.lines, resolver)
    return [(row["WOO_LINE_ID"], row["ITEM_NO"]) for row in rows(engine, USER_ORDER_STAGING_LIN)]


def test_lines_are_replaced_and_unknown_skus_are_kept_without_an_item(engine):
    seed_example(engine)
    first = read_order(example_order())
    assert stage_lines(engine, first) == [(1, "01-10100"), (2, "01-10251")]
    goods = [line(2, "01-10100", 1, "5.00"), line(3, "unknown", 1, "5.00")]
    again = read_order(example_order(**plain_order(goods)))
    assert stage_lines(engine, again) == [(2, "01-10100"), (3, None)]


@pytest.mark.parametrize(("store_id", "item_no"), [("main", "01-10251"), ("second", None)])
def test_the_product_map_of_another_store_means_nothing_here(engine, store_id, item_no):
    """Product ids of two stores are the same numbers for different goods."""
    seed_example(engine)
    mapped = {"SKU": "OWN", "WOO_PRODUCT_ID": 201, "ITEM_NO": "01-10251", "SELL_UNIT": "0"}
    with writing(engine) as connection:
        connection.execute(
            insert(USER_PRODUCT_MAP).values(STORE_ID=store_id, IS_ACTIVE=True, **mapped)
        )
    order = read_order(example_order(**plain_order([line(1, "own", 1, "5.00")])))
    assert stage_lines(engine, order) == [(1, item_no)]


def test_a_line_whose_product_was_deleted_stays_the_item_that_it_was(engine):
    seed_example(engine)
    goods = line(1, "01-10251-CARTON", 2, "5.00")
    stage_lines(engine, read_order(example_order(**plain_order([goods]))))
    gone = {**goods, "product_id": 0, "sku": "", "quantity": 3}
    assert stage_lines(engine, read_order(example_order(**plain_order([gone])))) == [
        (1, "01-10251")
    ]
    (row,) = rows(engine, USER_ORDER_STAGING_LIN)
    assert (row["SKU"], row["WOO_PRODUCT_ID"]) == ("01-10251-CARTON", 201)
    assert row["STK_QTY"] == 30
    # And once more, from what was remembered.
    stage_lines(engine, read_order(example_order(**plain_order([gone]))))
    assert rows(engine, USER_ORDER_STAGING_LIN) == [row]


def test_a_deleted_variation_is_not_taken_for_the_item_of_its_parent(engine):
    seed_example(engine)
    goods = {**line(1, "01-10251-CARTON", 2, "5.00"), "variation_id": 77}
    stage_lines(engine, read_order(example_order(**plain_order([goods]))))
    gone = {**goods, "variation_id": 0, "sku": "01-10100"}
    assert stage_lines(engine, read_order(example_order(**plain_order([gone])))) == [
        (1, "01-10251")
    ]


def test_a_corrected_sku_of_a_product_that_is_there_counts(engine):
    seed_example(engine)
    goods = line(1, "01-10251-CARTON", 2, "5.00")
    stage_lines(engine, read_order(example_order(**plain_order([goods]))))
    corrected = {**goods, "sku": "01-10100"}
    again = read_order(example_order(**plain_order([corrected])))
    assert stage_lines(engine, again) == [(1, "01-10100")]
