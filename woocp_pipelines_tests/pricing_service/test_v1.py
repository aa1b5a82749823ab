"""Prices under /api/v1: for whom, of what, and what is answered where there is no contract."""

import json

import pytest
import requests

PATH = "/api/v1/prices"
MADE_FOR = {"cust_no": "10001"}


@pytest.fixture
def counterpoint(counterpoint):
    counterpoint.add_people()
    return counterpoint


@pytest.fixture
def ask(call):
    def post(*items, key=None, **more):
        headers = {"X-API-Key": key} if key else call.headers
        body = {"items": [{"item_no": each} if isinstance(each, str) else each for each in items]}
        return requests.post(call.url + PATH, json=body | more, headers=headers, timeout=20)

    return post


def test_a_contract_price_is_answered_with_all_that_a_shop_shows(ask):
    answer = ask({"item_no": "01-10100", "quantity": 10}, **MADE_FOR)
    assert answer.status_code == 200
    assert answer.json() == {
        "results": [
            {
                "item_no": "01-10100",
                "unit": "0",
                "quantity": "10",
                "price": "21.0955",
                "extended": "210.96",
                "regular_price": "41.7690",
                "source": "contract",
                "rule": "SUPERIOR PC S CS",
                "method": "D",
                "discount_pct": "49.4949",
                "basis": "41.7690",
                "break_quantity": "0.0001",
                "group": "144319",
            }
        ],
        "price_book": {
            "read_at": "2026-11-22T17:00:00+00:00",
            "age_seconds": 0,
            "source": "counterpoint",
        },
    }


@pytest.mark.parametrize("who", [{"cust_no": "10002"}, {}, {"woo_user_id": 8}])
def test_no_contract_is_the_list_price_and_no_error(ask, who):
    answer = ask("01-30300", **who)
    (shown,) = answer.json()["results"]
    assert (answer.status_code, shown["price"], shown["source"]) == (200, "41.77", "list")
    assert (shown["regular_price"], shown["rule"], shown["group"]) == ("50.00", None, None)


def test_a_web_user_has_the_prices_of_the_mapped_customer(ask):
    (shown,) = ask("01-10100", woo_user_id=7).json()["results"]
    assert (shown["price"], shown["source"]) == ("21.0955", "contract")


def test_a_group_gives_its_price_and_the_list_price_where_it_has_none(ask):
    first, second = ask("01-10100", "01-30300", group="NCR CASH").json()["results"]
    assert (first["price"], first["basis"], first["group"]) == ("57.0000", None, "NCR CASH")
    assert (second["price"], second["source"]) == ("57.00", "contract")
    (plain,) = ask("01-10100", group="EMPTY").json()["results"]
    assert (plain["price"], plain["source"]) == ("41.7690", "list")


@pytest.mark.parametrize(
    ("who", "field", "code"),
    [
        ({"cust_no": "99999"}, "cust_no", "unknown_customer"),
        ({"woo_user_id": 9}, "woo_user_id", "unknown_customer"),
        ({"group": "NCRCASH"}, "group", "unknown_group"),
    ],
)
def test_an_unknown_customer_is_404_rather_than_the_list_price(ask, who, field, code):
    answer = ask("01-10100", **who)
    shown = answer.json()
    assert (answer.status_code, shown["code"], shown["field"]) == (404, code, field)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"


def test_each_item_is_answered_by_itself_in_the_order_of_asking(ask):
    items = [{"item_no": "01-99999"}, {"item_no": "01-30300", "unit": "1", "quantity": 2},
             {"item_no": "01-30300", "unit": "4"}]  # fmt: skip
    unknown, carton, no_unit = ask(*items, cust_no="10002").json()["results"]
    assert (unknown["item_no"], unknown["code"]) == ("01-99999", "unknown_item")
    assert (carton["unit"], carton["price"], carton["extended"]) == ("1", "417.69", "835.38")
    assert (no_unit["code"], "price" in no_unit) == ("unknown_unit", False)


def test_a_rule_that_cannot_be_evaluated_gives_no_price_at_all(ask):
    (shown,) = ask("01-10100", group="ODD").json()["results"]
    assert (shown["code"], "price" in shown) == ("unsupported_rule", False)


def test_the_same_item_may_stand_there_twice(ask):
    items = [{"item_no": "01-10100"}, {"item_no": "01-10100", "quantity": 2}]
    shown = ask(*items, **MADE_FOR).json()["results"]
    assert [each["extended"] for each in shown] == ["21.10", "42.19"]


def test_an_sku_is_an_item_number_or_what_the_product_map_says(ask):
    items = [{"sku": "01-30300"}, {"sku": "01-30300-carton"}, {"sku": "nothing"}]
    number, carton, nothing = ask(*items, cust_no="10002").json()["results"]
    assert (number["sku"], number["item_no"], number["unit"]) == ("01-30300", "01-30300", "0")
    assert (carton["sku"], carton["unit"], carton["price"]) == ("01-30300-carton", "1", "417.69")
    assert (nothing["sku"], nothing["code"]) == ("nothing", "unknown_item")


def test_groups_are_shown_to_keys_that_may_name_them_only(ask):
    (shown,) = ask("01-10100", key="price-only-secret-0002", **MADE_FOR).json()["results"]
    assert (shown["price"], "group" in shown) == ("21.0955", False)
    refused = ask("01-10100", key="price-only-secret-0002", group="144319")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"cust_no": "10001", "woo_user_id": 7}, "woo_user_id"),
        ({"cust_no": None}, "cust_no"),
        ({"cust_no": ""}, "cust_no"),
        ({"cust_no": 10001}, "cust_no"),
        ({"woo_user_id": 0}, "woo_user_id"),
        ({"woo_user_id": "7"}, "woo_user_id"),
        ({"location": ["01"]}, "location"),
        ({"customer": "10001"}, "customer"),
        ({"items": []}, "items"),
        ({"items": {}}, "items"),
        ({"items": None}, "items"),
        ({"items": ["A"]}, "items.0"),
        ({"items": [{}]}, "items.0.item_no"),
        ({"items": [{"item_no": "A", "sku": "A"}]}, "items.0.sku"),
        ({"items": [{"sku": "A", "unit": "0"}]}, "items.0.unit"),
        ({"items": [{"item_no": "A", "unt": "1"}]}, "items.0.unt"),
        ({"items": [{"item_no": "A"}, {"item_no": "x" * 51}]}, "items.1.item_no"),
        ({"items": [{"item_no": "A"}] * 4}, "items"),
    ],
)
def test_a_wrong_field_is_400_and_named(ask, change, field):
    answer = ask("01-10100", **change)
    shown = answer.json()
    assert (answer.status_code, shown["status"], shown["field"]) == (400, 400, field)
    assert shown["detail"].startswith(f"{field}: ")
    assert shown["type"] == f"urn:woocp:problem:{shown['code']}"


@pytest.mark.parametrize(
    "quantity",
    ["0", "-1", "NaN", "Infinity", "-Infinity", "1e400", "1" + "0" * 400, "1e11", "0.00001",
     "1.00001", "true", "null", '"10"', '"abc"', "[1]", "{}"],
)  # fmt: skip
def test_a_quantity_that_is_none_is_400_and_named(call, quantity):
    body = f'{{"items":[{{"item_no":"01-10100","quantity":{quantity}}}]}}'
    answer = call.send(body, PATH, **{"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["field"]) == (400, "items.0.quantity")
    assert answer.json()["detail"].startswith("items.0.quantity: expected ")


@pytest.mark.parametrize(
    ("written", "quantity"),
    [("1e2", "100"), ("1E+2", "100"), ("25e-1", "2.5"), ("0.0001", "0.0001"),
     ("0.10000000000000001", "0.1"),
     ("0.30000000000000004", "0.3"), ("1.0000000001", "1"), ("11.799999999999999", "11.8"),
     ("99999999999.9999", "99999999999.9999"), ("3.0", "3")],
)  # fmt: skip
def test_quantities_are_read_as_every_program_writes_them(call, written, quantity):
    body = f'{{"items":[{{"item_no":"01-10100","quantity":{written}}}],"cust_no":"10002"}}'
    answer = call.send(body, PATH, **{"Content-Type": "application/json"})
    assert answer.json()["results"][0]["quantity"] == quantity
    assert get(call, written, cust_no="10002").json()["results"] == answer.json()["results"]


def get(call, quantity, **more):
    asked = {"item_no": "01-10100", "quantity": quantity} | more
    return requests.get(call.url + PATH, asked, headers=call.headers, timeout=20)


@pytest.mark.parametrize("quantity", ["-1", "-0", "0", "1e400", "1" * 5000, "1e11", "1.00001"])
def test_a_number_that_is_no_quantity_is_refused_by_get_as_by_post(call, quantity):
    body = f'{{"items":[{{"item_no":"01-10100","quantity":{quantity[:400]}}}]}}'
    posted = call.send(body, PATH, **{"Content-Type": "application/json"}).json()["detail"]
    assert posted.startswith("items.0.quantity: expected ")
    answer = get(call, quantity)
    assert answer.status_code == 400
    # A POST shows whole numbers as they are, a GET as the double that all quantities are.
    assert answer.json()["detail"].partition(", found ")[0] == posted.partition(", found ")[0]
    assert "str" not in answer.json()["detail"]


@pytest.mark.parametrize("text", ["", "ten", ".5", "1.", "+1", "1e", "0x1", "1,5", "\u0661", "-"])
def test_a_quantity_in_a_query_that_is_no_number_is_said_to_be_none(call, text):
    answer = get(call, text)
    assert (answer.status_code, answer.json()["field"]) == (400, "items.0.quantity")
    found = f"items.0.quantity: expected a number, found {text!r}"
    assert answer.json()["detail"] == found
    assert len(get(call, "x" * 4000).json()["detail"]) < 100


def test_a_number_of_thousands_of_digits_is_not_called_broken_json(call):
    body = '{"items":[{"item_no":"01-10100","quantity":' + "1" * 5000 + "}]}"
    answer = call.send(body, PATH, **{"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_json")
    assert answer.json()["detail"] == "expected numbers of less than 4,300 digits"


ROUNDED = "expected a number above 0 and below 100000000000, rounded to 4 decimals, found"


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("1.00000001", "expected at most 4 decimals, found 1.00000001"),
        ("0.30001", "expected at most 4 decimals, found 0.30001"),
        # Both lie within the bounds of the field until they are rounded.
        ("99999999999.99998", f"{ROUNDED} 99999999999.99998"),
        ("1e-10", f"{ROUNDED} 1e-10"),
    ],
)
def test_a_refused_quantity_is_shown_in_full(call, written, problem):
    body = f'{{"items":[{{"item_no":"01-10100","quantity":{written}}}]}}'
    answer = call.send(body, PATH, **{"Content-Type": "application/json"})
    assert answer.json()["detail"] == f"items.0.quantity: {problem}"
    old = f'{{"ncr_bid_no":"144319","item_no":"01-10100","quantity":{written}}}'
    answer = call.send(old)
    assert (answer.status_code, answer.json()) == (400, {"error": f"quantity: {problem}"})


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe\xfa", b"[" * 100_000,
     b'{"items":' + b"[" * 100_000, b'{"items":[{"item_no":"\\ud800"}]}',
     b'{"items":[{"item_no":"A","quantity":' + b"1" * 500_000 + b"}]}"],
)  # fmt: skip
def test_a_body_that_is_no_json_object_is_400(call, body):
    answer = call.send(body, PATH, **{"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["code"] in ("invalid_json", "invalid_field")


def test_a_body_that_is_not_declared_as_json_is_415(call):
    answer = call.send(b"{}", PATH, **{"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_errors_of_http_itself_are_problems_too(call):
    nowhere = call.get("/api/v1/nowhere")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "not_found")
    wrong = requests.put(call.url + PATH, timeout=20)
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    assert set(wrong.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    large = call.send(b" " * 1_000_001, PATH, **{"Content-Type": "application/json"})
    assert large.status_code == 413
    assert (large.headers["Content-Type"], large.json()["code"]) == (
        "application/problem+json", "body_too_large")  # fmt: skip


def test_without_a_key_nothing_is_told(call):
    answer = requests.post(call.url + PATH, data=b"{", timeout=20)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_an_outage_is_503_and_never_no_contract(ask, counterpoint, clock):
    counterpoint.go_away()
    clock.pass_hours(24.001)
    answer = ask("01-10100", cust_no="10002")
    assert (answer.status_code, answer.json()["code"]) == (503, "prices_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert json.loads(answer.text)["detail"] == "Prices are unavailable"
