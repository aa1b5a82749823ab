"""A booked order, the tills that ship it, and what the shop then says.

Belongs here: what tests of the fulfilment do in Counterpoint and ask of the store.
"""

from datetime import datetime

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.flows.fulfilment import sync_fulfilment
from woocp_pipelines.rules.clock import store_local
from woocp_pipelines.sandbox import shipping
from woocp_pipelines_tests.order_world import D, OrderWorld


class Tills:
    """People at the tills, with the orders of a world."""

    def __init__(self, world: OrderWorld) -> None:
        self.world = world

    @property
    def now(self) -> datetime:
        return store_local(self.world.clock(), self.world.context.settings.store.zone)

    @property
    def day(self) -> str:
        return f"{self.now:%Y-%m-%d}"

    def doc_id(self, order_id=20001):
        (key,) = self.world.rows("USER_ORDER_KEY", WOO_ORDER_ID=order_id)
        return key["DOC_ID"]

    def do(self, what, *given, **options):
        with writing(self.world.engine) as connection:
            return getattr(shipping, what)(connection, *given, **options)

    def release(self, order_id=20001, quantities=None):
        wanted = quantities and {seq: D(quantity) for seq, quantity in quantities.items()}
        return self.do("release_order", self.doc_id(order_id), self.now, wanted)

    def post(self, ticket_id):
        self.do("post_ticket", ticket_id, self.now)

    def cancel(self, order_id=20001, **options):
        self.do("cancel_order", self.doc_id(order_id), self.now, **options)

    def log(self, activity, order_id=20001):
        self.do("log_activity", self.doc_id(order_id), activity, "by hand", self.now)

    def track(self, *numbers, order_id=20001, doc_id=None):
        self.do("add_tracking", doc_id or self.doc_id(order_id), numbers)

    def sync(self, **options):
        return sync_fulfilment(self.world.context, **options)

    def later(self, **duration):
        """The next run; soon, since requests are signed by the real time."""
        self.world.wait(**(duration or {"seconds": 5}))
        return self.sync()

    def order(self, order_id=20001):
        return self.world.store.get(f"orders/{order_id}").data

    def status(self, order_id=20001):
        return self.order(order_id)["status"]

    def meta(self, order_id=20001):
        return {one["key"]: one["value"] for one in self.order(order_id)["meta_data"]}

    def notes(self, order_id=20001):
        """Notes about the fulfilment, oldest first."""
        notes = self.world.store.get(f"orders/{order_id}/notes").data
        notes.sort(key=lambda note: note["id"])
        texts = [note["note"] for note in notes if not note["customer_note"]]
        return [text for text in texts if "CounterPoint" in text and "created in" not in text]

    def state(self, order_id=20001):
        (mark,) = self.world.rows("USER_ORDER_FULFILMENT", WOO_ORDER_ID=order_id)
        return mark["STATE"]

    def kinds(self):
        return [row["KIND"] for row in self.world.rows("USER_STORE_OUTBOX")]
