"""The shop never shows more than can be promised, whatever happens in which order.

Hypothesis plays tills, buyers, people and failing servers against the real flows, over HTTP and a
database file, and a model without any of our code says what may be shown. WOOCP_TRUTH_EXAMPLES
and WOOCP_TRUTH_STEPS play more and longer games.
"""

import os
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from woocp_pipelines.counterpoint.engine import open_engine
from woocp_pipelines.woocommerce.errors import StoreError
from woocp_pipelines_tests.conftest import _build
from woocp_pipelines_tests.flows.inventory.truth_checks import (
    assert_books_agree,
    assert_converges,
    assert_every_order_is_booked_once,
    assert_nothing_was_raised,
    assert_shop_is_true,
    was_complete,
)
from woocp_pipelines_tests.flows.inventory.truth_shop import (
    SOLD_AS,
    START,
    TruthShop,
    seed_truth,
    truth_shop,
)

EXAMPLES = int(os.environ.get("WOOCP_TRUTH_EXAMPLES", "15"))
STEPS = int(os.environ.get("WOOCP_TRUTH_STEPS", "20"))
# What moves the store's stock, so that a race is one that the store itself shows.
MOVES = {"pending": "processing", "on-hold": "cancelled", "processing": "cancelled",
         "cancelled": "processing"}  # fmt: skip
MOMENTS = {
    "orders are read": ("GET", "/orders$"),
    "products are read": ("GET", "/products$"),
    "quantities are written": ("POST", "/batch$"),
}
WAITS = st.sampled_from([0, 1, 3])
FEW = st.integers(1, 3)
ITEMS = st.sampled_from(sorted(START))
SKUS = st.sampled_from(sorted(SOLD_AS))
BREAKS = st.sampled_from(["server_error", "cut_before", "cut_after_write", "truncated", "html_200"])


class ShopGame(RuleBasedStateMachine):
    """One game over one shop."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.open = ExitStack()
        folder = Path(self.open.enter_context(tempfile.TemporaryDirectory()))
        shutil.copyfile(self.template, folder / "counterpoint.db")
        self.shop: TruthShop = self.open.enter_context(
            truth_shop(folder / "counterpoint.db", folder)
        )

    def teardown(self) -> None:
        with self.open:
            self.shop.world.server.faults.clear()
            assert_converges(self.shop)
            assert_every_order_is_booked_once(self.shop)
            assert_converges(self.shop)

    @initialize()
    def first_push(self) -> None:
        self.shop.sync()
        assert_shop_is_true(self.shop)

    # Counterpoint.

    @rule(item=ITEMS, quantity=FEW)
    def till_sells(self, item: str, quantity: int) -> None:
        self.shop.till_sale(item, quantity)

    @rule()
    def tickets_are_posted(self) -> None:
        self.shop.post_tickets()

    @rule(item=ITEMS, quantity=st.sampled_from([-3, -1, 2, 8]))
    def stock_is_received_or_missing(self, item: str, quantity: int) -> None:
        self.shop.move(item, quantity)

    @rule(quantity=st.integers(0, 6))
    def unknown_item_is_added(self, quantity: int) -> None:
        self.shop.add_unknown_item(quantity)

    # The store.

    @rule(sku=SKUS, quantity=FEW, status=st.sampled_from(["processing", "on-hold", "pending"]))
    def somebody_buys(self, sku: str, quantity: int, status: str) -> None:
        self.shop.buy(sku, quantity, status)

    @precondition(lambda self: self.changeable())
    @rule(data=st.data(), status=st.sampled_from(
        ["processing", "completed", "on-hold", "pending", "cancelled", "failed"]))  # fmt: skip
    def status_changes(self, data: st.DataObject, status: str) -> None:
        self.shop.set_status(self.draw_order(data), status)

    @precondition(lambda self: self.changeable())
    @rule(data=st.data(), quantity=st.integers(1, 4))
    def order_is_edited(self, data: st.DataObject, quantity: int) -> None:
        self.shop.edit(self.draw_order(data), quantity)

    @precondition(lambda self: self.changeable())
    @rule(data=st.data(), restock=st.booleans())
    def piece_is_refunded(self, data: st.DataObject, restock: bool) -> None:
        self.shop.refund(self.draw_order(data), restock=restock)

    @precondition(lambda self: self.changeable())
    @rule(data=st.data())
    def order_is_trashed(self, data: st.DataObject) -> None:
        self.shop.trash(self.draw_order(data))

    # The flows, undisturbed.

    @rule(seconds=WAITS)
    def time_goes_by(self, seconds: int) -> None:
        self.shop.world.wait(seconds=seconds)

    @rule()
    def orders_are_pulled(self) -> None:
        self.shop.pull()

    @rule()
    def orders_are_booked(self) -> None:
        self.shop.book()
        assert_books_agree(self.shop)

    @rule()
    def refused_orders_are_replayed(self) -> None:
        self.shop.replay()
        assert_books_agree(self.shop)

    @rule(full=st.booleans())
    def stock_is_pushed(self, full: bool) -> None:
        assert was_complete(self.shop.sync(full=full))
        assert_shop_is_true(self.shop)

    # And disturbed.

    @rule(item=ITEMS, quantity=FEW, what=st.sampled_from(["book", "sell", "post", "receive"]))
    def counterpoint_moves_during_a_push(self, item: str, quantity: int, what: str) -> None:
        middle = {
            "book": self.shop.book,
            "sell": lambda: self.shop.till_sale(item, quantity),
            "post": self.shop.post_tickets,
            "receive": lambda: self.shop.move(item, quantity),
        }
        assert was_complete(self.shop.sync(middle=middle[what]))
        assert_shop_is_true(self.shop)

    @precondition(lambda self: self.movable())
    @rule(data=st.data(), moment=st.sampled_from(sorted(MOMENTS)), full=st.booleans())
    def order_changes_during_a_push(self, data: st.DataObject, moment: str, full: bool) -> None:
        movable = self.movable()
        order_id = data.draw(st.sampled_from(sorted(movable)))
        method, path = MOMENTS[moment]
        change = {str(order_id): MOVES[movable[order_id]]}
        self.shop.fault("drift", method=method, path=path, set_status=change)
        report = self.shop.sync(full=full)
        self.shop.world.server.faults.clear()
        self.shop.uncertain = True
        assert was_complete(report)
        assert_shop_is_true(self.shop)

    @rule(kind=BREAKS, after=st.integers(0, 2))
    def store_breaks_while_quantities_are_written(self, kind: str, after: int) -> None:
        self.shop.fault(kind, method="POST", path="/batch$", after=after, times=99)
        self.push_that_may_fail()

    @rule(kind=BREAKS, path=st.sampled_from(["/products$", "/variations$"]))
    def products_cannot_be_read(self, kind: str, path: str) -> None:
        self.shop.fault(kind, method="GET", path=path, times=99)
        self.push_that_may_fail()

    @rule(kind=BREAKS)
    def orders_cannot_be_pulled(self, kind: str) -> None:
        self.shop.fault(kind, method="GET", path="/orders$", times=99)
        before = self.shop.shown()
        report = self.shop.sync()
        self.shop.world.server.faults.clear()
        self.shop.uncertain = True
        assert not was_complete(report)
        assert_nothing_was_raised(before, self.shop.shown())

    def push_that_may_fail(self) -> None:
        try:
            complete = was_complete(self.shop.sync())
        except StoreError:
            complete = False
        self.shop.world.server.faults.clear()
        if complete:
            assert_shop_is_true(self.shop)

    # What is there to choose from.

    def changeable(self) -> list[int]:
        over = {"refunded", "trash"}
        return sorted(key for key, one in self.shop.orders().items() if one.status not in over)

    def movable(self) -> dict[int, str]:
        return {key: one.status for key, one in self.shop.orders().items() if one.status in MOVES}

    def draw_order(self, data: st.DataObject) -> int:
        return int(data.draw(st.sampled_from(self.changeable())))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Counterpoint before the first customer; always a file, since each game needs its own."""
    path = tmp_path_factory.mktemp("truth") / "counterpoint.db"
    _build(f"sqlite:///{path}")
    engine = open_engine(f"sqlite:///{path}")
    seed_truth(engine)
    engine.dispose()
    return path


def test_the_shop_never_shows_more_than_can_be_promised(template: Path) -> None:
    game = type("Game", (ShopGame,), {"template": template})
    run_state_machine_as_test(
        game,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.target, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
