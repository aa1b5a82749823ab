"""The sign of life after an outage: runs that were made good do not hold it back."""

from datetime import UTC, datetime

from woocp_pipelines.rules.alerting import QUIET
from woocp_pipelines.woocommerce.errors import Call, StoreUnavailable
from woocp_pipelines_tests.defs.alert_world import (
    MINUTE,
    fail,
    log_run,
    look,
    subjects,
    with_access,
)


def test_the_ping_comes_back_when_people_are_told_that_it_is_over_and_not_an_hour_later(
    told, instance, hooks, access
):
    settings, box = told
    pinged = access(box.url(), alert_ping_url=f"{hooks.url}/ping/T0SECRET").ping_url
    settings = with_access(settings, settings.alert_access.model_copy(update={"ping_url": pinged}))
    away = StoreUnavailable(Call("GET", "orders"), "the store is down", status=503)
    now = datetime.now(UTC)
    for number in range(4):
        fail(instance, settings, "order_sync", error=away)
        log_run(settings, "orders", now - (20 - number) * MINUTE, error="StoreUnavailable: 503")
    found = look(settings, instance)
    fail(instance, settings, "order_sync", success=True)
    # The run is good, but as long as nobody is told that it is over, it is not.
    log_run(settings, "orders", now)
    found = look(settings, instance, found.cursor, MINUTE)
    assert "critical: failed_runs 4 in the last hour" in found.skip_reason.skip_message
    assert hooks.pings == 0
    found = look(settings, instance, found.cursor, MINUTE + QUIET)
    assert subjects(box)[-1] == "[woocp main SANDBOX] recovered: the store cannot be used"
    assert hooks.pings == 1
    # What runs outside Dagster is seen by health alone.
    for number in range(4):
        log_run(settings, "inventory", now - number * MINUTE, error="KeyError: x")
    found = look(settings, instance, found.cursor, 2 * MINUTE + QUIET)
    assert "critical: failed_runs 8 in the last hour" in found.skip_reason.skip_message
    assert hooks.pings == 1
