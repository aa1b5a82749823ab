"""One result of /api/v1/prices: a price or the reason why there is none, as JSON.

Belongs here: asking the engine's memo and writing what it says. Does not: requests (asking.py).
"""

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from pricing_service.config import ServiceConfig
from pricing_service.fragments import Fragments
from pricing_service.replies import quoted
from pricing_service.v1.asking import Buyer, as_asked, quantity_of, wanted_item
from pricing_service.v1.models import Price, PriceItem, RefusalCode, Source
from woocp_pipelines.counterpoint.prices.answers import PriceAnswer
from woocp_pipelines.counterpoint.prices.book import PriceBook
from woocp_pipelines.counterpoint.prices.errors import (
    UndecidableError,
    UnknownItemError,
    UnknownUnitError,
)
from woocp_pipelines.rules.money import plain, round_to

SOURCES: Final[dict[str | None, Source]] = {
    "C": "contract",
    "P": "promotion",
    "S": "special",
    None: "list",
}
DETAILS: Final[dict[RefusalCode, str]] = {
    "unknown_item": "the price book has no such item; check the number, or wait for the next "
    "refresh if it is new",
    "unknown_unit": "the item has no such unit; expected '0', or the number of an alternate unit "
    "that it has",
    "unsupported_rule": "a price rule that may apply cannot be evaluated, so there is no price; "
    "/api/v1/prices/explain and `woocp price --explain` tell which",
}


def price_of(answer: PriceAnswer, round_method: str) -> Price:
    """An answer of the engine in the words of the API; without the group's code."""
    regular = answer.regular
    return {
        "item_no": answer.item_no,
        "unit": answer.unit,
        "quantity": plain(answer.quantity),
        "price": f"{answer.unit_price:f}",
        "extended": f"{answer.extended:f}",
        "regular_price": _text(
            None if regular is None else round_to(regular, answer.decimals, round_method)
        ),
        "source": SOURCES[answer.group_type],
        "rule": answer.rule_descr,
        "method": answer.method,
        "discount_pct": _text(answer.discount_pct),
        "basis": _text(answer.basis),
        "break_quantity": _text(answer.break_min_qty),
    }


def _write(answer: PriceAnswer, round_method: str) -> str:
    return json.dumps(price_of(answer, round_method), separators=(",", ":"))


_TEXTS: Final = Fragments(_write)


@dataclass(frozen=True, slots=True)
class Pricer:
    """Answers the items of one request, all from one book and for one moment."""

    config: ServiceConfig
    book: PriceBook
    buyer: Buyer
    location: str
    at: datetime
    shows_groups: bool

    def result(self, item: PriceItem, place: int) -> str:
        """One item's result as JSON.

        Raises:
            ProblemError: 400 for a quantity of more than four decimals.
        """
        quantity = quantity_of(item, f"items.{place}.")
        try:
            wanted = wanted_item(item, self.book)
            answer = self._answer(wanted.item_no, wanted.unit, quantity)
        except UnknownItemError:
            return _no_price(item, quantity, "unknown_item")
        except UnknownUnitError:
            return _no_price(item, quantity, "unknown_unit")
        except UndecidableError:
            return _no_price(item, quantity, "unsupported_rule")
        text = _TEXTS.of(answer, self.book.facts.round_method)
        if self.shows_groups:
            code = "null" if answer.group_code is None else quoted(answer.group_code)
            text = f'{text[:-1]},"group":{code}}}'
        return text if "sku" not in item else f'{{"sku":{quoted(item["sku"])},{text[1:]}'

    def _answer(self, item_no: str, unit: str, quantity: Decimal) -> PriceAnswer:
        if self.buyer.group is not None:
            found = self.config.memo.contract_price(
                self.book,
                group_code=self.buyer.group,
                item_no=item_no,
                quantity=quantity,
                at=self.at,
                unit=unit,
                location=self.location,
            )
            if found is not None:
                return found
        return self.config.memo.price_item(
            self.book,
            customer=self.buyer.customer,
            item_no=item_no,
            quantity=quantity,
            at=self.at,
            unit=unit,
            location=self.location,
            open_contracts=self.config.open_contracts,
        )


def _no_price(item: PriceItem, quantity: Decimal, code: RefusalCode) -> str:
    name, value = as_asked(item)
    return json.dumps(
        {name: value, "quantity": plain(quantity), "code": code, "detail": DETAILS[code]}
    )


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
