"""When the book is looked at, read and believed: through a real database file and real threads."""

import gc
import threading
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar

import pytest
from sqlalchemy import create_engine, event, func, insert, select, update

from pricing_service.database import CounterpointSource
from pricing_service.price_book import BookKeeper, NoUsableBookError
from pricing_service.refreshing import STOP_SECONDS, Threads
from pricing_service.saved_book import SavedBook
from woocp_pipelines.counterpoint.tables import (
    AR_CUST,
    IM_CTL,
    IM_ITEM,
    IM_PRC,
    IM_PRC_GRP,
    IM_PRC_RUL,
    IM_PRC_RUL_BRK,
    USER_CUSTOMER_MAP,
    USER_PRODUCT_MAP,
)
from woocp_pipelines.sandbox.schema import vendor_tables
from woocp_pipelines_tests.counterpoint.prices.test_reading import filled

ZONE = "America/New_York"
PATIENT = (60, 60)
AT_ONCE = (0, 0)


class Steady:
    """Seconds that only tests let pass."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class Gate(CounterpointSource):
    """A Counterpoint that answers nothing before it is let."""

    opened = threading.Event()

    def read(self, before=None, *, everything=True):
        assert self.opened.wait(60)
        return super().read(before, everything=everything)


class FailingOnce(CounterpointSource):
    """A Counterpoint whose next full reading fails, while small statements work."""

    fails: ClassVar[list[bool]] = []

    def read(self, before=None, *, everything=True):
        if self.fails:
            self.fails.pop()
            raise OSError
        return super().read(before, everything=everything)


@pytest.fixture
def steady():
    return Steady()


@pytest.fixture
def source(counterpoint, clock):
    return CounterpointSource(counterpoint.engine, ZONE, clock)


@pytest.fixture
def keep(clock, steady, tmp_path):
    def build(source, saved="home"):
        return BookKeeper(
            source, saved=SavedBook(tmp_path / saved, "x"), clock=clock, steady=steady
        )

    return build


@pytest.fixture
def keeper(keep, source):
    keeper = keep(source)
    keeper.load(PATIENT)
    return keeper


@pytest.fixture
def change(counterpoint):
    def write(statement):
        with counterpoint.engine.begin() as connection:
            connection.execute(statement)

    return write


def pass_time(clock, steady, **given):
    clock.now += timedelta(**given)
    steady.now += timedelta(**given).total_seconds()


def test_a_look_that_finds_no_change_makes_the_book_young_again_and_reads_nothing(
    keeper, clock, steady, counterpoint
):
    before = keeper.current()
    assert (before.origin, before.checked_at) == ("counterpoint", clock.now)
    pass_time(clock, steady, seconds=15)
    assert keeper.age(before) == timedelta(seconds=15)
    statements = []
    event.listen(counterpoint.engine, "before_cursor_execute", lambda *it: statements.append(it[2]))
    assert keeper.keep_fresh()
    now = keeper.current()
    assert now.book is before.book
    assert (now.read_at, now.checked_at) == (before.read_at, clock.now)
    assert keeper.age(now) == timedelta(0)
    assert 7 <= len(statements) <= 13
    assert not [each for each in statements if "ALT_1_NUMER" in each or "ITEM_FILT," in each]


NEW_ITEM = {"ITEM_NO": "NEW", "DESCR": "NEW", "PRC_DECS": 2, "PRC_1": Decimal(1)}


@pytest.mark.parametrize(
    "statement",
    [
        update(IM_PRC_GRP).where(IM_PRC_GRP.c.GRP_COD == "144319").values(ENABLED="N"),
        update(IM_PRC_GRP).where(IM_PRC_GRP.c.GRP_COD == "144319").values(CUST_NO="20002"),
        update(IM_PRC_RUL).values(ITEM_FILT="(IM_ITEM.PROF_COD_1 = 'A')"),
        update(IM_PRC).values(REG_PRC=Decimal("41.77")),
        update(IM_PRC).values(ALT_3_PRC_1=Decimal(1)),
        insert(IM_ITEM).values(**filled(IM_ITEM, NEW_ITEM)),
        update(IM_CTL).values(PRC_ROUND_METH="U"),
    ],
    ids=["switched off", "another customer", "a filter", "prices", "a unit price", "an item",
         "rounding"],
)  # fmt: skip
def test_a_look_notices_a_change_and_the_book_has_it(keeper, change, statement):
    before = keeper.current()
    change(statement)
    assert keeper.keep_fresh()
    after = keeper.current()
    assert after.book is not before.book
    keeper.refresh()
    assert keeper.current().book is after.book


@pytest.mark.parametrize("table", [IM_PRC_RUL, IM_PRC_RUL_BRK, IM_PRC_GRP, IM_ITEM, AR_CUST])
def test_a_look_notices_an_edit_by_a_clock_that_is_behind(source, counterpoint, change, table):
    counterpoint.add_people()
    changed = update(table)
    # Clocks go back at two: twenty minutes after 1:50 it is 1:10 again.
    change(changed.values(LST_MAINT_DT=datetime(2026, 11, 1, 1, 50)))
    before = source.look()
    key = list(table.primary_key)[:2][-1]
    one = changed.where(key == select(func.min(key)).scalar_subquery())
    change(one.values(LST_MAINT_DT=datetime(2026, 11, 1, 1, 10)))
    assert source.look() != before


def test_a_look_notices_that_an_sku_means_another_unit(keeper, counterpoint, change):
    counterpoint.add_people()
    assert keeper.keep_fresh()
    assert set(keeper.book().facts.skus.values()) == {("01-30300", "1")}
    change(update(USER_PRODUCT_MAP).values(SELL_UNIT="0"))
    assert keeper.keep_fresh()
    assert set(keeper.book().facts.skus.values()) == {("01-30300", "0")}


def test_a_look_notices_that_an_sku_means_another_item(keeper, counterpoint, change):
    counterpoint.add_people()
    assert keeper.keep_fresh()
    changed = datetime(2026, 11, 22, 12)
    change(update(USER_PRODUCT_MAP).values(ITEM_NO="01-10100", UPDATED_DT=changed))
    assert keeper.keep_fresh()
    assert set(keeper.book().facts.skus.values()) == {("01-10100", "1")}


def test_rows_of_another_store_say_nothing_of_our_skus(keeper, counterpoint, change):
    counterpoint.add_people()
    assert keeper.keep_fresh()
    before = keeper.current()
    row = {"SKU": "SX", "WOO_PRODUCT_ID": 2, "ITEM_NO": "01-10100", "IS_ACTIVE": True}
    change(insert(USER_PRODUCT_MAP).values(STORE_ID="other", **row))
    assert keeper.keep_fresh()
    assert keeper.current().book is before.book
    assert keeper.refresh()
    assert set(keeper.book().facts.skus) == {"01-30300-CARTON"}


def test_a_look_notices_that_two_users_exchanged_their_customers(keeper, counterpoint, change):
    counterpoint.add_people()
    assert keeper.keep_fresh()
    assert keeper.book().facts.users == {7: "10001", 8: "10002"}
    user = USER_CUSTOMER_MAP.c.WOO_USER_ID
    change(update(USER_CUSTOMER_MAP).values(WOO_USER_ID=15 - user))
    assert keeper.keep_fresh()
    assert keeper.book().facts.users == {8: "10001", 7: "10002"}


class Till:
    """Moves a contract's rule, with its break, to another number: one transaction each time."""

    def __init__(self, counterpoint, times):
        self._engine, self._left, self._number = counterpoint.engine, times, 1

    def __call__(self, _connection, _cursor, statement, *_more):
        if self._left and "ITEM_FILT" in statement and "ORDER BY" in statement:
            self._left, self._number = self._left - 1, self._number + 1
            with self._engine.begin() as connection:
                for table in (IM_PRC_RUL, IM_PRC_RUL_BRK):
                    moved = update(table).where(table.c.GRP_COD == "144319")
                    connection.execute(moved.values(RUL_SEQ_NO=self._number))


@pytest.fixture
def by_statement(counterpoint, clock):
    """Counterpoint where each statement sees what was committed until then: no snapshots."""
    engine = create_engine(counterpoint.url, isolation_level="AUTOCOMMIT")
    yield CounterpointSource(engine, ZONE, clock)
    engine.dispose()


def rule_of(facts):
    (group,) = (each for each in facts.groups if each.code == "144319")
    return [(rule.sequence, len(rule.breaks)) for rule in group.rules]


@pytest.mark.parametrize("everything", [True, False])
def test_a_reading_that_somebody_wrote_into_is_done_again(
    by_statement, keep, counterpoint, tmp_path, everything
):
    keeper = keep(by_statement)
    keeper.load(PATIENT)
    event.listen(by_statement.engine, "before_cursor_execute", Till(counterpoint, 2))
    assert keeper.refresh(everything=everything)
    assert rule_of(keeper.book().facts) == [(3, 1)]
    assert rule_of(SavedBook(tmp_path / "home", "x").load()) == [(3, 1)]


def test_where_somebody_writes_into_every_reading_the_old_book_stays(
    by_statement, keep, counterpoint, tmp_path
):
    keeper = keep(by_statement)
    keeper.load(PATIENT)
    event.listen(by_statement.engine, "before_cursor_execute", Till(counterpoint, 3))
    assert not keeper.refresh()
    assert keeper.failure == "PriceBookError"
    assert rule_of(keeper.book().facts) == [(1, 1)]
    assert rule_of(SavedBook(tmp_path / "home", "x").load()) == [(1, 1)]
    assert keeper.keep_fresh()
    assert rule_of(keeper.book().facts) == [(4, 1)]


def test_new_customers_and_new_amounts_are_noticed(keeper, counterpoint):
    counterpoint.put("AR_CUST", **filled_customer("10009"))
    assert keeper.keep_fresh()
    assert keeper.book().customer("10009").number == "10009"
    counterpoint.set_amount("144319", "50")
    assert keeper.keep_fresh()
    assert keeper.book().contract("144319").group.rules[0].breaks[0].amount == 50


def filled_customer(number):
    return filled(vendor_tables()["AR_CUST"], {"CUST_NO": number})


def test_what_no_look_can_see_is_read_at_the_maximum_age(keeper, change, clock, steady):
    # The sum of both prices stays.
    for number, price in (("01-10100", "40.769"), ("01-20200", "42.769")):
        change(
            update(IM_PRC)
            .where(IM_PRC.c.ITEM_NO == number)
            .values(REG_PRC=Decimal(price), PRC_1=Decimal(price))
        )
    assert keeper.keep_fresh()
    assert keeper.book().item("01-10100").prices["*"].price_1[0] == Decimal("41.769")
    pass_time(clock, steady, minutes=10)
    assert keeper.keep_fresh()
    assert keeper.book().item("01-10100").prices["*"].price_1[0] == Decimal("40.769")


def test_an_unchanged_reading_keeps_the_book_and_a_changed_one_what_it_can(
    keeper, change, clock, steady
):
    first = keeper.current()
    pass_time(clock, steady, minutes=10)
    assert keeper.refresh()
    second = keeper.current()
    assert second.book is first.book
    assert second.read_at == clock.now != first.read_at
    changed = IM_PRC.c.ITEM_NO == "01-10100"
    change(update(IM_PRC).where(changed).values(REG_PRC=Decimal(1)))
    assert keeper.keep_fresh()
    book = keeper.book()
    assert book.item("01-10100").prices["*"].regular[0] == 1
    assert book.item("01-20200") is first.book.item("01-20200")
    assert book.index is first.book.index
    assert first.book.item("01-10100").prices["*"].regular[0] == Decimal("41.769")


def test_a_failed_reading_is_tried_again_and_no_look_makes_up_for_it(
    keep, counterpoint, clock, steady
):
    source = FailingOnce(counterpoint.engine, ZONE, clock)
    keeper = keep(source)
    keeper.load(PATIENT)
    old = keeper.current()
    pass_time(clock, steady, minutes=10)
    source.fails.append(True)
    assert not keeper.keep_fresh()
    assert keeper.failure == "OSError"
    assert keeper.current() is old
    assert keeper.age(old) == timedelta(minutes=10)
    assert keeper.keep_fresh()
    assert (keeper.failure, keeper.current().read_at) == (None, clock.now)


def test_counterpoint_away_and_back_again(keeper, counterpoint, clock, steady):
    counterpoint.go_away()
    pass_time(clock, steady, hours=1)
    assert not keeper.keep_fresh()
    held = keeper.current()
    assert (keeper.failure, held.origin) == ("OperationalError", "counterpoint")
    assert keeper.age(held) == timedelta(hours=1)
    counterpoint.path.rmdir()
    type(counterpoint)(counterpoint.path).never_mind()
    assert keeper.keep_fresh()
    assert (keeper.failure, keeper.age(keeper.current())) == (None, timedelta(0))


def test_a_start_with_a_hanging_counterpoint_answers_from_the_saved_book_at_once(
    keeper, keep, counterpoint, clock, steady
):
    saved_at = keeper.current().read_at
    pass_time(clock, steady, hours=2)
    gate = Gate(counterpoint.engine, ZONE, clock)
    gate.opened.clear()
    second = keep(gate)
    second.load(AT_ONCE)
    held = second.current()
    assert (held.origin, held.checked_at, second.age(held)) == (
        "saved", saved_at, timedelta(hours=2),
    )  # fmt: skip
    steady.now += 301
    assert second.failure == "NotAnswering"
    gate.opened.set()
    second.stop()
    held = second.current()
    assert (held.origin, held.read_at, second.failure) == ("counterpoint", clock.now, None)


def test_a_hanging_counterpoint_and_no_saved_book_refuse_and_do_not_hold_up_the_start(
    keep, counterpoint, clock
):
    gate = Gate(counterpoint.engine, ZONE, clock)
    gate.opened.clear()
    keeper = keep(gate, saved="empty")
    keeper.load(AT_ONCE)
    with pytest.raises(NoUsableBookError, match="no price book"):
        keeper.current()
    gate.opened.set()
    keeper.stop()
    assert keeper.current().origin == "counterpoint"


def test_a_clock_that_is_set_back_makes_no_book_younger(keeper, clock, steady, counterpoint):
    counterpoint.go_away()
    pass_time(clock, steady, hours=23)
    clock.now -= timedelta(days=3)
    assert keeper.age(keeper.current()) == timedelta(hours=23)
    steady.now += 3601
    with pytest.raises(NoUsableBookError, match="too old"):
        keeper.current()


def test_after_a_clock_that_was_ahead_is_put_right_books_are_saved_again(
    keep, source, counterpoint, clock, tmp_path
):
    clock.pass_hours(48)
    keeper = keep(source)
    keeper.load(PATIENT)
    clock.pass_hours(-47)
    assert keeper.refresh()
    assert SavedBook(tmp_path / "home", "x").load().read_at == clock.now
    counterpoint.go_away()
    again = keep(source)
    again.load(PATIENT)
    assert again.current().origin == "saved"


def test_threads_that_hang_are_waited_for_together():
    going_on = threading.Event()
    threads = Threads(print)
    for _ in range(5):
        threads.run(lambda: going_on.wait(60))
    stopping = threading.Thread(target=threads.stop)
    stopping.start()
    stopping.join(2.5 * STOP_SECONDS)
    has_stopped = not stopping.is_alive()
    going_on.set()
    stopping.join()
    assert has_stopped


def test_a_saved_book_of_the_future_is_not_believed(keeper, keep, counterpoint, clock, caplog):
    assert keeper.current()
    counterpoint.go_away()
    clock.now -= timedelta(days=1)
    second = keep(CounterpointSource(counterpoint.engine, ZONE, clock))
    second.load(PATIENT)
    with pytest.raises(NoUsableBookError):
        second.current()
    assert "is of the future" in caplog.text


def test_reading_a_book_leaves_the_collector_as_it_was(keeper, change):
    before = gc.get_threshold()
    change(update(IM_CTL).values(PRC_ROUND_METH="D"))
    assert keeper.refresh()
    assert gc.get_threshold() == before


def test_equal_prices_and_units_are_one_object_also_after_saving(keeper, tmp_path):
    found = keeper.book().facts, SavedBook(tmp_path / "home", "x").load()
    assert found[0] == found[1]
    for facts in found:
        one, other = facts.items
        assert one.prices["*"].regular is other.prices["*"].regular
        assert one.prices["*"].regular is one.prices["*"].price_1
        assert one.units is other.units
        assert one.values is other.values
