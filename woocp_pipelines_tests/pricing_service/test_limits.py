"""Limits: per key, per failing address, over real HTTP and by themselves."""

import dataclasses
import time

import pytest
import requests

from pricing_service.limits import MAX_ADDRESSES, Limits

ASKED = {"ncr_bid_no": "144319", "item_no": "01-10100"}


@pytest.fixture
def limited(start, config):
    """A service where every key may ask three times a minute, and fail twice."""
    return start(dataclasses.replace(config, limits=Limits(3, refusals=2)))


def test_every_answer_says_what_is_left_of_the_limit(call):
    answer = call.post(**ASKED)
    assert answer.headers["RateLimit-Policy"] == '"key";q=6000;w=60'
    assert answer.headers["RateLimit"] == '"key";r=5999;t=60'
    assert "Retry-After" not in answer.headers


def test_past_the_limit_a_key_is_told_to_come_back(limited):
    statuses = [limited.post(**ASKED).status_code for _ in range(4)]
    refused = limited.post(**ASKED)
    assert statuses == [200, 200, 200, 429]
    assert refused.json() == {"error": "Rate limit exceeded"}
    assert refused.headers["RateLimit"].startswith('"key";r=0;t=')
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["Content-Type"] == "application/json"


def test_a_limit_is_one_keys_own(limited):
    for _ in range(4):
        limited.post(**ASKED)
    other = {"X-API-Key": "price-only-secret-0002"}
    answer = requests.post(limited.url + "/api/contract-price", headers=other, timeout=20)
    assert answer.status_code == 403


def test_a_batch_is_one_request(limited):
    items = [{"item_no": "01-10100"}] * 3
    answer = limited.post("/api/contract-prices", ncr_bid_no="144319", items=items)
    assert answer.headers["RateLimit"].startswith('"key";r=2;')


def test_who_fails_too_often_is_told_to_wait_and_a_valid_key_from_there_still_works(limited):
    url = limited.url + "/api/contract-price"
    wrong = {"X-API-Key": "not-a-key-of-this-shop"}
    statuses = [requests.post(url, headers=wrong, timeout=20).status_code for _ in range(3)]
    assert statuses == [401, 401, 429]
    assert limited.post(**ASKED).status_code == 200


def test_health_is_not_limited(limited):
    assert [limited.get("/api/health/live").status_code for _ in range(9)] == [200] * 9


def test_single_keys_may_have_limits_of_their_own():
    limits = Limits(3, {"night-batch": 1})
    assert not limits.spend("night-batch").exceeded
    assert limits.spend("night-batch").exceeded
    assert limits.spend("shop").remaining == 2


def test_a_minute_later_the_limit_is_whole_again(monkeypatch):
    limits = Limits(1)
    assert [limits.spend("shop").exceeded for _ in range(2)] == [False, True]
    later = time.time() + 60.5
    monkeypatch.setattr(time, "time", lambda: later)
    assert not limits.spend("shop").exceeded


def test_a_clock_that_is_set_back_locks_nobody_out_for_longer_than_a_minute(monkeypatch):
    limits = Limits(1)
    limits.spend("shop")
    earlier = time.time() - 3600
    monkeypatch.setattr(time, "time", lambda: earlier)
    after = limits.spend("shop")
    assert (after.exceeded, after.reset_seconds) == (False, 60)
    assert limits.spend("shop").exceeded


def test_ipv6_addresses_of_one_site_share_a_counter():
    limits = Limits(refusals=1)
    assert not limits.refuse("2001:db8::1").exceeded
    assert limits.refuse("2001:db8::2").exceeded
    assert not limits.refuse("2001:db8:0:1::1").exceeded


def test_memory_for_addresses_is_bounded():
    limits = Limits(refusals=1)
    for number in range(MAX_ADDRESSES + 50):
        limits.refuse(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(limits._addresses.storage) == MAX_ADDRESSES + 1
    assert limits.refuse("192.0.2.1").exceeded
