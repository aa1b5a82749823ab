"""Seeding: the same data every time, complete, and readable by the parts that use it."""

from decimal import Decimal

import pytest
from sqlalchemy import MetaData, func, select

from woocp_pipelines.counterpoint.engine import open_engine, reading
from woocp_pipelines.counterpoint.prices.engine import price_item
from woocp_pipelines.counterpoint.prices.errors import UndecidableError
from woocp_pipelines.counterpoint.prices.reading import read_price_book
from woocp_pipelines.counterpoint.tables import (
    AR_CUST,
    IM_INV,
    PS_DOC_HDR,
    PS_DOC_HDR_TOT,
    PS_DOC_LIN,
    PS_DOC_TAX,
    USER_CUSTOMER_MAP,
)
from woocp_pipelines.sandbox.retailer.expectations import expected_of
from woocp_pipelines.sandbox.retailer.native_lines import promised_at_tills
from woocp_pipelines.sandbox.retailer.order_json import order_json
from woocp_pipelines.sandbox.seeding import TODAY, seed_counterpoint, seed_store
from woocp_pipelines.sandbox.store import StoreState


@pytest.fixture(scope="module")
def seeded(tmp_path_factory):
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('seeded')}/counterpoint.db")
    retailer = seed_counterpoint(engine)
    yield engine, retailer
    engine.dispose()


@pytest.fixture(scope="module")
def book(seeded):
    with reading(seeded[0]) as connection:
        return read_price_book(connection, time_zone="America/New_York", read_at=TODAY)


def dump(engine):
    metadata = MetaData()
    metadata.reflect(engine)
    with engine.connect() as connection:
        return {
            name: sorted(map(repr, connection.exec_driver_sql(f'SELECT * FROM "{name}"')))
            for name in metadata.tables
        }


def test_seeding_twice_gives_equal_databases(seeded, tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path}/again.db")
    seed_counterpoint(engine)
    first, second = dump(seeded[0]), dump(engine)
    engine.dispose()
    assert first == second
    assert {name for name, rows in first.items() if rows} >= {"IM_ITEM", "PS_DOC_PMT", "IM_SER"}


def test_another_seed_gives_other_stock_and_the_same_customers(seeded, tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path}/other.db")
    seed_counterpoint(engine, seed=7)
    first, second = dump(seeded[0]), dump(engine)
    engine.dispose()
    assert first["IM_INV"] != second["IM_INV"]
    assert first["AR_CUST"] == second["AR_CUST"]


def test_seeding_the_store_twice_gives_equal_records(seeded, tmp_path):
    states = []
    for name in ("one", "two"):
        state = StoreState.open(tmp_path / f"{name}.db", clock=lambda: TODAY)
        seed_store(state, seeded[1])
        kinds = ("product", "variation", "customer", "order", "refund")
        states.append({kind: state.rows(kind) for kind in kinds})
        state.close()
    assert states[0] == states[1]
    assert all(states[0].values())


def test_the_store_keeps_the_totals_that_the_retailer_worked_out(seeded, tmp_path):
    state = StoreState.open(tmp_path / "store.db", clock=lambda: TODAY)
    seed_store(state, seeded[1])
    shown = {order["id"]: order for order in state.rows("order")}
    state.close()
    assert len(shown) == len(seeded[1].orders)
    for order in seeded[1].orders:
        worked_out = order_json(order, seeded[1].shop)
        for name in ("total", "total_tax", "discount_total", "shipping_total", "date_paid_gmt"):
            assert shown[order.order_id][name] == worked_out[name]
    assert isinstance(shown[7014]["line_items"][0]["price"], float)
    assert shown[7024]["refunds"][0]["total"].startswith("-")
    assert shown[7033]["line_items"][0]["sku"] is None


def test_open_native_documents_hold_exactly_their_stock(seeded):
    engine, retailer = seeded
    lines = PS_DOC_LIN.c
    with reading(engine) as connection:
        held = {
            row.ITEM_NO: row.QTY_SOLD * row.QTY_NUMER / row.QTY_DENOM
            for row in connection.execute(select(PS_DOC_LIN).where(lines.LIN_TYP.in_(("O", "S"))))
        }
        stock = {
            row.ITEM_NO: row.QTY_COMMIT
            for row in connection.execute(select(IM_INV).where(IM_INV.c.LOC_ID == "MAIN"))
        }
    assert held == promised_at_tills()
    for item_no, quantity in held.items():
        assert stock[item_no] >= quantity
        assert stock[item_no] == retailer.items[item_no].committed


def test_totals_of_native_documents_reconcile(seeded):
    with reading(seeded[0]) as connection:
        totals = connection.execute(select(PS_DOC_HDR_TOT)).all()
        documents = connection.execute(select(PS_DOC_HDR)).all()
        taxes = connection.execute(select(PS_DOC_TAX)).all()
        lines = connection.execute(select(PS_DOC_LIN)).all()
    assert {document.DOC_TYP for document in documents} == {"O", "T"}
    for total in totals:
        assert total.TOT == total.SUB_TOT + total.TAX_AMT + total.TOT_MISC
        assert total.AMT_DUE == total.TOT - total.TOT_TND
    for total in (row for row in totals if row.TOT_TYP in {"O", "S"}):
        tax = sum(row.TAX_AMT for row in taxes if row.DOC_ID == total.DOC_ID)
        goods = sum(row.EXT_PRC for row in lines if row.DOC_ID == total.DOC_ID)
        assert (total.TAX_AMT, total.SUB_TOT) == (tax, goods)


def test_the_number_after_the_next_customer_is_taken(seeded):
    with reading(seeded[0]) as connection:
        numbers = set(connection.execute(select(AR_CUST.c.CUST_NO)).scalars())
        mapped = connection.execute(select(func.count()).select_from(USER_CUSTOMER_MAP)).scalar()
    assert {"00001", "40061"} <= numbers
    assert "40060" not in numbers
    assert mapped == 7


def test_every_booked_order_can_be_priced(seeded, book):
    created_as = "40001"
    for order in expected_of(seeded[1]).of("booked"):
        for line in order.lines:
            answer = price(book, order.customer or created_as, line.item_no, line.quantity)
            assert answer.unit_price > 0


@pytest.mark.parametrize(
    ("customer", "item_no", "quantity", "group", "unit_price"),
    [
        ("40002", "PR-1002", "30", "CBLT 2026", "4.95"),  # fixed from 20 on
        ("40002", "PR-1002", "10", "CBLT 2026", "6.14"),  # 7.42 less 17.25 %
        ("40002", "PR-1003", "50", "CBLT 2026", "5.50"),  # 7.10 less 22.6 %
        ("40002", "LB-1001", "1", "CBLT 2026", "7.45"),  # 8.10 less 0.65
        ("40002", "SW-1001", "1", "CBLT 2026", "16.35"),  # as listed
        ("40003", "OF-1001", "1", "SCHOOLS", "9.15"),  # 10.56 less 13.4 % = 9.14496, held as 9.1450
        ("40001", "TP-1001", "12", "FALL-TAPE", "3.02"),  # 3.23 less 6.5 %
        ("40001", "TP-1001", "72", "FALL-TAPE", "2.92"),  # 3.23 less 0.31
        ("40001", "FS-1003", "1", "BAKERY-CUP", "36.25"),
        ("40001", "CB-1001", "1", "STEPS", "0.9359"),  # 0.9800 less 4.5 %
        ("40009", "CB-1001", "1", None, "0.9800"),
    ],
)
def test_price_rules_give_the_prices_worked_out_by_hand(
    book, customer, item_no, quantity, group, unit_price
):
    answer = price(book, customer, item_no, Decimal(quantity))
    assert (answer.group_code, answer.unit_price) == (group, Decimal(unit_price))


@pytest.mark.parametrize("customer", ["40030", "40031"])
def test_rules_that_nobody_can_decide_are_refused(book, customer):
    with pytest.raises(UndecidableError):
        price(book, customer, "CB-1001", Decimal(1))


def price(book, customer, item_no, quantity):
    return price_item(
        book,
        customer=customer,
        item_no=item_no,
        quantity=quantity,
        location="MAIN",
        at=TODAY,
        open_contracts=False,
    )
