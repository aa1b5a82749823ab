"""woocp.toml: what may stand in it, and what is said about each thing that may not."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from woocp_pipelines.settings_loading import SettingsError, load_settings
from woocp_pipelines_tests.settings_files import (
    CODES,
    clean,
    given,
    refusal,
    table,
    with_file,
)


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    return clean(monkeypatch, tmp_path)


def test_the_codes_alone_are_enough_and_nothing_is_written_then():
    settings = with_file(CODES)
    assert settings.mode == "plan"
    assert {settings.mode_of(flow) for flow in ("customers", "orders", "inventory")} == {"plan"}
    assert settings.inventory.quantity == "available"
    assert settings.connections.sandbox is False


def test_shares_are_decimals_and_dates_are_dates():
    settings = with_file(
        f"{CODES}[inventory]\nbreaker_zero_share = 0.1\n[orders]\nstart_date = 2026-01-01\n"
    )
    assert settings.inventory.breaker_zero_share == Decimal("0.1")
    assert settings.orders.start_date == date(2026, 1, 1)


@pytest.mark.parametrize(
    ("where", "line", "name", "found", "allowed"),
    [
        ("", 'mode = "dry"', "mode", "'dry'", "'plan' or 'apply'"),
        ("flows.inventory", 'mode = "on"', "flows.inventory.mode", "'on'", "'plan' or 'apply'"),
        ("flows.stock", 'mode = "plan"', "flows.stock", "'stock'", "'customers'"),
        ("store", 'time_zone = "US"', "store.time_zone", "'US'", "IANA"),
        ("store", 'time_zone = "EST5PDT5"', "store.time_zone", "'EST5PDT5'", "IANA"),
        ("store", 'currency = "usd"', "store.currency", "'usd'", "[A-Z]{3}"),
        ("store", 'id = "Main Shop"', "store.id", "'Main Shop'", "a-z0-9"),
        ("orders", "overlap_minutes = -1", "orders.overlap_minutes", "-1", "equal to 0"),
        ("orders", 'start_date = "soon"', "orders.start_date", "'soon'", "date"),
        ("orders", 'statuses = "processing"', "orders.statuses", "'processing'", "tuple"),
        ("orders", "statuses = []", "orders.statuses", "", "at least 1"),
        ("orders", 'held_statuses = ["completed"]', "orders", "", "held_statuses"),
        ("documents", 'type = "Q"', "documents.type", "'Q'", "'O' or 'T'"),
        ("documents", "fee_slot = 6", "documents.fee_slot", "6", "equal to 5"),
        ("documents", "claim_size = 0", "documents.claim_size", "0", "equal to 1"),
        ("documents", "claim_size = 1.5", "documents.claim_size", "1.5", "integer"),
        ("payments.pay_codes", 'nmi = "TOO-LONG-PAY"', "payments.pay_codes.nmi", "LONG", "10"),
        ("tax", 'default = "FL-BROWARDX"', "tax.default", "'FL-BROWARDX'", "10 characters"),
        ("tax.by_state", "FL = 7", "tax.by_state.FL", "7", "string"),
        ("documents", 'payments = "tender"', "documents", "", "(the order gets a deposit ticket)"),
        ("documents", 'type = "T"\npayments = "none"', "documents", "", "must be fully paid"),
        ("tax.rates", '"US-FL-1" = "FL"', "tax.rates.US-FL-1", "'FL'", "tuple"),
        ("tax.authorities", 'FL = ["FL"]', "tax.authorities.FL.0", "'FL'", "tuple"),
        ("shipping.via", '"flat_rate:1" = ""', "shipping.via.flat_rate:1", "''", "1 character"),
        ("units.suffixes", 'CT = ""', "units.suffixes.CT", "''", "1 character"),
        ("customers", 'guests = "ask"', "customers.guests", "'ask'", "'create' or 'walk_in'"),
        ("inventory", "locations = []", "inventory.locations", "", "at least 1"),
        ("inventory", "batch_size = 101", "inventory.batch_size", "101", "equal to 100"),
        ("inventory", "breaker_zero_share = 1.5", "inventory.breaker_zero_share", "1.5", "1"),
        ("inventory", 'quantity = "all"', "inventory.quantity", "'all'", "'on_hand'"),
        ("pricing", "port = 65536", "pricing.port", "65536", "65535"),
        ("pricing", "port = [1]", "pricing.port", "a list", "integer"),
        ("pricing", "host = { a = 1 }", "pricing.host", "a table", "string"),
        ("retention", "raw_days = 0", "retention.raw_days", "0", "equal to 1"),
    ],
)
def test_an_error_names_the_setting_what_was_found_and_what_is_allowed(
    where, line, name, found, allowed
):
    (said,) = refusal(table(where, line)).splitlines()
    assert said.startswith(f"woocp.toml: {name}: ")
    assert found in said
    assert allowed in said


def test_every_error_is_said_at_once():
    said = refusal(CODES + '[store]\ncurrency = "x"\n[pricing]\nport = -1\n').splitlines()
    assert [line.split(": ")[1] for line in said] == ["store.currency", "pricing.port"]


@pytest.mark.parametrize(
    ("where", "name"),
    [
        ("", "dry_run"),
        ("store", "store.dry_run"),
        ("flows.orders", "flows.orders.dry_run"),
        ("payments", "payments.dry_run"),
        ("tax", "tax.dry_run"),
        ("inventory", "inventory.dry_run"),
        ("nonesuch", "nonesuch"),
        ("connections", "connections"),
        ("pricing_access", "pricing_access"),
    ],
)
def test_a_setting_that_nobody_knows_is_an_error_at_every_level(where, name):
    head = 'mode = "plan"\n' if where == "flows.orders" else ""
    said = refusal(table(where, f"{head}dry_run = true"))
    assert said.startswith("woocp.toml: ")
    assert name in said
    assert "unknown setting" in said


def test_every_code_of_counterpoint_is_required():
    for code in ("store", "station", "drawer", "user", "sales_rep", "workgroup"):
        lines = [line for line in CODES.splitlines() if not line.startswith(f"{code} ")]
        assert (
            refusal("\n".join(lines)) == f"woocp.toml: counterpoint.{code}: required, but not set"
        )
    assert refusal("") == "woocp.toml: counterpoint: required, but not set"


@pytest.mark.parametrize("flow", ["orders", "documents"])
def test_apply_mode_needs_a_start_also_for_one_flow(flow):
    apply = f'{CODES}[flows.{flow}]\nmode = "apply"\n'
    assert "orders.start_date is required in apply mode" in refusal(apply)
    assert "orders.start_date is required" in refusal(f'mode = "apply"\n{CODES}')
    started = with_file(f"{apply}[orders]\nstart_date = 2026-01-01\n")
    assert started.mode_of(flow) == "apply"
    assert started.mode_of("inventory") == "plan"


@pytest.mark.parametrize(
    ("kind", "payments"), [("O", "none"), ("O", "deposit"), ("T", "deposit"), ("T", "tender")]
)
def test_payments_that_suit_the_document_type_are_accepted(kind, payments):
    text = f'{CODES}[documents]\ntype = "{kind}"\npayments = "{payments}"\n'
    documents = with_file(text).documents
    assert (documents.type, documents.payments) == (kind, payments)


def test_another_flow_may_apply_without_a_start():
    settings = with_file(f'{CODES}[flows.customers]\nmode = "apply"\n')
    assert settings.mode_of("customers") == "apply"
    plans = '[flows.orders]\nmode = "plan"\n[flows.documents]\nmode = "plan"\n'
    assert with_file(f'mode = "apply"\n{CODES}{plans}').mode_of("customers") == "apply"


def test_a_missing_file_says_where_it_should_be_and_what_to_copy():
    with pytest.raises(SettingsError, match=r"^woocp.toml: no such file; copy woocp.example.toml"):
        load_settings()


def test_broken_toml_says_where_it_breaks():
    assert "line 2" in refusal('mode = "plan"\nmode plan\n')
    Path("woocp.toml").write_bytes(b'mode = "\xff"')
    with pytest.raises(SettingsError, match="not valid TOML"):
        load_settings()


def test_a_folder_instead_of_a_file_is_no_traceback(monkeypatch, folder):
    given(monkeypatch, WOOCP_CONFIG=str(folder))
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings()


def test_goods_of_web_orders_must_be_at_a_location_that_is_shown():
    text = f'{CODES}\n[inventory]\nlocations = ["02"]\n'
    found = refusal(text)
    assert "counterpoint.stock_location is none of inventory.locations" in found
    assert "add it to inventory.locations" in found
    assert with_file(text.replace('["02"]', '["02", "01"]')).inventory.locations == ("02", "01")


def test_codes_of_locations_are_compared_as_the_database_does():
    codes = CODES.replace('stock_location = "01"', 'stock_location = "Main "')
    shown = with_file(f'{codes}\n[inventory]\nlocations = ["MAIN"]\n')
    assert shown.counterpoint.stock_location == "Main "
