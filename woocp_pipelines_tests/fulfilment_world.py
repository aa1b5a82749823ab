"""A booked order, the tills that ship it, and what the shop then says.

Belongs here: what tests of the fulfilment do in Counterpoint and ask of the store.
"""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import delete, insert

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.flows.fulfilment import sync_fulfilment
from woocp_pipelines.rules.clock import store_local
from woocp_pipelines.sandbox import shipping
from woocp_pipelines.sandbox.schema import vendor_tables
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

    def take_off(self, seq, order_id=20001):
        """Delete a line of an open document, with what hangs on it."""
        self._delete("PS_DOC", LIN_SEQ_NO=seq, DOC_ID=self.doc_id(order_id))

    def sell_on(self, ticket_id, seq, quantity, order_id=20001):
        """Sell more of the item of an order's line, on a ticket that has been made already."""
        (line,) = self.world.rows("PS_DOC_LIN", DOC_ID=self.doc_id(order_id), LIN_SEQ_NO=seq)
        (ticket,) = self.world.rows("PS_DOC_HDR", DOC_ID=ticket_id)
        sold = {"QTY_SOLD": D(quantity), "ORIG_QTY": D(quantity), "LIN_TYP": "S"}
        made = {"DOC_ID": ticket_id, "TKT_NO": ticket["TKT_NO"], "LIN_SEQ_NO": 90 + seq}
        row = {**line, **sold, **made, "LIN_GUID": uuid4(), "QTY_SHIPPED": None, "QTY_INVCD": None}
        self.insert("PS_DOC_LIN", row)

    def link(self, ticket_id, order_id):
        """A ticket is made of this order, too."""
        self.insert(
            "PS_DOC_HDR_ORIG_DOC", {"DOC_ID": ticket_id, "ORIG_DOC_ID": self.doc_id(order_id)}
        )

    def forget_shipped(self, order_id=20001):
        """As in a Counterpoint that keeps no shipped quantities on its lines."""
        self.world.set_rows(
            "PS_DOC_LIN", {"DOC_ID": self.doc_id(order_id)}, QTY_SHIPPED=None, QTY_INVCD=None
        )

    def delete_document(self, order_id=20001):
        """Somebody deletes it by SQL, and no history knows it; gives what puts it back."""
        names = ("PS_DOC_HDR", "PS_DOC_LIN")
        doc_id = self.doc_id(order_id)
        kept = [(name, row) for name in names for row in self.world.rows(name, DOC_ID=doc_id)]
        self._delete("PS_DOC", DOC_ID=doc_id)
        return kept

    def put_back(self, kept):
        for name, row in kept:
            self.insert(name, row)

    def insert(self, name, row):
        table = vendor_tables()[name]
        own = {
            key: value
            for key, value in row.items()
            if table.c[key].computed is None and value is not None
        }
        with writing(self.world.engine) as connection:
            connection.execute(insert(table).values(own))

    def _delete(self, prefix, **where):
        with writing(self.world.engine) as connection:
            for table in reversed(vendor_tables().values()):
                if table.name.startswith(prefix) and where.keys() <= set(table.c.keys()):
                    same = (table.c[name] == value for name, value in where.items())
                    connection.execute(delete(table).where(*same))

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
