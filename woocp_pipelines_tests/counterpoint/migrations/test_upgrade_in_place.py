"""The upgrade over the retailer's own tables, with rows as the old scripts left them."""

import uuid
from datetime import date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from woocp_pipelines.counterpoint.catalog import read_catalog
from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.lengths import text_length
from woocp_pipelines.counterpoint.migrations import upgrade
from woocp_pipelines.counterpoint.tables import (
    METADATA,
    PS_DOC_HDR,
    USER_CUSTOMER_MAP,
    USER_DEAD_LETTER,
    USER_ORDER_KEY,
    USER_ORDER_STAGING,
    USER_PRODUCT_MAP,
    USER_SYNC_LOG,
)
from woocp_pipelines.sandbox.schema import (
    create_retailer_tables,
    create_vendor_tables,
    retailer_tables,
    vendor_tables,
)

FULL = {
    "BATCH_ID": "WOO_ORDERS_20261101_120000",
    "WOO_ORDER_NO": "4001",
    "CUST_NO": "10001",
    "ORD_DAT": date(2026, 11, 1),
    "SUBTOT": Decimal("83.5380"),
    "TOT_AMT": Decimal("90.2210"),
    "SHIP_STATE": "FL",
    "SHIP_CNTRY": "US",
    "LINE_ITEMS_JSON": '[{"sku": "01-10100", "quantity": 2, "name": "Grüße ☃"}]',
    "CREATED_DT": datetime(2026, 11, 1, 12, 0),
}
# (WOO_ORDER_ID, what the old scripts wrote)
ROWS = [
    (1, {}),
    (2, {"IS_VALIDATED": True}),
    (3, {"VALIDATION_ERROR": "[Attempt 3/3] SKU not found"}),
    (4, {"IS_APPLIED": True}),
    (5, {"IS_APPLIED": True, "CP_DOC_ID": "109000000000017"}),
    (6, {"IS_APPLIED": True, "VALIDATION_ERROR": "MANUALLY_SKIPPED: test order"}),
    (7, {"IS_APPLIED": None, "IS_VALIDATED": None}),
    (8, {"IS_APPLIED": True, "CP_DOC_ID": "O101-000354"}),
    (9, {"IS_APPLIED": True, "CP_DOC_ID": "21"}),
    (9, {"IS_VALIDATED": True}),
    (10, {}),
    (10, {"VALIDATION_ERROR": "no customer"}),
    (11, {"IS_APPLIED": True, "CP_DOC_ID": "31"}),
    (11, {"IS_APPLIED": True, "CP_DOC_ID": "32"}),
]


@pytest.fixture
def old(new_database):
    """An engine on the retailer's database as it was before woocp."""
    engine = new_database()
    create_vendor_tables(engine, only=["PS_DOC_HDR"])
    create_retailer_tables(engine)
    tables = retailer_tables()
    document = dict.fromkeys(("STR_ID", "STA_ID"), "01") | {"TKT_NO": "O101-000017"}
    with writing(engine) as connection:
        for order, written in ROWS:
            values = {**FULL, "WOO_ORDER_ID": order, **written}
            connection.execute(insert(tables["USER_ORDER_STAGING"]).values(**values))
        connection.execute(
            insert(vendor_tables()["PS_DOC_HDR"]).values(
                DOC_ID=109000000000017, **{**_required(PS_DOC_HDR.name), **document}
            )
        )
        connection.execute(insert(tables["USER_CUSTOMER_MAP"]).values(CUST_NO="1", WOO_USER_ID=5))
        connection.execute(insert(tables["USER_PRODUCT_MAP"]).values(SKU="A", WOO_PRODUCT_ID=77))
        connection.execute(
            insert(tables["USER_SYNC_LOG"]).values(
                SYNC_ID="s1",
                OPERATION_TYPE="product_sync",
                DIRECTION="CP_TO_WOO",
                START_TIME=FULL["CREATED_DT"],
            )
        )
    return engine


def _required(name):
    """Some value for each column that must have one."""
    by_type = {"str": "X", "int": 0, "Decimal": Decimal(0), "UUID": uuid.uuid4()}
    return {
        column.name: by_type[column.type.python_type.__name__]
        for column in vendor_tables()[name].columns
        if not column.nullable and column.server_default is None and not column.primary_key
    }


def _orders(engine):
    with engine.connect() as connection:
        rows = connection.execute(
            select(USER_ORDER_STAGING).order_by(USER_ORDER_STAGING.c.STAGING_ID)
        )
        return [dict(row) for row in rows.mappings()]


def _read(engine, table):
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]


def test_every_row_gets_the_status_of_its_state(old):
    upgrade(old)
    assert [(row["WOO_ORDER_ID"], row["STATUS"]) for row in _orders(old)] == [
        (1, "REREAD"),
        (2, "REREAD"),
        (3, "REREAD"),
        (4, "BOOKED"),
        (5, "BOOKED"),
        (6, "SKIPPED"),
        (7, "REREAD"),
        (8, "BOOKED"),
        (9, "BOOKED"),
        (9, "DUPLICATE"),
        (10, "DUPLICATE"),
        (10, "REREAD"),
        (11, "DUPLICATE"),
        (11, "BOOKED"),
    ]


def test_what_was_booked_or_skipped_has_a_key_that_outlives_the_row(old):
    upgrade(old)
    keys = {
        row["WOO_ORDER_ID"]: (row["DOC_ID"], row["TKT_NO"]) for row in _read(old, USER_ORDER_KEY)
    }
    assert keys == {
        4: (None, None),
        5: (109000000000017, "O101-000017"),
        6: (None, None),
        8: (None, None),
        9: (21, None),
        11: (32, None),
    }
    booked = {row["WOO_ORDER_ID"]: row for row in _orders(old) if row["STATUS"] == "BOOKED"}
    assert (booked[5]["DOC_ID"], booked[5]["TKT_NO"]) == (109000000000017, "O101-000017")
    assert booked[8]["CP_DOC_ID"] == "O101-000354"


def test_what_needs_an_eye_is_a_dead_letter(old):
    upgrade(old)
    letters = sorted(
        (row["WOO_ORDER_ID"], row["CODE"], row["KIND"], row["CUST_NO"])
        for row in _read(old, USER_DEAD_LETTER)
    )
    assert letters == [
        (9, "DUPLICATE_STAGING_ROW", "revision", "10001"),
        (10, "DUPLICATE_STAGING_ROW", "revision", "10001"),
        (11, "DOUBLE_BOOKED", "revision", "10001"),
    ]


def test_nothing_of_the_retailers_rows_is_lost(old):
    before = _read(old, retailer_tables()["USER_ORDER_STAGING"])
    upgrade(old)
    after = {row["STAGING_ID"]: row for row in _read(old, retailer_tables()["USER_ORDER_STAGING"])}
    assert len(before) == len(after) == len(ROWS)
    for row in before:
        assert after[row["STAGING_ID"]] == row
    assert [row["CUST_NO"] for row in _read(old, USER_CUSTOMER_MAP)] == ["1"]
    assert [row["SKU"] for row in _read(old, USER_PRODUCT_MAP)] == ["A"]
    assert [row["STORE_ID"] for row in _read(old, USER_SYNC_LOG)] == ["main"]


def test_the_second_upgrade_changes_nothing(old):
    assert upgrade(old) == ["0001"]
    before = (_orders(old), _read(old, USER_DEAD_LETTER), _read(old, USER_ORDER_KEY))
    assert upgrade(old) == []
    assert (_orders(old), _read(old, USER_DEAD_LETTER), _read(old, USER_ORDER_KEY)) == before


def test_columns_are_only_added_and_lengths_only_grow(old):
    names = retailer_tables()
    with old.connect() as connection:
        before = read_catalog(connection, names)
    upgrade(old)
    with old.connect() as connection:
        after = read_catalog(connection, names)
    for name, facts in before.items():
        for column, was in facts.columns.items():
            now = after[name].columns[column]
            assert now.nullable == was.nullable, f"{name}.{column}"
            assert now.has_default == was.has_default, f"{name}.{column}"
            assert now.identity == was.identity, f"{name}.{column}"
            assert was.length is None or (now.length or 0) >= was.length, f"{name}.{column}"
    staging = after["USER_ORDER_STAGING"].columns
    assert (staging["SHIP_STATE"].length, staging["SHIP_CNTRY"].length) == (10, 20)


def test_the_upgraded_tables_hold_every_column_that_the_code_names(old):
    upgrade(old)
    ours = {name: table for name, table in METADATA.tables.items() if name.startswith("USER_")}
    with old.connect() as connection:
        live = read_catalog(connection, ours)
    for name, table in ours.items():
        for column in table.columns:
            facts = live[name].columns[column.name]
            wanted = text_length(column.type)
            assert wanted is None or (facts.length or 0) >= wanted, f"{name}.{column.name}"


def test_the_old_scripts_still_insert_but_never_a_second_row_of_one_order(old):
    upgrade(old)
    old_staging = retailer_tables()["USER_ORDER_STAGING"]
    with writing(old) as connection:
        connection.execute(insert(old_staging).values(**{**FULL, "WOO_ORDER_ID": 500}))
    assert _orders(old)[-1]["STATUS"] == "REREAD"
    with pytest.raises(IntegrityError), writing(old) as connection:
        connection.execute(insert(old_staging).values(**{**FULL, "WOO_ORDER_ID": 5}))


def test_a_status_outside_the_list_is_refused(old):
    upgrade(old)
    with pytest.raises(IntegrityError), writing(old) as connection:
        connection.execute(
            insert(USER_ORDER_STAGING).values(BATCH_ID="x", WOO_ORDER_ID=600, STATUS="PAID")
        )


def test_a_failed_upgrade_leaves_the_database_as_it_was(old):
    with writing(old) as connection:
        USER_ORDER_KEY.create(connection)
        connection.execute(insert(USER_ORDER_KEY).values(STORE_ID="main", WOO_ORDER_ID=5))
    before = _read(old, retailer_tables()["USER_ORDER_STAGING"])
    with pytest.raises(IntegrityError):
        upgrade(old)
    assert _read(old, retailer_tables()["USER_ORDER_STAGING"]) == before
    with old.connect() as connection:
        live = read_catalog(connection, ["USER_ORDER_STAGING", "USER_DEAD_LETTER"])
    assert set(live) == {"USER_ORDER_STAGING"}
    assert "STATUS" not in live["USER_ORDER_STAGING"].columns
