"""Books of prices for the engine's tests, in the shapes of CP §5.1 and with the item of CP §5.5."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from woocp_pipelines.counterpoint.prices.book import PriceBook
from woocp_pipelines.counterpoint.prices.engine import contract_price, price_item
from woocp_pipelines.counterpoint.prices.facts import (
    BookFacts,
    Customer,
    FilterValues,
    Item,
    LocationPrices,
    PriceBreak,
    PriceGroup,
    PriceRule,
    UnitFactor,
)

NOW = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)  # noon in New York
COLUMNS = {
    "IM_ITEM": {
        "ITEM_NO": "text",
        "PROF_COD_1": "text",
        "CATEG_COD": "text",
        "IS_DISCNTBL": "text",
        "WEIGHT": "number",
        "PRC_DECS": "number",
    },
    "AR_CUST": {"CUST_NO": "text", "PROF_COD_1": "text", "CATEG_COD": "text"},
}


def price_row(regular="41.769", price_1="41.769", alternate=(None, None), levels=(None,) * 5):
    blank = [None] * 4
    return LocationPrices(
        regular=tuple(decimal(each) for each in (regular, alternate[0], *blank)),
        price_1=tuple(decimal(each) for each in (price_1, alternate[1], *blank)),
        levels=tuple(decimal(each) for each in levels),
    )


def decimal(text):
    return None if text is None else Decimal(text)


def make_item(number="01-10100", decimals=4, kind="PC S CS", prices=None, unit=None, **more):
    values = {"ITEM_NO": number, "PROF_COD_1": kind, "CATEG_COD": None, "IS_DISCNTBL": "Y"}
    numbers = {"WEIGHT": decimal(more.pop("weight", None)), "PRC_DECS": Decimal(decimals)}
    factors = (UnitFactor(Decimal(unit[0]), Decimal(unit[1])) if unit else None, *[None] * 4)
    return Item(
        number=number,
        price_decimals=decimals,
        units=factors,
        prices={"*": price_row()} if prices is None else prices,
        values=FilterValues(values, numbers),
        **more,
    )


def make_customer(number="10001", tier=None):
    return Customer(
        number, FilterValues({"CUST_NO": number, "PROF_COD_1": tier, "CATEG_COD": None})
    )


def make_break(method="D", amount="10", basis="R", from_quantity="0.0001"):
    return PriceBreak(Decimal(from_quantity), method, basis, decimal(amount))


def make_rule(sequence=1, *breaks, item_filter="(IM_ITEM.PROF_COD_1 = 'PC S CS')", **more):
    return PriceRule(
        sequence=sequence,
        description=more.pop("description", f"RULE {sequence}"),
        breaks=breaks or (make_break(),),
        item_filter=item_filter,
        **more,
    )


def make_group(*rules, kind="C", code="144319", customer_no="10001", **more):
    return PriceGroup(
        kind=kind, code=code, rules=rules or (make_rule(),), customer_no=customer_no, **more
    )


def make_book(*groups, items=None, customers=None, round_method="N", columns=None):
    return PriceBook(
        BookFacts(
            read_at=NOW,
            time_zone="America/New_York",
            round_method=round_method,
            groups=groups,
            items=(make_item(),) if items is None else tuple(items),
            customers=(make_customer(),) if customers is None else tuple(customers),
            columns=COLUMNS if columns is None else columns,
        )
    )


def ask_price(book, quantity="1", customer="10001", item_no="01-10100", **more):
    return price_item(
        book,
        customer=customer,
        item_no=item_no,
        quantity=Decimal(quantity),
        at=more.pop("at", NOW),
        **more,
    )


def ask_contract(book, code, quantity="1", item_no="01-10100", **more):
    return contract_price(
        book,
        group_code=code,
        item_no=item_no,
        quantity=Decimal(quantity),
        at=more.pop("at", NOW),
        **more,
    )


class Make:
    """The functions above under one name, since test folders are no packages."""

    now = NOW
    item = staticmethod(make_item)
    prices = staticmethod(price_row)
    customer = staticmethod(make_customer)
    price_break = staticmethod(make_break)
    rule = staticmethod(make_rule)
    group = staticmethod(make_group)
    book = staticmethod(make_book)
    ask = staticmethod(ask_price)
    ask_contract = staticmethod(ask_contract)
    columns = COLUMNS


@pytest.fixture(scope="session")
def make():
    """Builders of books and questions to them."""
    return Make
