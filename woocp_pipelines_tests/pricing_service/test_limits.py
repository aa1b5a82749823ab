"""Limits: per key, per failing address, over real HTTP and by themselves."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from pricing_service.limits import MAX_COUNTERS, Limits

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


class Timer:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_a_minute_after_the_first_request_the_limit_is_whole_again():
    timer = Timer()
    limits = Limits(1, timer=timer)
    limits.spend("shop")
    timer.now = 59.5
    refused = limits.spend("shop")
    assert (refused.exceeded, refused.reset_seconds) == (True, 1)
    timer.now = 60.0
    after = limits.spend("shop")
    assert (after.exceeded, after.reset_seconds) == (False, 60)


def test_ipv6_addresses_of_one_site_share_a_counter():
    limits = Limits(refusals=1)
    assert not limits.refuse("2001:db8::1").exceeded
    assert limits.refuse("2001:db8::2").exceeded
    assert not limits.refuse("2001:db8:0:1::1").exceeded


def fail_from_many(limits, first, last):
    for number in range(first, last):
        limits.refuse(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")


def test_memory_for_addresses_is_bounded_and_given_back():
    timer = Timer()
    limits = Limits(refusals=1, timer=timer)
    fail_from_many(limits, 0, MAX_COUNTERS + 50)
    assert limits.counters() == MAX_COUNTERS + 1
    assert limits.refuse("192.0.2.1").exceeded
    timer.now = 61.0
    assert not limits.refuse("192.0.2.1").exceeded
    assert limits.counters() == 1


def test_threads_lose_no_request():
    limits = Limits(10_000)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: limits.spend("shop"), range(4000)))
    assert limits.spend("shop").remaining == 10_000 - 4001
