"""The job `replay`: orders in its config, an answer for each, and nothing else booked."""

import shutil

import dagster as dg
import pytest

from woocp_pipelines.defs.assembly import build_defs
from woocp_pipelines.flows.context import open_context
from woocp_pipelines.flows.documents import create_documents
from woocp_pipelines.flows.orders import pull_orders
from woocp_pipelines.sandbox.opening import open_sandbox
from woocp_pipelines_tests.defs.observed import failures, materialized, observed

ITEMS = 200
# Refused in the sandbox: paid by a gateway that [payments.pay_codes] lacks; sums that differ.
UNMAPPED, UNEQUAL = "7036", "7037"


def config(**chosen):
    return {"ops": {"replay_orders": {"config": chosen}}}


@pytest.fixture(scope="module")
def booked_home(_seeded_home, tmp_path_factory):
    """A sandbox whose orders are booked, as far as they can be; to be copied."""
    home = tmp_path_factory.mktemp("booked") / "home"
    shutil.copytree(_seeded_home, home)
    with open_sandbox(home, items=ITEMS) as sandbox, sandbox.start_store():
        context = open_context(sandbox.settings)
        pull_orders(context)
        create_documents(context)
        context.store.close()
        context.engine.dispose()
    return home


@pytest.fixture
def refused(booked_home, tmp_path):
    """A copy of it, its store serving."""
    home = tmp_path / "booked"
    shutil.copytree(booked_home, home)
    with open_sandbox(home, items=ITEMS) as sandbox, sandbox.start_store():
        yield sandbox


def with_pay_code(sandbox):
    settings = sandbox.settings
    codes = {**settings.payments.pay_codes, "afterpay": settings.payments.pay_codes["stripe"]}
    payments = settings.payments.model_copy(update={"pay_codes": codes})
    return settings.model_copy(update={"payments": payments})


def test_the_orders_of_the_config_are_booked_after_the_fix_and_the_store_is_told(refused, run_job):
    result = run_job(
        refused,
        "replay",
        settings=with_pay_code(refused),
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
    notes = [note for note in refused.state.rows("note") if ticket in note["note"]]
    assert len(notes) == 1


def test_a_replay_does_not_make_the_documents_look_fresh(refused, run_job):
    result = run_job(refused, "replay", run_config=config(orders=[UNEQUAL]))
    assert materialized(result) == {}


def test_a_plan_shows_what_would_come_and_sends_nothing(refused, run_job):
    result = run_job(
        refused,
        "replay",
        settings=with_pay_code(refused),
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
def test_what_cannot_be_found_fails_the_run_once_with_a_sentence(
    refused, run_job, chosen, sentence
):
    result = run_job(refused, "replay", run_config=config(**chosen))
    assert not result.success
    (failure,) = failures(result).values()
    assert sentence in failure.description
    assert not [event for event in result.all_events if "RETRY" in event.event_type_value]


def test_orders_are_entered_in_quotes_or_the_launchpad_says_so(refused, run_job):
    with pytest.raises(dg.DagsterInvalidConfigError, match="orders"):
        run_job(refused, "replay", run_config=config(orders=[7036]))


def test_the_job_says_what_to_enter_and_writes_in_the_pool_only_where_it_writes(sandbox):
    job = build_defs(sandbox.settings).resolve_job_def("replay")
    assert 'orders: ["1042", "1043"]' in job.description
    pools = {node.name: node.definition.pool for node in job.graph.nodes}
    assert pools == {"replay_orders": "counterpoint_writes", "tell_store": None}
    assert all(node.definition.retry_policy.max_retries == 2 for node in job.graph.nodes)
