"""The pricing service seen from Dagster: real HTTP, a real Dagster instance, every state."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import dagster as dg
import pytest

from pricing_service.server import PricingServer, build_config
from woocp_pipelines.defs.assembly import build_defs
from woocp_pipelines.defs.resources import WoocpResource
from woocp_pipelines.dev.ports import free_port
from woocp_pipelines.flows.pricing_health import ask_health, service_url
from woocp_pipelines.settings_environment import PricingAccess
from woocp_pipelines_tests.defs.observed import checks, plain

CHECK = "contract_prices_are_answered"


def at(settings, port):
    """The same settings, with the service on that port."""
    access = settings.pricing_access.model_copy(update={"port": port})
    return settings.model_copy(update={"pricing_access": access})


def look(settings, instance, cursor=None):
    sensor = build_defs(settings).resolve_sensor_def("pricing_service_health")
    resources = {"woocp": WoocpResource(settings=settings)}
    with dg.build_sensor_context(instance=instance, cursor=cursor, resources=resources) as context:
        return sensor.evaluate_tick(context)


def told(tick):
    """Observation and check of a tick."""
    observation, check = tick.asset_events
    assert observation.asset_key == check.asset_key == dg.AssetKey("pricing_service")
    assert check.check_name == CHECK
    assert plain(observation.metadata) == plain(check.metadata)
    return check, plain(check.metadata)


@contextmanager
def answering(status, body):
    """Something that answers every GET so, over real HTTP; gives its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def service(sandbox):
    """A running service over the sandbox's Counterpoint, and settings that name its port."""
    with PricingServer(build_config(sandbox.settings), threads=2) as server:
        yield at(sandbox.settings, server.port)


def test_a_service_that_is_well_is_told_once_and_then_only_what_changed(service, instance):
    first = look(service, instance)
    check, metadata = told(first)
    assert check.passed
    assert (metadata["status"], metadata["database"]) == ("ok", "connected")
    assert metadata["book_age_seconds"] >= 0
    assert metadata["query_latency_ms"] > 0
    assert metadata["environment"] == "SANDBOX"
    again = look(service, instance, first.cursor)
    assert again.asset_events == []
    assert "as before: ok" in again.skip_message


def test_the_same_state_is_told_again_after_a_quarter_of_an_hour(service, instance):
    cursor = json.loads(look(service, instance).cursor)
    old = json.dumps({**cursor, "at": "2026-01-01T00:00:00+00:00"})
    assert told(look(service, instance, old))[0].passed
    ahead = json.dumps({**cursor, "at": "2099-01-01T00:00:00+00:00"})
    assert told(look(service, instance, ahead))[0].passed


def test_a_service_that_is_away_is_a_failed_check_and_not_a_failed_tick(service, instance):
    before = look(service, instance).cursor
    gone = look(at(service, free_port(0)), instance, before)
    check, metadata = told(gone)
    assert not check.passed
    assert check.severity == dg.AssetCheckSeverity.ERROR
    assert metadata["status"] == "unreachable"
    assert "ContractPricingAPIWaitress" in metadata["next_step"]
    assert "book_age_seconds" not in metadata


@pytest.mark.parametrize(
    ("status", "body", "state", "severity"),
    [
        (200, b'{"status":"degraded","database":"disconnected","query_latency_ms":null}',
         "degraded", "WARN"),
        (503, b'{"status":"degraded","database":"disconnected"}', "cannot_price", "ERROR"),
        (200, b"<html>a login page</html>", "no_health", "ERROR"),
        (200, b'["ok"]', "no_health", "ERROR"),
        (302, b'{"status":"ok","database":"connected"}', "no_health", "ERROR"),
        (200, b'{"status":"degraded","database":"x","price_book_read_at":7}', "degraded", "WARN"),
        (200, b'{"status":"ok?","database":"x","query_latency_ms":"soon"}', "degraded", "WARN"),
    ],
)  # fmt: skip
def test_whatever_answers_is_a_state(sandbox, instance, status, body, state, severity):
    with answering(status, body) as port:
        check, metadata = told(look(at(sandbox.settings, port), instance))
    assert not check.passed
    assert metadata["status"] == state
    assert check.severity.name == severity
    assert metadata["next_step"] in check.description


def test_where_no_service_is_configured_the_sensor_says_so(sandbox, instance):
    settings = sandbox.settings.model_copy(update={"pricing_access": PricingAccess()})
    tick = look(settings, instance)
    assert tick.asset_events == []
    assert "WOOCP_PRICING_HOST" in tick.skip_message


@pytest.mark.parametrize(
    ("host", "port", "url"),
    [
        ("0.0.0.0", 5001, "http://127.0.0.1:5001"),
        ("::", None, "http://[::1]:5000"),
        ("::1", 1, "http://[::1]:1"),
        ("prices.internal", None, "http://prices.internal:5000"),
        (None, 0, None),
    ],
)
def test_the_address_is_where_the_service_listens(sandbox, host, port, url):
    access = PricingAccess(host=host, port=port)
    settings = sandbox.settings.model_copy(update={"pricing_access": access})
    assert service_url(settings) == url


def test_the_check_can_be_run_by_a_person(service, instance):
    defs = build_defs(service)
    result = defs.get_repository_def().get_job("__ASSET_JOB").get_subset(
        asset_selection=set(),
        asset_check_selection={dg.AssetCheckKey(dg.AssetKey("pricing_service"), CHECK)},
    ).execute_in_process(instance=instance)  # fmt: skip
    assert checks(result)[CHECK].passed


def test_a_stopped_service_is_unreachable(sandbox):
    config = build_config(sandbox.settings)
    with PricingServer(config, threads=2) as server:
        assert ask_health(server.url).state == "ok"
    assert ask_health(server.url).state == "unreachable"


def test_the_sensor_looks_by_itself_wherever_a_service_is_named(sandbox):
    unnamed = sandbox.settings.model_copy(update={"pricing_access": PricingAccess()})
    real = unnamed.connections.model_copy(update={"sandbox": False})
    unnamed = unnamed.model_copy(update={"connections": real})
    for settings, status in ((unnamed, "STOPPED"), (at(unnamed, 5000), "RUNNING")):
        sensor = build_defs(settings).resolve_sensor_def("pricing_service_health")
        assert sensor.default_status.name == status
