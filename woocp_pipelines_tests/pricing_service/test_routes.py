"""The two price routes in the shapes of CP §5.8."""

import pytest

ASKED = {"ncr_bid_no": "144319", "item_no": "01-10100", "quantity": 10, "loc_id": "*"}


def test_a_discount_is_answered_in_the_documented_shape(call):
    answer = call.post(**ASKED)
    assert answer.status_code == 200
    assert answer.json() == {
        "contract_price": 21.0955,
        "regular_price": 41.769,
        "discount_pct": 49.4949,
        "pricing_method": "D",
        "rule_descr": "SUPERIOR PC S CS",
        "applied_qty_break": 0.0001,
        "requested_quantity": 10.0,
    }


def test_quantity_and_location_have_defaults(call):
    answer = call.post(ncr_bid_no="144319", item_no="01-10100")
    assert (answer.status_code, answer.json()["requested_quantity"]) == (200, 1.0)


def test_prices_are_json_numbers_at_the_items_decimals(call):
    answer = call.post(**ASKED | {"item_no": "01-20200"})
    assert '"contract_price":21.1,' in answer.text
    assert '"regular_price":41.77,' in answer.text


def test_a_fixed_price_has_no_percentage_and_compares_with_the_regular_price(call):
    answer = call.post(ncr_bid_no="NCR CASH", item_no="01-10100", quantity=1.5)
    shown = answer.json()
    assert (shown["contract_price"], shown["regular_price"]) == (57.0, 41.769)
    assert (shown["discount_pct"], shown["pricing_method"]) == (None, "F")


@pytest.mark.parametrize(
    "asked", [{"ncr_bid_no": "999999"}, {"item_no": "01-99999"}, {"ncr_bid_no": "NCRCASH"}]
)
def test_no_contract_is_404_not_the_regular_price(call, asked):
    answer = call.post(**ASKED | asked)
    assert (answer.status_code, answer.json()) == (404, {"error": "No contract price found"})


def test_an_undecidable_rule_is_500_and_tells_nothing_more(call):
    answer = call.post(**ASKED | {"ncr_bid_no": "ODD"})
    assert (answer.status_code, answer.json()) == (500, {"error": "unsupported_rule"})


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe\xfa", b"NaN"])
def test_a_body_that_is_no_json_object_is_400(call, body):
    answer = call.send(body)
    assert (answer.status_code, answer.json()) == (400, {"error": "No JSON data provided"})


@pytest.mark.parametrize("missing", ["ncr_bid_no", "item_no"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_parameter_is_400_in_the_old_words(call, missing, value):
    answer = call.post(**ASKED | {missing: value})
    assert answer.status_code == 400
    assert answer.json() == {"error": "Missing required parameters: ncr_bid_no, item_no"}


@pytest.mark.parametrize(
    "quantity",
    ["0", "-1", "NaN", "Infinity", "-Infinity", "1e400", "1e11", "0.00001", "5e-324", "1e-323",
     "true", "null",'"10"', '"abc"', "[1]", "{}"],
)  # fmt: skip
def test_a_quantity_that_is_none_is_400_and_names_the_field(call, quantity):
    body = f'{{"ncr_bid_no": "144319", "item_no": "01-10100", "quantity": {quantity}}}'
    answer = call.send(body)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("quantity: expected ")


@pytest.mark.parametrize(
    ("field", "value"), [("ncr_bid_no", 144319), ("item_no", ["x"]), ("loc_id", 1)]
)
def test_a_text_field_of_another_type_is_400_and_names_the_field(call, field, value):
    answer = call.post(**ASKED | {field: value})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(f"{field}: ")


def test_fields_that_the_service_does_not_know_are_ignored(call):
    assert call.post(**ASKED, user_id=7).status_code == 200


def test_every_price_says_how_old_it_is_and_is_kept_by_no_cache(call, clock):
    clock.pass_hours(2)
    headers = call.post(**ASKED).headers
    assert headers["X-Price-Book-Age-Seconds"] == "7200"
    assert headers["X-Price-Book-Read-At"] == "2026-11-22T17:00:00+00:00"
    assert headers["Cache-Control"] == "no-store"


def test_a_batch_answers_each_item_and_lists_what_has_no_price(call):
    items = [{"item_no": "01-10100", "quantity": 10}, {"item_no": "01-99999", "quantity": 1},
             {"item_no": "01-20200"}]  # fmt: skip
    answer = call.post("/api/contract-prices", ncr_bid_no="144319", items=items)
    shown = answer.json()
    assert answer.status_code == 200
    assert shown["errors"] == [{"item_no": "01-99999", "error": "No contract price found"}]
    assert [(each["item_no"], each["quantity"], each["contract_price"]) for each in
            shown["results"]] == [("01-10100", 10.0, 21.0955), ("01-20200", 1.0, 21.1)]  # fmt: skip
    counts = (shown["total_requested"], shown["total_found"], shown["total_errors"])
    assert counts == (3, 2, 1)


def test_a_batch_answer_leaves_no_trace_in_a_later_single_answer(call):
    first = call.post(**ASKED).json()
    call.post("/api/contract-prices", ncr_bid_no="144319", items=[{"item_no": "01-10100"}])
    assert call.post(**ASKED).json() == first


def test_an_undecidable_rule_in_a_batch_is_an_error_of_its_item(call):
    answer = call.post("/api/contract-prices", ncr_bid_no="ODD", items=[{"item_no": "01-10100"}])
    assert answer.json()["errors"] == [{"item_no": "01-10100", "error": "unsupported_rule"}]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"items": [{"item_no": "A"}]}, "Missing required parameters: ncr_bid_no"),
        ({"ncr_bid_no": "144319"}, "Missing or invalid items array"),
        ({"ncr_bid_no": "144319", "items": []}, "Missing or invalid items array"),
        ({"ncr_bid_no": "144319", "items": {}}, "Missing or invalid items array"),
        ({"ncr_bid_no": "144319", "items": [{"item_no": "A"}] * 4},
         "items: expected at most 3, found 4"),
        ({"ncr_bid_no": "144319", "items": [{"item_no": "A"}, {"item_no": "B", "quantity": 0}]},
         "items.1.quantity: expected a number above 0 and below 100000000000, found 0"),
    ],
)  # fmt: skip
def test_a_bad_batch_is_400_and_says_what_is_wrong(call, body, error):
    answer = call.post("/api/contract-prices", **body)
    assert (answer.status_code, answer.json()) == (400, {"error": error})


def test_errors_of_http_itself_are_json_too(call):
    assert call.get("/nowhere").json() == {"error": "Not Found"}
    wrong = call.get("/api/contract-price")
    assert (wrong.status_code, wrong.json()) == (405, {"error": "Method Not Allowed"})
    assert call.send(b"x" * 1_000_001).status_code == 413
