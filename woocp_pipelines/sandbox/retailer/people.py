"""Persons and firms: one address type for Counterpoint's customers, web accounts and guests.

Belongs here: the address and how it is written in both systems. Who there is: customers.py,
accounts.py and the orders themselves.
"""

from dataclasses import dataclass
from typing import Any, Final

# Tax rates of the shop by state: WooCommerce rate id, code, label, percent, applies to shipping.
TAXES_BY_STATE: Final = {
    "OH": (
        (11, "US-OH-SALES TAX-1", "Ohio sales tax", "5.75", True),
        (12, "US-OH-LAKE TRANSIT-2", "Lake transit", "0.75", False),
    ),
    "PA": ((13, "US-PA-SALES TAX-1", "Pennsylvania sales tax", "6", False),),
}


@dataclass(frozen=True, slots=True)
class Person:
    """Name, firm and address of somebody; an empty text is something not given."""

    first: str
    last: str
    company: str = ""
    email: str = ""
    street: str = "18 Lockkeeper Row"
    street_2: str = ""
    city: str = "Fairport"
    state: str = "OH"
    postcode: str = "44077"
    phone: str = "440-555-0100"
    country: str = "US"

    def billing(self) -> dict[str, Any]:
        """The billing block of the store."""
        return {**self.shipping(), "email": self.email, "phone": self.phone}

    def shipping(self) -> dict[str, Any]:
        """The shipping block of the store, which has no e-mail."""
        return {
            "first_name": self.first,
            "last_name": self.last,
            "company": self.company,
            "address_1": self.street,
            "address_2": self.street_2,
            "city": self.city,
            "state": self.state,
            "postcode": self.postcode,
            "country": self.country,
            "phone": "",
        }
