"""Which answer becomes which error, and how it reads."""

import pytest

from woocp_pipelines.woocommerce.errors import (
    AuthenticationFailed,
    NotFound,
    NotJson,
    Refused,
    StoreUnavailable,
)


def _error(code, message="Invalid ID.", data=None):
    return {"code": code, "message": message, "data": data or {"status": 400}}


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "woocommerce_rest_cannot_view", AuthenticationFailed),
        (401, "woocommerce_rest_authentication_error", AuthenticationFailed),
        (403, "woocommerce_rest_cannot_view", AuthenticationFailed),
        (404, "woocommerce_rest_shop_order_invalid_id", NotFound),
        (400, "woocommerce_rest_shop_order_invalid_id", NotFound),
        (400, "woocommerce_rest_product_invalid_id", NotFound),
        (404, "woocommerce_rest_product_variation_invalid_id", NotFound),
        (404, "wc_user_invalid_id", NotFound),
        (404, "rest_no_route", Refused),
        (400, "rest_invalid_param", Refused),
        (413, "woocommerce_rest_request_entity_too_large", Refused),
        (501, "woocommerce_rest_trash_not_supported", Refused),
    ],
)
def test_an_error_code_becomes_its_type(*, store, client, reply, status, code, kind):
    store.replies(reply(_error(code), status=status))
    with pytest.raises(kind) as caught:
        client.put("orders/999999", {})
    error = caught.value
    assert type(error) is kind
    assert (error.status, error.code, error.transient) == (status, code, False)
    assert (error.method, error.path, error.record) == ("PUT", "orders/999999", "orders/999999")
    assert len(store.seen) == 1


def test_a_refusal_of_a_5xx_with_a_bare_number_as_data_is_no_breakdown(store, client, reply):
    body = _error("woocommerce_rest_cannot_create_order_refund", "Invalid refund amount.", 500)
    store.replies(reply(body, status=500))
    with pytest.raises(Refused, match=r"Invalid refund amount\."):
        client.post("orders/466/refunds", {"amount": "999999"})


def test_messages_are_decoded_and_name_the_parameter(store, client, reply):
    params = {"params": {"status": "status is not one of pending &amp; processing."}}
    body = _error("rest_invalid_param", "Invalid &quot;parameter(s)&quot;: status", params)
    store.replies(reply(body, status=400))
    with pytest.raises(Refused) as caught:
        client.put("orders/511", {"status": "shipped"})
    assert str(caught.value) == (
        'PUT orders/511 400 rest_invalid_param: Invalid "parameter(s)": status '
        "(status is not one of pending & processing.) Next step: correct what the message names; "
        "repeating the request changes nothing."
    )


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "an empty answer"),
        ("<html><style>p{}</style><h1>Just a moment&hellip;</h1>", "HTML: “Just a moment…”"),
        ('<br /><b>Warning</b>: x in y.php\n[{"id":1}]', 'HTML: “Warning : x in y.php [{"id":1}]”'),
        ('[{"id": 1}, {"id', "JSON that is cut off or broken after 16 bytes"),
        ('[{"total": NaN}]', "JSON that is cut off or broken"),
        ("Service paused", "text: “Service paused”"),
    ],
)  # fmt: skip
def test_a_success_that_is_not_json_says_what_came(store, client, reply, body, said):
    store.replies(*[reply(body) for _ in range(5)])
    with pytest.raises(NotJson) as caught:
        client.get("orders")
    assert said in caught.value.message
    assert caught.value.transient
    assert caught.value.attempts == 5


def test_bytes_that_are_no_utf_8_are_no_answer(store, client, reply):
    store.replies(*[reply(b'["\xff"]') for _ in range(5)])
    with pytest.raises(NotJson, match="cut off or broken"):
        client.get("orders")


def test_an_html_refusal_of_a_firewall_is_not_repeated(store, client, reply):
    store.replies(reply("<html><h1>403 Forbidden</h1></html>", status=403))
    with pytest.raises(NotJson, match="403 Forbidden") as caught:
        client.get("orders")
    assert not caught.value.transient
    assert len(store.seen) == 1


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 520])
def test_an_html_breakdown_is_an_unavailable_store(store, client, reply, status):
    page = "<!DOCTYPE html><title>Maintenance</title><p>Check back in a minute.</p>"
    store.replies(*[reply(page, status=status) for _ in range(5)])
    with pytest.raises(StoreUnavailable, match="Check back in a minute") as caught:
        client.get("orders")
    assert (caught.value.status, caught.value.transient) == (status, True)
    assert "(5 attempts)" in str(caught.value)


def test_a_php_fatal_in_json_is_a_breakdown(store, client, reply):
    body = _error("internal_server_error", "<p>There has been a critical error.</p>")
    store.replies(reply(body, status=500), reply([]))
    assert client.get("orders").data == []


def test_a_long_page_is_cut_to_a_readable_piece(store, client, reply):
    store.replies(*[reply("<p>" + "long " * 5000) for _ in range(5)])
    with pytest.raises(NotJson) as caught:
        client.get("orders")
    assert len(caught.value.message) < 300
