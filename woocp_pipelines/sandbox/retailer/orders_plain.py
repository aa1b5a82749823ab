"""Web orders that go through: one for each shape that a good order can have.

Belongs here: orders that must be booked. Those that must not: orders_odd.py.
"""

from collections.abc import Iterable
from typing import Final

from woocp_pipelines.sandbox.retailer import accounts
from woocp_pipelines.sandbox.retailer.order_seed import (
    CHEQUE,
    FREE,
    FREIGHT,
    ON_DELIVERY,
    PICKUP,
    WIRE,
    Coupon,
    OrderSeed,
    Refund,
    Ship,
    basket,
    booked,
    line,
)
from woocp_pipelines.sandbox.retailer.people import Person

FREJA: Final = Person("Freja", "Ågård", "", "freja@aagaard.example", "2 Ferry Steps", phone="")
FREJA_LOUD: Final = Person("Freja", "Ågård", "", "FREJA@Aagaard.Example", "2 Ferry Steps", phone="")
KNOWN_GUEST: Final = Person("Noor", "Haddad", "Sable Kitchen Co", "Noor@SableKitchen.example")
MOIRA: Final = Person("Moira", "Delacroix", "Delacroix Framing", "moira@delacroix.example")
WIDE: Final = Person(
    "Maximiliana-Theodora",
    "von Hohenstaufen-Featherstonehaugh",
    'Featherstonehaugh & Daughters 36" Canvas Stretchers Ltd',
    "max@featherstone.example",
    "12000 North Old Portage Turnpike Extension, Building 4, Suite 1200",
    "",
    "Saint Bartholomew-on-the-Lake",
    "PA",
    "16509",
    "+1 814 555 0142 ext 77",
)
DEPOT: Final = Person("Receiving", "Dock C", "Beacon Boat Yard", street="41 Slipway Road")
_NOTE: Final = "Dock 3, ring twice 🔔\nDon’t stack – “this side up”\r\nDanke schön!"  # noqa: RUF001 (as shoppers type)


def plain_orders() -> Iterable[OrderSeed]:
    """Orders that must be booked, oldest first."""
    yield from _goods()
    yield from _money()
    yield from _buyers()
    yield from _shapes()


def _goods() -> Iterable[OrderSeed]:
    bakery, hardware, printer = accounts.BAKERY, accounts.HARDWARE, accounts.PRINTER
    # half an hour into October in the store, four hours into it in UTC
    yield OrderSeed(7003, "2026-10-01T04:30:00", bakery, (line("TP-1001", 6),), booked("40001"))
    lines = basket(("CB-1001", 24), ("CB-1003", 75))
    yield OrderSeed(7004, "2026-10-02T13:11:09", bakery, lines, booked("40001"))
    lines = basket(("TP-1004", 4), ("TP-1004-CARTON", 1))
    yield OrderSeed(7010, "2026-10-05T15:40:31", hardware, lines, booked("40010"))
    lines = basket(("TP-1002-CARTON", 2), ("PR-1002-CARTON", 3))
    freight = (FREIGHT,)
    yield OrderSeed(7011, "2026-10-05T16:02:44", hardware, lines, booked("40010"), shipping=freight)
    yield OrderSeed(
        7012, "2026-10-06T12:00:01", printer, (line("OF-1003-EA", 12),), booked("40002")
    )
    yield OrderSeed(7013, "2026-10-06T12:20:15", printer, (line("OF-1003-EA", 3),), booked("40002"))
    yield OrderSeed(7014, "2026-10-07T09:05:00", bakery, (line("ML-1003", 350),), booked("40001"))
    # below zero in Counterpoint and sold all the same
    yield OrderSeed(7043, "2026-10-08T19:30:00", bakery, (line("CB-1006", 10),), booked("40001"))
    lines = basket(("sw-1004", 5), ("TCLB10031", 1), ("OF-1004-CASE", 2))
    yield OrderSeed(7044, "2026-10-09T10:15:27", bakery, lines, booked("40001"))
    yield OrderSeed(7050, "2026-10-09T18:44:03", hardware, (line("RP-1001", 250),), booked("40010"))
    sleeves = (line("FS-1004-SLEEVE", 20),)
    yield OrderSeed(7051, "2026-10-10T11:11:11", bakery, sleeves, booked("40001"))
    # discontinued in Counterpoint: still bookable, and no stock is published for it
    yield OrderSeed(7052, "2026-10-10T12:12:12", bakery, (line("PR-1017", 1),), booked("40001"))


def _money() -> Iterable[OrderSeed]:
    bakery, florist, school = accounts.BAKERY, accounts.FLORIST, accounts.SCHOOL
    lines = basket(("PB-1001", 3), ("LB-1002", 7))
    ten, fixed = Coupon("autumn10", percent="10"), Coupon("welcome", amount="7.50")
    yield OrderSeed(
        7005, "2026-10-11T14:00:00", florist, lines, booked("40011"), "completed", coupon=ten
    )
    lines = basket(("PR-1001", 2), ("TP-1003", 5), ("SW-1002", 1))
    yield OrderSeed(7006, "2026-10-12T08:30:00", florist, lines, booked("40011"), coupon=fixed)
    rush = ("Rush handling", "6.50")
    yield OrderSeed(
        7007, "2026-10-12T21:45:10", bakery, (line("SW-1001-CASE", 2),), booked("40001"), fee=rush
    )
    two = (FREIGHT, Ship("Lift gate", "flat_rate", "6", "18.25"))
    lines = basket(("CB-1002", 500), ("SW-1003", 12))
    yield OrderSeed(
        7008, "2026-10-13T13:13:13", accounts.BOATS, lines, booked("40012"), shipping=two
    )
    gift, nothing = Coupon("sample-100", percent="100"), (FREE,)
    yield OrderSeed(
        7015,
        "2026-10-14T17:00:00",
        florist,
        (line("LB-1001", 1),),
        booked("40011"),
        coupon=gift,
        shipping=nothing,
    )
    by_cheque = (line("PR-1003", 20),)
    yield OrderSeed(
        7016, "2026-10-15T13:00:00", school, by_cheque, booked("40003"), method=CHEQUE, paid=False
    )
    yield OrderSeed(
        7017, "2026-10-15T13:30:00", school, (line("OF-1001", 4),), booked("40003"), method=CHEQUE
    )
    on_delivery = (line("SW-1005", 2),)
    yield OrderSeed(
        7018,
        "2026-10-15T20:00:00",
        bakery,
        on_delivery,
        booked("40001"),
        method=ON_DELIVERY,
        paid=False,
    )
    half = Refund(7101, pieces=1, reason="one arrived torn")
    yield OrderSeed(
        7024,
        "2026-10-16T12:00:00",
        florist,
        (line("PB-1003", 4), line("LB-1005", 1)),
        booked("40011", revision=True),
        "completed",
        refunds=(half,),
    )
    goodwill = Refund(7102, amount="5.00", reason="late by a day: sorry")
    yield OrderSeed(
        7025,
        "2026-10-17T12:00:00",
        florist,
        (line("TP-1005", 10),),
        booked("40011", revision=True),
        refunds=(goodwill,),
    )


def _buyers() -> Iterable[OrderSeed]:
    tape = (line("TP-1001", 2),)
    yield OrderSeed(7026, "2026-10-18T07:07:07", FREJA, (line("LB-1001", 3),), booked(None))
    yield OrderSeed(7027, "2026-10-19T07:07:07", FREJA_LOUD, tape, booked(None))
    yield OrderSeed(7028, "2026-10-19T15:15:15", KNOWN_GUEST, tape, booked("40009"))
    yield OrderSeed(7029, "2026-10-19T16:16:16", MOIRA, tape, booked("40006"))
    yield OrderSeed(7031, "2026-10-20T10:00:00", accounts.SECOND_BUYER, tape, booked("40004"))
    yield OrderSeed(7032, "2026-10-20T10:30:00", accounts.HASTY_BUYER, tape, booked(None))
    yield OrderSeed(7053, "2026-10-20T11:00:00", accounts.CANDLES, tape, booked("40005"))
    yield OrderSeed(7054, "2026-10-20T11:30:00", accounts.DENTIST, tape, booked("40013"))
    yield OrderSeed(7055, "2026-10-20T12:00:00", accounts.ASE, tape, booked(None))
    yield OrderSeed(7056, "2026-10-20T12:30:00", accounts.JOSE, tape, booked(None))
    yield OrderSeed(7057, "2026-10-20T13:00:00", accounts.VINYL, tape, booked(None))
    yield OrderSeed(7042, "2026-10-21T09:00:00", WIDE, tape, booked(None))


def _shapes() -> Iterable[OrderSeed]:
    printer, florist = accounts.PRINTER, accounts.FLORIST
    yield OrderSeed(
        7039, "2026-10-22T22:59:59", florist, (line("PB-1005", 2),), booked("40011"), note=_NOTE
    )
    # both were entered at half past one, an hour apart: the clocks went back between them
    for number, moment in ((7040, "2026-11-01T05:30:00"), (7041, "2026-11-01T06:30:00")):
        yield OrderSeed(number, moment, florist, (line("OF-1001", 1),), booked("40011"))
    lines = basket(("LB-1003", 6), ("PR-1001", 8))
    yield OrderSeed(
        7045, "2026-10-23T13:00:00", accounts.HARDWARE, lines, booked("40010"), method=WIRE
    )
    yield OrderSeed(
        7046, "2026-10-24T13:00:00", printer, (line("PR-1002", 30),), booked("40002"), exempt=True
    )
    po_number = (("_billing_po_number", "PO-7781"), ("is_gift", "yes"))
    yield OrderSeed(
        7047,
        "2026-10-24T14:00:00",
        accounts.SCHOOL,
        (line("PR-1003", 40), line("OF-1002", 6)),
        booked("40003"),
        meta=po_number,
    )
    pickup = (PICKUP,)
    yield OrderSeed(
        7048,
        "2026-10-25T14:00:00",
        florist,
        (line("SW-1003", 1),),
        booked("40011"),
        shipping=pickup,
    )
    lines = basket(("CB-1004", 60))
    yield OrderSeed(
        7049, "2026-10-26T14:00:00", accounts.BOATS, lines, booked("40012"), ship_to=DEPOT
    )
