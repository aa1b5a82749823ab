"""The worked example of CP §4.7 as a world: codes, items, stock, customer, contract, web order.

Belongs here: what the reference states before the booking. What must come out of it is in
flows/test_worked_example.py.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine, insert

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.tables import USER_CUSTOMER_MAP
from woocp_pipelines.settings import Settings
from woocp_pipelines_tests.customer_world import known_customer, put, settings_for

BOOKED_AT = datetime(2026, 1, 5, 15, 35, 12, tzinfo=UTC)
BUSINESS: dict[str, Any] = {
    "payments": {"pay_codes": {"nmi": "WEB"}},
    "tax": {"default": "FL-BROWARD", "authorities": {"FL-BROWARD": [["FL", "TAX"]]}},
    "units": {"suffixes": {"CARTON": "CT"}},
}


def example_settings(url: str, **tables: Any) -> Settings:
    """The example's configuration, for the store at `url`."""
    return settings_for(url, **{**BUSINESS, **tables})


def seed_example(engine: Engine) -> None:
    """Counterpoint as it is before the order comes."""
    known_customer(
        engine,
        "10001",
        NAM="Printers & Sons",
        ADRS_1="1 Dock Rd",
        ADRS_2=None,
        CITY="Davie",
        STATE="FL",
        ZIP_COD="33314",
    )
    with writing(engine) as connection:
        _codes(connection)
        _items(connection)
        _contract(connection)
        connection.execute(
            insert(USER_CUSTOMER_MAP).values(CUST_NO="10001", WOO_USER_ID=77, IS_ACTIVE=True)
        )


def _codes(connection: Connection) -> None:
    put(connection, "PS_STR", STR_ID="01", DESCR="Main", STR_NO=1)
    put(connection, "PS_STA", STR_ID="01", STA_ID="109", DESCR="Web", STA_NO=9)
    put(
        connection,
        "PS_STR_CFG_PS",
        STR_ID="01",
        ORD_NO_METH="!",
        TKT_NO_METH="!",
        USE_ORD_NO_AS_TKT_NO="Y",
        WALK_IN_CUST_NO="00001",
    )
    put(
        connection,
        "PS_STA_CFG_PS",
        STR_ID="01",
        STA_ID="109",
        NXT_TKT_NO="109-000001",
        NXT_ORD_NO="O109-000001",
    )
    put(
        connection,
        "PS_DRW_SESSION",
        STR_ID="01",
        DRW_ID="WEB",
        DRW_SESSION_ID=4711,
        STAT="A",
        OPEN_DT=datetime(2026, 1, 5, 8, 0),
        SLS_REP="INTEG",
        SESSION_NAM="WEB-1",
    )
    put(
        connection,
        "SY_PAY_COD",
        PAY_COD="WEB",
        PAY_TYP="B",
        DESCR="Web payment",
        EDC_AUTH_FLG="O",
        PROMPT_1_REQ="Y",
    )
    put(connection, "SY_TAX_COD", TAX_COD="FL-BROWARD", DESCR="Broward")
    put(connection, "SY_WRKGRP", WRKGRP_ID="WEB", NXT_CUST_NO="20001")
    put(connection, "IM_LOC", LOC_ID="01", DESCR="Main")
    put(connection, "IM_CTL", KEY_ID=1, PRC_ROUND_METH="N")


def _items(connection: Connection) -> None:
    first: dict[str, Any] = {
        "ITEM_NO": "01-10100",
        "DESCR": "Superior PC 8.5 x 11",
        "CATEG_COD": "PAPER",
        "PRC_DECS": 4,
        "STK_UNIT": "PK",
        "PRC_1": Decimal("41.769"),
        "REG_PRC": Decimal("41.769"),
        "PROF_COD_1": "PC S CS",
    }
    second = {
        "ITEM_NO": "01-10251",
        "DESCR": "Carbonless 2-part",
        "CATEG_COD": "PAPER",
        "PRC_DECS": 2,
        "STK_UNIT": "PK",
        "ALT_1_UNIT": "CT",
        "ALT_1_NUMER": Decimal(10),
        "ALT_1_DENOM": Decimal(1),
        "ALT_1_PRC_1": Decimal(200),
        "PRC_1": Decimal("20.9"),
        "REG_PRC": Decimal("20.9"),
        "PROF_COD_1": "CB S CS",
    }
    stock = {
        "01-10100": (Decimal(495), Decimal(480), Decimal("6187.50")),
        "01-10251": (Decimal(40), Decimal(0), Decimal("360.00")),
    }
    for item in (first, second):
        put(connection, "IM_ITEM", **item, IS_ECOMM_ITEM="Y")
        dims = {f"DIM_{number}_UPR": "*" for number in (1, 2, 3)}
        prices = {name: item.get(name) for name in ("PRC_1", "REG_PRC", "ALT_1_PRC_1")}
        put(connection, "IM_PRC", ITEM_NO=item["ITEM_NO"], LOC_ID="*", **dims, **prices)
    for item_no, (on_hand, commit, value) in stock.items():
        put(
            connection,
            "IM_INV",
            ITEM_NO=item_no,
            LOC_ID="01",
            QTY_ON_HND=on_hand,
            QTY_COMMIT=commit,
            GL_VAL=value,
        )


def _contract(connection: Connection) -> None:
    put(
        connection,
        "IM_PRC_GRP",
        GRP_TYP="C",
        GRP_COD="144319",
        CUST_NO="10001",
        NO_BEG_DAT="Y",
        NO_END_DAT="Y",
        ENABLED="Y",
    )
    rule = {"GRP_TYP": "C", "GRP_COD": "144319", "RUL_SEQ_NO": 1}
    put(
        connection,
        "IM_PRC_RUL",
        **rule,
        DESCR="SUPERIOR PC S CS",
        ITEM_FILT="(IM_ITEM.PROF_COD_1 = 'PC S CS')",
        MIN_QTY=Decimal(0),
    )
    put(
        connection,
        "IM_PRC_RUL_BRK",
        **rule,
        MIN_QTY=Decimal("0.0001"),
        PRC_METH="D",
        PRC_BASIS="R",
        AMT_OR_PCT=Decimal("49.4949"),
    )


def example_order(**changes: Any) -> dict[str, Any]:
    """The web order of the example; give a field to change it."""
    billing = {
        "first_name": "Ann",
        "last_name": "Lee",
        "company": "Printers & Sons",
        "address_1": "1 Dock Rd",
        "address_2": "",
        "city": "Davie",
        "state": "FL",
        "postcode": "33314",
        "country": "US",
        "email": "ann@printers.test",
        "phone": "954-555-0100",
    }
    shipping = {name: value for name, value in billing.items() if name != "email"}
    return {
        "id": 20001,
        "number": "20001",
        "status": "processing",
        "currency": "USD",
        "customer_id": 77,
        "date_created_gmt": "2026-01-05T15:30:00",
        "date_modified_gmt": "2026-01-05T15:30:20",
        "date_paid_gmt": "2026-01-05T15:30:20",
        "payment_method": "nmi",
        "payment_method_title": "Credit card",
        "transaction_id": "TX-1",
        "customer_note": "Leave at dock 2",
        "billing": billing,
        "shipping": {**shipping, "address_1": "7 Yard St"},
        "line_items": [
            _line(1, "01-10100", 2, "42.20", "37.98", "2.66"),
            _line(2, "01-10251-CARTON", 1, "190.00", "171.00", "11.97"),
        ],
        "shipping_lines": [
            {
                "id": 3,
                "method_title": "UPS Ground",
                "method_id": "flat_rate",
                "instance_id": "2",
                "total": "12.50",
                "total_tax": "0.00",
                "taxes": [],
            }
        ],
        "fee_lines": [],
        "coupon_lines": [{"id": 4, "code": "TEN", "discount": "23.22", "discount_tax": "0.00"}],
        "tax_lines": [
            {
                "id": 5,
                "rate_id": 1,
                "rate_code": "US-FL-1",
                "label": "Tax",
                "tax_total": "14.63",
                "shipping_tax_total": "0.00",
                "compound": False,
            }
        ],
        "refunds": [],
        "discount_total": "23.22",
        "shipping_total": "12.50",
        "shipping_tax": "0.00",
        "cart_tax": "14.63",
        "total_tax": "14.63",
        "total": "236.11",
        "meta_data": [],
        **changes,
    }


def _line(
    line_id: int, sku: str, quantity: int, subtotal: str, total: str, tax: str
) -> dict[str, Any]:
    return {
        "id": line_id,
        "name": f"Item {sku}",
        "product_id": 100 + line_id,
        "variation_id": 0,
        "quantity": quantity,
        "tax_class": "",
        "subtotal": subtotal,
        "subtotal_tax": tax,
        "total": total,
        "total_tax": tax,
        "taxes": [{"id": 1, "total": tax, "subtotal": tax}],
        "meta_data": [],
        "sku": sku,
        "price": float(total) / quantity,
    }
