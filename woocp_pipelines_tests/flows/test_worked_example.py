"""CP §4.7 as the golden test: the example's order goes through pull, booking and notification."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.tables import METADATA
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.documents import create_documents
from woocp_pipelines.flows.orders import pull_orders
from woocp_pipelines.flows.outbox import notify_store
from woocp_pipelines.rules.clock import utc_now
from woocp_pipelines.sandbox.schema import vendor_tables
from woocp_pipelines.sandbox.store import ApiKey, StoreServer, StoreState
from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines_tests.customer_world import KEY, SECRET
from woocp_pipelines_tests.worked_example import (
    BOOKED_AT,
    example_order,
    example_settings,
    seed_example,
)

ORDER, TICKET = 109105441112, 109305441111
D = Decimal


@pytest.fixture
def state(tmp_path: Path) -> Iterator[StoreState]:
    state = StoreState.open(
        tmp_path / "store.db", time_zone="America/New_York", currency="USD", clock=utc_now
    )
    state.add_key(ApiKey(KEY, SECRET))
    for product_id, sku in ((101, "01-10100"), (102, "01-10251-CARTON")):
        state.add_product({"id": product_id, "name": f"Item {sku}", "sku": sku})
    yield state
    state.close()


@pytest.fixture
def context(engine: Engine, state: StoreState) -> Iterator[FlowContext]:
    seed_example(engine)
    with StoreServer(state) as server, StoreClient(server.url, KEY, SECRET) as store:
        yield FlowContext(example_settings(server.url), engine, store, lambda: BOOKED_AT, "run")


def rows(engine: Engine, table: str, **where: Any) -> list[dict[str, Any]]:
    found = vendor_tables().get(table)
    source = METADATA.tables[table] if found is None else found
    statement = select(source).filter_by(**where).order_by(*source.primary_key.columns)
    with reading(engine) as connection:
        return [dict(row) for row in connection.execute(statement).mappings()]


def holds(row: dict[str, Any], **expected: Any) -> None:
    assert {name: row[name] for name in expected} == expected


@pytest.fixture
def booked(context: FlowContext, state: StoreState) -> FlowContext:
    state.add_customer({"id": 77, "email": "ann@printers.test"})
    state.add_order(example_order())
    pull_orders(context)
    report = create_documents(context)
    refused = [item.problem.sentence() for item in report.refused]
    assert (report.created, refused, report.waiting) == (1, [], 0)
    return context


def test_the_order_document_has_the_headers_of_the_reference(booked: FlowContext) -> None:
    header, ticket = rows(booked.engine, "PS_DOC_HDR")
    holds(
        header,
        DOC_ID=ORDER,
        DOC_TYP="O",
        TKT_TYP="T",
        STR_ID="01",
        STA_ID="109",
        TKT_NO="O109-000001",
        DRW_ID="WEB",
        DRW_SESSION_ID=None,
        CUST_NO="10001",
        USR_ID="INTEG",
        SLS_REP="INTEG",
        TKT_DT=datetime(2026, 1, 5, 10, 30),
        SHIP_DAT=None,
        REF="WOO 20001",
        STK_LOC_ID="01",
        PRC_LOC_ID="01",
        TAX_COD="FL-BROWARD",
        NORM_TAX_COD="FL-BROWARD",
        BILL_TO_CONTACT_ID=1,
        SHIP_TO_CONTACT_ID=2,
        ORD_LINS=2,
        SAL_LINS=0,
        SAL_LIN_TOT=D(0),
        TO_REL_LINS=2,
        TO_LEAVE_LINS=0,
        HAS_ENTD_LINS="Y",
        HAS_RLSD_LINS="N",
        REQ_REPRICE="N",
        IS_DOC_COMMITTED="N",
        IS_REL_TKT="N",
        RS_STAT=1,
        RS_UTC_DT=datetime(2026, 1, 5, 15, 35, 12),
        LST_MAINT_DT=datetime(2026, 1, 5, 10, 35, 12),
        LST_MAINT_USR_ID="INTEG",
        SHIP_VIA_COD=None,
    )
    holds(
        ticket,
        DOC_ID=TICKET,
        DOC_TYP="T",
        TKT_NO="109-000001",
        DRW_SESSION_ID=4711,
        SAL_LINS=0,
        ORD_LINS=0,
        SAL_LIN_TOT=D(0),
        REF="WOO 20001",
        CUST_NO="10001",
        HAS_ENTD_LINS="N",
    )
    assert header["DOC_GUID"] != ticket["DOC_GUID"]


def test_the_lines_have_units_prices_and_costs_of_the_reference(booked: FlowContext) -> None:
    first, second = rows(booked.engine, "PS_DOC_LIN", DOC_ID=ORDER)
    holds(
        first,
        LIN_SEQ_NO=1,
        LIN_TYP="O",
        ITEM_NO="01-10100",
        QTY_SOLD=D(2),
        SELL_UNIT="0",
        QTY_UNIT="PK",
        QTY_NUMER=D(1),
        QTY_DENOM=D(1),
        ORIG_QTY=D(2),
        QTY_ENTD=D(2),
        QTY_TO_REL=D(2),
        QTY_SHIPPED=D(0),
        PRC=D("18.99"),
        REG_PRC=D("41.769"),
        PRC_1=D("41.769"),
        UNIT_RETL_VAL=D("41.769"),
        CALC_PRC=D("21.0955"),
        EXT_PRC=D("37.98"),
        GROSS_EXT_PRC=D("37.98"),
        DISP_EXT_PRC=D("37.98"),
        GROSS_DISP_EXT_PRC=D("37.98"),
        CALC_EXT_PRC=D("42.19"),
        HAS_PRC_OVRD="Y",
        USR_ENTD_PRC="Y",
        UNIT_COST=D("12.5"),
        EXT_COST=D("25.00"),
        TAX_AMT_ALLOC=D("2.66"),
        NORM_TAX_AMT_ALLOC=D("2.66"),
        IS_TXBL="Y",
        NORM_IS_TXBL="Y",
        IS_DISCNTBL="Y",
        ITEM_TYP="I",
        TRK_METH="N",
        DIM_1_UPR="*",
        STK_LOC_ID="01",
        PRC_LOC_ID="01",
        CATEG_COD="PAPER",
        SLS_REP="INTEG",
        TKT_NO="O109-000001",
    )
    holds(
        second,
        LIN_TYP="O",
        ITEM_NO="01-10251",
        QTY_SOLD=D(1),
        SELL_UNIT="1",
        QTY_UNIT="CT",
        QTY_NUMER=D(10),
        QTY_DENOM=D(1),
        PRC=D(171),
        REG_PRC=D(200),
        PRC_1=D(200),
        CALC_PRC=D(200),
        EXT_PRC=D("171.00"),
        CALC_EXT_PRC=D("200.00"),
        UNIT_COST=D(90),
        EXT_COST=D("90.00"),
        TAX_AMT_ALLOC=D("11.97"),
    )


def test_the_three_total_rows_are_those_of_the_reference(booked: FlowContext) -> None:
    whole, release, left = rows(booked.engine, "PS_DOC_HDR_TOT", DOC_ID=ORDER)
    holds(
        whole,
        TOT_TYP="O",
        LINS=2,
        SUB_TOT=D("208.98"),
        TOT_MISC=D("12.50"),
        TAX_AMT=D("14.63"),
        NORM_TAX_AMT=D("14.63"),
        TOT=D("236.11"),
        TOT_TND=D("236.11"),
        AMT_DUE=D(0),
        TOT_EXT_COST=D("115.00"),
        TOT_HDR_DISCNTBL_AMT=D("208.98"),
        TOT_HDR_DISC=D(0),
        TOT_LIN_DISC=D(0),
        HAS_TAX_OVRD="!",
    )
    holds(
        release,
        TOT_TYP="R",
        LINS=2,
        SUB_TOT=D("208.98"),
        TOT_MISC=D(0),
        TAX_AMT=D(0),
        TOT=D("208.98"),
        TOT_TND=D(0),
        AMT_DUE=D("-27.13"),
        TOT_EXT_COST=D("115.00"),
    )
    holds(left, TOT_TYP="V", LINS=0, SUB_TOT=D(0), TOT=D(0), AMT_DUE=D(0))
    (deposit,) = rows(booked.engine, "PS_DOC_HDR_TOT", DOC_ID=TICKET)
    holds(deposit, TOT_TYP="S", LINS=0, SUB_TOT=D(0), TOT=D(0), TOT_TND=D("236.11"), AMT_DUE=D(0))


def test_charges_tax_contacts_and_payment_are_those_of_the_reference(booked: FlowContext) -> None:
    engine = booked.engine
    (misc,) = rows(engine, "PS_DOC_HDR_MISC_CHRG")
    holds(misc, DOC_ID=ORDER, TOT_TYP="O", MISC_CHRG_NO=1, MISC_TYP="A", MISC_AMT=D("12.50"))
    (tax,) = rows(engine, "PS_DOC_TAX")
    holds(
        tax,
        DOC_ID=ORDER,
        AUTH_COD="FL",
        RUL_COD="TAX",
        TAX_DOC_PART="O",
        LIN_AMT=D("208.98"),
        TXBL_LIN_AMT=D("208.98"),
        TXBL_MISC_CHG_AMT_1=D(0),
        TXBL_QTY=D(12),
        TAX_AMT=D("14.63"),
        TAX_AMT_EXACT=D("14.63"),
        TOT_TXBL_AMT=D("208.98"),
    )
    bill, ship = rows(engine, "PS_DOC_CONTACT", DOC_ID=ORDER)
    holds(bill, CONTACT_ID=1, NAM="Printers & Sons", ADRS_1="1 DOCK RD", ADRS_ID=None)
    holds(ship, CONTACT_ID=2, ADRS_1="7 YARD ST", ADRS_ID="1", EMAIL_ADRS_1="ann@printers.test")
    assert len(rows(engine, "PS_DOC_CONTACT", DOC_ID=TICKET)) == 2
    (status,) = rows(engine, "PS_DOC_HDR_DOC_STAT", DOC_ID=ORDER)
    holds(status, LST_DOC_ACTIV="N", DOC_STAT="O", TOT_DEP_RECEIVED=D("236.11"))
    (status,) = rows(engine, "PS_DOC_HDR_DOC_STAT", DOC_ID=TICKET)
    holds(status, LST_DOC_ACTIV="!", DOC_STAT="O", TOT_DEP_RECEIVED=D(0))
    order_pmt, ticket_pmt = rows(engine, "PS_DOC_PMT")
    for payment, number in ((order_pmt, "O109-000001"), (ticket_pmt, "109-000001")):
        holds(
            payment,
            PMT_SEQ_NO=1,
            AMT=D("236.11"),
            HOME_CURNCY_AMT=D("236.11"),
            PAY_COD="WEB",
            PAY_COD_TYP="B",
            EDC_AUTH_FLG="O",
            DESCR="Web payment",
            FINAL_PMT="N",
            PMT_LIN_TYP="T",
            PAY_DAT=datetime(2026, 1, 5),
            CURNCY_COD="HOME",
            EXCH_LOSS=D(0),
            TKT_NO=number,
            CARD_NO=None,
        )
    applied = [
        (row["DOC_ID"], row["APPL_TYP"], row["AMT"]) for row in rows(engine, "PS_DOC_PMT_APPLY")
    ]
    assert applied == [(ORDER, "O", D("236.11")), (TICKET, "S", D("236.11"))]
    (prompt,) = rows(engine, "PS_DOC_PMT_PROMPT")
    holds(prompt, DOC_ID=ORDER, PROMPT_TXT="Transaction", PROMPT_VAL="TX-1")


def test_notes_and_audit_log_tell_what_happened(booked: FlowContext) -> None:
    (note,) = rows(booked.engine, "PS_DOC_NOTE")
    holds(note, DOC_ID=ORDER, NOTE_SEQ_NO=1, NOTE_ID="WEB ORDER", USR_ID="INTEG")
    assert note["NOTE"] == note["NOTE_TXT"]
    assert note["NOTE"].splitlines() == [
        "WooCommerce order 20001 (id 20001)",
        "Payment: Credit card (nmi), paid, transaction TX-1",
        "Coupon TEN -23.22",
        "Shipping: UPS Ground 12.50",
        "Customer note:",
        "Leave at dock 2",
    ]
    order_log, ticket_log = rows(booked.engine, "PS_DOC_AUDIT_LOG")
    holds(order_log, DOC_TYP="O", ACTIV="N", LOG_ENTRY="Entered a new order")
    holds(order_log, CURR_DT=datetime(2026, 1, 5, 10, 35, 12), CURR_USR_ID="INTEG")
    holds(ticket_log, DOC_TYP="T", LOG_ENTRY="Entered a new ticket with order deposit")
    (totals,) = rows(booked.engine, "PS_DOC_AUDIT_LOG_TOT")
    holds(totals, DOC_ID=ORDER, TOT_TYP="O", TOT=D("236.11"), DEP_NET_CHANGE=D("236.11"))


def test_the_deposit_ticket_only_copies_the_lines(booked: FlowContext) -> None:
    copies = rows(booked.engine, "PS_DOC_LIN", DOC_ID=TICKET)
    lines = rows(booked.engine, "PS_DOC_LIN", DOC_ID=ORDER)
    own = {"DOC_ID", "TKT_NO", "LIN_TYP", "LIN_GUID"}
    for copy, line in zip(copies, lines, strict=True):
        holds(copy, LIN_TYP="U", TKT_NO="109-000001")
        assert {k: v for k, v in copy.items() if k not in own} == {
            k: v for k, v in line.items() if k not in own
        }
    assert [row["PRC_JUST_STR"] for row in rows(booked.engine, "PS_DOC_LIN_PRICE")] == [
        "Web",
        "Web",
    ]
    assert rows(booked.engine, "PS_DOC_HDR_ORIG_DOC") == []


def test_stock_customer_and_counters_move_as_in_the_reference(booked: FlowContext) -> None:
    first, second = rows(booked.engine, "IM_INV")
    holds(first, QTY_ON_HND=D(495), QTY_COMMIT=D(482), QTY_ON_ORD=D(2), QTY_ON_SO=D(0))
    holds(second, QTY_ON_HND=D(40), QTY_COMMIT=D(10), QTY_ON_ORD=D(10), QTY_ON_SO=D(0))
    assert first["QTY_AVAIL"] == D(13)
    (customer,) = rows(booked.engine, "AR_CUST")
    holds(customer, NO_OF_ORDS=1, ORD_BAL=D(0))
    changed = {
        "LST_MAINT_DT": datetime(2026, 1, 5, 10, 35, 12),
        "LST_MAINT_USR_ID": "INTEG",
        "RS_UTC_DT": datetime(2026, 1, 5, 15, 35, 12),
    }
    for row in (first, second, customer):
        holds(row, **changed)
    (counters,) = rows(booked.engine, "PS_STA_CFG_PS")
    holds(counters, NXT_ORD_NO="O109-000002", NXT_TKT_NO="109-000002")
    (staged,) = rows(booked.engine, "USER_ORDER_STAGING")
    holds(staged, STATUS="BOOKED", IS_APPLIED=True, CP_DOC_ID=str(ORDER), VALIDATION_ERROR=None)
    holds(staged, TKT_NO="O109-000001", CUST_NO="10001", CLAIM_TOKEN=None)
    (key,) = rows(booked.engine, "USER_ORDER_KEY")
    holds(key, WOO_ORDER_ID=20001, DOC_ID=ORDER, DEP_DOC_ID=TICKET)


def test_the_store_hears_once_and_keeps_its_status(booked: FlowContext, state: StoreState) -> None:
    assert notify_store(booked).created == 1
    assert notify_store(booked).read == 0
    order = booked.store.get("orders/20001").data
    assert order["status"] == "processing"
    meta = {entry["key"]: entry["value"] for entry in order["meta_data"]}
    assert meta == {"cp_doc_id": str(ORDER), "cp_tkt_no": "O109-000001"}
    notes = [note["note"] for note in booked.store.get("orders/20001/notes").data]
    wanted = f"Order created in CounterPoint. DOC_ID: {ORDER}, TKT_NO: O109-000001"
    assert notes.count(wanted) == 1


def test_a_second_run_creates_nothing(booked: FlowContext) -> None:
    notify_store(booked)
    pulled = pull_orders(booked)
    again = create_documents(booked)
    assert (pulled.read, pulled.written, again.written) == (1, 0, 0)
    assert len(rows(booked.engine, "PS_DOC_HDR")) == 2


def test_plan_mode_writes_nothing_anywhere(context: FlowContext, state: StoreState) -> None:
    state.add_order(example_order(customer_id=0))
    planned = pull_orders(context, mode="plan")
    assert planned.created == 1
    assert rows(context.engine, "USER_ORDER_STAGING") == []
    pull_orders(context)
    before = {name: rows(context.engine, name) for name in ("USER_ORDER_STAGING", "USER_SYNC_LOG")}
    assert create_documents(context, mode="plan").created == 1
    after = {name: rows(context.engine, name) for name in before}
    assert after == before
    assert rows(context.engine, "PS_DOC_HDR") == []
