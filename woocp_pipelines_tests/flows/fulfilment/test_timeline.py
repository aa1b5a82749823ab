"""An order's timeline shows what was shipped, and when the store was told."""

from woocp_pipelines.flows.timeline import read_timeline


def test_it_shows_every_shipment_that_was_told(tills):
    tills.release(quantities={1: 2})
    tills.later()
    tills.release()
    tills.later()
    found = read_timeline(tills.world.engine, tills.world.store, "main", "20001")
    seen = [event.what for event in found.events if event.what.startswith("Order ")]
    assert [what.split(" from")[0] for what in seen] == [
        "Order partially shipped",
        "Order fulfilled and shipped",
    ]
    told = [event.what for event in found.events if event.place == "outbox"]
    assert told == [
        "the store was told",
        "the store was told: Order partially shipped from CounterPoint",
        "the store was told: Order fulfilled and shipped from CounterPoint",
    ]
    assert [run.said.split()[0] for run in found.runs if run.flow == "fulfilment"] == [
        "PART_SHIPPED",
        "SHIPPED",
    ]


def test_what_the_store_was_not_told_yet_stands_there_too(tills):
    tills.release()
    tills.world.configure(flows={"outbox": {"mode": "plan"}})
    tills.later()
    found = read_timeline(tills.world.engine, None, "main", "20001")
    wanted = "the store is to be told: Order fulfilled and shipped from CounterPoint"
    assert wanted in [event.what for event in found.events]
