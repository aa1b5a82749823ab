"""What is made of the store's own settings (WC §1 to §5).

Belongs here: judging answers. Does not: asking (woocommerce/store_info.py).
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from woocp_pipelines.rules.doctor.findings import CUSTOMERS, KEY_WRITERS, STORE_FLOWS, Finding
from woocp_pipelines.settings import Settings

# GET /refunds, which sees a refund of any order, came with 9.0.
OLDEST_WOOCOMMERCE: Final = (9, 0)
_CLOCK_SECONDS: Final = 120
_CENTS: Final = 2
_LOCAL: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_PARTS: Final = re.compile(r"\d+")


def judge_address(url: str) -> Iterator[Finding]:
    """Orders and customers must not cross the network in the clear."""
    parts = urlsplit(url)
    if parts.scheme == "https" or parts.hostname in _LOCAL:
        return
    yield Finding(
        id="store.tls",
        level="yellow",
        found="http",
        expected="https",
        why="names, addresses and orders are sent so that anybody on the way can read them",
        fix="set WOOCP_STORE_URL to the store's https address",
    )


def judge_version(version: str) -> Iterator[Finding]:
    """The oldest WooCommerce that has all that is asked of it."""
    found = tuple(int(part) for part in _PARTS.findall(version)[:2])
    if found >= OLDEST_WOOCOMMERCE:
        return
    oldest = ".".join(str(part) for part in OLDEST_WOOCOMMERCE)
    yield Finding(
        id="store.version",
        level="red",
        found=f"WooCommerce {version or 'without a version'}",
        expected=f"WooCommerce {oldest} or newer",
        why="older ones have no list of refunds, so that money given back would not be seen",
        fix="update WooCommerce",
        stops=STORE_FLOWS,
    )


@dataclass(frozen=True, slots=True)
class ShopZone:
    """What WordPress says of its zone: a name, or only the hours east of UTC now."""

    name: str
    hours: Decimal

    @property
    def known(self) -> ZoneInfo | None:
        """None for a bare offset, and for a name that nobody else knows."""
        try:
            return ZoneInfo(self.name) if self.name else None
        except (ZoneInfoNotFoundError, ValueError):
            return None

    def offset(self, now: datetime) -> timedelta:
        """East of UTC at this moment."""
        known = self.known
        return timedelta(hours=float(self.hours)) if known is None else _offset(now, known)

    def is_like(self, zone: ZoneInfo, now: datetime) -> bool:
        """Whether both show the same hours, through a whole year where the shop tells so much."""
        known = self.known
        if known is None:
            return self.offset(now) == _offset(now, zone)
        year = (now + timedelta(days=days) for days in range(0, 366, 7))
        return all(_offset(at, known) == _offset(at, zone) for at in year)


def judge_time_zone(
    shop: ShopZone, settings: Settings, now: datetime, server: timedelta | None
) -> Finding:
    """The shop stands in another zone than store.time_zone, by which Counterpoint is dated.

    That alone proves nothing: WordPress may be set to any city, since orders are read by their GMT
    dates. Red, so that nothing is dated, only where a second witness agrees with the shop: the
    clock of the database server, usually that of the tills. One on UTC is no witness: hosted
    servers keep it wherever they stand.

    Args:
        shop: its zone; it is not like that of the settings.
        settings: with store.time_zone.
        now: the moment of which `server` was read.
        server: how far east of UTC the database server's local time is; None where it has none.
    """
    ours, theirs = _offset(now, settings.store.zone), shop.offset(now)
    agreed = server == theirs and server not in (ours, timedelta())
    there = f"the shop is in {shop.name or f'UTC{shop.hours:+}'}"
    return Finding(
        id="store.time_zone",
        level="red" if agreed else "yellow",
        found=f"{there}, and the clock of Counterpoint's server shows the same hour"
        if agreed
        else there,
        expected=f"{settings.store.time_zone}, which store.time_zone in woocp.toml says",
        why="customers and documents are dated by store.time_zone, and two say that it is wrong: "
        "every TKT_DT and PAY_DAT would be hours off, and orders near midnight would be booked on "
        "the wrong business day"
        if agreed
        else "customers and documents are dated by store.time_zone (TKT_DT, PAY_DAT), which must "
        "be the zone of the tills; that of the shop changes nothing there, but the shop shows an "
        "order of the late evening on another day",
        fix="make a ticket at a till and compare its TKT_DT with the clock on the wall: "
        "store.time_zone must be the zone of that clock; where it is, "
        + (
            "choose its city in WordPress (Settings, General)"
            if agreed
            else "nothing needs to be done"
        ),
        # Staging and stock keep to UTC, and a shop without fresh stock sells what is gone.
        stops=CUSTOMERS if agreed else (),
    )


def judge_currency(code: str, settings: Settings) -> Iterator[Finding]:
    """Amounts are taken over as they are: they must be the same money."""
    if code == settings.store.currency:
        return
    yield Finding(
        id="store.currency",
        level="red",
        found=code,
        expected=f"{settings.store.currency} (store.currency in woocp.toml)",
        why="amounts are taken over as they are, and every order in another currency is refused",
        fix="correct store.currency in woocp.toml, or the currency of the shop",
        stops=("orders", "documents"),
    )


def judge_decimals(decimals: int) -> Iterator[Finding]:
    """Counterpoint's amounts have cents (T_MONEY)."""
    if decimals == _CENTS:
        return
    more = decimals > _CENTS
    yield Finding(
        id="store.price_decimals",
        level="red" if more else "yellow",
        found=str(decimals),
        expected=str(_CENTS),
        why="line totals with parts of a cent cannot be booked to the cent"
        if more
        else "the shop rounds prices to less than a cent, Counterpoint does not",
        fix="set “Number of decimals” to 2 in WooCommerce (Settings, General)",
        stops=("documents",) if more else (),
    )


def judge_storage(storage: str) -> Iterator[Finding]:
    """Legacy storage hides changes from the cursor (WC §1.4)."""
    if storage == "hpos":
        return
    yield Finding(
        id="store.order_storage",
        level="yellow",
        found="legacy post storage",
        expected="high-performance order storage",
        why="changed lines and addresses of an order move no modified time there: such a change "
        "is seen by the nightly reading only",
        fix="switch to order tables in WooCommerce (Settings, Advanced, Features); until then keep "
        "the schedule order_sync_in_full_every_night running",
    )


def judge_stock_switch(*, managed: bool) -> Iterator[Finding]:
    """A shop that manages no stock drops every quantity it is sent (WC §3.6)."""
    if managed:
        return
    yield Finding(
        id="store.manage_stock",
        level="red",
        found="stock management is off",
        expected="stock management on",
        why="the shop takes every quantity without a word and shows none",
        fix="switch it on in WooCommerce (Settings, Products, Inventory)",
        stops=("inventory",),
    )


def judge_statuses(known: Collection[str], settings: Settings) -> Iterator[Finding]:
    """A status that no order can have is a slip of the pen, or a plugin that was removed."""
    orders = settings.orders
    for name, wanted in (("statuses", orders.statuses), ("held_statuses", orders.held_statuses)):
        strange = sorted(set(wanted) - set(known))
        if strange:
            yield Finding(
                id=f"store.{name}",
                level="yellow",
                found=", ".join(strange),
                expected=f"statuses that the store has: {', '.join(sorted(known))}",
                why="no order ever has this status, so none is taken over because of it",
                fix=f"correct orders.{name} in woocp.toml",
            )


def judge_clock(difference: timedelta) -> Iterator[Finding]:
    """How far the store's clock is before ours."""
    seconds = round(difference.total_seconds())
    if abs(seconds) <= _CLOCK_SECONDS:
        return
    way = "ahead of" if seconds > 0 else "behind"
    yield Finding(
        id="store.clock",
        level="yellow",
        found=f"the store's clock is {abs(seconds)} s {way} this machine's",
        expected=f"at most {_CLOCK_SECONDS} s",
        why="times of orders and of runs cannot be compared; beyond 15 minutes a store without "
        "https refuses every request",
        fix="let both machines set their clocks by a time server",
    )


def judge_writing(refusal: str | None) -> Iterator[Finding]:
    """Whether the key may write; tried with a batch of nothing."""
    if refusal is None:
        return
    yield Finding(
        id="store.key_writes",
        level="red",
        found=refusal,
        expected="a key that may read and write, of a user who manages the shop",
        why="stock, notes and customers' meta cannot be written",
        fix="in WooCommerce (Settings, Advanced, REST API) give the key Read/Write and a user who "
        "is a shop manager, or set the new key in WOOCP_STORE_KEY and WOOCP_STORE_SECRET",
        stops=KEY_WRITERS,
    )


def judge_roles(refusal: str | None) -> Iterator[Finding]:
    """Whether the WordPress user of the settings may see roles; only such a user can write them."""
    if refusal is None:
        return
    yield Finding(
        id="store.application_password",
        level="yellow",
        found=refusal,
        expected="a user who may edit users, and one of this user's application passwords",
        why="customers keep the role they have in the shop, whatever their price tier is",
        fix="make a new application password of an administrator in WordPress (Users, Profile) and "
        "set WOOCP_WP_USER and WOOCP_WP_APP_PASSWORD; or unset both to leave roles alone",
    )


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()
