"""Invented web orders with all they are booked from, for properties of the documents.

Belongs here: making a case from a number. The properties are in test_document_building_*.py. Cases
are not drawn by hypothesis itself: an order has a hundred values, and drawing each costs more than
booking all of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from woocp_pipelines.counterpoint.lengths import text_length
from woocp_pipelines.counterpoint.tables import METADATA
from woocp_pipelines.rules.addresses import Address, read_address
from woocp_pipelines.rules.document_building import Documents, build_documents
from woocp_pipelines.rules.document_building.inputs import (
    Booking,
    CatalogueItem,
    CounterpointPrice,
    DocumentKeys,
    ItemCost,
    PayCode,
    Place,
    PriceRuleUsed,
    ResolvedLine,
    TaxCode,
    UnitPrices,
)
from woocp_pipelines.rules.money import ZERO, cents, split_cents, unit_price
from woocp_pipelines.rules.order_checks import check_order
from woocp_pipelines.rules.units import SellableItem, SellingUnit, stocking_quantity
from woocp_pipelines.rules.web_order import RateTax, WebCharge, WebCoupon, WebLine, WebOrder
from woocp_pipelines.settings import Documents as DocumentSettings
from woocp_pipelines_tests.customer_world import settings_for

D = Decimal
Option = Literal["A", "B", "C"]
ORDER_ID, TICKET_ID = 109105441112, 109305441111
ZONE = ZoneInfo("America/New_York")
CODES = settings_for().counterpoint
LENGTHS = {
    (table.name, column.name): length
    for table in METADATA.tables.values()
    for column in table.c
    if (length := text_length(column.type)) is not None
}
TEXTS = (
    "",
    " ",
    "x" * 90,
    "Łukasz & Søn \u2013 8⅓ \u00d7 11…",
    "日本 😀",
    "two\nlines\t\x00\x85\u00ad",
    "12345 Long Industrial Parkway North East Suite 208 Building C",
    "+1 (954) 555-0100 x12345678",
    "Ann@Printers.test",
    "ß" * 45,
)
TEXT_FIELDS = ("first_name", "last_name", "company", "address_1", "address_2", "city", "state")


@dataclass(frozen=True)
class Case:
    """An order, what it is booked from, and the documents that came out."""

    seed: int
    option: Option
    order: WebOrder
    booking: Booking
    place: Place
    documents: Documents

    def rows(self, table: str, doc_id: int | None = None) -> list[dict[str, Any]]:
        """Rows of one document; of the one with the goods unless another is named."""
        wanted = self.documents.doc_id if doc_id is None else doc_id
        return [row for row in self.documents.rows.get(table, []) if row["DOC_ID"] == wanted]

    def row(self, table: str, doc_id: int | None = None, **where: Any) -> dict[str, Any]:
        """The only row that matches."""
        (found,) = [row for row in self.rows(table, doc_id) if {**row, **where} == row]
        return found


def cases(options: str = "ABC") -> st.SearchStrategy[Case]:
    """Cases of the options of CP §4.1; a low number makes a small case."""
    return st.builds(make_case, st.integers(0, 100_000), st.sampled_from(options))


def make_case(seed: int, option: Option) -> Case:
    """The case of a number: always the same one."""
    dice = Random(f"{seed}{option}")
    shelf = [_item(dice, f"{number:02}-{'9' * 17}") for number in range(1, 4)]
    many = dice.randint(8, 200) if seed % 40 == 39 else 1 + seed % 7
    lines = tuple(_line(dice, number, dice.choice(shelf)) for number in range(1, many + 1))
    if seed % 11 == 10:
        lines = tuple(replace(line, web=_free(line.web)) for line in lines)
    order = _order(dice, lines)
    while check_order(order, "USD") or (option != "A" and not order.total):
        order = _order(dice, lines)
    pairs = zip(lines, order.lines, strict=True)
    lines = tuple(replace(line, web=web) for line, web in pairs)
    kind: Literal["O", "T"] = "T" if option == "C" else "O"
    slots = {"shipping_slot": dice.randint(1, 5), "fee_slot": dice.randint(1, 5)}
    place = Place(CODES, DocumentSettings(type=kind, **slots), ZONE, LENGTHS)
    booking = _booking(dice, lines, order, option)
    numbers = count(1)
    documents = build_documents(order, booking, place, lambda: UUID(int=next(numbers)))
    return Case(seed, option, order, booking, place, documents)


def _amount(dice: Random, most: int, places: int = 2) -> Decimal:
    return D(dice.choice([0, dice.randint(0, most), dice.randint(0, 200)])).scaleb(-places)


def _near(dice: Random, amount: Decimal, most: int = 1) -> Decimal:
    """An amount as the store shows it: some cents off the sum of what it shows elsewhere."""
    return max(D("0.00"), amount + D(dice.randint(-most, most)).scaleb(-2))


def _price(dice: Random) -> Decimal | None:
    return dice.choice([None, _amount(dice, 10**8, 4)])


def _moment(dice: Random) -> datetime:
    return datetime(2020, 1, 1, tzinfo=UTC) + timedelta(microseconds=dice.randint(0, 10**15 // 2))


def _item(dice: Random, item_no: str) -> CatalogueItem:
    """An item with alternate units, some of them unusable, and prices for some."""
    units = tuple(
        SellingUnit(code, name, D(dice.randint(1, 1000)), D(dice.randint(1, 40)))
        for code, name in zip("135", dice.sample(["CT", "BX", "", "ROLL"], 3), strict=True)
    )
    kind = dice.choice("IINS")
    cost = ItemCost(
        qty_on_hnd=D(dice.randint(-(10**9), 10**9)).scaleb(-4),
        gl_val=_amount(dice, 10**8),
        lst_cost=_amount(dice, 10**7, 4),
        cost_of_sls_pct=_amount(dice, 10**5, 3),
    )
    return CatalogueItem(
        sellable=SellableItem(item_no, "PK", units),
        descr="Paper " * dice.randint(0, 41),
        item_typ=kind,
        trk_meth="N",
        is_txbl=dice.choice("YN"),
        is_discntbl="Y",
        is_weighed="N",
        qty_decs=dice.randint(0, 4),
        prc_decs=dice.randint(2, 4),
        prices={
            code: UnitPrices(_price(dice), _price(dice))
            for code in dice.sample("012345", dice.randint(0, 6))
        },
        cost=cost if kind == "I" or dice.random() < 0.5 else None,
        weight=_price(dice),
    )


def _line(dice: Random, number: int, item: CatalogueItem) -> ResolvedLine:
    """A line; coupons are in `total` already."""
    unit = dice.choice(item.sellable.units)
    tenth = D(dice.randint(1, 9_000_000)).scaleb(-4)
    quantity = dice.choice([D(dice.randint(1, 500)), tenth if unit.code == "0" else D(1)])
    stocked = stocking_quantity(quantity, unit.numer, unit.denom)
    subtotal = _amount(dice, 5_000_000)
    web = WebLine(
        line_id=number,
        product_id=number,
        variation_id=0,
        name=dice.choice(TEXTS),
        sku=item.sellable.item_no,
        quantity=quantity,
        subtotal=subtotal,
        total=dice.choice([subtotal, min(subtotal, _amount(dice, 5_000_000))]),
        total_tax=_amount(dice, 300_000),
    )
    return ResolvedLine(web, item, unit, stocked)


def _free(line: WebLine) -> WebLine:
    """A line that a coupon has made free."""
    return replace(line, total=D("0.00"), total_tax=D("0.00"))


def _charges(dice: Random, method: str) -> tuple[WebCharge, ...]:
    """Some charges, free ones among them."""
    return tuple(
        WebCharge(dice.choice(TEXTS), method, _amount(dice, 100_000), _amount(dice, 9_000))
        for _ in range(dice.randint(0, 3))
    )


def _discounts(dice: Random, goods: Decimal) -> tuple[WebCharge, ...]:
    """Negative fees, often; now and then more than the goods cost, which is refused."""
    most = int(goods.scaleb(2))
    amounts = dice.choice([[], [dice.randint(1, most + 1)], [1, max(1, most // 3)]])
    return tuple(
        WebCharge(dice.choice(TEXTS), "", -D(each).scaleb(-2), -_amount(dice, each // 10))
        for each in amounts
    )


def _order(dice: Random, lines: tuple[ResolvedLine, ...]) -> WebOrder:
    """An order over these lines, its sums off by what rounding does."""
    count_rates = dice.randint(1, 3)
    detailed = dice.random() < 0.7
    web = _rated(dice, [line.web for line in lines], count_rates, detailed)
    shipping = _rated(dice, _charges(dice, "flat_rate:1"), count_rates, detailed)
    discounts = _discounts(dice, sum((line.total for line in web), ZERO))
    fees = _rated(dice, (*_charges(dice, ""), *discounts), count_rates, detailed)
    if not any(line.total for line in web) and dice.random() < 0.5:
        shipping, fees = (), ()
    taxes = sum((part.total_tax for part in (*web, *shipping, *fees)), ZERO)
    total_tax = _near(dice, dice.choice([taxes, taxes, ZERO]), 3)
    shares = split_cents(total_tax, [D(dice.randint(0, 9)) for _ in range(count_rates)])
    rates = enumerate((_near(dice, share) for share in shares), start=1)
    shipping_total = _near(dice, sum((line.total for line in shipping), ZERO))
    goods = sum((part.total for part in (*web, *fees)), ZERO)
    created = _moment(dice)
    return WebOrder(
        order_id=dice.randint(1, 10**9),
        number=dice.choice(["20001", "#WC-7", "W" * 46, "Nr. 7\u2013b"]),
        status="processing",
        currency="USD",
        created=created,
        modified=created,
        paid=dice.choice([None, _moment(dice)]),
        customer_id=0,
        billing={"state": "FL"},
        shipping={},
        payment_method=dice.choice(TEXTS),
        payment_title=dice.choice(TEXTS),
        transaction_id=dice.choice(TEXTS),
        customer_note=dice.choice(TEXTS),
        lines=web,
        shipping_lines=shipping,
        fee_lines=fees,
        coupons=tuple(
            WebCoupon(text, _amount(dice, 9_999, 3))
            for text in dice.sample(TEXTS, dice.randint(0, 2))
        ),
        tax_rates=tuple(
            RateTax(number, rate, f"US-FL-R{number}-{number}") for number, rate in rates
        ),
        discount_total=ZERO,
        shipping_total=shipping_total,
        total_tax=total_tax,
        total=_near(dice, goods + shipping_total + total_tax),
    )


def _rated(dice: Random, parts: Sequence[Any], rates: int, detailed: bool) -> tuple[Any, ...]:
    """The parts with the tax of each rate that applies to them, also where it rounds to nothing."""
    if not detailed:
        return tuple(parts)

    def taxes(part: Any) -> Iterator[RateTax]:
        weights = [D(dice.randint(0, 2)) for _ in range(rates)]
        shares = split_cents(part.total_tax, weights)
        for number, (weight, share) in enumerate(zip(weights, shares, strict=True), 1):
            if weight or share:
                yield RateTax(number, share)

    return tuple(replace(part, taxes=tuple(taxes(part))) for part in parts)


def _price_answer(dice: Random, line: ResolvedLine) -> CounterpointPrice:
    """A price of Counterpoint: any, or exactly what the web charges; of a rule or of the item."""
    charged = unit_price(line.web.total / line.web.quantity)
    price = dice.choice([_amount(dice, 10**8, 4), charged])
    rule = PriceRuleUsed(dice.choice("CPS"), "NCR CASH", dice.randint(1, 13), "x" * 30, "D")
    return CounterpointPrice(price, cents(price * line.web.quantity), dice.choice([None, rule]))


def _tax_code(dice: Random, order: WebOrder) -> TaxCode:
    """One authority, one for each rate, or any number with names for the rates."""
    several = dice.choice([1, len(order.tax_rates), 3])
    pairs = tuple((f"AUTH{number}", "TAX") for number in range(several))
    named = several != len(order.tax_rates) or dice.random() < 0.3
    rates = {rate.code: dice.choice(pairs) for rate in order.tax_rates} if named else {}
    return TaxCode("FL-BROWARD", pairs, rates)


def _address(dice: Random) -> Address:
    """An address as it is read from a block of odd texts."""
    block = {name: dice.choice(TEXTS) for name in (*TEXT_FIELDS, "postcode", "phone", "email")}
    return read_address({**block, "country": dice.choice(["US", "CA", ""])})


def _booking(
    dice: Random, lines: tuple[ResolvedLine, ...], order: WebOrder, option: Option
) -> Booking:
    tax = _tax_code(dice, order)
    deposit = (TICKET_ID, "109-000001") if option == "B" else (None, None)
    priced = dice.sample(lines, dice.randint(0, min(3, len(lines))))
    return Booking(
        cust_no="10001",
        bill_to=_address(dice),
        ship_to=_address(dice),
        ship_adrs_id=dice.choice([None, "1", "(DEFAULT)"]),
        lines=lines,
        keys=DocumentKeys(ORDER_ID, "O109-000001", *deposit),
        created=_moment(dice),
        calc_prices={line.web.line_id: _price_answer(dice, line) for line in priced},
        pay=None if option == "A" else PayCode("WEB", "B", "Web payment", "O", dice.random() < 0.5),
        tax=dice.choice([None, tax]) if order.total_tax == 0 else tax,
        ship_via_cod=dice.choice([None, "GROUND"]),
        drw_session_id=None if option == "A" else 4711,
        remarks=dice.choice([(), ("Counterpoint's price is undecided",)]),
    )
