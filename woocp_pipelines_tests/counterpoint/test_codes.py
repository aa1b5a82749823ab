"""Codes that a booking relies on: found, or told with the setting that names them."""

import pytest
from sqlalchemy import insert, update

from woocp_pipelines.counterpoint.codes import (
    read_drawer_session,
    read_pay_code,
    read_station,
    read_tax_code,
)
from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.rules.addresses import read_address
from woocp_pipelines.rules.order_mapping import read_order
from woocp_pipelines.rules.problems import RefusedError
from woocp_pipelines.sandbox.schema import vendor_tables
from woocp_pipelines.settings import Counterpoint
from woocp_pipelines_tests.customer_world import CODES
from woocp_pipelines_tests.worked_example import example_order, example_settings, seed_example

WHERE = Counterpoint(**CODES)


@pytest.fixture
def example(engine):
    seed_example(engine)
    return engine


def refusal(read, engine, *arguments):
    with reading(engine) as connection, pytest.raises(RefusedError) as refused:
        read(connection, *arguments)
    return refused.value.first


def settings(**tables):
    return example_settings("http://127.0.0.1:9", **tables)


def test_a_station_says_where_its_numbers_come_from(example):
    with reading(example) as connection:
        found = read_station(connection, WHERE)
    assert (found.store_no, found.station_no, found.order_no_length) == (1, 9, 12)
    assert not found.orders_from_store


@pytest.mark.parametrize("changes", [{"station": "110"}, {"store": "02"}])
def test_an_unknown_station_is_a_setting_to_correct_and_passes_then(example, changes):
    problem = refusal(read_station, example, WHERE.model_copy(update=changes))
    assert (problem.code, problem.retryable) == ("NO_STATION", True)
    assert next(iter(changes.values())) in problem.found


@pytest.mark.parametrize("name", ["stock_location", "price_location"])
def test_an_unknown_location_is_a_setting_to_correct_and_passes_then(example, name):
    problem = refusal(read_station, example, WHERE.model_copy(update={name: "0l"}))
    assert (problem.code, problem.field) == ("NO_LOCATION", f"counterpoint.{name}")
    assert (problem.found, problem.retryable) == ("'0l'", True)
    assert problem.expected == "a code of IM_LOC: 01"


def test_prices_may_be_those_of_every_location(example):
    with reading(example) as connection:
        assert read_station(connection, WHERE.model_copy(update={"price_location": "*"}))


def test_only_an_active_session_of_the_drawer_counts_and_the_newest_wins(example):
    session = vendor_tables()["PS_DRW_SESSION"]
    with writing(example) as connection:
        row = dict(connection.execute(session.select()).mappings().one())
        for number, stat, drawer in ((4712, "A", "WEB"), (4713, "C", "WEB"), (4714, "A", "2")):
            changes = {"DRW_SESSION_ID": number, "STAT": stat, "DRW_ID": drawer}
            connection.execute(insert(session).values({**row, **changes}))
        assert read_drawer_session(connection, WHERE) == 4712
        connection.execute(update(session).values(STAT="C"))
    problem = refusal(read_drawer_session, example, WHERE)
    assert (problem.code, problem.retryable) == ("NO_DRAWER_SESSION", True)


@pytest.mark.parametrize(
    ("gateway", "codes", "found", "step"),
    [
        ("nmi", {}, "'nmi' (Card), which is not mapped", 'add "nmi" with its PAY_COD to '),
        (
            "nmi",
            {"nmi": "GONE"},
            "'nmi' (Card), mapped to 'GONE', which SY_PAY_COD does not have",
            'correct "nmi" in [payments.pay_codes]',
        ),
        ("", {}, "no gateway (Card)", "enter the order in Counterpoint by hand and `woocp settle`"),
    ],
)
def test_a_gateway_without_an_existing_pay_code_waits_for_people(
    example, gateway, codes, found, step
):
    order = read_order(example_order(payment_method=gateway, payment_method_title="Card"))
    problem = refusal(read_pay_code, example, order, settings(payments={"pay_codes": codes}))
    assert (problem.code, problem.retryable) == ("NO_PAY_CODE", False)
    assert problem.found == found
    assert problem.next_step.startswith(step)
    assert problem.next_step.endswith(", then replay")


@pytest.mark.cp_bug(17, 18)
def test_a_tax_code_must_exist_and_is_never_cut(example):
    ship_to = read_address(example_order()["shipping"])
    with reading(example) as connection:
        found = read_tax_code(connection, ship_to, settings())
    assert found.tax_cod == "FL-BROWARD"
    problem = refusal(read_tax_code, example, ship_to, settings(tax={"default": "FL-BROWAR"}))
    assert (problem.code, problem.found) == ("NO_TAX_CODE", "'FL-BROWAR' for state 'FL'")
    assert (problem.field, problem.retryable) == ("TAX_COD", True)


def test_no_tax_code_is_set_where_none_is_configured(example):
    with reading(example) as connection:
        ship_to = read_address(example_order()["shipping"])
        assert read_tax_code(connection, ship_to, settings(tax={})) is None
