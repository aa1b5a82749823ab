"""The price audit in Dagster: a day of the sandbox's orders, its report, its check and its plan."""

import csv
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import dagster as dg
import pytest

from woocp_pipelines.defs.assembly import build_defs
from woocp_pipelines.defs.prices.audit import money_totals
from woocp_pipelines.flows.price_audit import AuditedLine, PriceAudit
from woocp_pipelines_tests.defs.observed import checks, failures, materialized, observed, plain

# A day with tier prices that the sandbox's shop, which has no role plugin, does not apply.
DAY = "2026-10-05"
CHECK = "charged_prices_match"


@pytest.fixture
def pulled(serving, run_job):
    """The sandbox with all its orders staged."""
    assert run_job(serving, "order_sync").success
    return serving


def test_a_day_is_compared_line_by_line_and_written_to_a_file(pulled, run_job):
    result = run_job(pulled, "price_review", partition_key=DAY)
    assert result.success
    said = materialized(result)["price_audit"]
    assert said["read"] > 0
    assert said["dagster/row_count"] == said["dagster/partition_row_count"] >= said["read"]
    causes = {name: count for name, count in said.items() if name.startswith("lines_")}
    assert sum(causes.values()) == said["dagster/row_count"]
    assert "today's rules" in said["about_these_prices"]
    assert said["environment"] == "SANDBOX"
    with Path(said["file"]).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == said["dagster/row_count"]
    assert {f"lines_{row['cause']}" for row in rows} == set(causes)


def test_the_check_warns_of_lines_that_nothing_explains_and_names_them(pulled, run_job):
    open_causes = {"contract_not_applied", "rule_not_applied", "unexplained"}
    result = run_job(pulled, "price_review", partition_key=DAY)
    found, said = checks(result)[CHECK], materialized(result)["price_audit"]
    counted = sum(said.get(f"lines_{cause}", 0) for cause in open_causes)
    metadata = plain(found.metadata)
    assert found.severity == dg.AssetCheckSeverity.WARN
    assert counted > 0
    assert not found.passed
    assert metadata["unexplained_lines"] == counted
    rows = metadata["unexplained"]
    assert len(rows) == counted
    assert {row["cause"] for row in rows} <= open_causes
    paper = next(row for row in rows if row["order"] == "7011" and row["line"] == "2")
    assert (paper["item"], paper["customer"]) == ("PR-1002 in unit 1", "40010")
    assert (paper["charged"], paper["counterpoint_then"]) == ("61.92", "56.19")
    assert (paper["difference"], paper["rule"]) == ("17.19", "S STEPS, rule 2")
    # What needs a person stands first in the table of the day.
    assert said["differences"][: len(rows)] == rows
    assert said["state"] == "degraded"
    above = sum(Decimal(row["difference"]) for row in rows)
    assert said["money_unexplained_above"] == f"{above} USD"


def audited(cause, difference):
    one = Decimal(1)
    return AuditedLine("7001", 1, "A", "A", "0", "10001", one, one, one, one, difference, cause)


def test_money_lost_in_roundings_is_shown_beside_what_nothing_explains():
    now = datetime(2026, 11, 23, tzinfo=UTC)
    cases = [("rounding", "0.04"), ("rounding", "-0.30"), ("rounding", "-2"), ("unexplained", "7"),
             ("discount", "-5")]  # fmt: skip
    lines = tuple(audited(cause, Decimal(difference)) for cause, difference in cases)
    assert money_totals(PriceAudit(now.date(), now, 5, lines, (), 0.1), "USD") == {
        "money_unexplained_above": "7.00 USD",
        "money_unexplained_below": "0.00 USD",
        "money_rounded_above": "0.04 USD",
        "money_rounded_below": "2.30 USD",
    }


def test_a_plan_shows_the_same_and_writes_no_file(pulled, run_job, instance):
    config = {"ops": {"price_audit": {"config": {"mode": "plan"}}}}
    result = run_job(pulled, "price_review", run_config=config, partition_key=DAY)
    assert result.success
    assert materialized(result) == {}
    assert observed(result)["price_audit"]["read"] > 0
    assert CHECK in checks(result)
    assert not (pulled.settings.connections.home / "reports").exists()


def test_the_general_mode_keeps_no_day_from_being_audited(pulled, run_job):
    settings = pulled.settings.model_copy(update={"mode": "plan"})
    result = run_job(pulled, "price_review", settings=settings, partition_key=DAY)
    said = materialized(result)["price_audit"]
    assert said["read"] > 0
    assert f"price-audit-{DAY}.csv" in str(said["file"])


def test_a_day_without_orders_is_clean(pulled, run_job):
    result = run_job(pulled, "price_review", partition_key="2026-11-20")
    said = materialized(result)["price_audit"]
    assert (said["read"], said["state"], said["dagster/row_count"]) == (0, "clean", 0)
    assert checks(result)[CHECK].passed


def test_a_database_that_is_away_fails_the_run_and_says_what_to_do(pulled, run_job):
    pulled.engine.dispose()
    file = pulled.folder / "counterpoint.db"
    file.write_bytes(b"this is no database" * 100)
    result = run_job(pulled, "price_review", partition_key=DAY)
    assert not result.success
    assert materialized(result) == {}
    assert "database" in failures(result)["price_audit"].description


def test_the_days_are_those_of_the_orders(sandbox):
    every = {spec.key.to_user_string(): spec for spec in _specs(sandbox)}
    assert every["price_audit"].partitions_def == every["order_days"].partitions_def


def _specs(sandbox):
    return build_defs(sandbox.settings).resolve_all_asset_specs()
