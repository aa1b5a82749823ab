"""ETags, the GET with parameters, and explanations under /api/v1."""

from datetime import datetime

import pytest
import requests
from sqlalchemy import update

from woocp_pipelines.counterpoint.tables import IM_PRC_GRP, USER_CUSTOMER_MAP

PATH = "/api/v1/prices"
EXPLAINER = (
    "explainer=everything-secret-0003:price+explain+group,modest=modest-secret-0000004:explain"
)
ASKED = {"cust_no": "10001", "items": [{"item_no": "01-10100", "quantity": 2}]}


@pytest.fixture
def counterpoint(counterpoint):
    counterpoint.add_people()
    return counterpoint


@pytest.fixture
def get(call):
    def ask(query, **headers):
        return requests.get(f"{call.url}{PATH}?{query}", headers=call.headers | headers, timeout=20)

    return ask


@pytest.fixture
def explain(start, configure):
    url = start(configure(keys=EXPLAINER)).url + "/api/v1/prices/explain"

    def ask(key="everything-secret-0003", **body):
        return requests.post(url, json=body, headers={"X-API-Key": key}, timeout=20)

    return ask


def test_an_answer_may_be_kept_by_its_caller_only_and_for_a_moment(call):
    headers = call.post(PATH, **ASKED).headers
    assert headers["Cache-Control"] == "private, max-age=30"
    assert headers["Vary"] == "Authorization, X-API-Key"
    assert headers["X-Price-Book-Source"] == "counterpoint"


def test_prices_that_the_caller_has_are_304_also_when_the_book_is_older(get, clock):
    query = "cust_no=10001&item_no=01-10100&quantity=2"
    tag = get(query).headers["ETag"]
    clock.pass_hours(1)
    answer = get(query, **{"If-None-Match": tag})
    assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", tag)
    assert answer.headers["X-Price-Book-Age-Seconds"] == "3600"
    assert answer.headers["Cache-Control"] == "private, max-age=30"


def test_a_post_is_answered_in_full_whatever_its_caller_has(call):
    tag = call.post(PATH, **ASKED).headers["ETag"]
    headers = call.headers | {"If-None-Match": tag}
    answer = requests.post(call.url + PATH, json=ASKED, headers=headers, timeout=20)
    assert (answer.status_code, answer.headers["ETag"]) == (200, tag)


def kept_for(answer):
    private, seconds = answer.headers["Cache-Control"].split("max-age=")
    assert private == "private, "
    return int(seconds)


@pytest.mark.parametrize(("before", "seconds"), [(31, 30), (30, 29), (10, 9), (1, 0), (0, 30)])
def test_no_answer_is_kept_beyond_the_end_of_a_contract(
    counterpoint, config, call, get, before, seconds
):
    ends = update(IM_PRC_GRP).where(IM_PRC_GRP.c.GRP_COD == "144319")
    # Up to and including 12:29:59.
    last = datetime(2026, 11, 22, 12, 29, 59)
    with counterpoint.engine.begin() as connection:
        connection.execute(ends.values(END_DT=last, NO_END_DAT="N"))
    assert config.keeper.refresh()
    config.clock.pass_hours((30 * 60 - before) / 3600)
    assert kept_for(get("cust_no=10001&item_no=01-10100")) == seconds


def test_no_answer_is_kept_beyond_the_time_of_its_book(counterpoint, clock, get):
    counterpoint.go_away()
    clock.pass_hours(24 - 12 / 3600)
    assert kept_for(get("cust_no=10001&item_no=01-10100")) == 12


def test_a_contract_that_ends_changes_the_tag_without_any_new_book(call, counterpoint, config, get):
    ends = update(IM_PRC_GRP).where(IM_PRC_GRP.c.GRP_COD == "144319")
    with counterpoint.engine.begin() as connection:
        connection.execute(ends.values(END_DT=datetime(2026, 11, 22, 12, 30), NO_END_DAT="N"))
    assert config.keeper.refresh()
    query = "cust_no=10001&item_no=01-10100"
    before = get(query)
    config.clock.pass_hours(1)
    after = get(query, **{"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert [each.json()["results"][0]["group"] for each in (before, after)] == [
        "144319", "NCR CASH"]  # fmt: skip


def test_prices_of_two_customers_have_two_tags(call):
    first = call.post(PATH, **ASKED)
    second = call.post(PATH, **ASKED | {"cust_no": "10002"})
    assert first.headers["ETag"] != second.headers["ETag"]


def test_a_get_answers_as_a_post(call, get):
    items = [{"item_no": "01-10100", "quantity": 2}, {"item_no": "01-20200", "quantity": 0.5}]
    posted = call.post(PATH, cust_no="10001", items=items)
    got = get("cust_no=10001&item_no=01-10100&item_no=01-20200&quantity=2&quantity=0.5")
    assert (got.json(), got.headers["ETag"]) == (posted.json(), posted.headers["ETag"])


def test_one_quantity_of_a_get_is_for_all_items(get):
    shown = get("woo_user_id=7&sku=01-10100&sku=01-30300-carton&quantity=3").json()["results"]
    assert [each["quantity"] for each in shown] == ["3", "3"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "item_no"),
        ("item_no=A&sku=A", "sku"),
        ("item_no=A&itemno=B", "itemno"),
        ("item_no=A&cust_no=1&cust_no=2", "cust_no"),
        ("item_no=A&cust_no=1&group=2", "group"),
        ("item_no=A&woo_user_id=x", "woo_user_id"),
        ("item_no=A&item_no=B&item_no=C&quantity=1&quantity=2", "quantity"),
        ("item_no=A&quantity=ten", "items.0.quantity"),
        ("item_no=A&quantity=-1", "items.0.quantity"),
        ("item_no=A&quantity=NaN", "items.0.quantity"),
        ("item_no=A&quantity=0.00001", "items.0.quantity"),
        ("item_no=A&item_no=B&item_no=C&item_no=D", "items"),
    ],
)
def test_a_wrong_parameter_is_400_and_named(get, query, field):
    answer = get(query)
    assert (answer.status_code, answer.json()["field"]) == (400, field)


def test_an_explanation_tells_every_rule_and_the_arithmetic(explain):
    answer = explain(cust_no="10001", item_no="01-10100", quantity=10)
    shown = answer.json()["explanation"]
    assert answer.status_code == 200
    assert shown["answer"]["unit_price"] == shown["arithmetic"]["unit_price"] == "21.0955"
    assert [(each["group_code"], each["outcome"]) for each in shown["steps"]] == [
        ("144319", "won"), ("EMPTY", "not reached"), ("NCR CASH", "not reached"),
        ("ODD", "not reached")]  # fmt: skip
    assert answer.json()["price_book"]["source"] == "counterpoint"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"item_no": "01-99999"}, 404, "unknown_item"),
        ({"unit": "5"}, 404, "unknown_unit"),
        ({"cust_no": "99999"}, 404, "unknown_customer"),
        ({"quantity": 0}, 400, "invalid_field"),
    ],
)
def test_what_cannot_be_explained_is_a_problem(explain, change, status, code):
    answer = explain(**{"cust_no": "10001", "item_no": "01-10100"} | change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_explanations_are_for_keys_with_their_scope_only(call):
    answer = call.post(f"{PATH}/explain", item_no="01-10100")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_an_explanation_spells_quantity_and_location_as_they_were_asked_for(explain):
    asked = {"item_no": "01-10100", "quantity": 10.0, "cust_no": "10001", "location": "Main"}
    told = explain(**asked).json()["explanation"]
    for each in (told, told["answer"]):
        assert (each["quantity"], each["location"]) == ("10", "Main")
    assert explain(item_no="01-10100").json()["explanation"]["location"] == "01"


def test_other_contracts_are_counted_only_for_keys_that_may_not_name_them(explain):
    answer = explain("modest-secret-0000004", cust_no="10001", item_no="01-10100")
    shown = answer.json()["explanation"]
    assert [each["group_code"] for each in shown["steps"]] == ["144319"]
    assert shown["left_out"] == 3
    assert "NCR CASH" not in answer.text
    nobody = explain("modest-secret-0000004", item_no="01-10100").json()["explanation"]
    assert (nobody["steps"], nobody["left_out"]) == ([], 4)
    assert nobody["answer"]["unit_price"] == "41.7690"


def test_a_contract_without_a_price_is_explained_as_it_is_priced(explain, call):
    asked = {"item_no": "01-30300", "quantity": 2}
    (priced,) = call.post(PATH, group="EMPTY", items=[asked]).json()["results"]
    told = explain(group="EMPTY", **asked).json()["explanation"]
    assert priced["source"] == "list"
    assert (told["group_code"], told["problem"]) == ("EMPTY", None)
    assert told["answer"]["unit_price"] == told["arithmetic"]["unit_price"] == priced["price"]
    assert {each["outcome"] for each in told["steps"]} == {"lost"}


def test_a_user_whose_customer_is_gone_is_named_as_a_user(call, counterpoint, config):
    gone = update(USER_CUSTOMER_MAP).where(USER_CUSTOMER_MAP.c.WOO_USER_ID == 8)
    with counterpoint.engine.begin() as connection:
        connection.execute(gone.values(CUST_NO="99999"))
    assert config.keeper.refresh()
    answer = call.post(PATH, woo_user_id=8, items=[{"item_no": "01-10100"}])
    assert (answer.status_code, answer.json()["field"]) == (404, "woo_user_id")
    assert "USER_CUSTOMER_MAP" in answer.json()["detail"]
    assert "99999" not in answer.text


def test_an_explanation_tells_when_counterpoint_was_read_though_nothing_changed(start, configure):
    config = configure(keys=EXPLAINER)
    url = start(config).url + "/api/v1/prices/explain"
    config.clock.pass_hours(2)
    assert config.keeper.refresh()
    asked = {"cust_no": "10001", "item_no": "01-10100"}
    key = {"X-API-Key": "everything-secret-0003"}
    told = requests.post(url, json=asked, headers=key, timeout=20).json()
    assert told["explanation"]["book_read_at"] == told["price_book"]["read_at"]
    assert told["price_book"]["read_at"].startswith("2026-11-22T19:00:00")
