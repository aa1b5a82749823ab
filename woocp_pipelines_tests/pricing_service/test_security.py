"""Keys: who may ask, and that none of them ever shows."""

import logging

import pytest
import requests
from pydantic import SecretStr

from pricing_service.keys import read_keys
from woocp_pipelines.settings_environment import PricingAccess
from woocp_pipelines.settings_loading import SettingsError

ASKED = {"ncr_bid_no": "144319", "item_no": "01-10100"}
SECRET = "wordpress-secret-0001"


def parse(text):
    return read_keys(PricingAccess(api_keys=SecretStr(text)))


@pytest.mark.parametrize(
    "headers",
    [{}, {"X-API-Key": ""}, {"X-API-Key": SECRET[:-1]}, {"X-API-Key": f"wordpress={SECRET}"},
     {"Authorization": f"Basic {SECRET}"}, {"Authorization": "Bearer wrong-secret-0009"},
     {"X-API-Key": "schl\u00fcssel-schl\u00fcssel".encode("latin-1")}],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/api/contract-price", "/api/contract-prices"])
def test_without_a_valid_key_every_price_is_refused(call, path, headers):
    answer = requests.post(call.url + path, json=ASKED, headers=headers, timeout=20)
    assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"})


@pytest.mark.parametrize("headers", [{"X-API-Key": SECRET}, {"Authorization": f"Bearer {SECRET}"}])
def test_both_header_forms_open_the_door(call, headers):
    answer = requests.post(
        call.url + "/api/contract-price", json=ASKED, headers=headers, timeout=20
    )
    assert answer.status_code == 200


def test_a_key_without_the_group_scope_may_not_name_a_contract(call):
    headers = {"X-API-Key": "price-only-secret-0002"}
    answer = requests.post(
        call.url + "/api/contract-price", json=ASKED, headers=headers, timeout=20
    )
    assert (answer.status_code, answer.json()) == (403, {"error": "Forbidden"})


def test_a_key_is_refused_before_the_body_is_looked_at(call):
    answer = requests.post(call.url + "/api/contract-price", data=b"{", timeout=20)
    assert answer.status_code == 401


def test_names_scopes_and_padding_are_read():
    keys = parse("shop=abcdefghij123456:price+explain, QUJDREVGR0hJSktMTU5PUA==")
    named, bare = keys.find("abcdefghij123456"), keys.find("QUJDREVGR0hJSktMTU5PUA==")
    assert (named.name, named.scopes) == ("shop", {"price", "explain"})
    assert (bare.name, bare.scopes) == ("key 2", {"price", "group", "metrics"})
    assert keys.find("abcdefghij123456:price+explain") is None


def test_keys_may_come_from_a_file_with_remarks(tmp_path):
    file = tmp_path / "keys"
    file.write_text("# the shop\nshop=abcdefghij123456\n\nother=abcdefghij654321:price\n")
    keys = read_keys(PricingAccess(api_keys_file=file))
    assert keys.find("abcdefghij654321").name == "other"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "does not start without a key"),
        (" , ", "does not start without a key"),
        ("short-secret", "entry 1: the secret has fewer than 16"),
        ("wordpress=short1", "entry 1: the secret has fewer than 16"),
        ("abcdefghij123456,abcdefghij123457:admin", "entry 2: unknown scope"),
        ("abcdefghij123456:", "entry 1: expected"),
        ("abcdefghij 123456", "entry 1: expected"),
        ("abcdefghijklmn\u00e91234", "entry 1: expected"),
        ("a=abcdefghij123456,b=abcdefghij123456", "the same secret twice"),
        ("a=abcdefghij123456,a=abcdefghij123457", "the same name twice"),
    ],
)
def test_keys_that_cannot_be_used_stop_the_start_and_do_not_show(text, reason):
    with pytest.raises(SettingsError, match=reason) as refused:
        parse(text)
    assert "abcdefghij" not in str(refused.value)


def test_two_sources_of_keys_or_an_unreadable_file_stop_the_start(tmp_path):
    both = PricingAccess(api_keys=SecretStr("abcdefghij123456"), api_keys_file=tmp_path)
    with pytest.raises(SettingsError, match="both set"):
        read_keys(both)
    with pytest.raises(SettingsError, match="cannot be read"):
        read_keys(PricingAccess(api_keys_file=tmp_path / "none"))


def test_no_secret_shows_in_repr_or_logs(call, config, caplog):
    caplog.set_level(logging.DEBUG)
    call.post(**ASKED)
    call.send(b"{")
    shown = caplog.text + repr(config) + repr(vars(config.keyring))
    assert SECRET not in shown
