"""The customers that Counterpoint knows: AR_CUST and AR_SHIP_ADRS (CP §1.1, §1.2).

Belongs here: who they are and their rows. Does not: accounts of the web shop (accounts.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from woocp_pipelines.sandbox.retailer.codes import STORE, TEMPLATE, USER, WALK_IN
from woocp_pipelines.sandbox.retailer.people import Person

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CustomerSeed:
    """One customer of Counterpoint. `tier` is PROF_COD_1."""

    cust_no: str
    person: Person
    tier: str = "COUNTER"
    second_email: str | None = None
    on_web: bool = True

    @property
    def name(self) -> str:
        """NAM: the firm, or the person."""
        return self.person.company or f"{self.person.first} {self.person.last}"


def _firm(
    cust_no: str, company: str, first: str, last: str, email: str, **more: Any
) -> CustomerSeed:
    person = {key: more.pop(key) for key in ("state", "city", "postcode") if key in more}
    return CustomerSeed(cust_no, Person(first, last, company, email, **person), **more)


# Those that a seeded order or web account means; what is peculiar about each stands beside it.
HARBOR: Final = _firm(
    "40001", "Harbor Lane Bakery", "Ines", "Calloway", "ines@harborlane.example", tier="TRADE"
)
COBALT: Final = _firm("40002", "Cobalt Print Works", "Abel", "Moreau", "abel@cobaltprint.example")
FERNHILL: Final = _firm(
    "40003", "Fernhill Schools", "Greta", "Lindqvist", "office@fernhill.example", tier="PUBLIC"
)
JUNIPER: Final = _firm(
    "40004",
    "Juniper & Wren Gifts",
    "Wren",
    "Okafor",
    "wren@juniperwren.example",
    second_email="stock@juniperwren.example",
)
OLD_MILL: Final = _firm("40005", "Old Mill Candles", "Piet", "Hannover", "piet@oldmill.example")
SECOND_ONLY: Final = CustomerSeed(
    "40006",
    Person("Moira", "Delacroix", "Delacroix Framing"),
    second_email="moira@delacroix.example",
)
TWIN_A: Final = _firm("40007", "Twin Peaks Outfitters", "Dale", "Hurst", "orders@twinpeaks.example")
TWIN_B: Final = _firm("40008", "Twin Peaks Rentals", "Dale", "Hurst", "orders@twinpeaks.example")
GUEST_KNOWN: Final = _firm(
    "40009", "Sable Kitchen Co", "Noor", "Haddad", "noor@sablekitchen.example"
)
QUARRY: Final = _firm(
    "40010",
    "Quarry Street Hardware",
    "Tomas",
    "Birk",
    "tomas@quarryst.example",
    tier="VOLUME",
    state="PA",
    city="Erie",
    postcode="16501",
)
VIOLET: Final = _firm("40011", "Violet Hour Florist", "Yuki", "Marsh", "yuki@violethour.example")
BEACON: Final = _firm(
    "40012",
    "Beacon Boat Yard",
    "Asa",
    "Thorne",
    "asa@beaconboat.example",
    state="NJ",
    city="Cape May",
    postcode="08204",
)
STONEGATE: Final = _firm(
    "40013", "Stonegate Dental", "Ruth", "Abara", "Purchasing@Stonegate.Example"
)
# Typed in by hand, above the counter that will reach this number.
TYPED_IN: Final = CustomerSeed("40061", Person("Lou", "Vance", "Vance Typewriters"), on_web=False)

KNOWN: Final = (
    HARBOR,
    COBALT,
    FERNHILL,
    JUNIPER,
    OLD_MILL,
    SECOND_ONLY,
    TWIN_A,
    TWIN_B,
    GUEST_KNOWN,
    QUARRY,
    VIOLET,
    BEACON,
    STONEGATE,
    TYPED_IN,
)
_FIRST_WORDS: Final = ("Amber", "Birch", "Copper", "Dune", "Ember", "Flint", "Grove", "Hazel")
_LAST_WORDS: Final = ("Catering", "Books", "Garage", "Clinic", "Press")
_TIERS: Final = ("COUNTER", "TRADE", "VOLUME", "PUBLIC")
_OTHERS: Final = 40
_FIRST_OTHER: Final = 40014
_SPECIAL: Final = (
    CustomerSeed(WALK_IN, Person("", "", "Counter sale"), on_web=False),
    CustomerSeed("00002", Person("", "", "Counter sale, trade"), tier="TRADE", on_web=False),
    CustomerSeed(TEMPLATE, Person("", "", "Template for web customers"), on_web=False),
)


def all_customers() -> tuple[CustomerSeed, ...]:
    """Every customer of Counterpoint: walk-ins, template, those above, and forty more."""
    return (*_SPECIAL, *KNOWN, *_others())


def _others() -> Iterable[CustomerSeed]:
    for index in range(_OTHERS):
        first, last = _FIRST_WORDS[index % 8], _LAST_WORDS[index // 8]
        email = f"{first}@{last}.example".lower()
        person = Person(first, last, f"{first} {last}", email, phone=f"440-555-{1100 + index}")
        yield CustomerSeed(
            str(_FIRST_OTHER + index), person, _TIERS[index % 4], on_web=index % 3 == 0
        )


def customer_tables(now: datetime) -> dict[str, list[Row]]:
    """Rows of AR_CUST and AR_SHIP_ADRS; `now` is store-local."""
    customers = all_customers()
    return {
        "AR_CUST": [_customer(customer, now) for customer in customers],
        "AR_SHIP_ADRS": [
            row
            for customer in customers
            if customer.person.last
            for row in _addresses(customer, now)
        ],
    }


def _customer(customer: CustomerSeed, now: datetime) -> Row:
    person = customer.person
    return {
        "CUST_NO": customer.cust_no,
        "NAM": customer.name,
        "FST_NAM": person.first or None,
        "LST_NAM": person.last or None,
        "NAM_UPR": customer.name.upper(),
        "FST_NAM_UPR": person.first.upper() or None,
        "LST_NAM_UPR": person.last.upper() or None,
        "EMAIL_ADRS_1": person.email or None,
        "EMAIL_ADRS_2": customer.second_email,
        "PHONE_1": person.phone,
        **_address(person),
        "CUST_TYP": "A" if customer.tier == "PUBLIC" else "C",
        "CUST_NAM_TYP": "B",
        "STR_ID": STORE,
        "SLS_REP": USER,
        "CATEG_COD": "WEB" if customer.on_web else "COUNTER",
        "PROF_COD_1": customer.tier,
        "IS_ECOMM_CUST": "Y" if customer.on_web else "N",
        "LST_MAINT_DT": now,
        "LST_MAINT_USR_ID": USER,
        **_CHOICES,
    }


def _address(person: Person) -> Row:
    return {
        "ADRS_1": person.street,
        "CITY": person.city,
        "STATE": person.state,
        "ZIP_COD": person.postcode,
        "CNTRY": person.country,
    }


def _addresses(customer: CustomerSeed, now: datetime) -> Iterable[Row]:
    for key, street in (("(DEFAULT)", customer.person.street), ("1", "7 Back Dock Lane")):
        yield {
            "CUST_NO": customer.cust_no,
            "SHIP_ADRS_ID": key,
            "NAM": customer.name,
            "NAM_UPR": customer.name.upper(),
            **_address(customer.person),
            "ADRS_1": street,
            "SHIP_NAM_TYP": "B",
            "LST_MAINT_DT": now,
            "LST_MAINT_USR_ID": USER,
        }


# The product's own NOT NULL columns, with the values of a plain customer (CP §1.1).
_CHOICES: Final[Row] = {
    **dict.fromkeys(
        ("ALLOW_AR_CHRG", "PROMPT_NAM_ADRS", "USE_ORD_SHIP_TO", "USE_LWY_SHIP_TO"), "N"
    ),
    **dict.fromkeys(("LST_AGE_NO_CUTOFF", "WRK_STMNT_ACTIV", "PROMPT_FOR_CUSTOM_FLDS"), "N"),
    **dict.fromkeys(("ECOMM_NXT_PUB_UPDT", "ECOMM_NXT_PUB_FULL", "REQ_PO_NO", "RPT_EMAIL"), "N"),
    **dict.fromkeys(("EMAIL_STATEMENT", "INCLUDE_IN_MARKETING_MAILOUTS"), "N"),
    **dict.fromkeys(("ALLOW_TKTS", "ALLOW_ORDS", "ALLOW_LWYS", "NO_CR_LIM", "NO_MAX_CHK_AMT"), "Y"),
    "LST_AGE_FUTR_DOCS": "Y",
    "BAL_METH": "O",
    "LST_AGE_METH": "I",
    "LST_STMNT_METH": "!",
    **dict.fromkeys(("UNPSTD_BAL", "BAL", "ORD_BAL", "LWY_BAL"), 0),
    **dict.fromkeys(("NO_OF_ORDS", "NO_OF_LWYS", "LOY_PTS_BAL", "RS_STAT"), 0),
    **dict.fromkeys(("TOT_LOY_PTS_EARND", "TOT_LOY_PTS_RDM", "TOT_LOY_PTS_ADJ"), 0),
}
