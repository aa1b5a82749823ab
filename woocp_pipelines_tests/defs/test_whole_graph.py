"""All syncs through Dagster, in this process, against the sandbox: what comes out, and is said."""

from decimal import Decimal

import dagster as dg
import pytest
from sqlalchemy import update

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.tables import IM_PRC_RUL_BRK
from woocp_pipelines.sandbox.outcome import differences
from woocp_pipelines_tests.defs.observed import checks, materialized, plain

ORDER = ("customer_sync", "order_sync", "order_creation", "inventory_sync", "customer_sync")
SAME_KEYS = {
    "dagster/row_count",
    "state",
    "read",
    "created",
    "updated",
    "unchanged",
    "waiting",
    "refused",
    "seconds",
    "mode",
    "environment",
}


@pytest.fixture
def runs(serving, run_job):
    """Every job once, in the order of the day; by name."""
    return {name: run_job(serving, name) for name in ORDER}


def test_the_whole_graph_gives_what_the_retailer_expects_and_says_so(runs, serving):
    assert all(result.success for result in runs.values())
    assert differences(serving) == []
    said = {}
    for result in runs.values():
        said |= materialized(result)
    assert said.keys() == {
        "customer_staging",
        "counterpoint_customers",
        "woo_customer_tiers",
        "order_staging",
        "counterpoint_documents",
        "woo_stock",
    }
    assert all(metadata.keys() >= SAME_KEYS for metadata in said.values())
    assert all(metadata["environment"] == "SANDBOX" for metadata in said.values())
    documents = said["counterpoint_documents"]
    booked, refused = (len(serving.expected.of(kind)) for kind in ("booked", "refused"))
    assert documents["created"] == documents["dagster/row_count"] == booked
    assert documents["notes_sent"] == booked
    assert documents["money_booked"] == f"{serving.expected.booked_total:.2f} USD"
    assert documents["refused"] == len(documents["refused_records"]) == refused
    assert documents["read"] == booked + refused
    assert documents["state"] == "degraded"
    assert {row["code"] for row in documents["refused_records"]} == {
        order.code for order in serving.expected.of("refused")
    }
    found = checks(runs["order_creation"])
    assert found["totals_match_store"].passed
    assert found["totals_match_store"].metadata["compared"].value == booked
    assert found["the_store_was_told"].passed
    refusals = found["every_order_could_be_booked"]
    assert not refusals.passed
    assert refusals.severity == dg.AssetCheckSeverity.WARN
    assert refusals.metadata["open_dead_letters"].value == refused


def test_a_second_run_books_nothing_more(serving, run_job):
    run_job(serving, "order_sync")
    first = materialized(run_job(serving, "order_creation"))["counterpoint_documents"]
    again = materialized(run_job(serving, "order_creation"))["counterpoint_documents"]
    assert first["created"] > 0
    assert again["created"] == 0
    assert again["dagster/row_count"] == first["dagster/row_count"]
    assert again["state"] == "clean"


def test_an_idle_run_gives_the_orders_no_new_version_so_nothing_downstream_looks_old(
    serving, run_job
):
    def version(result):
        (event,) = result.get_asset_materialization_events()
        return event.materialization.tags["dagster/data_version"]

    first, idle = (version(run_job(serving, "order_sync")) for _ in range(2))
    assert first == idle


def test_more_orders_than_one_claim_takes_are_booked_in_one_run(serving, run_job):
    settings = serving.settings
    small = settings.documents.model_copy(update={"claim_size": 5})
    settings = settings.model_copy(update={"documents": small})
    run_job(serving, "order_sync", settings=settings)
    said = materialized(run_job(serving, "order_creation", settings=settings))
    documents = said["counterpoint_documents"]
    assert documents["created"] == len(serving.expected.of("booked"))
    assert documents["money_booked"] == f"{serving.expected.booked_total:.2f} USD"


def test_a_backfill_of_a_day_stages_that_day_and_leaves_the_mark(serving, run_job):
    day = "2026-10-20"
    result = run_job(serving, "order_backfill", partition_key=day)
    assert result.success
    event = result.get_asset_materialization_events()[0]
    assert event.partition == day
    said = materialized(result)["order_days"]
    assert said["read"] == said["dagster/partition_row_count"] == said["dagster/row_count"] > 0
    assert "watermark" not in said
    live = materialized(run_job(serving, "order_sync"))["order_staging"]
    assert live["created"] > 0


def test_the_price_book_is_read_and_its_undecidable_rules_are_named(sandbox, run_job):
    result = run_job(sandbox, "price_book_reading")
    said = materialized(result)["price_book"]
    assert said["dagster/row_count"] == said["rules_of_contracts"] + said["rules_of_promotions"] + 4
    assert said["rules_of_specials"] == 4
    assert said["items"] > 0
    assert (said["groups_off"], said["groups_over"]) == (1, 1)
    assert said["open_contracts"] == [{"group": "OPEN-26"}]
    assert said["state"] == "degraded"
    found = checks(result)["every_rule_can_be_decided"]
    assert not found.passed
    assert found.severity == dg.AssetCheckSeverity.WARN
    assert result.success
    rows = plain(found.metadata)["rules"]
    assert [row["group"] for row in rows] == ["C MARKUP", "C ODD-FILT"]
    assert "'M'" in rows[0]["reason"]
    assert "LEN(IM_ITEM.DESCR)" in rows[1]["reason"]
    assert said["refused"] == len(rows) == plain(found.metadata)["undecidable_rules"]


def test_a_code_that_the_settings_explain_leaves_the_list(sandbox, run_job):
    prices = sandbox.settings.prices.model_copy(update={"methods": {"M": "markup"}})
    settings = sandbox.settings.model_copy(update={"prices": prices})
    result = run_job(sandbox, "price_book_reading", settings=settings)
    rows = plain(checks(result)["every_rule_can_be_decided"].metadata)["rules"]
    assert [row["group"] for row in rows] == ["C ODD-FILT"]


def test_a_book_read_again_has_the_same_version_until_a_rule_changes(sandbox, run_job):
    def version():
        (event,) = run_job(sandbox, "price_book_reading").get_asset_materialization_events()
        return event.materialization.tags["dagster/data_version"]

    first, again = version(), version()
    with writing(sandbox.engine) as connection:
        connection.execute(update(IM_PRC_RUL_BRK).values(AMT_OR_PCT=Decimal(3)))
    assert first == again != version()
