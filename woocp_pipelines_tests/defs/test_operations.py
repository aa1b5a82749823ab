"""The jobs settle, dead_letters and order_timeline: what people enter, and what they then see."""

import dagster as dg
import pytest

from woocp_pipelines.defs.assembly import build_defs
from woocp_pipelines_tests.defs.observed import failures, plain

# In the sandbox: no pay code; sums that differ; booked at once.
UNMAPPED, UNEQUAL, BOOKED = "7036", "7037", "7005"


def config(op, **chosen):
    return {"ops": {op: {"config": chosen}}}


def shown(result, op):
    """Metadata of the step's output."""
    (event,) = [one for one in result.events_for_node(op) if one.is_successful_output]
    return plain(event.event_specific_data.metadata)


def settle(run_job, sandbox, **chosen):
    chosen = {"by": "Ann Lee", "note": "entered by hand", **chosen}
    return run_job(sandbox, "settle", run_config=config("settle_orders", **chosen))


def test_the_open_dead_letters_are_a_table_with_their_counts(booked, run_job):
    result = run_job(booked, "dead_letters")
    assert result.success
    said = shown(result, "read_dead_letters")
    rows = {row["record"]: row for row in said["dead_letters"] if row["kind"] == "order"}
    assert rows[UNEQUAL]["code"] == "ARITHMETIC"
    assert rows[UNEQUAL]["next_step"]
    counts = {(row["kind"], row["code"]): int(row["count"]) for row in said["by_code"]}
    assert counts["order", "NO_PAY_CODE"] >= 1
    assert sum(counts.values()) == said["open_dead_letters"] == len(said["dead_letters"])


def test_one_kind_of_dead_letters_can_be_listed_alone(booked, run_job):
    result = run_job(
        booked, "dead_letters", run_config=config("read_dead_letters", kind="revision")
    )
    kinds = {row["kind"] for row in shown(result, "read_dead_letters").get("dead_letters", ())}
    assert kinds <= {"revision"}


def test_orders_and_letters_are_settled_from_the_ui(booked, run_job):
    result = settle(run_job, booked, orders=[UNEQUAL, BOOKED])
    assert result.success
    said = shown(result, "settle_orders")
    assert (said["settled"], said["refused"], said["state"]) == (2, 0, "clean")
    answers = {row["record"]: row["outcome"] for row in said["answers"]}
    assert answers == {f"order {UNEQUAL}": "never booked", f"order {BOOKED}": "nothing open"}
    left = shown(run_job(booked, "dead_letters"), "read_dead_letters")["dead_letters"]
    assert UNEQUAL not in {row["record"] for row in left if row["kind"] == "order"}


def test_what_cannot_be_settled_is_data_with_its_next_step(booked, run_job):
    rows = shown(run_job(booked, "dead_letters"), "read_dead_letters")["dead_letters"]
    (letter,) = [row["id"] for row in rows if row["record"] == UNMAPPED]
    result = settle(run_job, booked, letters=[int(letter)])
    assert result.success
    said = shown(result, "settle_orders")
    assert (said["refused"], said["state"]) == (1, "degraded")
    assert "woocp settle" in said["answers"][0]["next_step"]


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({"orders": ["1"]}, "order 1: not known to woocp"),
        ({}, "nothing was named"),
        ({"orders": [UNEQUAL], "note": " "}, "a note is needed"),
    ],
)
def test_what_cannot_be_found_fails_the_run_once_with_a_sentence(booked, run_job, chosen, sentence):
    result = settle(run_job, booked, **chosen)
    assert not result.success
    (failure,) = failures(result).values()
    assert sentence in failure.description


@pytest.mark.parametrize("missing", ["note", "by"])
def test_the_launchpad_asks_for_the_note_and_the_name(booked, run_job, missing):
    chosen = {"orders": [UNEQUAL], "by": "Ann Lee", "note": "done"}
    del chosen[missing]
    with pytest.raises(dg.DagsterInvalidConfigError, match=missing):
        run_job(booked, "settle", run_config=config("settle_orders", **chosen))


@pytest.mark.parametrize("ask_store", [True, False])
def test_timelines_are_tables_in_order_of_time(booked, run_job, ask_store):
    chosen = {"orders": [BOOKED, UNEQUAL], "ask_store": ask_store}
    result = run_job(booked, "order_timeline", run_config=config("read_timelines", **chosen))
    assert result.success
    said = shown(result, "read_timelines")
    orders = {row["order"]: row for row in said["orders"]}
    assert (orders[BOOKED]["state"], orders[UNEQUAL]["state"]) == ("booked", "refused")
    assert orders[BOOKED]["store"].startswith("completed, 93.58" if ask_store else "not asked")
    assert orders[UNEQUAL]["next_step"].startswith("ARITHMETIC: ")
    places = [row["place"] for row in said[f"order_{BOOKED}"]]
    assert ("store" in places) is ask_store
    assert places.index("staging") < places.index("counterpoint")


def test_a_timeline_of_no_order_says_what_to_enter(booked, run_job):
    result = run_job(booked, "order_timeline", run_config=config("read_timelines", orders=[]))
    (failure,) = failures(result).values()
    assert 'enter numbers or ids: orders: ["1042"]' in failure.description


@pytest.mark.parametrize(
    ("job", "op"),
    [
        ("settle", "settle_orders"),
        ("order_timeline", "read_timelines"),
        ("replay", "replay_orders"),
    ],
)
def test_the_launchpad_shows_every_field_to_be_filled_in(sandbox, job, op):
    made = build_defs(sandbox.settings).resolve_job_def(job)
    fields = made.graph.node_named(op).definition.config_schema.config_type.fields
    assert made.run_config["ops"][op]["config"].keys() == fields.keys()


def test_the_jobs_say_what_to_enter_and_wait_for_no_booking(sandbox):
    defs = build_defs(sandbox.settings)
    for name, example in (
        ("settle", "note: quantity corrected"),
        ("order_timeline", 'orders: ["1042"]'),
        ("dead_letters", "the job settle"),
    ):
        job = defs.resolve_job_def(name)
        assert example in job.description
        (node,) = job.graph.nodes
        assert node.definition.pool is None
        assert node.definition.retry_policy.max_retries == 2
        for field in node.definition.config_schema.config_type.fields.values():
            assert field.description
