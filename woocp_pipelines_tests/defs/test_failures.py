"""What ends a run: in the error's own words, repeated only where that can help."""

import dagster as dg
import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError, OperationalError

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.locks import LockBusyError
from woocp_pipelines.counterpoint.tables import USER_ORDER_KEY, USER_ORDER_STAGING
from woocp_pipelines.defs.failures import failing_clearly, failure_of, is_transient
from woocp_pipelines.flows.inventory_breaker import UnknownApprovalError
from woocp_pipelines.woocommerce.errors import (
    AuthenticationFailed,
    Call,
    OutcomeUnknown,
    StoreUnavailable,
)
from woocp_pipelines_tests.defs.observed import checks, failures, materialized

CALL = Call("GET", "orders")


class _DriverError(Exception):
    """An error as pyodbc raises it: SQLSTATE, then text."""


@pytest.mark.parametrize(
    ("error", "transient"),
    [
        (StoreUnavailable(CALL, "down"), True),
        (OutcomeUnknown(CALL, "cut"), True),
        (AuthenticationFailed(CALL, "no"), False),
        (LockBusyError("woocp:customers"), True),
        (DBAPIError("x", None, _DriverError("40001", "Transaction was deadlocked (1205)")), True),
        (OperationalError("x", None, _DriverError("08S01", "Communication link failure")), True),
        (OperationalError("x", None, _DriverError("HYT00", "Login timeout expired")), True),
        (DBAPIError("x", None, _DriverError("28000", "Login failed (18456)")), False),
        (DBAPIError("x", None, _DriverError("42S22", "Invalid column name (207)")), False),
        (DBAPIError("x", None, _DriverError("42000", "permission was denied (229)")), False),
        (UnknownApprovalError("run 'x' is not blocked"), False),
        (KeyError("TKT_NO"), False),
    ],
)
def test_only_what_may_pass_by_itself_is_repeated(error, transient):
    assert is_transient(error) is transient
    assert failure_of(error).allow_retries is transient


def test_a_failure_speaks_with_the_error_s_own_words():
    error = AuthenticationFailed(CALL, "Consumer key is invalid.", status=401)
    failure = failure_of(error)
    assert failure.description == str(error)
    assert "WOOCP_STORE_KEY" in failure.metadata["next_step"].value


def test_an_unexpected_error_shows_its_kind_and_asks_for_a_report():
    failure = failure_of(KeyError("TKT_NO"))
    assert failure.description == "KeyError: 'TKT_NO'"
    assert "report" in failure.metadata["next_step"].value


def test_a_database_error_shows_its_reason_and_not_a_wall_of_sql(engine):
    with pytest.raises(dg.Failure) as caught, failing_clearly(), engine.connect() as connection:
        connection.execute(select(text("NO_SUCH_COLUMN")).select_from(text("AR_CUST")))
    # Some servers tell names in small letters.
    assert "no_such_column" in caught.value.description.lower()
    assert "SELECT" not in caught.value.description


def attempts_of(error, instance):
    """How often an op with a policy of two repeats runs when it always meets this error."""
    seen = []

    @dg.op(retry_policy=dg.RetryPolicy(max_retries=2, delay=0))
    def meet():
        with failing_clearly():
            seen.append(1)
            raise error

    @dg.job
    def job():
        meet()

    job.execute_in_process(instance=instance, raise_on_error=False)
    return len(seen)


def test_a_transient_failure_is_tried_three_times_and_a_permanent_one_once(instance):
    assert attempts_of(StoreUnavailable(CALL, "down"), instance) == 3
    assert attempts_of(AuthenticationFailed(CALL, "no"), instance) == 1


def test_a_run_fails_when_the_key_is_refused_and_nothing_is_staged(serving, run_job):
    connections = serving.settings.connections
    wrong = type(connections.store_secret)("cs_wrong_secret")
    settings = serving.settings.model_copy(
        update={"connections": connections.model_copy(update={"store_secret": wrong})}
    )
    result = run_job(serving, "order_sync", settings=settings)
    assert not result.success
    assert materialized(result) == {}
    failure = failures(result)["order_staging"]
    assert failure.description.startswith("GET system_status 401")
    assert "WOOCP_STORE_SECRET" in failure.metadata["next_step"].value


def test_a_mass_change_of_stock_stops_the_run_and_says_how_to_approve_it(serving, run_job):
    tight = serving.settings.inventory.model_copy(update={"breaker_change_share": 0})
    settings = serving.settings.model_copy(update={"inventory": tight})
    result = run_job(serving, "inventory_sync", settings=settings)
    assert not result.success
    failure = failures(result)["woo_stock"]
    next_step = failure.metadata["next_step"].value
    assert f"approve_stock_change with run: {result.run_id}" in next_step
    config = {"ops": {"woo_stock": {"config": {"approve": result.run_id}}}}
    approved = run_job(serving, "inventory_sync", settings=settings, run_config=config)
    assert materialized(approved)["woo_stock"]["updated"] > 0


def test_documents_that_differ_from_the_store_fail_the_run(serving, run_job):
    run_job(serving, "order_sync")
    run_job(serving, "order_creation")
    booked = USER_ORDER_STAGING.c.STATUS == "BOOKED"
    with writing(serving.engine) as connection:
        order = connection.execute(select(USER_ORDER_KEY.c.WOO_ORDER_ID)).scalars().first()
        connection.execute(
            update(USER_ORDER_STAGING)
            .where(booked, USER_ORDER_STAGING.c.WOO_ORDER_ID == order)
            .values(TOT_AMT=USER_ORDER_STAGING.c.TOT_AMT + 1)
        )
    found = checks(run_job(serving, "order_creation"))["totals_match_store"]
    assert not found.passed
    assert found.severity == dg.AssetCheckSeverity.ERROR
    assert found.metadata["unequal"].value == 1
