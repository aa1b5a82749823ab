"""Whether a web customer may become a Counterpoint customer, and what looks odd about it.

Belongs here: the retailer's completeness rule and the warnings of CP §3.2.1.4-5. Decides only;
warnings never stop a customer.
"""

import re
from collections.abc import Mapping
from typing import Final

from woocp_pipelines.rules.customer_reading import NEXT_SYNC, WebCustomer
from woocp_pipelines.rules.problems import Problem, RefusedError
from woocp_pipelines.rules.text import MAX_EMAIL

INCOMPLETE: Final = "INCOMPLETE_REGISTRATION"
# Without the area code: less is no telephone anywhere near.
_LEAST_DIGITS: Final = 7

_DISPOSABLE: Final = frozenset(
    (
        "10minutemail.com",
        "guerrillamail.com",
        "mailinator.com",
        "sharklasers.com",
        "temp-mail.org",
        "tempmail.com",
        "throwawaymail.com",
        "trashmail.com",
        "yopmail.com",
    )
)
_SHORTEST_LOCAL: Final = 3
_GENERATED: Final = re.compile(r"[a-z]+\d{4,}")
_STATE: Final = re.compile(r"[A-Z]{2}")
_ADDRESS: Final = ("ADRS_1", "CITY", "STATE", "ZIP_COD")


def check_new_customer(customer: WebCustomer) -> None:
    """Refuse what must not enter Counterpoint as a new customer.

    Registrations must be complete, against bots (CP §3.2.1.4); behind a paid order nothing but an
    e-mail that cannot be stored is refused, since it would be needed to find the customer again.

    Raises:
        RefusedError: INCOMPLETE_REGISTRATION, INVALID_EMAIL, or both of a registration.
    """
    if customer.order_id is None:
        _check_registration(customer)
    elif customer.given_email and not customer.email:
        # Never cut, and never created without it (CP §3.8): the next order would not find them.
        raise RefusedError(_invalid_email(customer))


def warnings(customer: WebCustomer) -> list[str]:
    """What people should look at: texts that were cut, addresses as bots use them or with gaps."""
    cut = [f"{item.column} cut, was {item.original!r}" for item in customer.address.cuts]
    local, _, domain = (customer.email or "").partition("@")
    odd = {
        "disposable mail domain": domain in _DISPOSABLE,
        "e-mail name of digits only": local.isdigit(),
        "very short e-mail name": 0 < len(local) < _SHORTEST_LOCAL,
        "e-mail name looks generated": bool(_GENERATED.fullmatch(local)),
    }
    return [*cut, *(text for text, applies in odd.items() if applies), *_gaps(customer)]


def _gaps(customer: WebCustomer) -> list[str]:
    """What the retailer's preflight asked of an address (CP §3.2.1.9)."""
    address = customer.address
    missing = [name for name in _ADDRESS if getattr(address, name) is None]
    if address.CNTRY != "US":
        # Elsewhere an address may have no state, and longer codes for it.
        return [f"no {name}" for name in missing if name != "STATE"]
    odd_state = address.STATE is not None and not _STATE.fullmatch(address.STATE)
    gaps = [f"no {name}" for name in missing]
    return [*gaps, f"STATE {address.STATE} is no code of two letters"] if odd_state else gaps


def _invalid_email(customer: WebCustomer) -> Problem:
    given = customer.given_email
    long = f", {len(given)} characters" if len(given) > MAX_EMAIL else ""
    return Problem(
        code="INVALID_EMAIL",
        field="email",
        found=f"{given!r}{long}",
        expected=f"an e-mail address of at most {MAX_EMAIL} characters",
        next_step=_after_invalid_email(customer),
    )


def _after_invalid_email(customer: WebCustomer) -> str:
    user = f"in USER_CUSTOMER_MAP for web user {customer.user_id}"
    if customer.order_id is None:
        return (
            "for a bot, settle its dead letter with `woocp settle`; else correct the e-mail in the "
            f"store, or enter the customer in Counterpoint and {user}{NEXT_SYNC}"
        )
    if customer.user_id is None:
        # No map row can name a guest (CP §2.4), so that no replay would find the customer.
        return (
            "enter customer and ticket in Counterpoint by hand and `woocp settle` the order; or "
            "correct the e-mail in the order, then replay"
        )
    return (
        f"enter the customer in Counterpoint and {user}, or correct the e-mail in the order; "
        "then replay"
    )


def _check_registration(customer: WebCustomer) -> None:
    """Each problem in a letter of its own: who sent a bad e-mail has not forgotten it."""
    missing = _missing(customer)
    problems = [_incomplete(missing)] if missing else []
    if customer.given_email and not customer.email:
        problems.append(_invalid_email(customer))
    if problems:
        raise RefusedError(*problems)


def _missing(customer: WebCustomer) -> dict[str, str]:
    """Required fields that are not there, and what there is instead (CP §3.2.1.4)."""
    address = customer.address
    given = {
        "first name": address.FST_NAM,
        "last name": address.LST_NAM,
        "company": address.NAM_TYP == "B",
        "e-mail": customer.given_email,
        "address line 1": address.ADRS_1,
        "phone": address.PHONE_1,
    }
    missing = {name: f"no {name}" for name, value in given.items() if not value}
    if address.PHONE_1 and sum(map(str.isdigit, address.PHONE_1)) < _LEAST_DIGITS:
        missing["phone"] = f"phone {address.PHONE_1!r} of fewer than {_LEAST_DIGITS} digits"
    return missing


def _incomplete(missing: Mapping[str, str]) -> Problem:
    return Problem(
        code=INCOMPLETE,
        field=", ".join(missing),
        found=", ".join(missing.values()),
        expected="first name, last name, company, e-mail, address line 1 and phone",
        next_step="for a bot, settle its dead letter with `woocp settle`; else complete the "
        f"customer in WooCommerce{NEXT_SYNC}",
    )
