"""The settings' method codes reach the book that the service answers from."""

from pydantic import SecretStr

from pricing_service.server import build_config
from woocp_pipelines.settings_environment import Connections, PricingAccess
from woocp_pipelines.settings_loading import build_settings

NAMES = ("store", "station", "drawer", "user", "sales_rep", "workgroup", "stock_location",
         "price_location")  # fmt: skip


def test_a_method_of_the_settings_is_computed_and_without_them_refused(
    counterpoint, clock, configure, start, tmp_path
):
    counterpoint.put_contract("PLUS", "M", "1", "25")
    asked = {"ncr_bid_no": "PLUS", "item_no": "01-20200", "quantity": 1}
    assert start(configure()).post(**asked).status_code == 500
    connections = Connections(
        sandbox=False,
        home=tmp_path / "other-home",
        database_url=SecretStr(counterpoint.url),
        store_url=None,
        store_key=None,
        store_secret=None,
    )
    business = {
        "counterpoint": dict.fromkeys(NAMES, "01"),
        "prices": {"methods": {"M": "markup"}},
    }
    access = PricingAccess(api_keys=SecretStr("wordpress=wordpress-secret-0001"))
    settings = build_settings(business, connections, access, "test")
    answer = start(build_config(settings, clock)).post(**asked)
    assert answer.json()["contract_price"] == 52.21
    assert answer.json()["pricing_method"] == "M"
