"""What somebody changed in one booked document, and what `woocp reconcile DAY` says of it."""

from decimal import Decimal

import pytest
from sqlalchemy import func, select, update

from woocp_pipelines.counterpoint.engine import open_engine, writing
from woocp_pipelines.counterpoint.tables import (
    AR_CUST,
    PS_DOC_HDR,
    PS_DOC_HDR_TOT,
    PS_DOC_LIN,
    PS_DOC_PMT,
    PS_DOC_PMT_APPLY,
)

D = Decimal
DAY, NUMBER, OTHER = "2026-10-05", "7011", "7012"


@pytest.fixture
def counterpoint(home_booked):
    """The database of a sandbox whose orders are booked, open for changes."""
    engine = open_engine(f"sqlite:///{home_booked / 'sandbox' / 'counterpoint.db'}")
    with writing(engine) as connection:
        yield connection
    engine.dispose()


def document(connection, kind="O"):
    header = PS_DOC_HDR.c
    found = select(header.DOC_ID).where(header.REF == f"WOO {NUMBER}", header.DOC_TYP == kind)
    return connection.execute(found).scalar_one()


def change(connection, table, values, **where):
    """One row or some rows of the order's document."""
    key = {"DOC_ID": document(connection), **where}
    assert connection.execute(update(table).filter_by(**key).values(values)).rowcount


def first_line(connection):
    line = PS_DOC_LIN.c
    return connection.execute(
        select(line.LIN_SEQ_NO, line.PRC, line.QTY_SOLD, line.EXT_PRC)
        .where(line.DOC_ID == document(connection))
        .order_by(line.LIN_SEQ_NO)
    ).first()


def payments_of_the_order_alone(connection):
    off = D(-5)
    total, payment, applied = PS_DOC_HDR_TOT.c, PS_DOC_PMT.c, PS_DOC_PMT_APPLY.c
    change(connection, PS_DOC_PMT, {"AMT": payment.AMT + off})
    change(connection, PS_DOC_PMT_APPLY, {"AMT": applied.AMT + off})
    totals = {"TOT_TND": total.TOT_TND + off, "AMT_DUE": total.AMT_DUE - off}
    change(connection, PS_DOC_HDR_TOT, totals, TOT_TYP="O")
    return 500


def a_total_and_a_line_with_opposite_signs(connection):
    total, line = PS_DOC_HDR_TOT.c, PS_DOC_LIN.c
    dearer = {"TOT": total.TOT + 2, "AMT_DUE": total.AMT_DUE + 2}
    change(connection, PS_DOC_HDR_TOT, dearer, TOT_TYP="O")
    change(connection, PS_DOC_LIN, {"EXT_PRC": line.EXT_PRC - 2}, LIN_SEQ_NO=1)
    return 400


def another_customer(connection):
    used = select(PS_DOC_HDR.c.CUST_NO).where(PS_DOC_HDR.c.DOC_ID == document(connection))
    others = select(func.min(AR_CUST.c.CUST_NO)).where(AR_CUST.c.CUST_NO.not_in(used))
    change(connection, PS_DOC_HDR, {"CUST_NO": connection.execute(others).scalar_one()})
    return 0


def the_ref_of_another_order(connection):
    change(connection, PS_DOC_HDR, {"REF": f"WOO {OTHER}"})
    return 0


def a_price_without_its_extension(connection):
    line = first_line(connection)
    change(connection, PS_DOC_LIN, {"PRC": line.PRC + 1}, LIN_SEQ_NO=line.LIN_SEQ_NO)
    return int(line.QTY_SOLD * 100)


def a_quantity_without_its_extension(connection):
    line = first_line(connection)
    change(connection, PS_DOC_LIN, {"QTY_SOLD": line.QTY_SOLD * 2}, LIN_SEQ_NO=line.LIN_SEQ_NO)
    return int(line.EXT_PRC * 100)


FAULTS = {
    payments_of_the_order_alone: (2, "sums", "PS_DOC_PMT.AMT"),
    a_total_and_a_line_with_opposite_signs: (2, "sums", "EXT_PRC"),
    a_price_without_its_extension: (2, "sums", "PRC x QTY_SOLD"),
    a_quantity_without_its_extension: (2, "sums", "PRC x QTY_SOLD"),
    another_customer: (1, "relabelled", "CUST_NO"),
    the_ref_of_another_order: (1, "relabelled", "REF: found 'WOO 7012', expected 'WOO 7011'"),
}


@pytest.mark.parametrize("plant", FAULTS, ids=lambda plant: plant.__name__)
def test_what_was_changed_in_one_document_is_found(counterpoint, woocp, plant):
    cents = plant(counterpoint)
    counterpoint.commit()
    code, cause, says = FAULTS[plant]
    ran = woocp("reconcile", DAY, "--sandbox", "--json")
    answer = ran.json()
    assert (ran.code, answer["unexplained_cents"]) == (code, cents)
    told = {each["cause"]: each for each in answer["differences"]}
    assert says in told[cause]["remark"]
    assert {each["woo_order_number"] for each in answer["differences"]} == {NUMBER}
