"""The fulfilment survives being killed: each run dies one step later than the one before it.

Behind a statement or request nothing happens until the next one begins, so to die before each of
them is to die everywhere; reads before the first write are all alike.
"""

import json
import signal

import pytest

from woocp_pipelines_tests.crash.world import Workers
from woocp_pipelines_tests.fulfilment_world import Tills
from woocp_pipelines_tests.order_world import book_all, order_world
from woocp_pipelines_tests.worked_example import seed_example

A_STEP, AMONG_FIRST_READS = 2, 6
ORDERS = RELEASED, PARTED, CANCELLED, _ = (20001, 20002, 20003, 20004)


@pytest.fixture
def tills(engine, tmp_path):
    """Four booked orders: let go by the shop after shipping, shipped in two parts, cancelled."""
    seed_example(engine)
    with order_world(engine, tmp_path) as world:
        world.orders(*ORDERS)
        book_all(world)
        world.notify()
        made = Tills(world)
        made.sync()
        world.change(RELEASED, status="on-hold")
        made.track("A1", order_id=RELEASED)
        made.release(RELEASED)
        made.track("B1", order_id=PARTED)
        made.release(PARTED, quantities={1: 1})
        made.sync()
        assert world.letters() == [("revision", str(RELEASED), "STATUS_NOT_PROCESSING")]
        world.change(RELEASED, status="processing")
        made.track("A2", order_id=RELEASED)
        made.track("B2", order_id=PARTED)
        made.release(PARTED)
        made.cancel(CANCELLED)
        yield made


@pytest.mark.usefixtures("can_kill")
def test_nothing_is_lost_or_told_twice_wherever_it_is_killed(tills, database_url, tmp_path):
    told = tmp_path / "told.json"
    job = {"store": tills.world.server.url, "told": str(told), "flows": ["fulfilment"]}
    kills, at = [], 1
    with Workers(database_url) as workers:
        while at < 2_000:
            one = {**job, "run": f"run-{at}", "kill_at": at, "warm_up": False}
            status = workers.run(one)
            assert status in {0, -signal.SIGKILL}, told.read_text()
            if status == 0:
                break
            kills += json.loads(told.read_text())["points"]
            reads = all(name.startswith("judging") for name in kills)
            at += AMONG_FIRST_READS if reads else A_STEP
    assert {name.split()[1] for name in kills} == {"before"}
    assert {name.partition(":")[0] for name in kills} == {"judging", "noting"}
    assert {name.split()[-1] for name in kills} >= {"statement", "commit", "request"}
    assert len(kills) >= 25
    assert [tills.status(each) for each in ORDERS] == [
        "completed",
        "completed",
        "processing",
        "processing",
    ]
    assert [named(tills, each) for each in ORDERS] == [["A1", "A2"], ["B1", "B2"], [], []]
    assert [len(tills.notes(each)) for each in ORDERS] == [2, 2, 1, 0]
    assert tills.meta(RELEASED)["cp_tracking"] == "A1, A2"
    assert tills.meta(PARTED)["cp_tracking"] == "B1, B2"
    assert tills.world.letters() == [("revision", str(CANCELLED), "DOCUMENT_CANCELLED")]
    assert {row["STATUS"] for row in tills.world.rows("USER_STORE_OUTBOX")} == {"SENT"}


def named(tills, order_id):
    """Every number that the order's notes name, as often as they do."""
    texts = [note.partition("racking")[2].partition(": ")[2] for note in tills.notes(order_id)]
    return [number for text in texts for number in text.split(", ") if number]
