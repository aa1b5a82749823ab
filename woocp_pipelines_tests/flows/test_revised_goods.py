"""Goods that an edit adds to a booked order: kept back until people have dealt with it."""

import pytest
from sqlalchemy import delete, insert

from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.stock import read_stock
from woocp_pipelines.counterpoint.tables import USER_ORDER_STAGING
from woocp_pipelines.counterpoint.unbooked import read_unbooked_orders, read_unmatched_lines
from woocp_pipelines.flows.settling import settle, sign
from woocp_pipelines_tests.order_world import D, line

PAPER, INK = "01-10100", "01-10251"


@pytest.fixture
def booked(world):
    """Two of the paper, and one carton of ten of the ink."""
    world.order()
    world.pull()
    world.book()
    assert unbooked(world) == {}
    return world


def unbooked(world):
    with reading(world.engine) as connection:
        found = read_stock(connection, "main", ["01"])
    return {each.item.item_no: each.unbooked for each in found.values() if each.unbooked}


def lines(world):
    return world.state.find("order", 20001)["line_items"]


def edit(world, *changed):
    """The order with these lines, as the shop's staff leave it."""
    world.overwrite(line_items=list(changed))
    world.pull()


def settled(world):
    signature = sign("ann", "corrected in Counterpoint")
    settle(world.engine, world.context.settings, ["20001"], [], signature, world.clock.now)


def test_only_what_was_added_is_kept_back_in_stocking_units(booked):
    paper, ink = lines(booked)
    edit(booked, {**paper, "quantity": 4}, {**ink, "quantity": 2})
    assert unbooked(booked) == {PAPER: D(2), INK: D(10)}
    assert booked.letters() == [("revision", "20001", "ORDER_EDITED")]


def test_less_than_was_booked_is_never_below_zero(booked):
    paper, ink = lines(booked)
    edit(booked, {**paper, "quantity": 1}, ink)
    assert unbooked(booked) == {}


def test_a_line_of_the_same_item_counts_against_what_was_booked_in_another_line(booked):
    paper, ink = lines(booked)
    edit(booked, {**paper, "quantity": 1}, ink, {**paper, "id": 9, "quantity": 2})
    assert unbooked(booked) == {PAPER: D(1)}


def test_an_order_that_is_as_booked_again_keeps_nothing_back(booked):
    paper, ink = lines(booked)
    edit(booked, {**paper, "quantity": 4}, ink)
    edit(booked, paper, ink)
    assert (unbooked(booked), booked.letters()) == ({}, [])


def test_an_edited_order_that_is_then_cancelled_keeps_nothing_back(booked):
    paper, ink = lines(booked)
    edit(booked, {**paper, "quantity": 4}, ink)
    booked.change(status="cancelled")
    booked.pull()
    assert booked.letters() == [("revision", "20001", "ORDER_CANCELLED")]
    assert unbooked(booked) == {}


def test_what_a_person_settled_is_in_counterpoint_and_counts_as_booked_from_then_on(booked):
    paper, ink = lines(booked)
    edit(booked, {**paper, "quantity": 4}, ink)
    settled(booked)
    assert unbooked(booked) == {}
    edit(booked, {**paper, "quantity": 5}, ink)
    assert unbooked(booked) == {PAPER: D(1)}


def test_a_cancelled_order_that_was_settled_and_comes_back_needs_all_its_goods(booked):
    booked.change(status="cancelled")
    booked.pull()
    settled(booked)
    booked.change(status="processing")
    booked.pull()
    assert unbooked(booked) == {PAPER: D(2), INK: D(10)}


def test_the_same_revision_read_again_goes_on_keeping_its_goods_back(booked):
    paper, ink = lines(booked)
    edit(booked, {**paper, "quantity": 4}, ink)
    booked.pull()
    assert unbooked(booked) == {PAPER: D(2)}


def test_an_order_whose_row_was_cleaned_up_is_compared_with_its_staged_lines(booked):
    with writing(booked.engine) as connection:
        connection.execute(delete(USER_ORDER_STAGING))
    paper, ink = lines(booked)
    edit(booked, {**paper, "quantity": 4}, ink)
    assert unbooked(booked) == {PAPER: D(2)}
    with reading(booked.engine) as connection:
        assert read_unbooked_orders(connection, "main", PAPER) == [("20001", "REVISED", D(2))]


def test_a_product_deleted_beside_an_edit_adds_nothing(booked):
    paper, ink = lines(booked)
    edit(booked, {**paper, "product_id": 0, "sku": ""}, {**ink, "quantity": 2})
    assert unbooked(booked) == {INK: D(10)}


def test_an_unreadable_edit_keeps_back_what_can_be_read_and_names_the_rest(booked):
    paper, ink = lines(booked)
    edit(booked, {**paper, "quantity": 3, "total": "?"}, {**ink, "quantity": None})
    assert unbooked(booked) == {PAPER: D(1)}
    (letter,) = booked.letter_rows()
    assert "the goods of line_items[1] are not kept back" in letter["NEXT_STEP"]


def test_what_an_edit_added_stays_kept_back_while_its_line_cannot_be_read(booked):
    paper, ink = lines(booked)
    edit(booked, {**paper, "quantity": 4}, ink)
    edit(booked, {**paper, "quantity": None}, {**ink, "quantity": 2})
    assert unbooked(booked) == {PAPER: D(2), INK: D(10)}
    (letter,) = booked.letter_rows()
    assert "until then 2 of 01-10100 stay kept back, as they were read last" in letter["NEXT_STEP"]
    edit(booked, {**paper, "id": None, "quantity": None})
    assert unbooked(booked) == {PAPER: D(2), INK: D(10)}
    edit(booked, paper, ink)
    assert (unbooked(booked), booked.letters()) == ({}, [])


def test_a_line_that_cannot_be_read_leaves_what_was_booked_of_it_to_no_other_line(booked):
    paper, ink = lines(booked)
    edit(booked, {**paper, "quantity": 4}, ink)
    edit(booked, {**paper, "quantity": None}, ink, {**paper, "id": 9, "quantity": 2})
    assert unbooked(booked) == {PAPER: D(4)}


def test_a_line_that_changed_its_item_before_it_could_not_be_read_holds_the_new_item(booked):
    paper, ink = lines(booked)
    edit(booked, {**ink, "id": paper["id"], "quantity": 1}, ink)
    assert unbooked(booked) == {INK: D(10)}
    edit(booked, {**ink, "id": paper["id"], "quantity": None}, ink)
    assert unbooked(booked) == {INK: D(10)}


def test_what_was_settled_is_not_kept_back_again_by_a_line_that_cannot_be_read(booked):
    paper, ink = lines(booked)
    edit(booked, {**paper, "quantity": 4}, ink)
    settled(booked)
    edit(booked, {**paper, "quantity": None}, ink)
    assert unbooked(booked) == {}
    assert booked.letters() == [("revision", "20001", "ORDER_EDITED")]


def test_an_added_line_of_an_unknown_item_waits_for_the_item(booked):
    booked.state.add_product({"id": 209, "name": "Later", "sku": "LATER"})
    edit(booked, *lines(booked), line(9, "LATER", 2, "4.00"))
    with reading(booked.engine) as connection:
        (found,) = read_unmatched_lines(connection, "main")
    assert (found.order_number, found.status) == ("20001", "REVISED")
    assert (found.sku, found.quantity) == ("LATER", D(2))
    settled(booked)
    with reading(booked.engine) as connection:
        assert read_unmatched_lines(connection, "main") == []


def test_duplicates_of_the_old_scripts_do_not_count_an_added_piece_twice(booked):
    paper, ink = lines(booked)
    edit(booked, {**paper, "quantity": 4}, ink)
    with writing(booked.engine) as connection:
        duplicate = {"BATCH_ID": "OLD", "WOO_ORDER_ID": 20001, "STATUS": "DUPLICATE"}
        connection.execute(insert(USER_ORDER_STAGING).values(**duplicate))
    with reading(booked.engine) as connection:
        assert read_unbooked_orders(connection, "main", PAPER) == [("20001", "REVISED", D(2))]
    assert unbooked(booked) == {PAPER: D(2)}
