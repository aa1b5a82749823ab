"""Settings, graphs, runs and letters for tests of the alerts sensor. Builders; no assertions."""

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
from dagster._core.execution.plan.objects import StepFailureData, UserFailureData
from sqlalchemy import insert

from woocp_pipelines.counterpoint.engine import open_engine, writing
from woocp_pipelines.counterpoint.tables import USER_DEAD_LETTER
from woocp_pipelines.defs.assembly import build_defs
from woocp_pipelines.defs.failures import failure_of
from woocp_pipelines.defs.operations.alert_graph import Graph
from woocp_pipelines.defs.operations.alerts import look_and_tell, look_for_problems
from woocp_pipelines.settings_environment import PricingAccess
from woocp_pipelines_tests import run_log

_GRAPHS = {}
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def quiet(sandbox):
    """Without a pricing service: on this machine another one may run at its port."""
    return sandbox.settings.model_copy(update={"pricing_access": PricingAccess()})


class DriverError(Exception):
    """An error as pyodbc raises it: SQLSTATE, then text."""


@pytest.fixture
def told(sandbox, mail_server, certificates, access):
    """Settings of the sandbox whose alerts go to a mail server, and what that was sent."""
    box = mail_server("starttls")
    url = box.url(options=f"?ca={certificates.authority}")
    return with_access(quiet(sandbox), access(url)), box


def with_access(settings, access):
    return settings.model_copy(update={"alert_access": access})


def graph_of(settings):
    """The definitions; made once for the sandbox and once for production, which takes a while."""
    kind = settings.connections.sandbox
    if kind not in _GRAPHS:
        _GRAPHS[kind] = Graph(build_defs(settings).get_repository_def())
    return _GRAPHS[kind]


def look(settings, instance, cursor=None, after=timedelta(0)):
    now = datetime.now(UTC) + after
    return look_and_tell(instance, graph_of(settings), settings, cursor, now)


def problems(settings, instance, after=timedelta(0)):
    now = datetime.now(UTC) + after
    found = look_for_problems(instance, graph_of(settings), settings, now)
    return {each.key: each for each in found.problems}


def subjects(box):
    return [mail["Subject"].strip() for mail in box.mails]


def text_of(mail):
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


def fail(instance, settings, job_name, *, tags=None, success=False, error=None):
    """A run of a job that ended, in the instance's own storage."""
    run = instance.create_run_for_job(graph_of(settings).repository.get_job(job_name), tags=tags)
    kinds = dg.DagsterEventType
    end = kinds.RUN_SUCCESS if success else kinds.RUN_FAILURE
    for kind in (kinds.RUN_START, *([kinds.STEP_FAILURE] if error else []), end):
        event = dg.DagsterEvent(
            event_type_value=kind.value,
            job_name=job_name,
            step_key="step" if kind == kinds.STEP_FAILURE else None,
            event_specific_data=failed_step(error) if kind == kinds.STEP_FAILURE else None,
            message="the process is gone",
        )
        instance.report_dagster_event(event, run.run_id)
    return run.run_id


def failed_step(error):
    """What Dagster keeps of a step that our code ended."""
    failure = failure_of(error)
    said = UserFailureData("failure", failure.description, failure.metadata)
    return StepFailureData(error=None, user_failure_data=said)


def production(settings, mode="apply"):
    """As if the connections were real ones, with everything switched off as delivered."""
    real = settings.connections.model_copy(update={"sandbox": False})
    return settings.model_copy(update={"connections": real, "mode": mode})


def check_result(instance, name, asset, *, passed, severity=dg.AssetCheckSeverity.WARN, **metadata):
    instance.report_runless_asset_event(
        dg.AssetCheckEvaluation(
            asset_key=dg.AssetKey(asset),
            check_name=name,
            passed=passed,
            severity=severity,
            metadata={name: dg.MetadataValue.text(str(text)) for name, text in metadata.items()},
        )
    )


def log_run(settings, flow, ended, *, error=None):
    """A run as a flow writes it down; without an error it was good."""
    engine = open_engine(settings.connections.database_url.get_secret_value())
    with writing(engine) as connection:
        run_log.log_run(connection, settings, flow, ended, error)
    engine.dispose()


def refuse_order(flow, number, seen):
    row = {
        "STORE_ID": flow.store_id,
        "FLOW": "documents",
        "KIND": "order",
        "RECORD_KEY": str(number),
        "WOO_ORDER_ID": number,
        "WOO_ORDER_NO": str(number),
        "CODE": "NO_PAY_CODE",
        "FIELD": "payment_method",
        "FOUND": "nmi",
        "EXPECTED": "a gateway of [payments.pay_codes]",
        "ARITHMETIC": "",
        "NEXT_STEP": "add it",
        "RETRYABLE": False,
        "ATTEMPTS": 1,
        "FIRST_SEEN_GMT": seen,
        "LAST_SEEN_GMT": seen,
    }
    with writing(flow.engine) as connection:
        connection.execute(insert(USER_DEAD_LETTER).values(**row))
