"""The job `replay`: orders in its config, an answer for each, and nothing else booked."""

import dagster as dg
import pytest

from woocp_pipelines.defs.assembly import build_defs
from woocp_pipelines_tests.defs.observed import failures, materialized, observed

# Refused in the sandbox: paid by a gateway that [payments.pay_codes] lacks; sums that differ.
UNMAPPED, UNEQUAL = "7036", "7037"


def config(**chosen):
    return {"ops": {"replay_orders": {"config": chosen}}}


def with_pay_code(sandbox):
    settings = sandbox.settings
    codes = {**settings.payments.pay_codes, "afterpay": settings.payments.pay_codes["stripe"]}
    payments = settings.payments.model_copy(update={"pay_codes": codes})
    return settings.model_copy(update={"payments": payments})


def test_the_orders_of_the_config_are_booked_after_the_fix_and_the_store_is_told(booked, run_job):
    result = run_job(
        booked,
        "replay",
        settings=with_pay_code(booked),
        run_config=config(orders=[UNMAPPED, UNEQUAL]),
    )
    assert result.success
    said = observed(result)["counterpoint_documents"]
    assert (said["read"], said["created"], said["refused"], said["state"]) == (2, 1, 1, "degraded")
    answers = {row["order"]: row for row in said["replayed_orders"]}
    assert answers[UNMAPPED]["outcome"] == "booked"
    assert answers[UNMAPPED]["document"].startswith("DOC_ID ")
    assert (answers[UNEQUAL]["outcome"], answers[UNEQUAL]["code"]) == ("refused", "ARITHMETIC")
    (letter,) = said["dead_letters"]
    assert (letter["order"], letter["code"], letter["attempts"]) == (UNEQUAL, "ARITHMETIC", "2")
    ticket = answers[UNMAPPED]["document"].rpartition(" ")[2]
    notes = [note for note in booked.state.rows("note") if ticket in note["note"]]
    assert len(notes) == 1


def test_a_replay_does_not_make_the_documents_look_fresh(booked, run_job):
    result = run_job(booked, "replay", run_config=config(orders=[UNEQUAL]))
    assert materialized(result) == {}


def test_a_plan_shows_what_would_come_and_sends_nothing(booked, run_job):
    result = run_job(
        booked,
        "replay",
        settings=with_pay_code(booked),
        run_config=config(all_refused=True, mode="plan"),
    )
    said = observed(result)["counterpoint_documents"]
    answers = {row["order"]: row["outcome"] for row in said["replayed_orders"]}
    assert answers[UNMAPPED] == "would be booked"
    assert list(answers.values()).count("refused") == len(answers) - 1
    assert said["mode"] == "plan"
    assert said["open_dead_letters"] == len(answers)


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({"orders": ["1"]}, "order 1: not known to woocp"),
        ({}, "no order was named"),
    ],
)
def test_what_cannot_be_found_fails_the_run_once_with_a_sentence(booked, run_job, chosen, sentence):
    result = run_job(booked, "replay", run_config=config(**chosen))
    assert not result.success
    (failure,) = failures(result).values()
    assert sentence in failure.description
    assert not [event for event in result.all_events if "RETRY" in event.event_type_value]


def test_orders_are_entered_in_quotes_or_the_launchpad_says_so(booked, run_job):
    with pytest.raises(dg.DagsterInvalidConfigError, match="orders"):
        run_job(booked, "replay", run_config=config(orders=[7036]))


def test_the_job_says_what_to_enter_and_writes_in_the_pool_only_where_it_writes(sandbox):
    job = build_defs(sandbox.settings).resolve_job_def("replay")
    assert 'orders: ["1042", "1043"]' in job.description
    pools = {node.name: node.definition.pool for node in job.graph.nodes}
    assert pools == {"replay_orders": "counterpoint_writes", "tell_store": None}
    assert all(node.definition.retry_policy.max_retries == 2 for node in job.graph.nodes)
