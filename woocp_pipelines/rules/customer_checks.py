"""Whether a web customer may become a Counterpoint customer, and what looks odd about it.

Belongs here: the retailer's completeness rule and the warnings of CP §3.2.1.4-5. Decides only;
warnings never stop a customer.
"""

import re
from typing import Final

from woocp_pipelines.rules.customer_reading import WebCustomer
from woocp_pipelines.rules.problems import Problem, RefusedError

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
        RefusedError: INCOMPLETE_REGISTRATION or INVALID_EMAIL.
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
    step = "correct the e-mail in the order"
    if customer.user_id is not None:
        step += f", or enter the customer in USER_CUSTOMER_MAP for web user {customer.user_id}"
    return Problem(
        code="INVALID_EMAIL",
        field="email",
        found=repr(customer.given_email),
        expected="an e-mail address of at most 50 characters",
        next_step=f"{step}; then replay",
    )


def _check_registration(customer: WebCustomer) -> None:
    address = customer.address
    needed = {
        "first name": address.FST_NAM,
        "last name": address.LST_NAM,
        "company": address.NAM_TYP == "B",
        "valid e-mail": customer.email,
        "address line 1": address.ADRS_1,
        "phone": address.PHONE_1,
    }
    missing = ", ".join(name for name, value in needed.items() if not value)
    if missing:
        raise RefusedError(
            Problem(
                code="INCOMPLETE_REGISTRATION",
                field=missing,
                found=f"Missing required fields: {missing}",
                expected=", ".join(needed),
                next_step="for a bot, settle its dead letter; else complete the customer in "
                "WooCommerce",
            )
        )
