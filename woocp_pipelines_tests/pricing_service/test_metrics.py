"""Metrics: the old shape, Prometheus, and who may see them."""

import dataclasses

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from pricing_service.limits import Limits
from woocp_pipelines_tests.pricing_service.conftest import KEY, PRICE_ONLY_KEY

ASKED = {"ncr_bid_no": "144319", "item_no": "01-10100"}


def get(call, path, key=KEY, **headers):
    if key:
        headers["X-API-Key"] = key
    return requests.get(call.url + path, headers=headers, timeout=20)


def samples(call, **options):
    families = text_string_to_metric_families(get(call, "/metrics", **options).text)
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def test_the_old_shape_has_its_six_figures(call):
    call.post(**ASKED)
    call.post(**ASKED)
    call.post(ncr_bid_no="ODD", item_no="01-10100")
    found = get(call, "/api/metrics").json()
    average, late = found.pop("avg_response_time_ms"), found.pop("p95_response_time_ms")
    assert found == {"total_requests": 3, "cache_hits": 1, "cache_misses": 2, "errors": 1}
    assert 0 < average <= late * 3


def test_before_the_first_price_the_figures_are_zero(call):
    assert set(get(call, "/api/metrics").json().values()) == {0}


@pytest.mark.parametrize("path", ["/api/metrics", "/metrics"])
@pytest.mark.parametrize(("key", "status"), [(None, 401), (PRICE_ONLY_KEY, 403), (KEY, 200)])
def test_metrics_need_their_scope(call, path, key, status):
    assert get(call, path, key=key).status_code == status


def test_prometheus_sees_requests_by_route_and_status(call):
    call.post(**ASKED)
    call.post(ncr_bid_no="144319", item_no="NONE")
    call.get("/no/such/page")
    call.get("/no/such/other")
    found = samples(call)
    name = "woocp_pricing_requests_total"
    assert found[name, "/api/contract-price", "200"] == 1
    assert found[name, "/api/contract-price", "404"] == 1
    assert found[name, "404", "other"] == 2
    assert found["woocp_pricing_request_seconds_count", "/api/contract-price"] == 2


def test_prometheus_sees_the_book(call):
    found = samples(call)
    assert found["woocp_pricing_book_usable",] == 1
    assert found["woocp_pricing_book_failing",] == 0
    assert found["woocp_pricing_book_items",] == 2
    assert found["woocp_pricing_book_rules",] == 3
    assert found["woocp_pricing_book_age_seconds",] >= 0
    assert found["woocp_pricing_book_read_seconds",] > 0
    assert found["woocp_pricing_book_failures_total",] == 0


def test_without_a_book_prometheus_is_told_so(start, configure, clock, counterpoint):
    call = start(configure())
    counterpoint.go_away()
    clock.pass_hours(30)
    found = samples(call)
    assert found["woocp_pricing_book_usable",] == 0
    assert ("woocp_pricing_book_items",) not in found
    assert call.post(**ASKED).status_code == 503
    assert samples(call)["woocp_pricing_refusals_total", "no_book"] == 1


@pytest.mark.parametrize("path", ["/api/health", "/api/health/ready"])
def test_a_probe_that_finds_no_book_is_no_refused_price(start, configure, clock, path):
    call = start(configure())
    clock.pass_hours(30)
    assert get(call, path, key=None).status_code == 503
    assert ("woocp_pricing_refusals_total", "no_book") not in samples(call)
    call.post(**ASKED)
    assert samples(call)["woocp_pricing_refusals_total", "no_book"] == 1


def test_a_failed_reading_is_counted(call, config, counterpoint):
    counterpoint.go_away()
    config.keeper.refresh()
    found = samples(call)
    assert found["woocp_pricing_book_failures_total",] == 1
    assert found["woocp_pricing_book_failing",] == 1
    assert found["woocp_pricing_book_usable",] == 1


def test_refusals_are_counted_by_reason(start, config):
    call = start(dataclasses.replace(config, limits=Limits(4, refusals=1)))
    for _ in range(2):
        requests.post(call.url + "/api/contract-price", timeout=20)
    get(call, "/metrics", key=PRICE_ONLY_KEY)
    call.send(b"no json")
    found = samples(call)
    for _ in range(3):
        call.post(**ASKED)
    reasons = {key[1]: value for key, value in found.items() if "refusals_total" in key[0]}
    assert reasons == {
        "unauthorized": 1, "rate_limit_address": 1, "forbidden": 1, "bad_request": 1,
    }  # fmt: skip
    assert call.post(**ASKED).status_code == 429


def test_open_metrics_are_open_to_this_machine_only(start, config):
    call = start(dataclasses.replace(config, open_metrics=True))
    assert get(call, "/metrics", key=None).status_code == 200
    through_a_proxy = get(call, "/metrics", key=None, **{"X-Forwarded-For": "127.0.0.1"})
    assert through_a_proxy.status_code == 401
    assert get(call, "/api/metrics", key=None).status_code == 401


def test_two_services_in_one_process_count_apart(start, configure):
    one, other = start(configure()), start(configure())
    one.post(**ASKED)
    assert get(one, "/api/metrics").json()["total_requests"] == 1
    assert get(other, "/api/metrics").json()["total_requests"] == 0
