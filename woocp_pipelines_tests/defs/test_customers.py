"""What people see of a customer sync in Dagster."""

from collections import Counter

from woocp_pipelines_tests.defs.observed import materialized, observed


def test_outcomes_are_counted_and_refused_customers_listed_with_what_to_do(serving, run_job):
    said = materialized(run_job(serving, "customer_sync"))["counterpoint_customers"]
    rows = said["refused_records"]
    accounts = serving.expected.accounts.values()
    counted = Counter(row["code"] for row in rows)
    assert said["linked_to_existing_customers"] == sum(
        account.outcome == "linked" for account in accounts
    )
    assert said["created"] > 0
    assert said["unchanged_in_counterpoint"] > 0
    assert (said["waiting"], said["refused"]) == (0, len(rows))
    assert counted["AMBIGUOUS_CUSTOMER"] == said["refused_ambiguous_customer"] == 1
    assert counted["CUSTOMER_ALREADY_MAPPED"] == said["refused_customer_already_mapped"] == 1
    assert all(row["next_step"] for row in rows)


def test_a_plan_is_observed_with_before_and_after(serving, run_job):
    plan = {"ops": {"sync_customers": {"config": {"mode": "plan"}}}}
    result = run_job(serving, "customer_sync", run_config=plan)
    said = observed(result)["counterpoint_customers"]
    created = [row for row in said["planned_changes"] if row["what"] == "create customer"]
    assert len(created) == said["created"]
    assert {row["before"] for row in created} == {"not in Counterpoint"}
    assert all("NAM: " in row["after"] for row in created)
