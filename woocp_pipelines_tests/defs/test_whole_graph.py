"""All syncs through Dagster, in this process, against the sandbox: what comes out, and is said."""

import dagster as dg
import pytest

from woocp_pipelines.defs.assembly import build_defs
from woocp_pipelines.sandbox.outcome import differences
from woocp_pipelines_tests.defs.observed import checks, materialized

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


def test_the_price_book_is_read_and_its_undecidable_rules_are_named(serving, instance):
    defs = build_defs(serving.settings)
    job = defs.get_repository_def().get_job("__ASSET_JOB")
    result = job.get_subset(asset_selection={dg.AssetKey("price_book")}).execute_in_process(
        instance=instance
    )
    said = materialized(result)["price_book"]
    assert said["dagster/row_count"] > 0
    assert said["items"] > 0
    assert said["refused"] == 1
