"""Doctor on the store: each answer that is not as it should be, over real HTTP."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from woocp_pipelines.counterpoint.engine import open_engine
from woocp_pipelines.flows.doctor.examining import examine_store
from woocp_pipelines.rules.doctor import store as judge
from woocp_pipelines.sandbox.store import (
    ApiKey,
    StoreServer,
    StoreState,
    add_application_password,
)
from woocp_pipelines.sandbox.store.faults import Fault
from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines_tests.customer_world import KEY, SECRET
from woocp_pipelines_tests.doctor_world import seen
from woocp_pipelines_tests.worked_example import example_settings

# The sandbox's shop offers three ways to pay beside the example's.
PAYMENTS = {"pay_codes": {"nmi": "WEB", "bacs": "WEB", "cheque": "WEB", "cod": "WEB"}}


class Shop:
    """A running store, and what doctor finds in it."""

    def __init__(self, folder):
        self.state = StoreState.open(folder / "store.db")
        self.state.add_key(ApiKey(KEY, SECRET))
        self.offer(nmi=("Credit card", True))
        self.server = StoreServer(self.state)

    def offer(self, **gateways):
        """Title of each of the plugins' ways to pay, and whether it is on."""
        brought = {name: {"title": it, "enabled": on} for name, (it, on) in gateways.items()}
        self.state.set_setting("payment_gateways", brought)

    def look(
        self, *, gate=False, key=KEY, secret=SECRET, now=None, login=None, server=None, **tables
    ):
        settings = example_settings(self.server.url, **{"payments": PAYMENTS, **tables})
        if login is not None:
            user, password = login
            both = {"wp_user": user, "wp_app_password": SecretStr(password)}
            connections = settings.connections.model_copy(update=both)
            settings = settings.model_copy(update={"connections": connections})
        with StoreClient(self.server.url, key, secret) as client:
            moment = now or datetime.now(UTC)
            engine = server or open_engine("sqlite://")
            return examine_store(settings, client.impatient(), engine, moment, gate=gate).findings

    def requests(self):
        return [f"{row.method} {row.path}" for row in self.server.requests.rows()]


@pytest.fixture
def shop(tmp_path):
    made = Shop(tmp_path)
    with made.server:
        yield made
    made.state.close()


def test_a_store_in_order_has_no_finding_and_is_asked_six_small_things(shop):
    assert shop.look() == ()
    assert len(shop.requests()) == 6


def test_looking_writes_nothing_to_the_store(shop):
    shop.state.add_product({"id": 1, "sku": "A", "stock_quantity": 3, "manage_stock": True})
    before = shop.state.find("product", 1)
    shop.look()
    assert shop.state.find("product", 1) == before


SWITCHED = {
    "an old WooCommerce": (
        {"version": "8.9.3"},
        ("store.version", "red", None, None),
    ),
    "prices with parts of a cent": (
        {"number_of_decimals": 3},
        ("store.price_decimals", "red", None, None),
    ),
    "prices without cents": (
        {"number_of_decimals": 0},
        ("store.price_decimals", "yellow", None, None),
    ),
    "legacy storage": (
        {"order_storage": "posts"},
        ("store.order_storage", "yellow", None, None),
    ),
    "no stock management": (
        {"manage_stock": "no"},
        ("store.manage_stock", "red", None, None),
    ),
}


@pytest.mark.parametrize("fault", SWITCHED)
def test_a_setting_of_the_shop_is_found(shop, fault):
    values, expected = SWITCHED[fault]
    for name, value in values.items():
        shop.state.set_setting(name, value)
    (found,) = shop.look()
    assert (found.id, found.level, found.table, found.column) == expected
    assert all((found.found, found.expected, found.why, found.fix))


@pytest.mark.parametrize(
    ("tables", "name"),
    [
        ({"store": {"currency": "CAD"}}, "store.currency"),
        ({"store": {"time_zone": "America/Chicago"}}, "store.time_zone"),
        ({"payments": {"pay_codes": {"nmi": "WEB"}}}, "store.payment_gateways"),
        ({"orders": {"start_date": "2026-01-01", "statuses": ["paid"]}}, "store.statuses"),
        ({"orders": {"start_date": "2026-01-01", "held_statuses": ["x"]}}, "store.held_statuses"),
    ],
)
def test_a_setting_of_ours_that_is_not_the_shop_s_is_found(shop, tables, name):
    assert [each.id for each in shop.look(**tables)] == [name]


def test_a_gateway_without_a_pay_code_is_yellow_since_its_orders_are_refused_by_themselves(shop):
    shop.offer(nmi=("Credit card", True), afterpay=("Pay in four", True), old=("Old", False))
    (found,) = shop.look()
    assert (found.id, found.level, found.stops) == ("store.payment_gateways", "yellow", ())
    assert "afterpay (Pay in four)" in found.found
    assert "old" not in found.found
    assert "NO_PAY_CODE" in found.why
    assert 'afterpay = "its PAY_COD"' in found.fix


def test_a_line_for_a_gateway_that_the_shop_does_not_have_is_found(shop):
    codes = {**PAYMENTS["pay_codes"], "nmy": "WEB"}
    (found,) = shop.look(payments={"pay_codes": codes})
    assert (found.id, found.level) == ("store.unknown_gateways", "yellow")
    assert "nmy" in found.found
    assert "nmi" in found.expected


def test_a_gateway_that_is_switched_off_may_keep_its_line(shop):
    shop.offer(nmi=("Credit card", False))
    assert shop.look() == ()


def test_gateways_are_nobodys_business_where_no_payment_is_written(shop):
    assert shop.look(payments={"pay_codes": {"nmy": "X"}}, documents={"payments": "none"}) == ()


def test_a_key_that_only_reads_is_found_without_writing(shop):
    shop.state.add_key(ApiKey("ck_reader", "cs_reader", permissions="read"))
    (found,) = shop.look(key="ck_reader", secret="cs_reader")
    assert (found.id, found.level) == ("store.key_writes", "red")
    assert "write permissions" in found.found
    assert "documents" not in found.stops


def test_a_key_that_may_not_ask_for_settings_is_told_and_the_rest_goes_on(shop):
    shop.state.add_key(ApiKey("ck_other", "cs_other", role="customer"))
    found = shop.look(key="ck_other", secret="cs_other")
    levels = {each.id: each.level for each in found}
    assert levels["store.key_writes"] == "red"
    assert levels["store.system"] == levels["store.payment_gateways"] == "unknown"


def test_an_application_password_that_opens_nothing_is_found(shop):
    boss = {"id": 1, "email": "a@shop.test", "username": "admin", "role": "administrator"}
    shop.state.add_customer(boss)
    add_application_password(shop.state, "admin", "abcd efgh ijkl mnop")
    assert shop.look(login=("admin", "abcd efgh ijkl mnop")) == ()
    (found,) = shop.look(login=("admin", "wrong wrong wrong"))
    assert (found.id, found.level) == ("store.application_password", "yellow")


def test_a_wrong_clock_is_found(shop):
    (found,) = shop.look(now=datetime.now(UTC) + timedelta(minutes=5))
    assert found.id == "store.clock"
    assert "s behind this machine's" in found.found


def test_a_store_that_is_away_is_one_red_finding_that_stops_nobody(shop):
    shop.server.faults.add(Fault("server_error", times=9))
    (found,) = shop.look()
    assert (found.id, found.level, found.stops) == ("store.reachable", "red", ())
    assert len(shop.requests()) == 1


def test_one_question_that_fails_is_unknown_and_the_others_are_asked(shop):
    shop.server.faults.add(Fault("fatal", path="/settings/products"))
    shop.state.set_setting("version", "7.1")
    assert seen(list(shop.look())) == [
        ("store.version", "red", None, None),
        ("store.manage_stock", "unknown", None, None),
    ]


def test_the_gate_asks_only_what_may_stop_a_run(shop):
    assert shop.look(gate=True, payments={"pay_codes": {}}) == ()
    assert [each.rpartition("/")[2] for each in shop.requests()] == [
        "",
        "system_status",
        "batch",
        "products",
    ]


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://shop.example", []),
        ("http://127.0.0.1:8790", []),
        ("http://shop.example", ["store.tls"]),
    ],
)
def test_a_shop_elsewhere_is_asked_over_https_only(url, found):
    assert [each.id for each in judge.judge_address(url)] == found


@pytest.mark.parametrize("version", ["9.0.0", "9.0", "10.5.0", "9.0-rc.1"])
def test_versions_are_compared_as_numbers(version):
    assert list(judge.judge_version(version)) == []


def test_the_shop_s_zone_alone_stops_nobody_since_it_writes_nothing(shop):
    (found,) = shop.look(store={"time_zone": "America/Chicago"})
    assert (found.id, found.level, found.stops) == ("store.time_zone", "yellow", ())
    assert "TKT_DT" in found.why
    assert "clock on the wall" in found.fix


def test_a_second_witness_that_does_not_answer_is_unknown(shop):
    (found,) = shop.look(
        store={"time_zone": "America/Chicago"}, server=open_engine("sqlite:////no/such/folder/x.db")
    )
    assert (found.id, found.level, found.stops) == ("store.time_zone", "unknown", ())
