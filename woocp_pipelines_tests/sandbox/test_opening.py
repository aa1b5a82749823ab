"""Opening a sandbox: reuse, reset, settings, and the store over HTTP."""

import requests
from requests_oauthlib import OAuth1
from sqlalchemy import select, update

from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.tables import (
    AR_CUST,
    IM_LOC,
    PS_DRW_SESSION,
    PS_STA_CFG_PS,
    SY_PAY_COD,
    SY_TAX_COD,
    SY_WRKGRP,
)
from woocp_pipelines.sandbox.opening import open_sandbox
from woocp_pipelines.sandbox.retailer.families import SUFFIXES
from woocp_pipelines.settings_loading import SANDBOX_KEY, SANDBOX_SECRET, SANDBOX_STORE_URL


def test_a_sandbox_keeps_what_was_done_to_it_until_it_is_reset(tmp_path):
    with open_sandbox(tmp_path) as sandbox, writing(sandbox.engine) as connection:
        connection.execute(update(AR_CUST).values(CITY="Elsewhere"))
    with open_sandbox(tmp_path) as again:
        assert cities(again) == {"Elsewhere"}
        assert len(again.state.rows("order")) == len(again.retailer.orders)
    with open_sandbox(tmp_path, reset=True) as fresh:
        assert "Fairport" in cities(fresh)


def test_a_half_written_sandbox_is_made_anew(tmp_path):
    with open_sandbox(tmp_path) as sandbox:
        (sandbox.folder / "seeded").unlink()
    (sandbox.folder / "counterpoint.db").write_bytes(b"")
    with open_sandbox(tmp_path) as again:
        assert "Fairport" in cities(again)


def test_another_number_of_items_makes_another_sandbox(tmp_path):
    open_sandbox(tmp_path).close()
    with open_sandbox(tmp_path, items=200) as smaller:
        assert len(smaller.retailer.catalogue) == 200
        assert len(smaller.state.rows("product")) < 250


def test_the_running_store_is_noted_for_other_processes_and_answers(tmp_path):
    with open_sandbox(tmp_path) as sandbox:
        with sandbox.start_store() as url:
            assert sandbox.settings.connections.store_url == url
            answer = requests.get(
                f"{url}/wp-json/wc/v3/orders/7004",
                auth=OAuth1(SANDBOX_KEY, SANDBOX_SECRET, signature_method="HMAC-SHA256"),
                timeout=10,
            )
        assert sandbox.settings.connections.store_url == SANDBOX_STORE_URL
    assert answer.status_code == 200
    assert answer.json()["total"] == "137.78"


def test_settings_name_codes_that_the_seeded_counterpoint_has(tmp_path):
    with open_sandbox(tmp_path) as sandbox, reading(sandbox.engine) as connection:
        settings = sandbox.settings
        place = settings.counterpoint

        def has(column, *wanted):
            found = set(connection.execute(select(column)).scalars())
            return set(wanted) <= found

        assert settings.mode == "apply"
        assert has(IM_LOC.c.LOC_ID, place.stock_location, *settings.inventory.locations)
        assert has(SY_WRKGRP.c.WRKGRP_ID, place.workgroup)
        assert has(SY_PAY_COD.c.PAY_COD, *settings.payments.pay_codes.values())
        assert has(SY_TAX_COD.c.TAX_COD, settings.tax.default, *settings.tax.by_state.values())
        assert set(settings.tax.authorities) >= set(settings.tax.by_state.values())
        assert dict(settings.units.suffixes) == SUFFIXES
        open_drawers = select(PS_DRW_SESSION.c.DRW_ID).where(
            PS_DRW_SESSION.c.STAT == "A", PS_DRW_SESSION.c.STR_ID == place.store
        )
        assert place.drawer in set(connection.execute(open_drawers).scalars())
        station = connection.execute(
            select(PS_STA_CFG_PS).where(PS_STA_CFG_PS.c.STA_ID == place.station)
        ).one()
        assert (station.NXT_TKT_NO, station.NXT_ORD_NO) == ("109-000001", "O109-000001")


def cities(sandbox):
    with reading(sandbox.engine) as connection:
        return set(connection.execute(select(AR_CUST.c.CITY)).scalars())
