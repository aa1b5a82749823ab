"""The price rules of the invented retailer: contracts, a promotion and tiers (CP §1.17, §5).

Belongs here: rows of IM_PRC_GRP, IM_PRC_RUL and IM_PRC_RUL_BRK. One group for each thing that a
price engine must get right or refuse. What cannot be decided concerns no customer who has ordered
on the web, so that the seeded orders stay priceable.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule with its breaks: minimum quantity, method, basis, amount or percent."""

    text: str
    breaks: tuple[tuple[str, str, str, str], ...]
    items: str | None = None
    item_no: str | None = None
    customers: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """One group of rules; `ends` is its last day, store-local."""

    kind: str
    code: str
    text: str
    rules: tuple[Rule, ...]
    order: int | None = None
    cust_no: str | None = None
    customers: str | None = None
    ends: datetime | None = None
    enabled: bool = True


def _tier(code: str, percent: str) -> Rule:
    return Rule(
        f"Tier {code}",
        (("0.0001", "D", "1", percent),),
        customers=f"(AR_CUST.PROF_COD_1 = '{code}')",
    )


_PAPER: Final = "(IM_ITEM.CATEG_COD = 'PAPER')"
_LAST_SPRING: Final = datetime(2026, 4, 30)  # noqa: DTZ001 (store-local, as Counterpoint keeps it)
GROUPS: Final = (
    Group(
        "C",
        "CBLT 2026",
        "Cobalt Print Works",
        (
            Rule("Carton paper, fixed", (("20", "F", "!", "4.9500"),), item_no="PR-1002"),
            Rule(
                "All paper", (("0.0001", "D", "R", "17.2500"), ("50", "D", "R", "22.6000")), _PAPER
            ),
            Rule(
                "Standard labels, amount off",
                (("1", "A", "1", "0.6500"),),
                "(IM_ITEM.CATEG_COD = 'LABELS' AND IM_ITEM.PROF_COD_1 = 'STANDARD')",
            ),
            # On contract at the basis price: no tier may undercut it.
            Rule(
                "Wrap as listed", (("0.0001", "D", "R", "0.0000"),), "(IM_ITEM.CATEG_COD = 'WRAP')"
            ),
        ),
        order=1,
        cust_no="40002",
    ),
    Group(
        "C",
        "SCHOOLS",
        "Public schools",
        (
            Rule(
                "Office and paper",
                (("0.0001", "D", "1", "13.4000"),),
                "(IM_ITEM.CATEG_COD IN ('OFFICE', 'PAPER'))",
            ),
        ),
        order=2,
        customers="(AR_CUST.PROF_COD_1 = 'PUBLIC')",
    ),
    Group(
        "C",
        "OPEN-26",
        "Contract without a customer",
        (Rule("Everything", (("0.0001", "D", "1", "31.0000"),)),),
        order=3,
    ),
    Group(
        "C",
        "MARKUP",
        "Cost plus, by the tills only",
        (Rule("Cost plus", (("0.0001", "M", "1", "24.0000"),)),),
        order=4,
        cust_no="40030",
    ),
    Group(
        "C",
        "ODD-FILT",
        "A filter nobody can read",
        (Rule("Odd", (("0.0001", "D", "1", "5.0000"),), "(LEN(IM_ITEM.DESCR) > 12)"),),
        order=5,
        cust_no="40031",
    ),
    Group(
        "C",
        "OLD-DEAL",
        "Expired in spring",
        (Rule("Everything", (("0.0001", "D", "1", "44.0000"),)),),
        cust_no="40001",
        ends=_LAST_SPRING,
    ),
    Group(
        "C",
        "ASLEEP",
        "Not enabled",
        (Rule("Everything", (("0.0001", "D", "1", "46.0000"),)),),
        cust_no="40001",
        enabled=False,
    ),
    Group(
        "P",
        "FALL-TAPE",
        "Tape in autumn",
        (
            Rule(
                "Tape by the box",
                (("12", "D", "R", "6.5000"), ("72", "A", "1", "0.3100")),
                "(IM_ITEM.CATEG_COD = 'TAPE')",
            ),
        ),
        order=1,
    ),
    Group(
        "S",
        "BAKERY-CUP",
        "Price match for one bakery",
        (Rule("Cups", (("1", "F", "!", "36.2500"),), item_no="FS-1003"),),
        order=1,
        cust_no="40001",
    ),
    Group(
        "S",
        "STEPS",
        "Tiers by customer profile",
        (_tier("TRADE", "4.5000"), _tier("VOLUME", "9.2500"), _tier("PUBLIC", "7.7500")),
        order=2,
    ),
)


def price_tables(now: datetime) -> dict[str, list[Row]]:
    """Rows of the price rule tables; `now` is store-local."""
    return {
        "IM_PRC_GRP": [_group(group, now) for group in GROUPS],
        "IM_PRC_RUL": [row for group in GROUPS for row in _rules(group, now)],
        "IM_PRC_RUL_BRK": [row for group in GROUPS for row in _breaks(group, now)],
    }


def _group(group: Group, now: datetime) -> Row:
    has_dates = group.kind != "S"
    return {
        "GRP_TYP": group.kind,
        "GRP_COD": group.code,
        "GRP_SEQ_NO": group.order,
        "DESCR": group.text,
        "CUST_FILT": group.customers,
        "CUST_NO": group.cust_no,
        "BEG_DAT": None,
        "NO_BEG_DAT": "Y",
        "BEG_DT": None,
        "BEG_TIM_FLG": 0 if has_dates else None,
        "END_DAT": group.ends,
        "NO_END_DAT": "N" if group.ends else "Y",
        "END_DT": group.ends and group.ends.replace(hour=23, minute=59, second=59),
        "END_TIM_FLG": 0 if has_dates else None,
        "ENABLED": "Y" if group.enabled else "N",
        "LST_MAINT_DT": now,
    }


def _rules(group: Group, now: datetime) -> Iterable[Row]:
    for number, rule in enumerate(group.rules, start=1):
        yield {
            "GRP_TYP": group.kind,
            "GRP_COD": group.code,
            "RUL_SEQ_NO": number,
            "DESCR": rule.text,
            "CUST_FILT": rule.customers,
            "ITEM_FILT": rule.items,
            "ITEM_NO": rule.item_no,
            "MIN_QTY": Decimal(rule.breaks[0][0]),
            "LST_MAINT_DT": now,
        }


def _breaks(group: Group, now: datetime) -> Iterable[Row]:
    for number, rule in enumerate(group.rules, start=1):
        for least, method, basis, amount in rule.breaks:
            yield {
                "GRP_TYP": group.kind,
                "GRP_COD": group.code,
                "RUL_SEQ_NO": number,
                "MIN_QTY": Decimal(least),
                "PRC_METH": method,
                "PRC_BASIS": basis,
                "AMT_OR_PCT": Decimal(amount),
                "LST_MAINT_DT": now,
            }
