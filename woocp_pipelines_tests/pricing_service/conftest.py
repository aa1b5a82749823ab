"""The service over real HTTP, on a real database file."""

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import requests
from pydantic import SecretStr
from sqlalchemy import String, delete, insert, update

from pricing_service.server import PricingServer, build_config
from woocp_pipelines.counterpoint.engine import open_engine
from woocp_pipelines.counterpoint.tables import (
    IM_ITEM,
    IM_PRC_RUL_BRK,
    USER_CUSTOMER_MAP,
    USER_PRODUCT_MAP,
)
from woocp_pipelines.counterpoint.types import Code
from woocp_pipelines.sandbox.schema import create_vendor_tables, vendor_tables
from woocp_pipelines.settings_environment import Connections, PricingAccess
from woocp_pipelines.settings_loading import build_settings

KEY = "wordpress-secret-0001"
PRICE_ONLY_KEY = "price-only-secret-0002"
TABLES = ("AR_CUST", "IM_CTL", "IM_ITEM", "IM_PRC", "IM_PRC_GRP", "IM_PRC_RUL", "IM_PRC_RUL_BRK")
CODES = ("store", "station", "drawer", "user", "sales_rep", "workgroup", "stock_location",
         "price_location")  # fmt: skip
BUSINESS = {
    "counterpoint": dict.fromkeys(CODES, "01"),
    "pricing": {"max_batch": 3, "refuse_after_hours": 24},
}


class Clock:
    """A clock that tests move."""

    def __init__(self):
        self.now = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)

    def __call__(self):
        return self.now

    def pass_hours(self, hours):
        self.now += timedelta(hours=hours)


class Counterpoint:
    """The database behind the service: one item, contracts of several kinds."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = f"sqlite:///{path.as_posix()}"
        self.engine = open_engine(self.url)
        create_vendor_tables(self.engine, TABLES)
        self.put("IM_CTL", KEY_ID=1, PRC_ROUND_METH="N")
        for number, decimals in (("01-10100", 4), ("01-20200", 2)):
            price = Decimal("41.769")
            self.put("IM_ITEM", ITEM_NO=number, DESCR="PAPER", PRC_DECS=decimals, PRC_1=price)
            self.put("IM_PRC", ITEM_NO=number, LOC_ID="*", DIM_1_UPR="*", DIM_2_UPR="*",
                     DIM_3_UPR="*", REG_PRC=price, PRC_1=price)  # fmt: skip
        self.put_contract("144319", "D", "R", "49.4949", descr="SUPERIOR PC S CS")
        self.put_contract("NCR CASH", "F", "!", "57")
        self.put_contract("ODD", "P", "1", "0")

    def put(self, table, **values):
        with self.engine.begin() as connection:
            connection.execute(insert(vendor_tables()[table]).values(**values))

    def put_contract(self, code, method, basis, amount, descr="RULE"):
        key = {"GRP_TYP": "C", "GRP_COD": code}
        self.put("IM_PRC_GRP", **key, ENABLED="Y", CUST_NO="10001")
        self.put("IM_PRC_RUL", **key, RUL_SEQ_NO=1, DESCR=descr)
        self.put("IM_PRC_RUL_BRK", **key, RUL_SEQ_NO=1, MIN_QTY=Decimal("0.0001"),
                 PRC_METH=method, PRC_BASIS=basis, AMT_OR_PCT=Decimal(amount))  # fmt: skip

    def add_people(self):
        """Two customers and their web users, an item by the carton, a contract without rules."""
        for number in ("10001", "10002"):
            needed = {
                column.name: "-" if isinstance(column.type, Code | String) else 0
                for column in vendor_tables()["AR_CUST"].columns
                if not (column.nullable or column.server_default or column.computed)
            }
            self.put("AR_CUST", **needed | {"CUST_NO": number})
        price = Decimal("41.769")
        self.put("IM_ITEM", ITEM_NO="01-30300", DESCR="PAPER", PRC_DECS=2, PRC_1=price,
                 ALT_1_UNIT="CT", ALT_1_NUMER=Decimal(10), ALT_1_DENOM=Decimal(1))  # fmt: skip
        self.put("IM_PRC", ITEM_NO="01-30300", LOC_ID="*", DIM_1_UPR="*", DIM_2_UPR="*",
                 DIM_3_UPR="*", REG_PRC=Decimal(50), PRC_1=price)  # fmt: skip
        self.put("IM_PRC_GRP", GRP_TYP="C", GRP_COD="EMPTY", ENABLED="Y", CUST_NO="10001")
        for table in (USER_CUSTOMER_MAP, USER_PRODUCT_MAP):
            table.create(self.engine)
        users = insert(USER_CUSTOMER_MAP)
        sku = insert(USER_PRODUCT_MAP)
        with self.engine.begin() as connection:
            connection.execute(users.values(WOO_USER_ID=7, CUST_NO="10001", IS_ACTIVE=True))
            connection.execute(users.values(WOO_USER_ID=8, CUST_NO="10002", IS_ACTIVE=True))
            connection.execute(
                sku.values(SKU="01-30300-CARTON", WOO_PRODUCT_ID=1, ITEM_NO="01-30300",
                           SELL_UNIT="1", IS_ACTIVE=True)
            )  # fmt: skip

    def set_amount(self, code, amount):
        change = update(IM_PRC_RUL_BRK).where(IM_PRC_RUL_BRK.c.GRP_COD == code)
        with self.engine.begin() as connection:
            connection.execute(change.values(AMT_OR_PCT=Decimal(amount)))

    def lose_items(self):
        with self.engine.begin() as connection:
            connection.execute(delete(IM_ITEM))

    def go_away(self):
        """Every connection from now on fails, as with a stopped server."""
        self.engine.dispose()
        for file in self.path.parent.glob(f"{self.path.name}*"):
            file.unlink()
        self.path.mkdir()

    def never_mind(self):
        self.engine.dispose()


class Caller:
    """A client of the running service with the plugin's key."""

    def __init__(self, url):
        self.url = url
        self.headers = {"X-API-Key": KEY}

    def post(self, path="/api/contract-price", **body):
        return requests.post(self.url + path, json=body, headers=self.headers, timeout=20)

    def send(self, data, path="/api/contract-price", **headers):
        given = self.headers | headers
        return requests.post(self.url + path, data=data, headers=given, timeout=20)

    def get(self, path):
        return requests.get(self.url + path, timeout=20)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def counterpoint(tmp_path):
    database = Counterpoint(tmp_path / "counterpoint.db")
    yield database
    database.never_mind()


@pytest.fixture
def configure(counterpoint, clock, tmp_path):
    """Makes the service's parts as `woocp-pricing` does, from settings."""

    def build(keys=f"wordpress={KEY},shop={PRICE_ONLY_KEY}:price", url=None):
        connections = Connections(
            sandbox=False,
            home=tmp_path / "home",
            database_url=SecretStr(url or counterpoint.url),
            store_url=None,
            store_key=None,
            store_secret=None,
        )
        access = PricingAccess(api_keys=SecretStr(keys) if keys else None)
        return build_config(build_settings(BUSINESS, connections, access, "test"), clock)

    return build


@pytest.fixture
def config(configure):
    return configure()


@pytest.fixture
def start():
    """Starts services that end with the test."""
    with ExitStack() as running:
        yield lambda config: Caller(running.enter_context(PricingServer(config, threads=2)).url)


@pytest.fixture
def call(start, config):
    return start(config)
