"""The accounts of the web shop, and what the customer sync must make of each.

Belongs here: WordPress users with their WooCommerce addresses. Does not: guests, who exist in
their orders only (orders_*.py). Ids are WordPress user ids.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

from woocp_pipelines.sandbox.retailer import customers
from woocp_pipelines.sandbox.retailer.people import Person

Outcome = Literal["mapped", "linked", "created", "refused", "staff"]


@dataclass(frozen=True, slots=True)
class Account:
    """One web account.

    `mapped` says that USER_CUSTOMER_MAP has the customer number already. `outcome` is what must
    have become of it in the end, `cust_no` the customer it must belong to when that is known,
    `code` the dead letter that must remain. `role` is the first of the user's roles, `more_roles`
    the others, `meta` what earlier pushes have left.
    """

    user_id: int
    person: Person
    outcome: Outcome
    cust_no: str | None = None
    mapped: bool = False
    code: str | None = None
    role: str = "customer"
    more_roles: tuple[str, ...] = ()
    meta: tuple[tuple[str, str], ...] = ()
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
            "meta_data": [{"key": key, "value": value} for key, value in self.meta],
            "_roles": [self.role, *self.more_roles],
        }


def _mapped(user_id: int, customer: customers.CustomerSeed, **more: Any) -> Account:
    return Account(user_id, customer.person, "mapped", customer.cust_no, mapped=True, **more)


def _pushed(customer: customers.CustomerSeed, tier: str) -> tuple[tuple[str, str], ...]:
    """Meta as a push writes it, of a time when the customer had this tier."""
    return (
        ("cp_cust_no", customer.cust_no),
        ("cp_categ_cod", "WEB"),
        ("cp_prof_cod_1", tier),
        ("cp_tier", tier),
        *((("cp_discount_pct", "12.5"),) if tier == "TRADE" else ()),
    )


def _linked(user_id: int, customer: customers.CustomerSeed, email: str) -> Account:
    known = customer.person
    person = Person(known.first, known.last, known.company, email, state=known.state)
    return Account(user_id, person, "linked", customer.cust_no)


def _new(user_id: int, person: Person, role: str = "customer") -> Account:
    return Account(user_id, person, "created", role=role)


INCOMPLETE: Final = "INCOMPLETE_REGISTRATION"

# Roles that plugins of the shop have made; the first three are those of price tiers.
TRADE_ROLE: Final = "trade_customers"
VOLUME_ROLE: Final = "volume_customers"
PUBLIC_ROLE: Final = "public_customers"
ROLE_OF_TIER: Final = {"TRADE": TRADE_ROLE, "VOLUME": VOLUME_ROLE, "PUBLIC": PUBLIC_ROLE}
NEWSLETTER_ROLE: Final = "newsletter_reader"
PLUGIN_ROLES: Final = (
    TRADE_ROLE,
    VOLUME_ROLE,
    PUBLIC_ROLE,
    NEWSLETTER_ROLE,
    "wholesale_buyer",
)

BAKERY: Final = _mapped(11, customers.HARBOR)
# Was a trade customer, and the store still thinks so.
PRINTER: Final = _mapped(
    12, customers.COBALT, role=TRADE_ROLE, meta=_pushed(customers.COBALT, "TRADE")
)
# A tier's role too many, given by hand, beside one of a plugin.
SCHOOL: Final = _mapped(
    13, customers.FERNHILL, role=NEWSLETTER_ROLE, more_roles=(PUBLIC_ROLE, TRADE_ROLE)
)
GIFTS: Final = _mapped(14, customers.JUNIPER)
CANDLES: Final = _linked(15, customers.OLD_MILL, "piet@oldmill.example")
# As it must be: nothing is written.
HARDWARE: Final = _mapped(
    16, customers.QUARRY, role=VOLUME_ROLE, meta=_pushed(customers.QUARRY, "VOLUME")
)
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
        "staff",
        role="administrator",
        login_only=True,
    ),
    _new(
        2,
        Person("Mabel", "Reyes", "Tallow Creek Supply", "mabel@tallowcreek.example"),
        "shop_manager",
    ),
)
