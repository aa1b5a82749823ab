"""The reconciliation in Dagster: a day of the sandbox, its checks, tables, file and picture."""

import base64
import csv
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import dagster as dg
from pydantic import SecretStr
from sqlalchemy import select, update

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.tables import PS_DOC_HDR, PS_DOC_HDR_TOT
from woocp_pipelines.defs.assembly import build_defs
from woocp_pipelines.defs.operations.reconciliation_days import DayPoint, days_to_repeat
from woocp_pipelines.defs.operations.reconciliation_plot import draw
from woocp_pipelines_tests.defs.observed import checks, failures, materialized, observed, plain

EQUAL, REFUSED, REFUNDED = "2026-10-05", "2026-10-28", "2026-10-16"
CENTS, OPEN, IN_STEP = (
    "every_cent_is_explained",
    "every_difference_is_settled",
    "stock_and_customers_agree",
)


def passed(result):
    return {name: found.passed for name, found in checks(result).items()}


def make_dearer(sandbox, number):
    """Somebody makes the document of an order three cents dearer."""
    header, total = PS_DOC_HDR, PS_DOC_HDR_TOT
    order = select(header.c.DOC_ID).where(header.c.REF == f"WOO {number}", header.c.DOC_TYP == "O")
    with writing(sandbox.engine) as connection:
        connection.execute(
            update(total)
            .where(total.c.DOC_ID == order.scalar_subquery(), total.c.TOT_TYP == "O")
            .values(TOT=total.c.TOT + Decimal("0.03"))
        )


def test_an_equal_day_passes_every_check_and_is_written_to_a_file(booked, run_job):
    result = run_job(booked, "reconciliation", partition_key=EQUAL)
    assert result.success
    said = materialized(result)["reconciliation"]
    assert passed(result) == {CENTS: True, OPEN: True, IN_STEP: True}
    assert said["web_cents"] == said["documents_cents"] == said["payments_cents"] == 72759
    assert (said["unexplained_cents"], said["state"]) == (0, "clean")
    assert said["orders_with_payments_not_read"] == 0
    assert (said["money_web_USD"], said["money_documents_USD"]) == ("727.59 USD", "727.59 USD")
    assert said["dagster/row_count"] == said["read"] == 2
    with Path(said["file"]).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["order"], row["of_day"], row["cause"]) for row in rows] == [
        ("7010", "yes", ""),
        ("7011", "yes", ""),
    ]
    assert sum(Decimal(row["documents"]) for row in rows) == Decimal("727.59")
    assert Path(said["file"]).stat().st_mode & 0o077 == 0


def test_the_check_fails_above_zero_unexplained_cents_and_passes_once_they_are_gone(
    booked, run_job
):
    make_dearer(booked, "7011")
    result = run_job(booked, "reconciliation", partition_key=EQUAL)
    assert result.success
    found = checks(result)[CENTS]
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.ERROR)
    (row,) = plain(found.metadata)["unexplained"]
    assert (row["order"], row["cause"], row["documents_above"]) == ("7011", "amount", "0.03 USD")
    assert "line by line" in row["next_step"]
    said = materialized(result)["reconciliation"]
    assert (said["unexplained_cents"], said["state"], said["differences_amount"]) == (
        3,
        "degraded",
        1,
    )
    # What nothing explains is no open difference besides.
    assert checks(result)[OPEN].passed
    with writing(booked.engine) as connection:
        table = PS_DOC_HDR_TOT
        wrong = table.c.TOT != table.c.SUB_TOT + table.c.TAX_AMT + table.c.TOT_MISC
        statement = update(table).where(table.c.TOT_TYP == "O", wrong)
        connection.execute(statement.values(TOT=table.c.TOT - Decimal("0.03")))
    assert passed(run_job(booked, "reconciliation", partition_key=EQUAL))[CENTS]


def test_a_good_day_does_not_hide_the_cents_of_another(booked, run_job, instance):
    make_dearer(booked, "7011")
    run_job(booked, "reconciliation", partition_key=EQUAL)
    other = "2026-10-07"
    result = run_job(booked, "reconciliation", partition_key=other)
    found = checks(result)[CENTS]
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.ERROR)
    said = plain(found.metadata)
    assert said["unexplained_cents"] == 0
    assert [(row["day"], row["unexplained_cents"]) for row in said["other_days"]] == [(EQUAL, "3")]
    for today, again in (("2026-10-20", [EQUAL]), ("2026-12-20", [])):
        days = days_to_repeat(instance, datetime.fromisoformat(today).date())
        assert [day.isoformat() for day in days] == again


def test_explained_and_open_is_a_warning_and_lost_money_an_error(booked, run_job):
    refused = run_job(booked, "reconciliation", partition_key=REFUSED)
    found = checks(refused)[OPEN]
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert checks(refused)[CENTS].passed
    rows = plain(found.metadata)["open"]
    assert {row["cause"] for row in rows} == {"refused"}
    assert all(row["next_step"] for row in rows)
    assert plain(checks(refused)[IN_STEP].metadata)["customers"] == [
        {"web_customer": "22", "orders": "7030", "dead_letter": ""}
    ]


def test_an_order_that_was_never_staged_is_an_error_of_the_check(serving, run_job):
    result = run_job(serving, "reconciliation", partition_key=EQUAL)
    found = checks(result)[OPEN]
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert {row["cause"] for row in plain(found.metadata)["open"]} == {"missing"}


def test_a_plan_shows_the_same_and_writes_no_file(booked, run_job):
    config = {"ops": {"reconcile_day": {"config": {"mode": "plan"}}}}
    result = run_job(booked, "reconciliation", run_config=config, partition_key=REFUNDED)
    assert result.success
    assert materialized(result) == {}
    assert observed(result)["reconciliation"]["differences_refunded"] == 1
    assert set(checks(result)) == {CENTS, OPEN, IN_STEP}
    assert not (booked.settings.connections.home / "reports").exists()


def test_the_general_mode_keeps_no_day_from_being_reconciled(booked, run_job):
    """It reads both systems and writes into neither; a backfill of days would fail otherwise."""
    settings = booked.settings.model_copy(update={"mode": "plan"})
    result = run_job(booked, "reconciliation", settings=settings, partition_key=REFUNDED)
    said = materialized(result)["reconciliation"]
    assert said["differences_refunded"] == 1
    assert f"reconciliation-{REFUNDED}.csv" in str(said["file"])


def test_the_picture_shows_the_days_that_were_looked_at_before(booked, run_job):
    for day in ("2026-10-01", "2026-10-02", EQUAL):
        result = run_job(booked, "reconciliation", partition_key=day)
    text = materialized(result)["reconciliation"]["days"]
    table = [line for line in text.splitlines() if line.startswith("| 2026")]
    assert [line.split(" | ")[0][2:] for line in table] == [EQUAL, "2026-10-02", "2026-10-01"]
    assert table[0].endswith("| 727.59 | 727.59 | 727.59 | 0.00 |")
    picture = base64.b64decode(text.partition("base64,")[2].partition(")")[0]).decode()
    lines = ET.fromstring(picture).findall("{http://www.w3.org/2000/svg}polyline")
    assert [len(line.get("points").split()) for line in lines] == [3, 3, 3]


def test_a_day_with_unexplained_cents_is_marked_in_the_picture():
    days = [
        DayPoint(datetime(2026, 10, number, tzinfo=UTC).date(), 100, 100, -5, cents)
        for number, cents in ((1, 0), (2, 3), (3, 0))
    ]
    root = ET.fromstring(draw(days))
    assert len(root.findall("{http://www.w3.org/2000/svg}circle")) == 1
    assert ET.fromstring(draw([])).tag.endswith("svg")
    assert ET.fromstring(draw(days[:1])).tag.endswith("svg")


def test_a_store_that_does_not_answer_fails_the_run(booked, run_job):
    revoked = {"store_secret": SecretStr("cs_revoked")}
    connections = booked.settings.connections.model_copy(update=revoked)
    settings = booked.settings.model_copy(update={"connections": connections})
    result = run_job(booked, "reconciliation", settings=settings, partition_key=EQUAL)
    assert not result.success
    assert materialized(result) == {}
    assert failures(result)["reconcile_day"].description


def test_the_nightly_run_is_of_yesterday_and_of_the_days_of_orders(sandbox, instance_on_disk):
    defs = build_defs(sandbox.settings)
    every = {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}
    assert every["reconciliation"].partitions_def == every["order_days"].partitions_def
    schedule = defs.resolve_schedule_def("reconciliation_every_night")
    at = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)
    asked = {"repository_def": defs.get_repository_def(), "scheduled_execution_time": at}
    with dg.build_schedule_context(instance=instance_on_disk, **asked) as context:
        (request,) = schedule.evaluate_tick(context).run_requests
    assert request.partition_key == "2026-11-22"
