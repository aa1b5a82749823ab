"""Reading and marking orders on the sandbox store."""

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from woocp_pipelines.rules.clock import store_day_bounds, write_gmt
from woocp_pipelines.sandbox.store import Fault
from woocp_pipelines.woocommerce.errors import (
    NotFound,
    Refused,
    StoreUnavailable,
    UnexpectedAnswer,
)
from woocp_pipelines.woocommerce.orders import (
    complete_order,
    read_order,
    read_orders_by_id,
    read_orders_created,
    read_orders_modified,
    read_refunds,
    write_order_meta,
)
from woocp_pipelines.woocommerce.store_info import read_order_statuses, read_order_storage

_START = datetime(2025, 11, 20, 9, 0, tzinfo=UTC)


def _add(state, order_id, minutes=0, **fields):
    moment = write_gmt(_START + timedelta(minutes=minutes))
    state.add_order(
        {
            "id": order_id,
            "status": "processing",
            "date_created_gmt": moment,
            "date_modified_gmt": moment,
            **fields,
        }
    )


def _changed(shop, after=_START - timedelta(days=1), **options):
    return [
        order
        for page in read_orders_modified(shop, modified_after=after, **options)
        for order in page
    ]


def _ids(orders):
    return [order["id"] for order in orders]


def _calls(server, path="/orders"):
    return [row for row in server.requests.rows() if row.path.endswith(path)]


def test_an_idle_poll_is_one_request(state, server, shop):
    _add(state, 1)
    assert _changed(shop, after=_START) == []
    assert len(_calls(server)) == 1


def test_orders_come_oldest_change_first_with_their_lines(state, server, shop):
    for order_id in range(1, 121):
        _add(state, order_id, minutes=200 - order_id)
    orders = _changed(shop, page_size=50)
    assert _ids(orders) == list(range(120, 0, -1))
    assert all("line_items" in order for order in orders)
    assert len(_calls(server)) == 3


def test_the_bound_is_exclusive_and_utc_whatever_the_store_s_zone(state, shop):
    _add(state, 1, minutes=0)
    _add(state, 2, minutes=1)
    assert _ids(_changed(shop, after=_START)) == [2]
    new_york = _START.astimezone(ZoneInfo("America/New_York"))
    assert _ids(_changed(shop, after=new_york)) == [2]
    assert _ids(_changed(shop, after=_START + timedelta(milliseconds=1))) == [1, 2]


def test_orders_touched_while_we_read_hide_no_other(state, server, shop):
    for order_id in range(1, 31):
        _add(state, order_id, minutes=order_id)
    server.faults.add(Fault("drift", path="/orders$", after=1, touch=[1, 2, 3]))
    ids = _ids(_changed(shop, page_size=10))
    assert set(ids) == set(range(1, 31))
    assert ids.count(1) == ids.count(2) == ids.count(3) == 2
    assert len(ids) == 33


def test_orders_trashed_while_we_read_hide_no_other(state, server, shop):
    for order_id in range(1, 31):
        _add(state, order_id, minutes=order_id)
    server.faults.add(Fault("drift", path="/orders$", after=1, trash=[1, 2, 3]))
    assert _ids(_changed(shop, page_size=10)) == list(range(1, 31))


@pytest.mark.parametrize("count", [49, 50, 51, 130])
def test_an_import_that_stamps_many_orders_with_one_second_is_read_whole(state, shop, count):
    for order_id in range(1, count + 1):
        _add(state, order_id)
    _add(state, 900, minutes=-5)
    _add(state, 901, minutes=5)
    ids = _ids(_changed(shop, page_size=50))
    assert sorted(ids) == [*range(1, count + 1), 900, 901]
    assert (ids[0], ids[-1]) == (900, 901)


def test_both_sides_of_the_autumn_clock_change_are_read(state, shop):
    fold = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    for order_id, moment in ((1, fold), (2, fold + timedelta(hours=1))):
        _add(
            state, order_id, date_modified_gmt=write_gmt(moment), date_created_gmt=write_gmt(moment)
        )
    assert _ids(_changed(shop, after=fold - timedelta(seconds=1))) == [1, 2]
    assert _ids(_changed(shop, after=fold)) == [2]


def test_trash_is_read_by_its_own_status_only(state, shop):
    _add(state, 1)
    _add(state, 2, status="trash")
    assert _ids(_changed(shop)) == [1]
    assert _ids(_changed(shop, statuses=("trash",))) == [2]


@pytest.mark.parametrize("statuses", [("any", "trash"), (), ("",), "any"])
def test_statuses_that_would_silently_mean_something_else_are_refused(shop, statuses):
    with pytest.raises(ValueError, match="status"):
        read_orders_modified(shop, modified_after=_START, statuses=statuses)


def test_an_unknown_status_is_the_store_s_refusal(shop):
    with pytest.raises(Refused, match="status") as caught:
        _changed(shop, statuses=("wc-shipped",))
    assert caught.value.code == "rest_invalid_param"


@pytest.mark.parametrize(
    "kind", ["maintenance", "server_error", "fatal", "bad_gateway", "html_200", "truncated",
             "cut_before", "too_many_requests"],
)  # fmt: skip
def test_a_passing_fault_is_not_noticed(state, server, shop, kind):
    _add(state, 1)
    server.faults.add(Fault(kind, path="/orders$", times=2, retry_after=5))
    assert _ids(_changed(shop)) == [1]
    assert len(_calls(server)) == 3


def test_a_failed_read_is_not_an_empty_read(state, server, shop):
    for order_id in range(1, 16):
        _add(state, order_id, minutes=order_id)
    server.faults.add(Fault("server_error", path="/orders$", after=1, times=5))
    pages = read_orders_modified(shop, modified_after=_START - timedelta(days=1), page_size=10)
    assert _ids(next(pages)) == list(range(1, 11))
    with pytest.raises(StoreUnavailable, match="Database"):
        next(pages)


def test_a_day_of_25_hours_holds_each_order_of_its_own_once(state, shop):
    zone = ZoneInfo("America/New_York")
    start, end = store_day_bounds(date(2026, 11, 1), zone)
    moments = [start - timedelta(seconds=1), start, start + timedelta(hours=24), end]
    for order_id, moment in enumerate(moments, start=1):
        _add(state, order_id, date_created_gmt=write_gmt(moment), date_modified_gmt=write_gmt(end))
    pages = list(read_orders_created(shop, after=start, before=end))
    assert [_ids(page) for page in pages] == [[2, 3]]


def test_a_day_is_read_whole_while_its_orders_are_trashed(state, server, shop):
    for order_id in range(1, 31):
        _add(state, order_id, minutes=order_id)
    server.faults.add(Fault("drift", path="/orders$", after=1, trash=[2, 3, 4]))
    day = {"after": _START, "before": _START + timedelta(days=1)}
    ids = [order["id"] for page in read_orders_created(shop, **day, page_size=10) for order in page]
    assert ids == list(range(1, 31))


def test_a_range_of_days_that_is_empty_is_refused(shop):
    with pytest.raises(ValueError, match="after < before"):
        read_orders_created(shop, after=_START, before=_START)


def test_one_order_is_read_and_a_missing_one_is_none(state, shop):
    _add(state, 1, status="trash")
    order = read_order(shop, 1)
    assert order is not None
    assert order["status"] == "trash"
    assert read_order(shop, 2) is None


def test_a_day_without_its_lines_is_asked_for_by_fields(state, shop):
    _add(state, 1)
    day = {"after": _START, "before": _START + timedelta(days=1)}
    ((order,),) = read_orders_created(shop, **day, fields=("status",))
    assert sorted(order) == ["date_created_gmt", "date_modified_gmt", "id", "status"]


def test_orders_are_read_by_id_in_one_request_and_those_missing_are_not_there(state, server, shop):
    for order_id in range(1, 121):
        _add(state, order_id)
    _add(state, 900, status="cancelled")
    wanted = [*range(1, 99), 900, 999]
    assert sorted(_ids(read_orders_by_id(shop, wanted))) == [*range(1, 99), 900]
    assert len(_calls(server)) == 1


def test_orders_read_by_id_come_with_the_fields_and_statuses_asked_for(state, shop):
    _add(state, 1)
    _add(state, 2, status="on-hold")
    wanted = {"statuses": ("processing", "completed"), "fields": ("status",)}
    (order,) = read_orders_by_id(shop, [1, 2], **wanted)
    assert sorted(order) == ["date_created_gmt", "date_modified_gmt", "id", "status"]
    assert (order["id"], order["status"]) == (1, "processing")


@pytest.mark.parametrize("count", [0, 101])
def test_a_list_of_ids_that_the_store_would_ignore_or_choke_on_is_refused(shop, count):
    with pytest.raises(ValueError, match="1 to 100"):
        read_orders_by_id(shop, range(1, count + 1))


def test_a_store_that_ignores_the_ids_is_not_believed(store, client, reply):
    times = {"date_created_gmt": "2026-11-22T12:00:00", "date_modified_gmt": "2026-11-22T12:00:00"}
    store.replies(reply([{"id": 7, **times}]))
    with pytest.raises(UnexpectedAnswer, match=r"by id, found others: \[7\]"):
        read_orders_by_id(client, [1])


def test_the_statuses_of_a_shop_are_its_own_and_those_of_its_plugins(state, shop):
    state.set_setting("plugin_statuses", {"shipped": "Shipped"})
    found = read_order_statuses(shop)
    assert found == ("pending", "processing", "on-hold", "completed", "cancelled", "refunded",
                     "failed", "checkout-draft", "shipped")  # fmt: skip


def test_a_store_too_old_to_list_its_statuses_says_none(state, shop):
    state.set_setting("lists_order_statuses", value=False)
    assert read_order_statuses(shop) is None


@pytest.mark.parametrize("body", [[], {}, [{"name": "Paid"}], [{"slug": 1}], "processing"])
def test_a_list_of_statuses_in_another_shape_is_not_believed(store, client, reply, body):
    store.replies(reply(json.dumps(body)))
    with pytest.raises(UnexpectedAnswer):
        read_order_statuses(client)


@pytest.mark.parametrize("storage", ["hpos", "posts"])
def test_a_store_says_how_it_keeps_its_orders(state, shop, storage):
    state.set_setting("order_storage", storage)
    assert read_order_storage(shop) == storage


def test_refunds_of_all_orders_name_their_order(state, shop, now):
    _add(state, 1)
    state.add_refund(1, {"id": 70, "amount": "5.00", "date_created_gmt": write_gmt(now)})
    refunds = [refund for page in read_refunds(shop, modified_after=_START) for refund in page]
    assert [(refund["id"], refund["parent_id"]) for refund in refunds] == [(70, 1)]
    assert list(read_refunds(shop, modified_after=now + timedelta(minutes=1))) == []


def test_meta_is_set_by_key_and_a_second_write_changes_it_in_place(state, shop):
    _add(state, 1)
    write_order_meta(shop, 1, {"cp_doc_id": "109105441111", "cp_tkt_no": "O109-000001"})
    order = write_order_meta(shop, 1, {"cp_doc_id": "109105441112"})
    meta = [(entry["key"], entry["value"]) for entry in order["meta_data"]]
    assert sorted(meta) == [("cp_doc_id", "109105441112"), ("cp_tkt_no", "O109-000001")]


def test_a_meta_write_without_answer_is_repeated(state, server, shop):
    _add(state, 1)
    server.faults.add(Fault("cut_after_write", method="PUT"))
    order = write_order_meta(shop, 1, {"cp_doc_id": "1"})
    assert [entry["value"] for entry in order["meta_data"]] == ["1"]
    assert len(_calls(server, "/orders/1")) == 2


def test_meta_of_a_deleted_order_says_not_found_though_the_store_says_400(shop):
    with pytest.raises(NotFound) as caught:
        write_order_meta(shop, 999999, {"cp_doc_id": "1"})
    assert (caught.value.status, caught.value.record) == (400, "orders/999999")


@pytest.mark.parametrize("meta", [{}, {"cp_doc_id": 5}, {"cp_doc_id": None}])
def test_meta_that_the_store_would_change_is_refused(shop, meta):
    with pytest.raises(ValueError, match="expected meta keys with text values"):
        write_order_meta(shop, 1, meta)


def test_meta_that_the_store_answers_without_is_not_taken_as_written(store, client, reply):
    times = {"date_created_gmt": "2026-11-22T12:00:00", "date_modified_gmt": "2026-11-22T12:00:00"}
    store.replies(reply({"id": 1, "meta_data": [{"key": "cp_doc_id", "value": "old"}], **times}))
    with pytest.raises(UnexpectedAnswer, match="did not keep the value of cp_doc_id"):
        write_order_meta(client, 1, {"cp_doc_id": "new"})


def test_completing_sets_status_and_meta_in_one_request(state, server, shop):
    _add(state, 1)
    order = complete_order(shop, 1, {"cp_ship_date": "2026-01-05"})
    assert (order["status"], order["meta_data"][0]["key"]) == ("completed", "cp_ship_date")
    assert len(_calls(server, "/orders/1")) == 1
    assert complete_order(shop, 1, {})["status"] == "completed"


def test_a_store_that_makes_another_status_of_it_is_not_believed(store, client, reply):
    times = {"date_created_gmt": "2026-11-22T12:00:00", "date_modified_gmt": "2026-11-22T12:00:00"}
    store.replies(reply({"id": 1, "status": "packed", "meta_data": [], **times}))
    with pytest.raises(UnexpectedAnswer, match="the store made status packed of completed"):
        complete_order(client, 1, {})
    with pytest.raises(ValueError, match="expected meta keys with text values"):
        complete_order(client, 1, {"cp_ship_date": None})
