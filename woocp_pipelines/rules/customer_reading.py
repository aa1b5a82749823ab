"""A web customer as woocp sees it: out of the customer list, or out of an order.

Belongs here: which of WooCommerce's fields counts, and what tells one state of a record from the
next (CP §3.2.1.3). Does not: Counterpoint's row (customer_building.py).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from woocp_pipelines.rules.addresses import LENGTHS, Address, read_address, read_text
from woocp_pipelines.rules.problems import Problem, RefusedError

# The end of what people are told: nobody can replay a registration.
NEXT_SYNC: Final = "; the next customer sync takes it up"
REPLAY: Final = "; then replay"


@dataclass(frozen=True, slots=True)
class WebCustomer:
    """A registered user, or the customer behind a paid order (`order_id`), guests included.

    `ship_to` is None where nothing else than the main address was given. `given_email` is what
    stood there, when it is no address that Counterpoint can hold.
    """

    user_id: int | None
    order_id: int | None
    address: Address
    ship_to: Address | None
    given_email: str
    content_hash: str
    json: str
    order_number: str | None = None

    @property
    def email(self) -> str | None:
        """Trimmed, lower-case and valid, or None."""
        return self.address.EMAIL_ADRS_1

    @property
    def key(self) -> str:
        """What names the customer in dead letters and reports."""
        return str(self.user_id) if self.user_id else f"order {self.order_number or self.order_id}"


def registered_customer(
    woo: Mapping[str, Any], lengths: Mapping[str, int] = LENGTHS
) -> WebCustomer:
    """Read one record of `GET /customers`.

    Raises:
        RefusedError: see `rules.addresses.read_address`.
    """
    try:
        return _web_customer(woo, top=woo, user_id=int(woo["id"]), lengths=lengths)
    except RefusedError as refused:
        raise RefusedError(*map(_without_replay, refused.problems)) from refused


def order_customer(order: Mapping[str, Any], lengths: Mapping[str, int] = LENGTHS) -> WebCustomer:
    """Read the customer out of a raw order: a guest (customer_id 0), or a user by id.

    Raises:
        RefusedError: see `rules.addresses.read_address`.
    """
    return _web_customer(
        order,
        top={},
        user_id=int(order.get("customer_id") or 0) or None,
        order_id=int(order["id"]),
        order_number=str(order.get("number") or order["id"]),
        lengths=lengths,
    )


def _without_replay(problem: Problem) -> Problem:
    """What is said of addresses speaks of orders, too."""
    step = problem.next_step.removesuffix(REPLAY)
    return problem if step == problem.next_step else replace(problem, next_step=step + NEXT_SYNC)


def _web_customer(
    record: Mapping[str, Any],
    *,
    top: Mapping[str, Any],
    user_id: int | None,
    lengths: Mapping[str, int],
    order_id: int | None = None,
    order_number: str | None = None,
) -> WebCustomer:
    billing, shipping = _block(record, "billing"), _block(record, "shipping")
    main = _main_block(top, billing, shipping)
    address = read_address(main, fallback_email=billing.get("email"), lengths=lengths)
    ship_to = read_address(shipping, lengths=lengths)
    content = {
        "email": top.get("email"),
        "first_name": top.get("first_name"),
        "last_name": top.get("last_name"),
        "billing": billing,
        "shipping": shipping,
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return WebCustomer(
        user_id=user_id,
        order_id=order_id,
        order_number=order_number,
        address=address,
        ship_to=ship_to if ship_to.has_street and not _same_place(ship_to, address) else None,
        given_email=read_text(main, "email") or read_text(billing, "email"),
        content_hash=hashlib.sha256(text.encode()).hexdigest(),
        json=text,
    )


def _main_block(
    top: Mapping[str, Any], billing: Mapping[str, Any], shipping: Mapping[str, Any]
) -> dict[str, Any]:
    """One block out of three sources, each field from the first that has it (CP §3.2.1.3)."""
    place = billing if read_text(billing, "address_1") else shipping
    lines = ("address_1", "address_2", "city", "state", "postcode", "country")
    sources = {
        "first_name": (top, billing, shipping),
        "last_name": (top, billing, shipping),
        "company": (shipping, billing),
        "phone": (billing, shipping),
        "email": (top, billing),
    }
    return {name: place.get(name) for name in lines} | {
        name: next((text for block in blocks if (text := read_text(block, name))), "")
        for name, blocks in sources.items()
    }


def _block(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    block = record.get(name)
    if isinstance(block, Mapping):
        return block
    raise RefusedError(
        Problem(
            code="BAD_CUSTOMER",
            field=name,
            found=type(block).__name__,
            expected="an object with the address",
            next_step="look for a plugin of the shop that changes its REST answers; then replay",
        )
    )


def _same_place(one: Address, other: Address) -> bool:
    names = ("ADRS_1", "ADRS_2", "ADRS_3", "CITY", "STATE", "ZIP_COD", "CNTRY")
    return all(
        str(getattr(one, name)).upper() == str(getattr(other, name)).upper() for name in names
    )
