"""The catalog of a live database, read back from tables whose facts are known."""

import pytest

from woocp_pipelines.counterpoint.catalog import read_catalog
from woocp_pipelines.sandbox.schema import create_retailer_tables, create_vendor_tables


@pytest.fixture
def live(new_database):
    engine = new_database()
    create_vendor_tables(engine, only=["IM_INV", "IM_LOC"])
    create_retailer_tables(engine, only=["USER_ORDER_STAGING"])
    with engine.connect() as connection:
        return read_catalog(connection, ["IM_INV", "user_order_staging", "NO_SUCH_TABLE"])


def test_only_the_named_tables_that_exist_are_read(live):
    assert set(live) == {"IM_INV", "USER_ORDER_STAGING"}


def test_lengths_nulls_and_defaults_are_those_of_the_table(live):
    staging = live["USER_ORDER_STAGING"].columns
    assert (staging["SHIP_STATE"].length, staging["SHIP_STATE"].nullable) == (3, True)
    assert (staging["VALIDATION_ERROR"].length, staging["LINE_ITEMS_JSON"].length) == (500, None)
    assert (staging["BATCH_ID"].nullable, staging["BATCH_ID"].has_default) == (False, False)
    assert (staging["IS_APPLIED"].has_default, staging["CP_DOC_ID"].has_default) == (True, False)
    assert not staging["BATCH_ID"].filled_by_server


def test_what_the_server_fills_by_itself_is_known(live):
    assert live["USER_ORDER_STAGING"].columns["STAGING_ID"].identity
    assert live["IM_INV"].columns["QTY_AVAIL"].computed
    assert not live["IM_INV"].columns["QTY_ON_HND"].computed
    assert not live["IM_INV"].columns["ITEM_NO"].identity
    assert live["IM_INV"].columns["QTY_AVAIL"].filled_by_server
