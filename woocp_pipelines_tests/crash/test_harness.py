"""The harness itself: kills are kills, points are spread, and every fault would be seen."""

from decimal import Decimal

import pytest
from sqlalchemy import delete, update

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.tables import METADATA
from woocp_pipelines.sandbox.schema import vendor_tables
from woocp_pipelines_tests.crash.drill import Drill, Drilled
from woocp_pipelines_tests.crash.findings import Findings, find_faults, other_counts
from woocp_pipelines_tests.crash.plan import Plan, choose, phase_of
from woocp_pipelines_tests.crash.report import closing_line, faults
from woocp_pipelines_tests.crash.shop import EXPECTED, LETTERS

POINTS = [f"{phase}: before commit" for phase in ["pull"] * 5 + ["booking"] * 90 + ["end"] * 5]


def found(world):
    return find_faults(world.start, world.ledger(), EXPECTED)


def sql(world, statement):
    with writing(world.engine) as connection:
        connection.execute(statement)


def test_an_undisturbed_run_leaves_no_fault(finished):
    ledger = finished.ledger()
    assert find_faults(finished.start, ledger, EXPECTED) == Findings()
    assert ledger.letters == LETTERS


def test_a_killed_run_ends_where_it_was_told_to_and_leaves_its_claims(lane, points):
    commit = points.index("booking: after commit") + 1
    with lane.world() as world:
        ran = world.run(commit)
        claimed = world.ledger().of("USER_ORDER_STAGING", STATUS="CLAIMED")
    assert (ran.killed, ran.points, ran.reports) == (True, ["booking: after commit"], [])
    assert len(claimed) == sum(one.status in {"BOOKED", "REFUSED"} for one in EXPECTED.values())


def test_a_run_that_is_killed_before_a_commit_has_written_nothing_of_it(lane, points):
    commit = points.index("staging: before commit") + 1
    with lane.world() as world:
        world.run(commit)
        assert world.ledger().counts == world.start.counts


def test_a_lost_order_is_seen(finished):
    documents = vendor_tables()["PS_DOC_HDR"]
    sql(finished, update(documents).where(documents.c.REF == "WOO 20001").values(REF="WOO 1"))
    assert found(finished).lost == ("order 20001: paid and without a document",)


def test_a_doubled_order_is_seen(finished):
    documents = vendor_tables()["PS_DOC_HDR"]
    of_first = (documents.c.REF == "WOO 20002", documents.c.DOC_TYP == "O")
    sql(finished, update(documents).where(*of_first).values(REF="WOO 20001"))
    assert "order 20001: 2 documents of type O" in found(finished).doubled


def test_a_doubled_customer_is_seen(finished):
    customers = vendor_tables()["AR_CUST"]
    sql(finished, update(customers).values(EMAIL_ADRS_1="Guest@crash.test"))
    assert any("AR_CUST.EMAIL_ADRS_1" in text for text in found(finished).doubled)


def test_a_second_note_is_seen(finished):
    (note,) = finished.ledger().notes[20001]
    finished.state.add_note(20001, {"note": note})
    assert len(found(finished).extra_notes) == 1


def test_a_missing_note_is_seen(finished):
    for note in finished.state.rows("note"):
        finished.state.remove("note", note["id"])
    assert any("note is" in text for text in found(finished).other)


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("IM_INV", "QTY_COMMIT", Decimal(1)),
        ("IM_INV", "QTY_ON_ORD", Decimal(1)),
        ("AR_CUST", "NO_OF_ORDS", 9),
        ("PS_STA_CFG_PS", "NXT_ORD_NO", "O109-000999"),
        ("PS_STA_CFG_PS", "NXT_TKT_NO", "109-000999"),
        ("SY_WRKGRP", "NXT_CUST_NO", "29999"),
        ("USER_ORDER_KEY", "TKT_NO", "O109-000999"),
        ("USER_ORDER_KEY", "DEP_DOC_ID", 1),
        ("USER_ORDER_STAGING", "DOC_ID", 1),
        ("USER_STORE_OUTBOX", "STATUS", "PENDING"),
    ],
)
def test_a_sum_or_a_link_that_is_wrong_is_seen(finished, table, column, value):
    ours = METADATA.tables.get(table)
    source = vendor_tables()[table] if ours is None else ours
    sql(finished, update(source).values({column: value}))
    assert found(finished).other


def test_a_row_too_few_in_any_table_is_seen(finished):
    before = finished.ledger()
    sql(finished, delete(vendor_tables()["PS_DOC_NOTE"]))
    (text,) = other_counts(before, finished.ledger())
    assert text.startswith("PS_DOC_NOTE: 0 rows, undisturbed")


def test_points_are_spread_over_all_phases_and_drawn_by_the_seed():
    plans = choose(POINTS, 10, 20, seed=1)
    chosen = {plan.at for plan in plans}
    assert len(chosen) == 20
    assert {phase_of(POINTS[at - 1]) for at in chosen} == {"pull", "booking", "end"}
    assert plans == choose(POINTS, 10, 20, seed=1) != choose(POINTS, 10, 20, seed=2)
    assert any(plan.again for plan in plans)


def test_every_point_can_be_chosen_and_none_twice():
    assert sorted(plan.at for plan in choose(POINTS, 10, 100, seed=1)) == list(range(1, 101))


def test_the_closing_line_counts_every_kill_and_every_fault():
    bad = Findings(lost=("a",), doubled=("b", "c"), extra_notes=("d",), other=("e",))
    worlds = [
        Drilled(Plan(1, (), hurried=False), ("pull: before commit",), Findings()),
        Drilled(Plan(2, (3,), hurried=True), ("pull: a", "booking: b"), bad),
    ]
    drill = Drill(["pull: a"], worlds)
    assert closing_line(drill) == "crash: 3 kills, 1 lost, 2 doubled, 1 extra notes"
    assert faults(drill)[0] == "killed at 2 (pull: a, then booking: b): a"
