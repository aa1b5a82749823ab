"""Failed checks as problems: of a day, of all days, and while they are made again."""

import dagster as dg
import pytest
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationPlanned,
)

from woocp_pipelines.defs.metadata import listed
from woocp_pipelines.defs.operations.reconciliation_checks import EXPLAINED, OTHER_DAYS
from woocp_pipelines.rules.alerting import QUIET
from woocp_pipelines_tests.defs.alert_world import (
    HOUR,
    fail,
    graph_of,
    look,
    problems,
    quiet,
    subjects,
    text_of,
)

ASSET = "reconciliation"
AUDIT = ("price_audit", "charged_prices_match")


def checked(instance, settings, day, *, passed=False, check=(ASSET, EXPLAINED), **metadata):
    """A run of one day that made a check."""
    asset, name = check
    job = {"price_audit": "price_review"}.get(asset, asset)
    run_id = fail(instance, settings, job, tags={"dagster/partition": day}, success=True)
    evaluation = dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(asset),
        check_name=name,
        passed=passed,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={"day": dg.MetadataValue.text(day), **metadata},
    )
    report(instance, job, run_id, dg.DagsterEventType.ASSET_CHECK_EVALUATION, evaluation)


def report(instance, job, run_id, kind, data):
    event = dg.DagsterEvent(kind.value, job, event_specific_data=data)
    instance.report_dagster_event(event, run_id)


def other_days(*days):
    rows = [{"day": day, "unexplained_cents": "1"} for day in days]
    return listed(OTHER_DAYS, rows, ("day", "unexplained_cents"))


def test_a_cent_of_one_day_is_one_problem_every_night_and_its_end_is_told(told, instance):
    settings, box = told
    checked(instance, settings, "2026-11-18")
    cursor = look(settings, instance).cursor
    checked(instance, settings, "2026-11-19", **other_days("2026-11-18"))
    cursor = look(settings, instance, cursor, 23 * HOUR).cursor
    title = "CRITICAL: the check every_cent_is_explained of reconciliation failed"
    assert subjects(box)[0] == f"[woocp main SANDBOX] {title}"
    assert not any("recovered" in each for each in subjects(box))
    found = problems(settings, instance)[f"check:{ASSET}:{EXPLAINED}"]
    assert "open days besides: 2026-11-18" in found.what
    assert found.records == ("2026-11-18; unexplained cents 1",)
    checked(instance, settings, "2026-11-20", passed=True)
    cursor = look(settings, instance, cursor, 47 * HOUR).cursor
    look(settings, instance, cursor, 47 * HOUR + QUIET)
    assert "recovered: the check every_cent_is_explained" in subjects(box)[-1]


@pytest.mark.parametrize("check", [(ASSET, EXPLAINED), AUDIT])
def test_a_check_that_is_being_made_again_ends_nothing_meanwhile(told, instance, check):
    settings, _box = told
    asset, name = check
    checked(instance, settings, "2026-11-18", check=check)
    before = look(settings, instance)
    job = graph_of(settings).repository.get_job({"price_audit": "price_review"}.get(asset, asset))
    run = instance.create_run_for_job(job, tags={"dagster/partition": "2026-11-19"})
    planned = AssetCheckEvaluationPlanned(asset_key=dg.AssetKey(asset), check_name=name)
    kind = dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED
    report(instance, job.name, run.run_id, kind, planned)
    cursor = look(settings, instance, before.cursor, QUIET).cursor
    after = look(settings, instance, cursor, 3 * QUIET)
    assert f"check:{asset}:{name}" in after.cursor


def test_a_check_of_one_day_says_which_and_has_no_end(sandbox, instance):
    checked(instance, quiet(sandbox), "2026-11-18", check=AUDIT)
    (found,) = problems(quiet(sandbox), instance).values()
    assert found.key == "check:price_audit:charged_prices_match:2026-11-18"
    assert found.title.endswith("failed for 2026-11-18")
    assert not found.ends


def test_a_new_record_of_a_failed_check_is_told_and_a_new_wording_is_not(told, instance):
    settings, box = told
    name, asset = "every_product_has_its_stock", "woo_stock"

    def refused(*rows):
        table = listed("dead_letters", rows, ("record", "code", "found"))
        instance.report_runless_asset_event(
            dg.AssetCheckEvaluation(
                asset_key=dg.AssetKey(asset), check_name=name, passed=False, metadata=table
            )
        )

    first = {"record": "HAMMER", "code": "NO_UNIT", "found": "3 units"}
    refused(first)
    cursor = look(settings, instance).cursor
    refused({**first, "found": "4 units"})
    cursor = look(settings, instance, cursor, 2 * HOUR).cursor
    assert len(box.mails) == 1
    refused(first, {"record": "TONGS", "code": "NO_UNIT", "found": "1 unit"})
    look(settings, instance, cursor, 4 * HOUR)
    assert "- TONGS; NO_UNIT; 1 unit\n    - HAMMER" in text_of(box.mails[1])


def test_of_more_records_than_a_check_shows_the_number_counts(sandbox, instance):
    rows = [{"record": f"SKU-{number}", "code": "NO_UNIT"} for number in range(60)]
    instance.report_runless_asset_event(
        dg.AssetCheckEvaluation(
            asset_key=dg.AssetKey("woo_stock"),
            check_name="every_product_has_its_stock",
            passed=False,
            metadata={"open_dead_letters": 60, **listed("letters", rows, ("record", "code"))},
        )
    )
    (found,) = problems(quiet(sandbox), instance).values()
    assert (len(found.records), found.count) == (50, 60)
