"""The accounts of the web shop, and what the customer sync must make of each.

Belongs here: WordPress users with their WooCommerce addresses. Does not: guests, who exist in
their orders only (orders_*.py). Ids are WordPress user ids.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

from woocp_pipelines.sandbox.retailer import customers
from woocp_pipelines.sandbox.retailer.people import Person

Outcome = Literal["mapped", "linked", "created", "refused"]


@dataclass(frozen=True, slots=True)
class Account:
    """One web account.

    `mapped` is the customer number that USER_CUSTOMER_MAP has already. `outcome` is what must
    have become of it in the end, `cust_no` the customer it must belong to when that is known,
    `code` the dead letter that must remain.
    """

    user_id: int
    person: Person
    outcome: Outcome
    cust_no: str | None = None
    mapped: bool = False
    code: str | None = None
    role: str = "customer"
    login_only: bool = False

    def to_json(self) -> dict[str, Any]:
        """The record in the shape of GET /customers/{id}."""
        person = self.person
        return {
            "id": self.user_id,
            "email": person.email,
            "first_name": "" if self.login_only else person.first,
            "last_name": "" if self.login_only else person.last,
            "role": self.role,
            "username": person.email.partition("@")[0],
            "date_created_gmt": f"2026-09-{self.user_id % 28 + 1:02d}T12:00:00",
            "billing": {} if self.login_only else person.billing(),
            "shipping": {} if self.login_only else person.shipping(),
            "is_paying_customer": self.mapped,
            "meta_data": [],
        }


def _mapped(user_id: int, customer: customers.CustomerSeed) -> Account:
    return Account(user_id, customer.person, "mapped", customer.cust_no, mapped=True)


def _linked(user_id: int, customer: customers.CustomerSeed, email: str) -> Account:
    known = customer.person
    person = Person(known.first, known.last, known.company, email, state=known.state)
    return Account(user_id, person, "linked", customer.cust_no)


def _new(user_id: int, person: Person, role: str = "customer") -> Account:
    return Account(user_id, person, "created", role=role)


INCOMPLETE: Final = "INCOMPLETE_REGISTRATION"

BAKERY: Final = _mapped(11, customers.HARBOR)
PRINTER: Final = _mapped(12, customers.COBALT)
SCHOOL: Final = _mapped(13, customers.FERNHILL)
GIFTS: Final = _mapped(14, customers.JUNIPER)
CANDLES: Final = _linked(15, customers.OLD_MILL, "piet@oldmill.example")
HARDWARE: Final = _mapped(16, customers.QUARRY)
FLORIST: Final = _mapped(17, customers.VIOLET)
BOATS: Final = _mapped(18, customers.BEACON)
DENTIST: Final = _linked(19, customers.STONEGATE, "purchasing@stonegate.example")
# A second buyer of a customer whose map row another account already has.
SECOND_BUYER: Final = Account(
    21,
    Person("Lin", "Okafor", "Juniper & Wren Gifts", "stock@juniperwren.example"),
    "refused",
    customers.JUNIPER.cust_no,
    code="CUSTOMER_ALREADY_MAPPED",
)
TWINS: Final = Account(
    22,
    Person("Dale", "Hurst", "Twin Peaks", "orders@twinpeaks.example"),
    "refused",
    code="AMBIGUOUS_CUSTOMER",
)
ASE: Final = _new(23, Person("Åse", "Bjørnsen", "Nordlys Form", "ase@nordlys.example"))
JOSE: Final = _new(24, Person("José", "Núñez", "Panadería Núñez", "jose@nunez.example"))
VINYL: Final = _new(25, Person("Siobhan", "O'Neil", 'The 12" Vinyl Club', "so@vinylclub.example"))
# Registered without firm and phone; the first has paid for an order all the same.
HASTY_BUYER: Final = _new(27, Person("Remy", "Duval", "", "remy@duval.example", phone=""))
LODZ: Final = _new(31, Person("Łukasz", "Żółć", "Zakład Żółć", "lukasz@zolc.example"))

ACCOUNTS: Final = (
    BAKERY,
    PRINTER,
    SCHOOL,
    GIFTS,
    CANDLES,
    HARDWARE,
    FLORIST,
    BOATS,
    DENTIST,
    SECOND_BUYER,
    TWINS,
    ASE,
    JOSE,
    VINYL,
    Account(
        26, Person("Half", "Done", "", "half@done.example", phone=""), "refused", code=INCOMPLETE
    ),
    HASTY_BUYER,
    _new(28, Person("Quick", "Sample", "Sample Seekers", "qs@mailinator.com")),
    _new(29, Person("Ada", "Brandt", "Brandt Bindery", "ada@brandt.example"), "wholesale_buyer"),
    Account(
        30,
        Person("Read", "Only", "", "reader@news.example"),
        "refused",
        code=INCOMPLETE,
        role="subscriber",
        login_only=True,
    ),
    LODZ,
    Account(
        1,
        Person("Site", "Admin", "", "admin@tallowcreek.example"),
        "refused",
        code=INCOMPLETE,
        role="administrator",
        login_only=True,
    ),
    _new(
        2,
        Person("Mabel", "Reyes", "Tallow Creek Supply", "mabel@tallowcreek.example"),
        "shop_manager",
    ),
)
