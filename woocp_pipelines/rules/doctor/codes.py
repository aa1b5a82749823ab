"""What is made of the codes that woocp.toml names (CP §1.8, §1.18, §4.4, §4.5, §7 Q3, Q11).

Belongs here: judging what Counterpoint has. Where a booking refuses by the same rule, its problem
is taken over (findings.of_problem).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, Protocol

from woocp_pipelines.rules.doctor.findings import CUSTOMERS, DOCUMENTS, Finding
from woocp_pipelines.settings import Settings, as_compared
from woocp_pipelines.settings_tiers import bare

_CASH_OR_CHECK: Final = ("B", "C")
_ON_ACCOUNT: Final = "A"
_HOME: Final = "HOME"


class _PayCode(Protocol):
    @property
    def code(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def for_orders(self) -> bool: ...
    @property
    def currency(self) -> str: ...


def judge_slots(slots: Mapping[int, bool], settings: Settings) -> Iterator[Finding]:
    """Shipping and fees go into charge slots, which the store must have switched on."""
    documents = settings.documents
    wanted = {documents.shipping_slot: ["shipping"]}
    wanted.setdefault(documents.fee_slot, []).append("fees")
    on = sorted(number for number, used in slots.items() if used)
    for number, uses in sorted(wanted.items()):
        if slots.get(number):
            continue
        names = " and ".join(
            f"documents.{'shipping' if each == 'shipping' else 'fee'}_slot" for each in uses
        )
        yield Finding(
            id="codes.charge_slot",
            level="red",
            table="PS_STR_CFG_PS",
            column=f"USE_MISC_{number}",
            found=f"not switched on for store {settings.counterpoint.store}, and "
            f"{' and '.join(uses)} {'go' if len(uses) > 1 or uses == ['fees'] else 'goes'} into "
            f"slot {number}",
            expected=f"'Y', or another slot (switched on: "
            f"{', '.join(str(each) for each in on) or 'none'})",
            why="the charge would stand on documents where Counterpoint does not show it, and "
            "totals would not add up",
            fix=f"switch miscellaneous charge {number} on for the store in Counterpoint, or set "
            f"{names} in woocp.toml",
            stops=DOCUMENTS,
        )


def judge_orders_switch(*, used: bool, settings: Settings) -> Iterator[Finding]:
    """A store that takes no orders could not release ours."""
    if used or settings.documents.type != "O":
        return
    yield Finding(
        id="codes.orders_off",
        level="red",
        table="PS_STR_CFG_PS",
        column="USE_ORD",
        found=f"not switched on for store {settings.counterpoint.store}",
        expected="'Y'",
        why="nobody at a till could release the web orders",
        fix='switch orders on for the store in Counterpoint, or set documents.type = "T" in '
        "woocp.toml",
        stops=DOCUMENTS,
    )


def judge_walk_in(number: str | None, *, exists: bool, settings: Settings) -> Iterator[Finding]:
    """Guests' orders need the walk-in customer where they do not get one of their own."""
    if settings.customers.guests != "walk_in" or (number and exists):
        return
    yield Finding(
        id="codes.walk_in",
        level="red",
        table="PS_STR_CFG_PS",
        column="WALK_IN_CUST_NO",
        found=f"{number!r}, which is no customer" if number else "none",
        expected="an existing customer",
        why="orders of guests are booked on that customer",
        fix='set it in Counterpoint, or customers.guests = "create" in woocp.toml',
        stops=DOCUMENTS,
    )


def judge_drawer(*, exists: bool, settings: Settings) -> Iterator[Finding]:
    """Documents carry the drawer."""
    if exists:
        return
    where = settings.counterpoint
    yield Finding(
        id="codes.drawer",
        level="red",
        table="PS_DRW",
        column="DRW_ID",
        found=f"no drawer {where.drawer!r} in store {where.store!r}",
        expected="the drawer of counterpoint.drawer",
        why="web payments are counted in this drawer",
        fix="correct counterpoint.drawer in woocp.toml, or add the drawer in Counterpoint",
        stops=DOCUMENTS,
    )


def judge_pay_codes(found: Mapping[str, _PayCode], settings: Settings) -> Iterator[Finding]:
    """Each mapped pay code exists, and none starts card processing (CP §4.5)."""
    if settings.documents.payments == "none":
        return
    for gateway, code in sorted(settings.payments.pay_codes.items()):
        if code in found:
            yield from _judge_pay_code(gateway, found[code], settings)
            continue
        yield Finding(
            id="codes.pay_code",
            level="red",
            table="SY_PAY_COD",
            column="PAY_COD",
            found=f"no pay code {code!r}, to which gateway {gateway!r} is mapped",
            expected="an existing pay code",
            why="paid orders of this gateway would be refused: NO_PAY_CODE",
            fix=f'correct "{gateway}" in [payments.pay_codes], or add the pay code in Counterpoint',
            stops=DOCUMENTS,
        )


def judge_tax_codes(existing: Collection[str], settings: Settings) -> Iterator[Finding]:
    """Each tax code of the settings exists and has its authorities."""
    known = {each.casefold() for each in existing}
    states: dict[str, list[str]] = {}
    for state, code in sorted(settings.tax.by_state.items()):
        states.setdefault(code, []).append(state)
    if settings.tax.default:
        states.setdefault(settings.tax.default, []).append("all other states")
    for code, where in sorted(states.items()):
        if as_compared(code) not in known:
            yield Finding(
                id="codes.tax_code",
                level="red",
                table="SY_TAX_COD",
                column="TAX_COD",
                found=f"no tax code {code!r} (for {', '.join(where)})",
                expected="an existing tax code",
                why="orders and new customers of these states would be refused: NO_TAX_CODE",
                fix="correct [tax] in woocp.toml, or add the tax code in Counterpoint",
                stops=CUSTOMERS,
            )
        elif not settings.tax.authorities.get(code):
            yield Finding(
                id="codes.tax_authorities",
                level="yellow",
                table="PS_DOC_TAX",
                column="AUTH_COD",
                found=f"no authorities of tax code {code!r} in [tax.authorities]",
                expected="its authorities with their rules",
                why="an order with tax for this code cannot be booked",
                fix=f'add "{code}" = [["AUTHORITY", "RULE"]] as Counterpoint has it',
            )


def unknown_locations(unknown: str, known: str) -> Finding:
    """[inventory] adds up stock of places that are not there."""
    return Finding(
        id="codes.inventory_location",
        level="red",
        table="IM_LOC",
        column="LOC_ID",
        found=f"no location {unknown}, which inventory.locations names",
        expected=f"locations of Counterpoint: {known}",
        why="goods of the location that was meant would be missing in the shop, and products that "
        "are in stock would be shown as sold out",
        fix="correct inventory.locations in woocp.toml, or add the location in Counterpoint",
        stops=("inventory",),
    )


def no_bid_column(name: str, found: str, near: Sequence[str]) -> Finding:
    """customers.bid_no_source names a column that cannot be read as a text."""
    return Finding(
        id="codes.bid_column",
        level="red",
        table="AR_CUST",
        column=name,
        found=f"{name!r} is {found}",
        expected=f"a text column of AR_CUST{', such as ' + ', '.join(near) if near else ''}",
        why="the shop would not be told under which contract number a customer buys",
        fix='correct customers.bid_no_source in woocp.toml, or set it to ""',
        stops=("customers",),
    )


def judge_tiers(counts: Mapping[str, int], settings: Settings) -> Iterator[Finding]:
    """Price tiers of web customers that the settings do not know."""
    known = {bare(code) for code in settings.customers.tiers}
    for tier, customers in sorted(counts.items()):
        if tier and bare(tier) not in known:
            yield Finding(
                id="codes.tier",
                level="yellow",
                table="AR_CUST",
                column="PROF_COD_1",
                found=f"{tier!r}, which {customers} web customers have",
                expected="a tier of [customers.tiers]",
                why="the store treats these customers as retail customers",
                fix=f"add {tier} with its role to [customers.tiers], or correct the customers",
            )


def judge_workgroup(
    template: str | None, *, has_template: bool, counts: bool, settings: Settings
) -> Iterator[Finding]:
    """What a new customer starts from."""
    name = settings.counterpoint.workgroup
    if template and not has_template:
        yield Finding(
            id="codes.template_customer",
            level="yellow",
            table="SY_WRKGRP",
            column="TMPLT_CUST_NO",
            found=f"{template!r} for workgroup {name!r}, which is no customer",
            expected="an existing customer, or none",
            why="new web customers get none of the template's codes",
            fix="correct the template customer of the workgroup in Counterpoint",
        )
    if not counts:
        yield Finding(
            id="codes.customer_numbers",
            level="yellow",
            table="SY_WRKGRP",
            column="NXT_CUST_NO_AUTO",
            found=f"'N' for workgroup {name!r}",
            expected="'Y'",
            why="the counter is not kept by Counterpoint; woocp counts on from it all the same",
            fix="switch automatic customer numbers on for the workgroup in Counterpoint",
        )


def _judge_pay_code(gateway: str, code: _PayCode, settings: Settings) -> Iterator[Finding]:
    if code.kind not in _CASH_OR_CHECK:
        yield _kind(gateway, code)
    if settings.documents.type == "O" and not code.for_orders:
        yield Finding(
            id="codes.pay_code_for_orders",
            level="yellow",
            table="SY_PAY_COD",
            column="ALLOW_FOR_ORDS",
            found=f"'N' for {code.code!r} (gateway {gateway!r})",
            expected="'Y'",
            why="Counterpoint takes no deposits on orders by this code",
            fix=f"allow pay code {code.code!r} for orders in Counterpoint, or map the gateway to "
            "another",
        )
    if code.currency.upper() != _HOME:
        yield Finding(
            id="codes.pay_code_currency",
            level="yellow",
            table="SY_PAY_COD",
            column="CURNCY_COD",
            found=f"{code.currency!r} for {code.code!r} (gateway {gateway!r})",
            expected=_HOME,
            why="woocp writes payments in the home currency",
            fix=f"map {gateway} to a pay code in the home currency in [payments.pay_codes]",
        )


def _kind(gateway: str, code: _PayCode) -> Finding:
    on_account = code.kind == _ON_ACCOUNT
    return Finding(
        id="codes.pay_code_type",
        level="yellow" if on_account else "red",
        table="SY_PAY_COD",
        column="PAY_TYP",
        found=f"{code.kind!r} for {code.code!r} (gateway {gateway!r})",
        expected="'B' (cash) or 'C' (check, not processed)",
        why="the amount becomes a debt on the customer's account, without any check of credit"
        if on_account
        else "Counterpoint would expect a card or a voucher, and fail at posting",
        fix=f"map {gateway} to a pay code of type B, or C that is not processed, in "
        "[payments.pay_codes]",
        stops=() if on_account else DOCUMENTS,
    )
