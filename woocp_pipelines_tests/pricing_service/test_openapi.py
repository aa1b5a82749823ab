"""The OpenAPI document against the running service: schemathesis asks what the document allows,
and what it forbids, and compares every answer with it."""

import dataclasses
from collections import Counter

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from pricing_service.limits import Limits

EVERYTHING = "explainer=everything-secret-0003:price+group+explain+metrics"
HEADERS = {"X-API-Key": "everything-secret-0003"}
PRICES = ("contract_price", "contract_prices", "prices", "get_prices", "explain")
OPERATION = ("health", "live", "ready", "metrics", "prometheus")
DETERMINED = settings(
    max_examples=20,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def service(counterpoint, configure, start):
    counterpoint.add_people()
    # Each case is asked again without a key, which would soon be too many refusals.
    limits = Limits(1_000_000, refusals=1_000_000)
    return start(dataclasses.replace(configure(keys=EVERYTHING), limits=limits)).url


@pytest.fixture
def document(service):
    return schemathesis.openapi.from_url(f"{service}/api/v1/openapi.json")


def ask_all(document, name, mode):
    """Answers to every generated case of an operation, each checked in every way that applies."""
    strategy = document.find_operation_by_id(name).as_strategy(generation_mode=mode)
    # That items and quantities are as many, and that there is one item, no parameter can say.
    excluded = [positive_data_acceptance] if name == "get_prices" else []
    statuses = Counter()

    @DETERMINED
    @given(case=strategy)
    def ask(case):
        response = case.call(headers=HEADERS)
        statuses[response.status_code] += 1
        case.validate_response(response, excluded_checks=excluded)

    ask()
    return statuses


@pytest.mark.parametrize("name", PRICES)
def test_what_the_document_allows_is_answered_as_it_says(document, name):
    statuses = ask_all(document, name, GenerationMode.POSITIVE)
    # Of generated lists it is chance whether any are equally long (see ask_all).
    answered = {200, 404} if name != "get_prices" else {200, 400, 404}
    assert set(statuses) & answered


@pytest.mark.parametrize("name", PRICES)
def test_what_the_document_forbids_is_refused_as_it_says(document, name):
    assert 400 in ask_all(document, name, GenerationMode.NEGATIVE)


@pytest.mark.parametrize("name", OPERATION)
def test_health_and_metrics_answer_as_the_document_says(document, name):
    assert set(ask_all(document, name, GenerationMode.POSITIVE)) == {200}


def test_prices_that_are_found_answer_as_the_document_says(document):
    """Generated numbers find nothing; these do."""
    asked = {
        "contract_price": {"ncr_bid_no": "144319", "item_no": "01-10100", "quantity": 10},
        "contract_prices": {"ncr_bid_no": "NCR CASH", "items": [{"item_no": "01-10100"}] * 2},
        "prices": {"cust_no": "10001", "items": [{"sku": "01-30300-CARTON"}, {"item_no": "?"}]},
        "explain": {"cust_no": "10001", "item_no": "01-10100", "quantity": 2.5},
    }
    found = {}
    for name, body in asked.items():
        case = document.find_operation_by_id(name).Case(body=body, media_type="application/json")
        response = case.call(headers=HEADERS)
        case.validate_response(response)
        found[name] = response.status_code
    query = {"cust_no": "10001", "item_no": ["01-10100", "01-10200"], "quantity": [2.5, 1]}
    case = document.find_operation_by_id("get_prices").Case(query=query)
    response = case.call(headers=HEADERS)
    case.validate_response(response)
    assert response.status_code == 200
    assert found == dict.fromkeys(asked, 200)


def test_the_document_needs_no_key_and_knows_every_path(service):
    shown = requests.get(f"{service}/api/v1/openapi.json", timeout=20).json()
    assert shown["openapi"] == "3.1.0"
    assert shown["components"]["schemas"]["PricesRequest"]["properties"]["items"]["maxItems"] == 3
    assert set(shown["paths"]) == {
        "/api/contract-price", "/api/contract-prices", "/api/v1/prices", "/api/v1/prices/explain",
        "/api/health", "/api/health/live", "/api/health/ready", "/api/metrics",
        "/metrics"}  # fmt: skip
    assert "304" in shown["paths"]["/api/v1/prices"]["get"]["responses"]
    assert "304" not in shown["paths"]["/api/v1/prices"]["post"]["responses"]
