"""The shop's ways to pay beside the map of [payments.pay_codes] (CP §4.5, §7 Q2, Q3).

Belongs here: comparing both. Whether a pay code exists in Counterpoint is codes.py. Yellow, since
nothing is written wrongly: an order whose gateway is not mapped is refused by itself (NO_PAY_CODE),
waits for people, and all others are booked.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Protocol

from woocp_pipelines.rules.doctor.findings import Finding
from woocp_pipelines.settings import Settings


class _Gateway(Protocol):
    @property
    def title(self) -> str: ...
    @property
    def is_on(self) -> bool: ...


def judge_gateways(gateways: Mapping[str, _Gateway], settings: Settings) -> Iterator[Finding]:
    """Ways to pay without a pay code, and lines for ways to pay that the shop does not have."""
    if settings.documents.payments == "none":
        return
    mapped = settings.payments.pay_codes
    offered = {name: each.title for name, each in gateways.items() if each.is_on}
    if missing := {name: offered[name] for name in sorted(offered) if name not in mapped}:
        yield _not_mapped(missing)
    if strange := sorted(set(mapped) - set(gateways)):
        yield _not_there(strange, gateways)


def _not_mapped(titles: Mapping[str, str]) -> Finding:
    names = ", ".join(f"{name} ({title})" if title else name for name, title in titles.items())
    return Finding(
        id="store.payment_gateways",
        level="yellow",
        table="SY_PAY_COD",
        column="PAY_COD",
        found=f"shoppers may pay by {names}, for which [payments.pay_codes] has no line",
        expected="a line with a pay code for each",
        why="an order that is paid so is not booked but refused (NO_PAY_CODE), until somebody adds "
        "the line and replays it; all other orders are booked",
        fix=f'add {next(iter(titles))} = "its PAY_COD" to [payments.pay_codes] in woocp.toml, or '
        "switch the gateway off in WooCommerce (Settings, Payments)",
    )


def _not_there(names: Collection[str], gateways: Collection[str]) -> Finding:
    return Finding(
        id="store.unknown_gateways",
        level="yellow",
        found=f"[payments.pay_codes] has {', '.join(names)}, which the shop does not have",
        expected=f"ids of the shop's gateways: {', '.join(sorted(gateways)) or 'it has none'}",
        why="a misspelt id gives no order its pay code: orders of the gateway that was meant are "
        "refused (NO_PAY_CODE)",
        fix="correct the id in [payments.pay_codes]; of a gateway that was removed from the shop, "
        "delete the line when no order of it is left to be booked",
    )
