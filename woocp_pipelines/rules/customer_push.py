"""What the store should know of a customer: meta and role (CP §3.2.2).

Belongs here: the values, and the differences from what a user has. Does not: reading and writing
either side. Counterpoint wins; user name, password, e-mail and names are never among the values,
and no e-mail address is ever invented (CP §6.6 bugs 42 and 43).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from woocp_pipelines.rules.customer_building import NEW_CUSTOMER_CODE
from woocp_pipelines.rules.customer_reading import NEXT_SYNC
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.settings import Customers
from woocp_pipelines.settings_tiers import BASE_ROLE, STAFF_ROLES, bare, spelling_of

BID_KEY: Final = "ncr_bid_no"
DISCOUNT_KEY: Final = "cp_discount_pct"
TIER_KEY: Final = "cp_tier"
PROFILE_KEY: Final = "cp_prof_cod_1"
OUR_KEYS: Final = frozenset(
    {"cp_cust_no", "cp_categ_cod", PROFILE_KEY, TIER_KEY, DISCOUNT_KEY, BID_KEY}
)
# What an empty PROF_COD_1 counts as (CP §3.2.2).
NO_TIER: Final = "RETAIL"
_NOBODY: Final = "none"
_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class WebAccount:
    """A customer of Counterpoint; `user_id` is None where the map names no user.

    `on_web`: IS_ECOMM_CUST says so. `made_here`: the map row was written when the customer was
    created from the user's account, so that the first tier is nobody's decision. `tier_decided`: an
    earlier run has seen another tier, so that whatever it is now, people want it.
    """

    cust_no: str
    category: str | None
    tier: str | None
    bid_no: str | None = None
    user_id: int | None = None
    on_web: bool = True
    made_here: bool = False
    tier_decided: bool = False


@dataclass(frozen=True, slots=True)
class StoreUser:
    """What the store's customer list shows of a user: first role, and every value of our keys."""

    user_id: int
    role: str
    meta: Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Target:
    """A web customer and the store's user of it."""

    account: WebAccount
    user: StoreUser

    @property
    def user_id(self) -> int:
        """The store's id."""
        return self.user.user_id


def store_user(record: Mapping[str, Any]) -> StoreUser:
    """Read a record of the customer list; meta of other plugins is not kept.

    A plugin that hides the meta of a user makes all keys look absent: they are written again.
    """
    rows = record.get("meta_data")
    meta: dict[str, tuple[Any, ...]] = {}
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, Mapping) and row.get("key") in OUR_KEYS:
            meta[row["key"]] = (*meta.get(row["key"], ()), row.get("value"))
    return StoreUser(int(record["id"]), str(record.get("role") or ""), meta)


def wanted_meta(account: WebAccount, customers: Customers) -> dict[str, str]:
    """Values by key; empty means that the user must not have the key.

    The tier is spelt as in the settings; without one it is RETAIL. Percentages are left alone
    unless a tier in the settings has one, bid numbers unless `bid_no_source` names their column.
    """
    code = _text(account.tier)
    known = _known_tier(account, customers)
    meta = {
        "cp_cust_no": _text(account.cust_no),
        "cp_categ_cod": _text(account.category),
        PROFILE_KEY: code,
        TIER_KEY: known or code or NO_TIER,
    }
    if any(tier.discount is not None for tier in customers.tiers.values()):
        meta[DISCOUNT_KEY] = _percent(customers.tiers[known].discount if known else None)
    if customers.bid_no_source:
        meta[BID_KEY] = _text(account.bid_no)
    return meta


def meta_changes(wanted: Mapping[str, str], user: StoreUser) -> dict[str, str | None]:
    """Only what differs; None removes a key. A key that is there twice is written once more."""
    return {
        key: value or None
        for key, value in wanted.items()
        if user.meta.get(key, ()) != ((value,) if value else ())
    }


def wanted_role(account: WebAccount, customers: Customers) -> str:
    """The tier's role; customers with an unknown tier have the base role."""
    known = _known_tier(account, customers)
    return customers.tiers[known].role if known else BASE_ROLE


def tier_roles(customers: Customers) -> frozenset[str]:
    """The roles of which a user has exactly one; everybody else's are left alone."""
    return frozenset({BASE_ROLE, *(tier.role for tier in customers.tiers.values())})


def roles_with_tier(
    roles: Sequence[str], wanted: str, of_tiers: Collection[str]
) -> tuple[str, ...]:
    """A user's roles with exactly one of a tier; the same tuple when nothing is to do.

    Roles that are no tier's are kept, all of them. The tier stands first, since shops and
    WooCommerce show the first; a role of staff stays before it. Who has no tier's role and needs
    none is left alone: nobody of the staff has to be a customer, too. Without any role a user is
    locked out, on purpose: none is given.
    """
    if not roles:
        return ()
    kept = tuple(role for role in roles if role not in of_tiers)
    if wanted == BASE_ROLE and kept:
        if not set(roles) & (set(of_tiers) - {BASE_ROLE}):
            return tuple(roles)
        if set(kept) & STAFF_ROLES:
            return kept
    after = (*kept, wanted) if set(kept) & STAFF_ROLES else (wanted, *kept)
    return tuple(roles) if set(after) == set(roles) else after


def is_unconfirmed(account: WebAccount) -> bool:
    """Whether the tier is still the one of every new customer, and nobody has decided on it."""
    return account.made_here and not account.tier_decided and _is_first(account.tier)


def is_newly_decided(account: WebAccount) -> bool:
    """Whether the tier of a customer whom we made is seen to be another for the first time."""
    return account.made_here and not account.tier_decided and not _is_first(account.tier)


def roles_taken(roles: Sequence[str], wanted: str, of_tiers: Collection[str]) -> tuple[str, ...]:
    """The roles of tiers that a user would lose."""
    return tuple(role for role in roles if role in of_tiers and role not in {BASE_ROLE, wanted})


def tier_not_confirmed(account: WebAccount, roles: Sequence[str], customers: Customers) -> Problem:
    """A new customer is RETAIL (CP §3.2.1.8), but the user has the role of a tier already."""
    codes = [code for code, tier in customers.tiers.items() if tier.role in roles]
    return Problem(
        code="TIER_NOT_CONFIRMED",
        field="PROF_COD_1",
        found=f"role {', '.join(roles)}, Counterpoint PROF_COD_1 {_text(account.tier)}",
        expected="the same tier in both",
        next_step=(
            f"set PROF_COD_1 of customer {account.cust_no} to {' or '.join(codes)} in "
            f"Counterpoint, or take the role away in WordPress{NEXT_SYNC}; until then the role "
            "stays"
        ),
        cust_no=account.cust_no,
    )


def seems_to_differ(user: StoreUser, wanted: str, of_tiers: Collection[str]) -> bool:
    """Whether the one role that the customer list shows says that something is to do.

    Of staff it always shows the same, and a role that is no tier's hides the others.
    """
    if user.role == wanted or user.role in STAFF_ROLES:
        return False
    return wanted != BASE_ROLE or user.role in of_tiers


def unknown_tiers(accounts: Sequence[WebAccount], customers: Customers) -> dict[str, Problem]:
    """One problem for each PROF_COD_1 that the settings do not know, by code."""
    found: dict[str, list[str]] = {}
    for account in accounts:
        code = _text(account.tier)
        if code and spelling_of(code, customers.tiers) is None:
            found.setdefault(code, []).append(account.cust_no)
    return {
        code: Problem(
            code="UNKNOWN_TIER",
            field="PROF_COD_1",
            found=f"{code!r} of {_who(cust_nos)}",
            expected=f"one of {', '.join(customers.tiers)}",
            next_step=(
                f"add {code} with its role to [customers.tiers] of woocp.toml, or correct the "
                f"customers in Counterpoint; until then they have the role {BASE_ROLE}"
            ),
        )
        for code, cust_nos in sorted(found.items())
    }


def missing_role(role: str, cust_nos: Sequence[str], message: str) -> Problem:
    """The site has no such role, so that none of these customers could get it."""
    return Problem(
        code="ROLE_MISSING",
        field="roles",
        found=f"{message} It is due to {_who(cust_nos)}",
        expected=f"a role {role} in WordPress",
        next_step=(
            f"create the role {role} in WordPress (a plugin of the shop makes it), or name "
            "another in [customers.tiers] of woocp.toml; the sync gives it within a day"
        ),
    )


def shown_meta(values: Mapping[str, Any]) -> str:
    """Keys and values for people, in a fixed order."""
    return ", ".join(f"{key} {values[key] or _NOBODY}" for key in sorted(values))


def meta_before(changes: Mapping[str, str | None], user: StoreUser) -> str:
    """What a user has of the keys that change."""
    return shown_meta(
        {key: " and ".join(map(str, user.meta.get(key, ()))) or None for key in changes}
    )


def _who(cust_nos: Sequence[str]) -> str:
    named = ", ".join(cust_nos[:_NAMED])
    rest = len(cust_nos) - _NAMED
    return f"{named} and {rest} more" if rest > 0 else named


def _is_first(tier: str | None) -> bool:
    return bare(_text(tier)) == bare(NEW_CUSTOMER_CODE)


def _known_tier(account: WebAccount, customers: Customers) -> str | None:
    return spelling_of(_text(account.tier) or NO_TIER, customers.tiers)


def _text(value: str | None) -> str:
    # A code stays as it is typed, blanks inside it too: another spelling is another code.
    return "".join(each for each in value or "" if each.isprintable()).strip()


def _percent(discount: Decimal | None) -> str:
    return "" if discount is None else f"{discount.normalize():f}"
